//! The Python class `RemoteSessions`.

use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use super::settings::{lookup_limits, seconds, text_of, url_text};
use crate::python::args::usize_arg;
use crate::python::convert::claims_dict::unverified_to_dict;
use crate::python::errors::lookup_unavailable;
use crate::python::pickle;
use crate::python::process::awaitable;
use crate::sessions::better_auth::lookups::{Credential, RemoteSessions, SessionAnswer};

#[pyclass(frozen, weakref, name = "RemoteSessions", module = "fastjose._core")]
pub struct PyRemoteSessions(Arc<RemoteSessions>);

/// The default of `max_cached_sessions`.
const MAX_CACHED_SESSIONS: usize = 1_000;

#[pymethods]
impl PyRemoteSessions {
    #[new]
    #[pyo3(signature = (base_url, *, allow_http=false, cache_seconds=None, max_cached_sessions=None, timeout_seconds=None,
                        max_body_bytes=None, max_lookups_in_flight=None),
           text_signature = "(base_url, *, allow_http=False, cache_seconds=0.0, max_cached_sessions=1000, \
                             timeout_seconds=5.0, max_body_bytes=262144, max_lookups_in_flight=256)")]
    fn new(
        base_url: &Bound<'_, PyAny>,
        allow_http: bool,
        cache_seconds: Option<&Bound<'_, PyAny>>,
        max_cached_sessions: Option<&Bound<'_, PyAny>>,
        timeout_seconds: Option<&Bound<'_, PyAny>>,
        max_body_bytes: Option<&Bound<'_, PyAny>>,
        max_lookups_in_flight: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let base_url = url_text(base_url)?;
        let cache_age = seconds(cache_seconds, std::time::Duration::ZERO, "cache_seconds")?;
        let max_cached = usize_arg(max_cached_sessions, MAX_CACHED_SESSIONS, "max_cached_sessions")?;
        let limits = lookup_limits(timeout_seconds, max_body_bytes, max_lookups_in_flight)?;
        let sessions = RemoteSessions::new(text_of(&base_url)?, allow_http, cache_age, max_cached, limits)?;
        Ok(Self(Arc::new(sessions)))
    }

    fn __call__<'py>(&self, token: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = token.py();
        awaitable::check_event_loop(py, "RemoteSessions")?;
        let Some(credential) = credential_of(token)? else { return awaitable::coroutine_of(py.None().into_bound(py)) };
        if let Some(answer) = self.0.cached(&credential) {
            return awaitable::coroutine_of(to_dict(py, &answer)?.into_any());
        }
        let lookup = PendingLookup { sessions: Arc::clone(&self.0), credential };
        awaitable::coroutine_of_future(Bound::new(py, lookup)?.getattr(pyo3::intern!(py, "start"))?)
    }

    fn find_organization_roles<'py>(
        &self,
        token: &Bound<'py, PyAny>,
        user_id: String,
        organization_id: String,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = token.py();
        awaitable::check_event_loop(py, "RemoteSessions.find_organization_roles")?;
        let Some(credential) = credential_of(token)? else {
            return awaitable::coroutine_of(PyList::empty(py).into_any());
        };
        let sessions = Arc::clone(&self.0);
        let lookup = PendingRoleLookup { sessions, credential, user_id, organization_id };
        awaitable::coroutine_of_future(Bound::new(py, lookup)?.getattr(pyo3::intern!(py, "start"))?)
    }

    #[getter]
    fn base_url(&self) -> &str {
        self.0.base_url()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(pickle::not_picklable("RemoteSessions", "its arguments"))
    }

    fn __repr__(&self) -> String {
        format!("<fastjose.sessions.RemoteSessions {:?}>", self.0.base_url())
    }
}

/// A look-up that starts when its coroutine is awaited.
#[pyclass(frozen, module = "fastjose._core")]
struct PendingLookup {
    sessions: Arc<RemoteSessions>,
    credential: Credential,
}

#[pymethods]
impl PendingLookup {
    /// Starts the look-up and returns a future of its answer.
    fn start<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let lookup = self.sessions.look_up(self.credential.clone());
        awaitable::into_future(py, lookup_unavailable, lookup, |py, answer| {
            answer?.map_or_else(|| Ok(py.None()), |answer| Ok(to_dict(py, &answer)?.into_any().unbind()))
        })
    }
}

/// A look-up of roles that starts when its coroutine is awaited.
#[pyclass(frozen, module = "fastjose._core")]
struct PendingRoleLookup {
    sessions: Arc<RemoteSessions>,
    credential: Credential,
    user_id: String,
    organization_id: String,
}

#[pymethods]
impl PendingRoleLookup {
    /// Starts the look-up and returns a future of the names.
    fn start<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (sessions, credential) = (Arc::clone(&self.sessions), self.credential.clone());
        let (user_id, organization_id) = (self.user_id.clone(), self.organization_id.clone());
        let lookup = async move { sessions.find_organization_roles(credential, &user_id, &organization_id).await };
        awaitable::into_future(py, lookup_unavailable, lookup, |py, roles| {
            Ok(PyList::new(py, roles?)?.into_any().unbind())
        })
    }
}

/// Returns the credential of a `SessionToken`, or `None` if no such credential can be sent, and so none can exist.
fn credential_of(token: &Bound<'_, PyAny>) -> PyResult<Option<Credential>> {
    let (raw, carrier) = (attribute(token, "raw")?, attribute(token, "carrier")?);
    let name = attribute(token, "cookie_name")?;
    let [raw, carrier] = [&raw, &carrier].map(|value| value.cast::<PyString>());
    let (Ok(raw), Ok(carrier)) = (raw, carrier) else { return Err(PyTypeError::new_err(NOT_A_TOKEN)) };
    let Ok(raw) = raw.to_str() else { return Ok(None) }; // a lone surrogate
    match (carrier.to_str(), name.cast::<PyString>()) {
        (Ok("bearer"), _) => Ok(Credential::bearer(raw)),
        (Ok("cookie"), Ok(name)) => Ok(name.to_str().ok().and_then(|name| Credential::cookie(name, raw))),
        _ => Err(PyValueError::new_err("token.carrier must be 'bearer', or 'cookie' together with token.cookie_name")),
    }
}

fn attribute<'py>(token: &Bound<'py, PyAny>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    token.getattr(name).map_err(|_| PyTypeError::new_err(NOT_A_TOKEN))
}

const NOT_A_TOKEN: &str = "token must be a SessionToken, as fastjose passes it to a session store";

fn to_dict<'py>(py: Python<'py>, answer: &SessionAnswer) -> PyResult<Bound<'py, PyDict>> {
    unverified_to_dict(py, &answer.members())
}
