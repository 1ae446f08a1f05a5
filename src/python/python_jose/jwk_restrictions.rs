//! The restrictions in a JWK on its use: `use`, `key_ops` and `alg` (RFC 7517 §4.2 to §4.4).

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::algorithms::Algorithm;
use crate::error::Error;

/// A use of a key with a signature algorithm.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Sign,
    Verify,
}

impl Operation {
    /// Returns the value in `key_ops` that allows the operation.
    fn name(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Verify => "verify",
        }
    }
}

/// Checks that `use` and `key_ops` allow `operation`, if `key` is a JWK.
///
/// # Errors
/// `JWKError`.
pub fn check_operation(key: &Bound<'_, PyAny>, operation: Operation) -> PyResult<()> {
    let Ok(jwk) = key.cast::<PyDict>() else { return Ok(()) };
    check_use(jwk, &["sig", "jwt-svid"])?;
    check_key_ops(jwk, &[operation.name()])
}

/// Checks that `key`, if it is a JWK, may be used with `algorithm`, to sign and verify. If `algorithm` encrypts, checks
/// only `use` and `key_ops`: `fastjose.jwe` compares the `alg` itself.
///
/// # Errors
/// `JWKError`.
pub fn check_purpose(key: &Bound<'_, PyAny>, algorithm: &str) -> PyResult<()> {
    let Ok(jwk) = key.cast::<PyDict>() else { return Ok(()) };
    if algorithm.parse::<Algorithm>().is_err() {
        check_use(jwk, &["enc"])?;
        return check_key_ops(jwk, &["encrypt", "decrypt", "wrapKey", "unwrapKey"]);
    }
    if !allows_algorithm(key, algorithm)? {
        return Err(wrong_algorithm(algorithm));
    }
    check_use(jwk, &["sig", "jwt-svid"])?;
    check_key_ops(jwk, &["sign", "verify"])
}

/// Returns true if `key` is not a JWK, has no `alg`, or has this one, under any of its names.
pub fn allows_algorithm(key: &Bound<'_, PyAny>, algorithm: &str) -> PyResult<bool> {
    let Ok(jwk) = key.cast::<PyDict>() else { return Ok(true) };
    let Some(alg) = member(jwk, "alg")? else { return Ok(true) };
    let Ok(alg) = alg.extract::<&str>() else { return Ok(false) };
    let is_same = alg.parse::<Algorithm>().is_ok_and(|own| algorithm.parse() == Ok(own));
    Ok(is_same || alg == algorithm)
}

/// Returns the error for a JWK with another `alg` than `algorithm`.
pub fn wrong_algorithm(algorithm: &str) -> PyErr {
    Error::InvalidKey(format!("The JWK's alg must be {algorithm}.")).into()
}

fn check_use(jwk: &Bound<'_, PyDict>, allowed: &[&str]) -> PyResult<()> {
    let Some(value) = member(jwk, "use")? else { return Ok(()) };
    if value.extract::<&str>().is_ok_and(|value| allowed.contains(&value)) { Ok(()) } else { Err(wrong_use()) }
}

fn check_key_ops(jwk: &Bound<'_, PyDict>, allowed: &[&str]) -> PyResult<()> {
    let Some(operations) = member(jwk, "key_ops")? else { return Ok(()) };
    if operations.is_instance_of::<PyString>() {
        return Err(wrong_use());
    }
    let operations = operations.try_iter().map_err(|_| wrong_use())?.collect::<PyResult<Vec<_>>>()?;
    let is_allowed = |name: &Bound<'_, PyAny>| name.extract::<&str>().is_ok_and(|name| allowed.contains(&name));
    if operations.iter().any(is_allowed) { Ok(()) } else { Err(wrong_use()) }
}

fn wrong_use() -> PyErr {
    Error::invalid_key("The JWK's use and key_ops must allow this operation.").into()
}

/// Returns a member of the JWK, or `None` if it is missing or null.
fn member<'py>(jwk: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(jwk.get_item(name)?.filter(|value| !value.is_none()))
}
