//! Keys: readers for JWK, PEM and DER, keys that verify, and asymmetric keys that also sign and are exported.

pub mod asymmetric_key;
pub(crate) mod components;
pub(crate) mod detection;
mod diagnosis;
mod ed25519_verifier;
pub(crate) mod jwk;
pub mod key_set;
pub(crate) mod mac_key;
mod pem_der;
mod public_key;
mod roca;
mod secret;
mod text_encodings;
mod verification_key;

pub(crate) use diagnosis::describe_wrong_type;
pub use ed25519_verifier::ed25519_implementation;
pub(crate) use secret::{check_secret, mac_key};
pub(crate) use verification_key::algorithm_mismatch;
pub use verification_key::{KeyInstance, VerificationKey};
