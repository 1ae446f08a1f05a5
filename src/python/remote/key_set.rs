//! The Python class `RemoteKeySet`, and the Python function `url_origin`.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::discovery_document::PyDiscoveryDocument;
use super::key_set_options::KeySetOptions;
use super::settings::{text_of, url_text};
use crate::error::Result;
use crate::http::network::NetworkOptions;
use crate::http::url;
use crate::jwks::{HttpLimits, RefreshPolicy, RemoteKeySet};
use crate::python::errors::keys_unavailable;
use crate::python::pickle;
use crate::python::process::{awaitable, blocking};

#[pyclass(frozen, weakref, name = "RemoteKeySet", module = "fastjose")]
pub struct PyRemoteKeySet(pub Arc<RemoteKeySet>);

#[pymethods]
impl PyRemoteKeySet {
    #[new]
    #[pyo3(signature = (url, **options),
           text_signature = "(url, *, allow_http=False, max_age_seconds=600.0, min_age_seconds=60.0, \
                             refresh_jitter=0.2, max_stale_seconds=86400.0, fetch_burst=5, \
                             fetch_interval_seconds=1.0, max_wait_seconds=2.0, max_waiting_threads=4, \
                             recheck_interval_seconds=30.0, max_retry_after_seconds=300.0, timeout_seconds=5.0, \
                             max_body_bytes=1048576, max_keys=1000, headers=None, ca_certificates=None, \
                             client_certificate=None, proxy=None, initial=None)")]
    fn new(url: &Bound<'_, PyAny>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let url = url_text(url)?;
        Self::build("RemoteKeySet", RemoteKeySet::with_network, text_of(&url)?, options)
    }

    #[staticmethod]
    #[pyo3(signature = (issuer, **options),
           text_signature = "(issuer, *, allow_http=False, max_age_seconds=600.0, min_age_seconds=60.0, \
                             refresh_jitter=0.2, max_stale_seconds=86400.0, fetch_burst=5, \
                             fetch_interval_seconds=1.0, max_wait_seconds=2.0, max_waiting_threads=4, \
                             recheck_interval_seconds=30.0, max_retry_after_seconds=300.0, timeout_seconds=5.0, \
                             max_body_bytes=1048576, max_keys=1000, headers=None, ca_certificates=None, \
                             client_certificate=None, proxy=None, initial=None)")]
    fn of_issuer(issuer: &Bound<'_, PyAny>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        // A URL object may add a slash, and the issuer is compared to the letter.
        let issuer = issuer.cast::<PyString>().map_err(|_| {
            PyTypeError::new_err("issuer must be a str, to the letter as in the tokens; a URL object may add a slash")
        })?;
        Self::build("RemoteKeySet.of_issuer", RemoteKeySet::of_issuer, text_of(issuer)?, options)
    }

    #[staticmethod]
    #[pyo3(signature = (url, **options),
           text_signature = "(url, *, allow_http=False, max_age_seconds=600.0, min_age_seconds=60.0, \
                             refresh_jitter=0.2, max_stale_seconds=86400.0, fetch_burst=5, \
                             fetch_interval_seconds=1.0, max_wait_seconds=2.0, max_waiting_threads=4, \
                             recheck_interval_seconds=30.0, max_retry_after_seconds=300.0, timeout_seconds=5.0, \
                             max_body_bytes=1048576, max_keys=1000, headers=None, ca_certificates=None, \
                             client_certificate=None, proxy=None, initial=None)")]
    fn per_kid(url: &Bound<'_, PyAny>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let url = url_text(url)?;
        Self::build("RemoteKeySet.per_kid", RemoteKeySet::per_kid, text_of(&url)?, options)
    }

    fn fetch(&self, py: Python<'_>) -> PyResult<()> {
        Ok(blocking::wait_for(py, self.0.fetch())??)
    }

    fn fetch_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        awaitable::check_event_loop(py, "RemoteKeySet.fetch_async")?;
        awaitable::coroutine_of_future(
            Bound::new(py, PendingFetch(Arc::clone(&self.0)))?.getattr(pyo3::intern!(py, "fetch"))?,
        )
    }

    fn fetch_if_needed_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        awaitable::check_event_loop(py, "RemoteKeySet.fetch_if_needed_async")?;
        awaitable::coroutine_of_future(
            Bound::new(py, PendingFetch(Arc::clone(&self.0)))?.getattr(pyo3::intern!(py, "fetch_if_needed"))?,
        )
    }

    #[getter]
    fn url(&self) -> &str {
        self.0.url()
    }

    #[getter]
    fn issuer(&self) -> Option<&str> {
        self.0.issuer()
    }

    #[getter]
    fn discovery(&self) -> Option<PyDiscoveryDocument> {
        self.0.discovery().map(PyDiscoveryDocument)
    }

    #[getter]
    fn age_seconds(&self) -> Option<f64> {
        self.0.age().map(|age| age.as_secs_f64())
    }

    #[getter]
    fn last_failure(&self) -> Option<String> {
        self.0.last_failure()
    }

    #[getter]
    fn key_count(&self) -> usize {
        self.0.key_count()
    }

    #[getter]
    fn has_usable_keys(&self) -> bool {
        self.0.has_usable_keys()
    }

    #[getter]
    fn is_per_kid(&self) -> bool {
        self.0.is_per_kid()
    }

    #[getter]
    fn fetch_count(&self) -> u64 {
        self.0.fetch_counts().ended
    }

    #[getter]
    fn failed_fetch_count(&self) -> u64 {
        self.0.fetch_counts().failed
    }

    #[getter]
    fn skipped_keys(&self) -> Vec<String> {
        self.0.skipped_keys()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(pickle::not_picklable("RemoteKeySet", "its arguments"))
    }

    /// `Verifier.remote_key_sets` returns new objects of the sets, which are equal to the ones that it was given.
    fn __eq__(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn __hash__(&self) -> u64 {
        Arc::as_ptr(&self.0).addr() as u64
    }

    fn __repr__(&self) -> String {
        format!("<fastjose.RemoteKeySet {:?}>", self.0.url_without_query())
    }
}

