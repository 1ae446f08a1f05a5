//! The core's errors as the classes of `fastjose.exceptions`: the one place where they are matched.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyType;
use pyo3::{PyTypeInfo, import_exception};

use super::convert::interned_strings::Kept;
use crate::error::{Error, ErrorClass};
use crate::jwe;

import_exception!(fastjose.exceptions, ExpiredSignatureError);
import_exception!(fastjose.exceptions, JWEAlgorithmUnsupportedError);
import_exception!(fastjose.exceptions, JWEError);
import_exception!(fastjose.exceptions, JWEInvalidAuth);
import_exception!(fastjose.exceptions, JWEParseError);
import_exception!(fastjose.exceptions, JWKError);
import_exception!(fastjose.exceptions, JWKSetUnavailableError);
import_exception!(fastjose.exceptions, JWSError);
import_exception!(fastjose.exceptions, JWTClaimsError);
import_exception!(fastjose.exceptions, JWTError);

/// Codes, and the names of claims.
static NAMES: Kept = Kept::new();

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        Python::attach(|py| {
            let class = match error.class() {
                ErrorClass::Token => JWTError::type_object(py),
                ErrorClass::Claims => JWTClaimsError::type_object(py),
                ErrorClass::Expired => ExpiredSignatureError::type_object(py),
                ErrorClass::Key => JWKError::type_object(py),
                ErrorClass::Unavailable => JWKSetUnavailableError::type_object(py),
                ErrorClass::Configuration => return PyValueError::new_err(error.to_string()),
                ErrorClass::ArgumentType => return PyTypeError::new_err(error.to_string()),
            };
            made(&class, &error)
        })
    }
}

impl From<jwe::Error> for PyErr {
    fn from(error: jwe::Error) -> Self {
        let error = match error {
            jwe::Error::Key(error) => return error.into(),
            error => error,
        };
        Python::attach(|py| {
            let class = match error.class() {
                jwe::ErrorClass::General => JWEError::type_object(py),
                jwe::ErrorClass::Key => JWKError::type_object(py),
                jwe::ErrorClass::Parse => JWEParseError::type_object(py),
                jwe::ErrorClass::Algorithm => JWEAlgorithmUnsupportedError::type_object(py),
                jwe::ErrorClass::Authentication => JWEInvalidAuth::type_object(py),
                jwe::ErrorClass::Configuration => return PyValueError::new_err(error.to_string()),
            };
            new_jwe_exception(&class, &error).unwrap_or_else(|error| error)
        })
    }
}

fn new_jwe_exception(class: &Bound<'_, PyType>, error: &jwe::Error) -> PyResult<PyErr> {
    let exception = class.call1((error.to_string(),))?;
    exception.setattr(pyo3::intern!(class.py(), "code"), NAMES.object(class.py(), error.code()))?;
    Ok(PyErr::from_value(exception))
}

/// The same, where a token is judged as a JWS and not yet as a JWT.
pub fn of_jws(error: &Error) -> PyErr {
    match error.class() {
        ErrorClass::Token => Python::attach(|py| made(&JWSError::type_object(py), error)),
        _ => error.clone().into(),
    }
}

/// Made at once, and not when somebody looks: a refusal must take no longer than an acceptance.
fn made(class: &Bound<'_, PyType>, error: &Error) -> PyErr {
    match class.call1((error.to_string(),)) {
        Ok(value) => describe(PyErr::from_value(value), class.py(), error),
        Err(error) => error,
    }
}

/// `raised`, which says of a token what no [`Error`] has the words for, as what it is: malformed.
pub fn malformed(py: Python<'_>, raised: PyErr) -> PyErr {
    describe(raised, py, &Error::Malformed(""))
}

fn describe(raised: PyErr, py: Python<'_>, error: &Error) -> PyErr {
    if error.class() == ErrorClass::Expired {
        return raised; // its class says it all
    }
    let value = raised.value(py);
    let described = value
        .setattr(pyo3::intern!(py, "code"), NAMES.object(py, error.code()))
        .and_then(|()| {
            let claim = error.claim().map(|claim| NAMES.object(py, claim));
            claim.map_or(Ok(()), |claim| value.setattr(pyo3::intern!(py, "claim"), claim))
        })
        .and_then(|()| match error {
            Error::KeysUnavailable { retry_after, .. } => {
                value.setattr("retry_after_seconds", retry_after.as_secs_f64())
            }
            _ => Ok(()),
        });
    described.err().unwrap_or(raised)
}
