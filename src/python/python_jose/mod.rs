//! The native functions of `fastjose.jws`, `fastjose.jwt` and `fastjose.jwk`: python-jose's API.

mod decode;
mod expectations;
mod key_material;
mod key_selection;
mod options;
mod sign;
mod token;

pub use decode::{
    jws_unverified_header, jws_unverified_payload, jws_verify, jwt_decode, jwt_parse_claims, jwt_validate_claims,
};
pub use key_material::{PyKeyMaterial, prepared};
pub use sign::jws_sign;