/// A function of the core that builds a key set from a URL or issuer and the options.
type Constructor = fn(&str, bool, HttpLimits, RefreshPolicy, NetworkOptions) -> Result<RemoteKeySet>;

impl PyRemoteKeySet {
    fn build(function: &str, construct: Constructor, url: &str, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let options = KeySetOptions::from_arguments(function, options)?;
        let KeySetOptions { allow_http, http_limits, refresh_policy, network, initial } = options;
        let keys = construct(url, allow_http, http_limits, refresh_policy, network)?;
        initial.map_or(Ok(()), |json| keys.use_initial_set(&json))?;
        Ok(Self(Arc::new(keys)))
    }
}

/// A fetch that starts when its coroutine is awaited.
#[pyclass(frozen, module = "fastjose._core")]
struct PendingFetch(Arc<RemoteKeySet>);

#[pymethods]
impl PendingFetch {
    /// Starts the fetch and returns a future that resolves to `None`.
    fn fetch<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let set = Arc::clone(&self.0);
        awaitable::into_future(py, keys_unavailable, async move { set.fetch().await }, |py, fetched| {
            fetched?;
            Ok(py.None())
        })
    }

    /// Starts the fetch, unless it is not needed, and returns a future that resolves to `None`.
    fn fetch_if_needed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let set = Arc::clone(&self.0);
        awaitable::into_future(py, keys_unavailable, async move { set.fetch_if_needed().await }, |py, fetched| {
            fetched?;
            Ok(py.None())
        })
    }
}

#[pyfunction]
pub fn url_origin(url: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(url::url_origin(text_of(&url_text(url)?)?)?)
}
