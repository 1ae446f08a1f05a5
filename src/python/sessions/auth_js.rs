//! The Python class `AuthJsCookieReader`.

use pyo3::prelude::*;
use pyo3::types::{PyBytesMethods, PyDict};

use super::session_cookies::header_values;
use crate::python::convert::claims_dict;
use crate::python::verifier::revocations_arg;
use crate::python::{args, pickle};
use crate::sessions::auth_js::{LEEWAY_SECONDS, SessionCookieReader};

#[pyclass(frozen, weakref, name = "AuthJsCookieReader", module = "fastjose._core")]
pub struct PyAuthJsCookieReader(SessionCookieReader);

#[pymethods]
impl PyAuthJsCookieReader {
    #[new]
    #[pyo3(signature = (secrets, *, cookie_name=None, leeway_seconds=None, revocations=None),
           text_signature = "(secrets, *, cookie_name=None, leeway_seconds=15, revocations=None)")]
    fn new(
        secrets: &Bound<'_, PyAny>,
        cookie_name: Option<&str>,
        leeway_seconds: Option<&Bound<'_, PyAny>>,
        revocations: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let leeway_seconds = args::seconds_arg(leeway_seconds, LEEWAY_SECONDS, "leeway_seconds")?;
        let secrets = args::string_list(secrets, "secrets")?;
        let revocations = revocations_arg(revocations)?.map(|revocations| revocations.get().list());
        Ok(Self(SessionCookieReader::new(&secrets, cookie_name, leeway_seconds, revocations)?))
    }

    fn read<'py>(&self, cookie_headers: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let py = cookie_headers.py();
        let headers = header_values(cookie_headers)?;
        let headers: Vec<_> = headers.iter().map(PyBytesMethods::as_bytes).collect();
        let Some(claims) = self.0.read(&headers, args::now(py)?)? else { return Ok(None) };
        claims_dict::to_dict(py, claims.parse()?.members()).map(Some)
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(pickle::not_picklable("AuthJsCookieReader", "its arguments"))
    }
}
