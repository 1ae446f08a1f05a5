//! Signing: the native parts of `fastjose.sign_token` and `fastjose.jws.sign`.

use pyo3::prelude::*;

use super::args;
use super::python_jose::CandidateKey;
use crate::encoding::base64url;
use crate::jws::sign::sign_token;

#[pyfunction]
pub fn sign(header: &[u8], payload: &[u8], key: &Bound<'_, PyAny>, algorithm: &str) -> PyResult<String> {
    let (key, algorithm) = (args::key_text(key, "key")?, args::algorithm(algorithm)?);
    Ok(sign_token(header, payload, key, algorithm)?)
}

#[pyfunction]
pub fn jws_sign(header: &[u8], payload: &[u8], key: &Bound<'_, PyAny>, algorithm: &str) -> PyResult<String> {
    let input = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
    let signature = CandidateKey::for_signing(key, algorithm)?.sign(key.py(), input.as_bytes())?;
    Ok(format!("{input}.{}", base64url::encode(&signature)))
}
