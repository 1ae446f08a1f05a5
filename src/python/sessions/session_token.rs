//! The Python class `SessionTokenReader`.

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::python::errors::session_token_error;
use crate::python::{args, pickle};
use crate::sessions::better_auth::signed_session_token::{SessionTokenError, SessionTokenReader};

#[pyclass(frozen, weakref, name = "SessionTokenReader", module = "fastjose._core")]
pub struct PySessionTokenReader(SessionTokenReader);

#[pymethods]
impl PySessionTokenReader {
    #[new]
    #[pyo3(signature = (secrets=None, *, allow_unsigned=false),
           text_signature = "(secrets=(), *, allow_unsigned=False)")]
    fn new(secrets: Option<&Bound<'_, PyAny>>, allow_unsigned: bool) -> PyResult<Self> {
        let secrets = secrets.map_or_else(|| Ok(vec![]), |secrets| args::string_list(secrets, "secrets"))?;
        Ok(Self(SessionTokenReader::new(&secrets, allow_unsigned)?))
    }

    fn read(&self, value: &Bound<'_, PyString>) -> PyResult<String> {
        let text = value.to_str().map_err(|_| SessionTokenError::Malformed);
        let token = text.and_then(|text| self.0.read(text.as_bytes()));
        token.map_err(|error| session_token_error(value.py(), error))
    }

    #[getter]
    fn allow_unsigned(&self) -> bool {
        self.0.allows_unsigned()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(pickle::not_picklable("SessionTokenReader", "its arguments"))
    }

    fn __repr__(&self) -> String {
        let allows_unsigned = if self.0.allows_unsigned() { "True" } else { "False" };
        format!("<fastjose.SessionTokenReader allow_unsigned={allows_unsigned}>")
    }
}
