//! The native functions of `fastjose.jws`, `fastjose.jwt` and `fastjose.jwk`: python-jose's API.

mod configuration;
mod decode;
mod expectations;
mod jwk_restrictions;
mod key_mapping;
mod key_material;
mod key_selection;
mod options;
mod token;

pub use configuration::{configure_key_classes, configure_registry};
pub use decode::{
    jws_load, jws_unverified_header, jws_unverified_payload, jws_verify, jws_verify_parts, jwt_decode,
    jwt_parse_claims, jwt_validate_claims,
};
pub use key_material::{PyKeyMaterial, native_key};
pub use key_selection::CandidateKey;
