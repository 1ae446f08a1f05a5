//! The Python classes `SessionCookieReader` and `SessionCookies`.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyBytesMethods, PyDict, PyString};

use crate::python::{args, pickle};
use crate::sessions::better_auth::cookie_names::{CookieNames, DEFAULT_PREFIX};
use crate::sessions::better_auth::session_cookies::{
    CookieFailure, SessionCookieOptions, SessionCookieReader, SessionCookies,
};
use crate::sessions::better_auth::session_data::{self, SessionPayload, Strategy};

/// The version that Better Auth writes without the option `cookieCache.version`.
const DEFAULT_VERSION: &str = "1";

#[pyclass(frozen, weakref, name = "SessionCookieReader", module = "fastjose._core")]
pub struct PySessionCookieReader(SessionCookieReader);

#[pymethods]
impl PySessionCookieReader {
    #[new]
    #[pyo3(signature = (*, secrets=None, accepted_old_secrets=None, strategy=None, cookie_prefix=DEFAULT_PREFIX,
                        session_token_name=None, session_data_name=None, version=Some(DEFAULT_VERSION.to_owned())),
           text_signature = "(*, secrets=(), accepted_old_secrets=(), strategy=None, cookie_prefix='better-auth', \
                             session_token_name=None, session_data_name=None, version='1')")]
    fn new(
        secrets: Option<&Bound<'_, PyAny>>,
        accepted_old_secrets: Option<&Bound<'_, PyAny>>,
        strategy: Option<&str>,
        cookie_prefix: &str,
        session_token_name: Option<&str>,
        session_data_name: Option<&str>,
        version: Option<String>,
    ) -> PyResult<Self> {
        let strings = |value: Option<&Bound<'_, PyAny>>, argument| {
            value.map_or_else(|| Ok(vec![]), |value| args::string_list(value, argument))
        };
        let options = SessionCookieOptions {
            secrets: strings(secrets, "secrets")?,
            accepted_old_secrets: strings(accepted_old_secrets, "accepted_old_secrets")?,
            strategy: strategy.map(parse_strategy).transpose()?,
            names: CookieNames::new(cookie_prefix, session_token_name, session_data_name)?,
            version,
        };
        Ok(Self(SessionCookieReader::new(options)?))
    }

    fn read(&self, cookie_headers: &Bound<'_, PyAny>) -> PyResult<PySessionCookies> {
        let headers = header_values(cookie_headers)?;
        let headers: Vec<_> = headers.iter().map(PyBytesMethods::as_bytes).collect();
        PySessionCookies::new(cookie_headers.py(), self.0.read(&headers, args::now(cookie_headers.py())?))
    }

    #[getter]
    fn strategy(&self) -> Option<&'static str> {
        self.0.strategy().map(strategy_name)
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(pickle::not_picklable("SessionCookieReader", "its arguments"))
    }

    fn __repr__(&self) -> String {
        match self.strategy() {
            Some(strategy) => format!("<fastjose.SessionCookieReader strategy='{strategy}'>"),
            None => "<fastjose.SessionCookieReader>".to_owned(),
        }
    }
}

pub(super) fn header_values<'py>(values: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyBytes>>> {
    let wrong_type = || PyTypeError::new_err("cookie_headers must be an iterable of bytes: the values of the headers");
    let values = values.try_iter().map_err(|_| wrong_type())?;
    values.map(|value| value?.cast_into().map_err(|_| wrong_type())).collect()
}

const STRATEGIES: [(&str, Strategy); 4] =
    [("compact", Strategy::Compact), ("jwt", Strategy::Jwt), ("jwe", Strategy::Jwe), ("jwks", Strategy::Jwks)];

fn parse_strategy(name: &str) -> PyResult<Strategy> {
    let found = STRATEGIES.into_iter().find(|(own, _)| *own == name).map(|(_, strategy)| strategy);
    found.ok_or_else(|| PyValueError::new_err("strategy must be \"compact\", \"jwt\", \"jwe\", \"jwks\" or None"))
}

fn strategy_name(strategy: Strategy) -> &'static str {
    STRATEGIES.into_iter().find(|(_, own)| *own == strategy).map_or("", |(name, _)| name)
}

/// The session cookies of one request.
#[pyclass(frozen, name = "SessionCookies", module = "fastjose._core")]
pub struct PySessionCookies {
    cookies: SessionCookies,
    payload: Option<Py<PyDict>>,
}

#[pymethods]
impl PySessionCookies {
    #[getter]
    fn session_token(&self) -> Option<&str> {
        self.cookies.session_token.as_ref().map(|cookie| cookie.token.as_str())
    }

    #[getter]
    fn session_token_raw(&self) -> Option<&str> {
        self.cookies.session_token.as_ref().map(|cookie| cookie.raw.as_str())
    }

    #[getter]
    fn session_token_name(&self) -> Option<&str> {
        self.cookies.session_token.as_ref().map(|cookie| cookie.cookie_name.as_str())
    }

    #[getter]
    fn payload(&self) -> Option<&Py<PyDict>> {
        self.payload.as_ref()
    }

    #[getter]
    fn signed_data(&self) -> Option<&str> {
        self.cookies.signed_data.as_deref()
    }

    #[getter]
    fn is_present(&self) -> bool {
        self.cookies.is_present
    }

    #[getter]
    fn failure(&self) -> Option<&'static str> {
        self.cookies.failure.map(CookieFailure::code)
    }

    fn __reduce__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(pickle::not_picklable("SessionCookies", "the Cookie headers"))
    }

    #[expect(clippy::unused_self, reason = "a method of Python: a repr that shows nothing")]
    fn __repr__(&self) -> &'static str {
        "<fastjose.SessionCookies>"
    }
}

impl PySessionCookies {
    fn new(py: Python<'_>, mut cookies: SessionCookies) -> PyResult<Self> {
        let payload = cookies.payload.take().map(|payload| payload_dict(py, payload)).transpose()?;
        Ok(Self { cookies, payload: payload.map(Bound::unbind) })
    }
}

fn payload_dict(py: Python<'_>, payload: SessionPayload) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item(pyo3::intern!(py, "session"), payload.session)?;
    dict.set_item(pyo3::intern!(py, "user"), payload.user)?;
    Ok(dict)
}

#[pyfunction]
pub fn encrypt_session_data(payload: &[u8], secret: &Bound<'_, PyString>) -> PyResult<String> {
    // Python's error for a lone surrogate contains the secret.
    let secret = secret.to_str().map_err(|_| PyValueError::new_err("secret must be valid Unicode"))?;
    Ok(session_data::encrypt_session_data(payload, secret)?)
}
