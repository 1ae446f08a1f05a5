//! Signing: the native parts of `fastjose.sign_token` and `fastjose.jws.sign`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::args;
use super::python_jose::CandidateKey;
use crate::algorithms::Algorithm;
use crate::error::{Error, Result};
use crate::jws::sign::{append_signature, check_curve, signing_input};

/// Signs with a key that `jws_sign` accepts. Unlike there, the key must be for `algorithm`.
#[pyfunction]
pub fn sign(header: &[u8], payload: &[u8], key: &Bound<'_, PyAny>, algorithm: &str) -> PyResult<String> {
    let algorithm = args::algorithm(algorithm)?;
    check_alg_of_jwk(key, algorithm)?;
    let candidate = CandidateKey::for_signing(key, algorithm.name())?;
    if let CandidateKey::Native(key, own) = &candidate {
        check_is_same(*own, algorithm)?;
        check_curve(key.curve(), algorithm)?;
    }
    let input = signing_input(header, payload);
    let signature = candidate.sign(key.py(), input.as_bytes())?;
    Ok(append_signature(input, &signature))
}

/// Checks that a JWK does not name another algorithm (RFC 7517 §4.4).
fn check_alg_of_jwk(key: &Bound<'_, PyAny>, algorithm: Algorithm) -> PyResult<()> {
    let Ok(jwk) = key.cast::<PyDict>() else { return Ok(()) };
    let Some(alg) = jwk.get_item(pyo3::intern!(key.py(), "alg"))?.filter(|alg| !alg.is_none()) else { return Ok(()) };
    let alg = alg.cast::<PyString>().ok().and_then(|alg| alg.to_str().ok()?.parse().ok());
    Ok(check_is_same(alg.ok_or_else(|| Error::invalid_key("The JWK's alg is not supported."))?, algorithm)?)
}

fn check_is_same(own: Algorithm, requested: Algorithm) -> Result<()> {
    if own == requested {
        return Ok(());
    }
    let text = format!("A key for {} cannot be used with {}.", own.name(), requested.name());
    Err(Error::InvalidKey(text))
}

#[pyfunction]
pub fn jws_sign(header: &[u8], payload: &[u8], key: &Bound<'_, PyAny>, algorithm: &str) -> PyResult<String> {
    let input = signing_input(header, payload);
    let signature = CandidateKey::for_signing(key, algorithm)?.sign(key.py(), input.as_bytes())?;
    Ok(append_signature(input, &signature))
}
