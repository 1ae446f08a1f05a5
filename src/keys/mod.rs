//! Keys: readers for JWK, PEM and DER, keys that verify, and asymmetric keys that also sign and are exported.

pub mod asymmetric_key;
pub(crate) mod components;
pub(crate) mod detection;
mod diagnosis;
pub(crate) mod jwk;
pub mod key_set;
pub(crate) mod mac_key;
mod pem_der;
mod public_key;
mod secret;
mod text_encodings;
mod verification_key;

pub(crate) use diagnosis::describe_wrong_type;
pub(crate) use secret::{check_secret, mac_key};
pub use verification_key::VerificationKey;
pub(crate) use verification_key::algorithm_mismatch;
