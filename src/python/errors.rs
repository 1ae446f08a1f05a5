//! Converts the errors of the core to the exceptions of `fastjose.exceptions`.

use std::time::Duration;

use pyo3::exceptions::{PyBaseException, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyType;
use pyo3::{PyTypeInfo, import_exception};

use super::convert::interned_strings::StringInterner;
use crate::error::{Error, ErrorClass};
use crate::jwe;
use crate::sessions::better_auth::signed_session_token::SessionTokenError;

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
import_exception!(fastjose.exceptions, SessionError);
import_exception!(fastjose.exceptions, StoreUnavailableError);

/// Error codes and claim names.
static NAMES: StringInterner = StringInterner::new();

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        Python::attach(|py| {
            let class = match error.class() {
                ErrorClass::Token => JWTError::type_object(py),
                ErrorClass::Claims => JWTClaimsError::type_object(py),
                ErrorClass::Expired => ExpiredSignatureError::type_object(py),
                ErrorClass::Key => JWKError::type_object(py),
                ErrorClass::Unavailable => JWKSetUnavailableError::type_object(py),
                ErrorClass::StoreUnavailable => StoreUnavailableError::type_object(py),
                ErrorClass::Configuration => return PyValueError::new_err(error.to_string()),
                ErrorClass::ArgumentType => return PyTypeError::new_err(error.to_string()),
            };
            new_exception(&class, &error)
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
    exception.setattr(pyo3::intern!(class.py(), "code"), NAMES.intern(class.py(), error.code()))?;
    Ok(PyErr::from_value(exception))
}

/// Converts an error about a session token to a `SessionError`.
pub fn session_token_error(py: Python<'_>, error: SessionTokenError) -> PyErr {
    let exception = SessionError::new_err(error.to_string());
    let code = NAMES.intern(py, error.code());
    exception.value(py).setattr(pyo3::intern!(py, "code"), code).err().unwrap_or(exception)
}

/// Converts an error about a JWS whose claims are not parsed yet: a `JWSError` instead of a `JWTError`.
pub fn jws_error(error: &Error) -> PyErr {
    match error.class() {
        ErrorClass::Token => Python::attach(|py| new_exception(&JWSError::type_object(py), error)),
        _ => error.clone().into(),
    }
}

/// Wraps a `JWSError` in a `JWTError`, as python-jose's `jwt.decode` does. Returns any other exception unchanged.
pub fn wrap_jws_error(py: Python<'_>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<JWSError>(py) {
        return error;
    }
    new_wrapping_exception(error.value(py)).unwrap_or_else(|error| error)
}

fn new_wrapping_exception(jws_error: &Bound<'_, PyBaseException>) -> PyResult<PyErr> {
    let code = pyo3::intern!(jws_error.py(), "code");
    let exception = JWTError::type_object(jws_error.py()).call1((jws_error,))?;
    exception.setattr(code, jws_error.getattr(code)?)?;
    exception.setattr(pyo3::intern!(jws_error.py(), "__context__"), jws_error)?;
    Ok(PyErr::from_value(exception))
}

/// Returns the error for keys that cannot be fetched, because no thread can be started or the interpreter exits.
pub fn keys_unavailable(reason: &str, retry_after: Duration) -> Error {
    Error::KeysUnavailable { reason: reason.to_owned(), retry_after }
}

/// Returns the error for a look-up that cannot be started, because no thread can be started or the interpreter exits.
pub fn lookup_unavailable(reason: &str, retry_after: Duration) -> Error {
    Error::StoreUnavailable { reason: reason.to_owned(), retry_after }
}

/// Creates the exception now rather than lazily, so that rejecting a token takes no longer than accepting one.
fn new_exception(class: &Bound<'_, PyType>, error: &Error) -> PyErr {
    match class.call1((error.to_string(),)) {
        Ok(value) => set_code_and_claim(PyErr::from_value(value), class.py(), error),
        Err(error) => error,
    }
}

/// Sets the code `malformed` on an exception whose message no [`Error`] has.
pub fn with_malformed_code(py: Python<'_>, exception: PyErr) -> PyErr {
    with_code_of(py, exception, &Error::Malformed(""))
}

/// Sets the code of `error` on an exception of another class or with another message.
pub fn with_code_of(py: Python<'_>, exception: PyErr, error: &Error) -> PyErr {
    let code = NAMES.intern(py, error.code());
    exception.value(py).setattr(pyo3::intern!(py, "code"), code).err().unwrap_or(exception)
}

fn set_code_and_claim(exception: PyErr, py: Python<'_>, error: &Error) -> PyErr {
    if error.class() == ErrorClass::Expired {
        return exception; // the class has code and claim
    }
    set_attributes(exception.value(py), error).err().unwrap_or(exception)
}

fn set_attributes(exception: &Bound<'_, PyBaseException>, error: &Error) -> PyResult<()> {
    let py = exception.py();
    exception.setattr(pyo3::intern!(py, "code"), NAMES.intern(py, error.code()))?;
    if let Some(claim) = error.claim() {
        exception.setattr(pyo3::intern!(py, "claim"), NAMES.intern(py, claim))?;
    }
    if let Error::KeysUnavailable { retry_after, .. } | Error::StoreUnavailable { retry_after, .. } = error {
        exception.setattr("retry_after_seconds", retry_after.as_secs_f64())?;
    }
    Ok(())
}
