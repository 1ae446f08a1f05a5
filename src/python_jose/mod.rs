//! python-jose's contract: the second policy over the one pipeline, for code that was written for that library.
//!
//! It is lenient where programs rely on it: secrets of any length, ES* on any curve that the hash fits, claims typed as
//! Python's `int` types them, an expected audience that may be missing. It is as strict as the first policy where leniency
//! was a flaw: base64url is canonical, a header says nothing twice and asks for no extension, no public key is a secret,
//! no RSA key is weak.

pub mod claims;
mod key;
pub mod token;

pub use claims::{Checks, Claim, Expected};
pub use key::{CompatKey, MemberTexts, check_kty, jwk_member_names};
pub use token::{Token, Unread};
