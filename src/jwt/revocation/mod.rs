//! Revocation: which tokens, sessions and users are refused before their tokens expire.
//!
//! [`RevocationList`] is asked by [`Verifier`](crate::jwt::verifier::Verifier) once a token's claims are valid. A token is
//! found by its `jti`, by its `sid`, or by its `sub` and `iat`.

mod fingerprint;
mod lifetime;
mod revocation_keys;
mod revocation_list;
mod sharded_map;
mod trust;

pub use fingerprint::Fingerprint;
pub use lifetime::KEEP_SECONDS;
pub use revocation_keys::RevocationKeys;
pub use revocation_list::{Revocation, RevocationList, Subject};
pub use trust::{StorePolicy, Trust};
