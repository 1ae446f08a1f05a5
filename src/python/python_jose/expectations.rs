//! The expected claims of `jwt.decode`: any Python objects, compared by Python.

use jiter::JsonValue;
use pyo3::exceptions::{PyLookupError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDelta, PyDeltaAccess, PyString};

use super::configuration::registry;
use crate::python::errors::JWTError;
use crate::python_jose::{AT_HASH_UNSUPPORTED, ClaimExpectations, NO_ACCESS_TOKEN};

/// No comparison with NaN is true: a token of any age would be accepted.
const LEEWAY_NAN: &str = "leeway must be a number of seconds or a timedelta, not nan";

/// The arguments of `jwt.decode` that are compared with claims. `algorithm` is the header's `alg`.
pub struct DecodeArguments<'a, 'py> {
    pub py: Python<'py>,
    pub audience: Option<&'a Bound<'py, PyAny>>,
    pub issuer: Option<&'a Bound<'py, PyAny>>,
    pub subject: Option<&'a Bound<'py, PyAny>>,
    pub access_token: Option<&'a Bound<'py, PyAny>>,
    pub algorithm: Option<&'a str>,
    pub leeway: Option<Bound<'py, PyAny>>,
}

impl ClaimExpectations for DecodeArguments<'_, '_> {
    type Error = PyErr;

    fn audience(&self) -> PyResult<Option<&str>> {
        let Some(audience) = self.audience else { return Ok(None) };
        let audience = audience.cast::<PyString>();
        let audience = audience.map_err(|_| JWTError::new_err("audience must be a string or None"))?;
        Ok(audience.to_str().ok())
    }

    fn leeway_seconds(&self) -> PyResult<f64> {
        let Some(leeway) = &self.leeway else { return Ok(0.0) };
        if let Ok(leeway) = leeway.cast::<PyDelta>() {
            return Ok(f64::from(leeway.get_days()) * 86_400.0 + f64::from(leeway.get_seconds()));
        }
        match leeway.extract::<f64>() {
            Err(error) if error.is_instance_of::<PyOverflowError>(self.py) => {
                Ok(if leeway.lt(0)? { f64::NEG_INFINITY } else { f64::INFINITY })
            }
            Ok(seconds) if seconds.is_nan() => Err(PyValueError::new_err(LEEWAY_NAN)),
            Ok(seconds) => Ok(seconds),
            Err(_) => Err(leeway_type_error(leeway)),
        }
    }

    fn matches_issuer(&self, iss: Option<&JsonValue<'_>>) -> PyResult<bool> {
        let Some(expected) = self.issuer else { return Ok(true) };
        if let Ok(expected) = expected.cast::<PyString>() {
            return Ok(
                matches!(iss, Some(JsonValue::Str(iss)) if expected.to_str().is_ok_and(|expected| expected == iss)),
            );
        }
        match iss {
            // Lists and dicts are not hashable, so that not every container can be searched for them.
            Some(JsonValue::Array(_) | JsonValue::Object(_)) => Ok(false),
            Some(iss) => expected.contains(iss.clone()),
            None => expected.contains(self.py.None()),
        }
    }

    fn matches_subject(&self, sub: Option<&str>) -> PyResult<bool> {
        match (self.subject, sub) {
            (None, _) => Ok(true),
            (Some(_), None) => Ok(false),
            (Some(expected), Some(sub)) => Ok(!PyString::new(self.py, sub).as_any().ne(expected)?),
        }
    }

    fn at_hash(&self) -> PyResult<String> {
        let access_token = match self.access_token {
            Some(token) if token.is_truthy()? => token,
            _ => return Err(NO_ACCESS_TOKEN.into()),
        };
        let algorithm = self.algorithm.ok_or(AT_HASH_UNSUPPORTED)?;
        hashed(access_token, algorithm).map_err(|error| self.as_claims_error(error))
    }
}

fn leeway_type_error(leeway: &Bound<'_, PyAny>) -> PyErr {
    leeway.get_type().name().map_or_else(
        |error| error,
        |name| PyTypeError::new_err(format!("leeway must be a number of seconds or a timedelta, not {name}")),
    )
}

impl DecodeArguments<'_, '_> {
    /// Reports a failed hash as a claims error, because the token selects the algorithm. Other errors are the caller's.
    fn as_claims_error(&self, error: PyErr) -> PyErr {
        let is_claims_error = error.is_instance_of::<PyTypeError>(self.py)
            || error.is_instance_of::<PyValueError>(self.py)
            || error.is_instance_of::<PyLookupError>(self.py);
        if is_claims_error { AT_HASH_UNSUPPORTED.into() } else { error }
    }
}

/// Computes `at_hash` with the registry of `fastjose.constants`, to which an application may have added.
fn hashed(access_token: &Bound<'_, PyAny>, algorithm: &str) -> PyResult<String> {
    let py = access_token.py();
    let registry = registry(py)?;
    let hash = registry.hash_function(py, algorithm)?;
    registry.calculate_at_hash.bind(py).call1((access_token, hash))?.extract()
}
