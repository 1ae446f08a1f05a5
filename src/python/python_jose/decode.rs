//! Verifying: `jws.verify` and `jwt.decode`, and what is read of a token without verifying it.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use super::expectations::Arguments;
use super::key_selection::verify_signature;
use super::options::Options;
use super::token::{HEADERS, claims as read_claims, read, text};
use crate::encoding::json::Object;
use crate::encoding::json::expected_keys::KnownNames;
use crate::error::Error;
use crate::python::convert::claims_dict as claims;
use crate::python::errors::of_jws;
use crate::python_jose::claims::validate;
use crate::python_jose::token::NO_ALGORITHM;
use crate::python_jose::{Checks, Token};

/// The names in the first claims set that was accepted.
static NAMES: KnownNames = KnownNames::none();

#[pyfunction]
pub fn jws_verify<'py>(
    token: &Bound<'py, PyAny>,
    key: &Bound<'py, PyAny>,
    algorithms: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let (py, text) = (token.py(), text(token)?);
    let token = read(py, &text)?;
    check_signature(&token, key, algorithms)?;
    Ok(PyBytes::new(py, &token.unverified_payload))
}

#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "python-jose's, and the time")]
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
    let (py, text) = (token.py(), text(token)?);
    let Options { verify_signature, checks, leeway } = Options::read(options)?;
    let token = read(py, &text)?;
    if verify_signature {
        check_signature(&token, key, algorithms)?;
    } else if !token.header.has_algorithm() {
        return Err(of_jws(&NO_ALGORITHM));
    }
    let algorithm = token.header.algorithm().ok();
    let expected = Arguments { py, audience, issuer, subject, access_token, algorithm, leeway };
    let claims = judged(&token.unverified_payload, &checks, &expected, now)?;
    if !verify_signature {
        return claims::unverified_dict(py, &claims);
    }
    NAMES.learn(&claims);
    claims::dict(py, &claims)
}

#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "python-jose's, and the time")]
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
    let Options { checks, leeway, .. } = Options::read(options)?;
    let expected = Arguments { py: payload.py(), audience, issuer, subject, access_token, algorithm, leeway };
    claims::unverified_dict(payload.py(), &judged(payload.as_bytes(), &checks, &expected, now)?)
}

/// The claims in `payload`, if they are what is expected.
fn judged<'p>(payload: &'p [u8], checks: &Checks, expected: &Arguments<'_, '_>, now: f64) -> PyResult<Object<'p>> {
    let claims = read_claims(expected.py, &NAMES, payload, "payload")?;
    validate(&claims, checks, expected, now.trunc())?;
    Ok(claims)
}

/// The header is judged, then the signature is checked.
fn check_signature(token: &Token<'_>, key: &Bound<'_, PyAny>, algorithms: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let algorithm = token.header.algorithm().map_err(|error| of_jws(&error))?;
    if !algorithms.map_or(Ok(true), |allowed| is_among(algorithm, allowed))? {
        return Err(of_jws(&Error::AlgorithmNotAllowed));
    }
    token.header.refuse_extensions().map_err(|error| of_jws(&error))?;
    verify_signature(key, token, algorithm)?;
    if let Some(encoded) = token.new_header {
        HEADERS.keep(encoded, &token.header);
    }
    Ok(())
}

/// A `str` is one name, and not what its letters hold.
fn is_among(algorithm: &str, allowed: &Bound<'_, PyAny>) -> PyResult<bool> {
    match allowed.cast::<PyString>() {
        Ok(name) => Ok(name.to_str().is_ok_and(|name| name == algorithm)),
        Err(_) => allowed.contains(algorithm),
    }
}

#[pyfunction]
pub fn jws_unverified_header<'py>(token: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let (py, text) = (token.py(), text(token)?);
    claims::unverified_dict(py, read(py, &text)?.header.members())
}

#[pyfunction]
pub fn jws_unverified_payload<'py>(token: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let (py, text) = (token.py(), text(token)?);
    Ok(PyBytes::new(py, &read(py, &text)?.unverified_payload))
}

#[pyfunction]
pub fn jwt_parse_claims<'py>(payload: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyDict>> {
    claims::unverified_dict(payload.py(), &read_claims(payload.py(), &NAMES, payload.as_bytes(), "claims")?)
}
