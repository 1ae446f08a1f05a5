//! The core's errors as the classes of `fastjose.exceptions`: the one place where they are matched.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::import_exception;
use pyo3::prelude::*;

use super::kept::Kept;
use crate::error::{Error, Kind};

static CODES: Kept = Kept::new();

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

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        let raised = match error.kind() {
            Kind::Token => JWTError::new_err(text),
            Kind::Claims => JWTClaimsError::new_err(text),
            Kind::Expired => ExpiredSignatureError::new_err(text),
            Kind::Key => JWKError::new_err(text),
            Kind::Unavailable => JWKSetUnavailableError::new_err(text),
            Kind::Jwe => JWEError::new_err(text),
            Kind::JweForm => JWEParseError::new_err(text),
            Kind::JweAlgorithm => JWEAlgorithmUnsupportedError::new_err(text),
            Kind::JweAuthentication => JWEInvalidAuth::new_err(text),
            Kind::Configuration => return PyValueError::new_err(text),
            Kind::Misuse => return PyTypeError::new_err(text),
        };
        Python::attach(|py| describe(raised, py, &error))
    }
}

/// The same, where a token is judged as a JWS and not yet as a JWT.
pub fn of_jws(error: &Error) -> PyErr {
    match error.kind() {
        Kind::Token => Python::attach(|py| describe(JWSError::new_err(error.to_string()), py, error)),
        _ => error.clone().into(),
    }
}

/// `raised`, which says of a token what no [`Error`] has the words for, as what it is: malformed.
pub fn malformed(py: Python<'_>, raised: PyErr) -> PyErr {
    describe(raised, py, &Error::Malformed(""))
}

fn describe(raised: PyErr, py: Python<'_>, error: &Error) -> PyErr {
    let value = raised.value(py);
    let described = value
        .setattr(pyo3::intern!(py, "code"), CODES.object(py, error.code()))
        .and_then(|()| error.claim().map_or(Ok(()), |name| value.setattr(pyo3::intern!(py, "claim"), name)))
        .and_then(|()| match error {
            Error::KeysUnavailable { retry_after, .. } => {
                value.setattr("retry_after_seconds", retry_after.as_secs_f64())
            }
            _ => Ok(()),
        });
    described.err().unwrap_or(raised)
}
