//! Encodings of JOSE: base64url and strict JSON.

pub mod base64url;
pub mod json;
