//! JSON Web Token verification: compact token → key → signature → claims → user.
//!
//! [`jwt`] holds the pipeline, [`jwks`] the remote key sets, [`jwe`] JSON Web Encryption, [`python_jose`] the lenient rules
//! of python-jose. The core knows neither Python nor a clock: `now` is an argument, and only [`http`] starts threads and
//! talks to servers. The bindings in `src/python/` are built with the feature `python`.
//!
//! ```
//! use fastjose::{KeySet, VerificationKey, VerifierOptions, verify_token};
//!
//! let key = VerificationKey::from_secret(b"a-secret-of-at-least-thirty-two-bytes")?;
//! let options = VerifierOptions { algorithms: Some("HS256".parse()?), ..VerifierOptions::default() };
//! let rejected = verify_token(b"not.a.token", KeySet::from(key), options, 1_700_000_000.0);
//! assert_eq!(rejected.unwrap_err().code(), "malformed");
//! # Ok::<(), fastjose::Error>(())
//! ```

pub mod algorithms;
pub mod encoding;
pub mod error;
pub mod http;
pub mod jwe;
pub mod jwks;
pub mod jws;
pub mod jwt;
pub mod keys;
pub mod process;
pub mod python_jose;
pub mod sessions;
pub mod transport;

#[cfg(feature = "python")]
mod python;

pub use algorithms::{Algorithm, AlgorithmSet};
pub use error::{Error, Result};
pub use jwks::RemoteKeySet;
pub use jws::sign::sign_token;
pub use jwt::claims::{AudienceRule, ClaimsPolicy, ClaimsSet, ExpectedMember, Scalar};
pub use jwt::revocation::RevocationList;
pub use jwt::verifier::{Verifier, VerifierOptions, verify_token};
pub use keys::VerificationKey;
pub use keys::key_set::KeySet;
