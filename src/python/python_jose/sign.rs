//! `jws.sign`, given the header and the payload as bytes.

use pyo3::prelude::*;

use super::key_selection::Candidate;
use crate::encoding::base64url;

#[pyfunction]
pub fn jws_sign(header: &[u8], payload: &[u8], key: &Bound<'_, PyAny>, algorithm: &str) -> PyResult<String> {
    let input = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
    let signature = Candidate::of(key, algorithm)?.sign(key.py(), input.as_bytes())?;
    Ok(format!("{input}.{}", base64url::encode(&signature)))
}
