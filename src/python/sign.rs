//! `sign`: the native part of `fastjose.sign_token`.

use pyo3::prelude::*;

use super::args as convert;
use crate::jws::sign::sign_token;

#[pyfunction]
pub fn sign(header: &[u8], payload: &[u8], key: &Bound<'_, PyAny>, algorithm: &str) -> PyResult<String> {
    let (key, algorithm) = (convert::key_text(key, "key")?, convert::algorithm(algorithm)?);
    Ok(sign_token(header, payload, key, algorithm)?)
}
