//! JSON Web Token verification: compact token → key → signature → claims; JSON Web Encryption in [`jwe`]; keys that keep
//! their material in [`pair`]; python-jose's contract in [`jose`].
//!
//! The core knows neither Python nor a clock: `now` is an argument, and only [`fetch`] talks HTTP. The bindings in
//! `src/python/` are built with the feature `python`.
//!
//! ```
//! use fastjose::{Key, KeySet, Options, verify_token};
//!
//! let key = Key::from_secret(b"a-secret-of-at-least-thirty-two-bytes")?;
//! let options = Options { algorithms: Some("HS256".parse()?), ..Options::default() };
//! let refused = verify_token(b"not.a.token", KeySet::from(key), options, 1_700_000_000.0);
//! assert_eq!(refused.unwrap_err().code(), "malformed");
//! # Ok::<(), fastjose::Error>(())
//! ```

pub mod algorithm;
pub mod base64url;
pub mod cache;
pub mod claims;
mod curve;
pub mod error;
pub mod fetch;
pub mod identity;
pub mod jose;
pub mod json;
pub mod jwe;
pub mod jwks;
pub mod key;
pub mod keyset;
pub mod known_headers;
pub mod known_names;
pub mod pair;
pub mod quick_json;
pub mod remote;
pub mod runtime;
pub mod signer;
pub mod token;
pub mod verifier;

#[cfg(feature = "python")]
mod python;

pub use algorithm::{Algorithm, AlgorithmSet};
pub use claims::{Claims, Policy};
pub use error::{Error, Result};
pub use key::Key;
pub use keyset::KeySet;
pub use remote::RemoteKeySet;
pub use signer::sign_token;
pub use verifier::{Options, Verifier, verify_token};
