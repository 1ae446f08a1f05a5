//! What a caller of `jwt.decode` expects of the claims: anything that Python can compare.

use jiter::JsonValue;
use pyo3::exceptions::{PyLookupError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDelta, PyDeltaAccess, PyString};

use super::configuration::registry;
use crate::python::errors::JWTError;
use crate::python_jose::Expected;
use crate::python_jose::claims::{NO_ACCESS_TOKEN, NO_AT_HASH};

/// The arguments of `jwt.decode` that are compared with claims; `algorithm` is the header's.
pub struct Arguments<'a, 'py> {
    pub py: Python<'py>,
    pub audience: Option<&'a Bound<'py, PyAny>>,
    pub issuer: Option<&'a Bound<'py, PyAny>>,
    pub subject: Option<&'a Bound<'py, PyAny>>,
    pub access_token: Option<&'a Bound<'py, PyAny>>,
    pub algorithm: Option<&'a str>,
    pub leeway: Option<Bound<'py, PyAny>>,
}

impl Expected for Arguments<'_, '_> {
    type Failure = PyErr;

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
            Err(_) => Err(no_leeway(leeway)),
            number => number,
        }
    }

    fn is_issuer(&self, iss: Option<&JsonValue<'_>>) -> PyResult<bool> {
        let Some(expected) = self.issuer else { return Ok(true) };
        if let Ok(expected) = expected.cast::<PyString>() {
            return Ok(matches!(iss, Some(JsonValue::Str(iss)) if expected.to_str().is_ok_and(|one| one == iss)));
        }
        match iss {
            // Nothing that Python can look up in every container.
            Some(JsonValue::Array(_) | JsonValue::Object(_)) => Ok(false),
            Some(iss) => expected.contains(iss.clone()),
            None => expected.contains(self.py.None()),
        }
    }

    fn is_subject(&self, sub: &str) -> PyResult<bool> {
        match self.subject {
            None => Ok(true),
            Some(expected) => Ok(!PyString::new(self.py, sub).as_any().ne(expected)?),
        }
    }

    fn at_hash(&self) -> PyResult<String> {
        let access_token = match self.access_token {
            Some(token) if token.is_truthy()? => token,
            _ => return Err(NO_ACCESS_TOKEN.into()),
        };
        let algorithm = self.algorithm.ok_or(NO_AT_HASH)?;
        hashed(access_token, algorithm).map_err(|error| self.as_claims_error(error))
    }
}

fn no_leeway(leeway: &Bound<'_, PyAny>) -> PyErr {
    leeway.get_type().name().map_or_else(
        |error| error,
        |name| PyTypeError::new_err(format!("leeway must be a number of seconds or a timedelta, not {name}")),
    )
}

impl Arguments<'_, '_> {
    /// That no hash belongs to the token's algorithm is the token's fault; that the access token is no text, the caller's.
    fn as_claims_error(&self, error: PyErr) -> PyErr {
        let is_said = error.is_instance_of::<PyTypeError>(self.py)
            || error.is_instance_of::<PyValueError>(self.py)
            || error.is_instance_of::<PyLookupError>(self.py);
        if is_said { NO_AT_HASH.into() } else { error }
    }
}

/// Computes `at_hash` with the registry of `fastjose.constants`, to which an application may have added.
fn hashed(access_token: &Bound<'_, PyAny>, algorithm: &str) -> PyResult<String> {
    let py = access_token.py();
    let registry = registry(py)?;
    let hash = registry.hash_function(py, algorithm)?;
    registry.calculate_at_hash.bind(py).call1((access_token, hash))?.extract()
}
