//! `jws.verify` and `jwt.decode`, and access to tokens without verification.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use super::expectations::DecodeArguments;
use super::key_selection::verify_signature;
use super::options::DecodeOptions;
use super::token::{HEADER_CACHE, check_length, parse_claims, parse_error, parse_token, token_bytes};
use crate::encoding::json::Object;
use crate::encoding::json::expected_keys::ExpectedKeys;
use crate::error::Error;
use crate::python::convert::claims_dict;
use crate::python::errors::{jws_error, wrap_jws_error};
use crate::python_jose::{
    ClaimOptions, Header, NO_ALGORITHM, Token, decode_unverified_payload, parse_unverified_header, validate_claims,
};

/// The names in the first accepted claims set.
static EXPECTED_KEYS: ExpectedKeys = ExpectedKeys::new();

#[pyfunction]
pub fn jws_verify<'py>(
    token: &Bound<'py, PyAny>,
    key: &Bound<'py, PyAny>,
    algorithms: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let (py, bytes) = (token.py(), token_bytes(token)?);
    let token = parse_token(py, &bytes)?;
    check_signature(&token, key, algorithms)?;
    Ok(PyBytes::new(py, &token.unverified_payload))
}

#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "python-jose's arguments and the time")]
pub fn jwt_decode<'py>(
    token: &Bound<'py, PyAny>,
    key: &Bound<'py, PyAny>,
    algorithms: Option<&Bound<'py, PyAny>>,
    options: Option<&Bound<'py, PyAny>>,
    audience: Option<&Bound<'py, PyAny>>,
    issuer: Option<&Bound<'py, PyAny>>,
    subject: Option<&Bound<'py, PyAny>>,
    access_token: Option<&Bound<'py, PyAny>>,
    now: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let py = token.py();
    let wrap_error = |error| wrap_jws_error(py, error);
    let DecodeOptions { verify_signature, claim_options, leeway } = DecodeOptions::parse(options)?;
    let bytes = token_bytes(token).map_err(wrap_error)?;
    let token = parse_and_verify(&bytes, key, algorithms, verify_signature).map_err(wrap_error)?;
    let algorithm = token.header.algorithm().ok();
    let expectations = DecodeArguments { py, audience, issuer, subject, access_token, algorithm, leeway };
    let claims = parse_and_validate(&token.unverified_payload, &claim_options, &expectations, now)?;
    if !verify_signature {
        return claims_dict::unverified_to_dict(py, &claims);
    }
    EXPECTED_KEYS.record_once(&claims);
    claims_dict::to_dict(py, &claims)
}

/// Parses a token, and verifies its signature unless the caller disabled that.
fn parse_and_verify<'t>(
    token: &'t [u8],
    key: &Bound<'_, PyAny>,
    algorithms: Option<&Bound<'_, PyAny>>,
    verify_signature: bool,
) -> PyResult<Token<'t>> {
    let token = parse_token(key.py(), token)?;
    if verify_signature {
        check_signature(&token, key, algorithms)?;
    } else if !token.header.has_algorithm() {
        return Err(jws_error(&NO_ALGORITHM));
    }
    Ok(token)
}

#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "python-jose's arguments and the time")]
pub fn jwt_validate_claims<'py>(
    payload: &Bound<'py, PyBytes>,
    algorithm: Option<&str>,
    options: Option<&Bound<'py, PyAny>>,
    audience: Option<&Bound<'py, PyAny>>,
    issuer: Option<&Bound<'py, PyAny>>,
    subject: Option<&Bound<'py, PyAny>>,
    access_token: Option<&Bound<'py, PyAny>>,
    now: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let DecodeOptions { claim_options, leeway, .. } = DecodeOptions::parse(options)?;
    let expectations = DecodeArguments { py: payload.py(), audience, issuer, subject, access_token, algorithm, leeway };
    claims_dict::unverified_to_dict(
        payload.py(),
        &parse_and_validate(payload.as_bytes(), &claim_options, &expectations, now)?,
    )
}

