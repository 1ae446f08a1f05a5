//! `sign`: the native part of `fastjose.sign_token`.

use pyo3::prelude::*;

use super::convert;
use crate::signer;

#[pyfunction]
pub fn sign(header: &[u8], payload: &[u8], key: &Bound<'_, PyAny>, algorithm: &str) -> PyResult<String> {
    let (key, algorithm) = (convert::key_text(key, "key")?, convert::algorithm(algorithm)?);
    Ok(signer::sign_token(header, payload, key, algorithm)?)
}
