//! Encodings: base64url, strict JSON, and the white space of Python.

pub mod base64url;
pub mod json;
pub(crate) mod python_whitespace;
