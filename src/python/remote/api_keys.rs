//! The Python class `RemoteApiKeys`.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::settings::{lookup_limits, text_of, url_text};
use crate::python::convert::claims_dict::unverified_to_dict;
use crate::python::errors::lookup_unavailable;
use crate::python::pickle;
use crate::python::process::awaitable;
use crate::sessions::better_auth::lookups::{ApiKeyOwner, Credential, RemoteApiKeys};

#[pyclass(frozen, weakref, name = "RemoteApiKeys", module = "fastjose._core")]
pub struct PyRemoteApiKeys(Arc<RemoteApiKeys>);

#[pymethods]
impl PyRemoteApiKeys {
    #[new]
    #[pyo3(signature = (base_url, *, header="x-api-key", allow_http=false, timeout_seconds=None, max_body_bytes=None,
                        max_lookups_in_flight=None),
           text_signature = "(base_url, *, header=\"x-api-key\", allow_http=False, timeout_seconds=5.0, \
                             max_body_bytes=262144, max_lookups_in_flight=256)")]
    fn new(
        base_url: &Bound<'_, PyAny>,
        header: &str,
        allow_http: bool,
        timeout_seconds: Option<&Bound<'_, PyAny>>,
        max_body_bytes: Option<&Bound<'_, PyAny>>,
        max_lookups_in_flight: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let base_url = url_text(base_url)?;
        let limits = lookup_limits(timeout_seconds, max_body_bytes, max_lookups_in_flight)?;
        Ok(Self(Arc::new(RemoteApiKeys::new(text_of(&base_url)?, allow_http, header, limits)?)))
    }

    fn __call__<'py>(&self, py: Python<'py>, key: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        awaitable::check_event_loop(py, "RemoteApiKeys")?;
        let credential = key.to_str().ok().and_then(|key| self.0.credential(key));
        let Some(credential) = credential else { return awaitable::coroutine_of(py.None().into_bound(py)) };
        let lookup = PendingLookup { keys: Arc::clone(&self.0), credential };
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
        Err(pickle::not_picklable("RemoteApiKeys", "its arguments"))
    }

    fn __repr__(&self) -> String {
        format!("<fastjose.api_keys.RemoteApiKeys {:?}>", self.0.base_url())
    }
}

/// A look-up that starts when its coroutine is awaited.
#[pyclass(frozen, module = "fastjose._core")]
struct PendingLookup {
    keys: Arc<RemoteApiKeys>,
    credential: Credential,
}

#[pymethods]
impl PendingLookup {
    /// Starts the look-up and returns a future of its answer.
    fn start<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (keys, credential) = (Arc::clone(&self.keys), self.credential.clone());
        awaitable::into_future(py, lookup_unavailable, async move { keys.look_up(credential).await }, |py, owner| {
            owner?.map_or_else(|| Ok(py.None()), |owner| Ok(to_dict(py, &owner)?.into_any().unbind()))
        })
    }
}

/// Returns the key and its user, in the form of Better Auth's table `apikey`. get-session reports no other columns.
fn to_dict<'py>(py: Python<'py>, owner: &ApiKeyOwner) -> PyResult<Bound<'py, PyDict>> {
    let api_key = PyDict::new(py);
    api_key.set_item("id", &owner.key_id)?;
    api_key.set_item("referenceId", &owner.user_id)?;
    api_key.set_item("enabled", true)?;
    api_key.set_item("expiresAt", py.None())?;
    api_key.set_item("permissions", py.None())?;
    let answer = PyDict::new(py);
    answer.set_item("apiKey", api_key)?;
    answer.set_item("user", unverified_to_dict(py, &owner.user)?)?;
    Ok(answer)
}