/// Parses the claims in `payload` and validates them.
fn parse_and_validate<'p>(
    payload: &'p [u8],
    options: &ClaimOptions,
    expectations: &DecodeArguments<'_, '_>,
    now: f64,
) -> PyResult<Object<'p>> {
    let claims = parse_claims(expectations.py, &EXPECTED_KEYS, payload, "payload")?;
    validate_claims(&claims, options, expectations, now.trunc())?;
    Ok(claims)
}

/// Checks the header, then verifies the signature.
fn check_signature(token: &Token<'_>, key: &Bound<'_, PyAny>, algorithms: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let algorithm = token.header.algorithm().map_err(|error| jws_error(&error))?;
    if !algorithms.map_or(Ok(true), |allowed| is_allowed(algorithm, allowed))? {
        return Err(jws_error(&Error::AlgorithmNotAllowed));
    }
    token.header.reject_critical_headers().map_err(|error| jws_error(&error))?;
    verify_signature(key, token, algorithm)?;
    if let Some(encoded) = token.uncached_header {
        HEADER_CACHE.insert(encoded, &token.header);
    }
    Ok(())
}

/// Returns true if `algorithm` is in `allowed`. A `str` is one name, not a container of substrings.
fn is_allowed(algorithm: &str, allowed: &Bound<'_, PyAny>) -> PyResult<bool> {
    match allowed.cast::<PyString>() {
        Ok(name) => Ok(name.to_str().is_ok_and(|name| name == algorithm)),
        Err(_) => allowed.contains(algorithm),
    }
}

#[pyfunction]
pub fn jws_unverified_header<'py>(token: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let (py, bytes) = (token.py(), token_bytes(token)?);
    check_length(py, &bytes)?;
    let header = parse_unverified_header(&bytes).map_err(|error| parse_error(py, error))?;
    claims_dict::unverified_to_dict(py, header.members())
}

#[pyfunction]
pub fn jws_unverified_payload<'py>(token: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let bytes = token_bytes(token)?;
    check_length(token.py(), &bytes)?;
    let payload = decode_unverified_payload(&bytes).map_err(|error| jws_error(&error))?;
    Ok(PyBytes::new(token.py(), &payload))
}

/// Returns header, payload, signing input and signature of a token whose segments are all well-formed.
#[pyfunction]
pub fn jws_load<'py>(token: &Bound<'py, PyAny>) -> PyResult<LoadedToken<'py>> {
    let (py, bytes) = (token.py(), token_bytes(token)?);
    let token = parse_token(py, &bytes)?;
    let header = claims_dict::unverified_to_dict(py, token.header.members())?;
    let [payload, signing_input, signature] =
        [&token.unverified_payload, token.signing_input, &token.signature].map(|part| PyBytes::new(py, part));
    Ok((header, payload, signing_input, signature))
}

/// Verifies the signature of a token that `jws_load` has split. `header` is its header in JSON.
#[pyfunction]
pub fn jws_verify_parts(
    signing_input: &[u8],
    header: &[u8],
    signature: Vec<u8>,
    key: &Bound<'_, PyAny>,
    algorithms: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let header = Arc::new(Header::parse(header).map_err(|error| parse_error(key.py(), error))?);
    let token = Token { header, uncached_header: None, signing_input, unverified_payload: Vec::new(), signature };
    check_signature(&token, key, algorithms)
}

/// The parts of a token, as `jws._load` returns them.
type LoadedToken<'py> = (Bound<'py, PyDict>, Bound<'py, PyBytes>, Bound<'py, PyBytes>, Bound<'py, PyBytes>);

#[pyfunction]
pub fn jwt_parse_claims<'py>(payload: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyDict>> {
    claims_dict::unverified_to_dict(
        payload.py(),
        &parse_claims(payload.py(), &EXPECTED_KEYS, payload.as_bytes(), "claims")?,
    )
}
