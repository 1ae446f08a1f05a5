//! The rules of python-jose, for programs that were written for it.
//!
//! They are lenient where programs depend on it: secrets of any length, ES* with any curve that fits the hash, times in
//! the types that Python's `int` accepts, tokens without the expected audience. They are as strict as [`crate::jwt`]
//! where python-jose is vulnerable: base64url must be canonical, a header must not repeat a parameter or require an
//! extension, a public key must not be used as a secret, a weak RSA key is rejected, and a JWK or key object is used only
//! with its algorithm.

mod claim_options;
mod claim_validation;
mod key;
mod python_int;
mod token;

pub use claim_options::{Claim, ClaimOptions};
pub use claim_validation::{AT_HASH_UNSUPPORTED, ClaimExpectations, NO_ACCESS_TOKEN, validate_claims};
pub use key::{CompatKey, MemberTexts, check_kty, jwk_member_names, wrong_member_type};
pub use token::{Header, NO_ALGORITHM, ParseError, Token, decode_unverified_payload, parse_unverified_header};
