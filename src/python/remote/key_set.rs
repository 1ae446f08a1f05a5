//! The Python class `RemoteKeySet`, and the Python function `url_origin`.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::settings::{seconds, text_of, url_text};
use crate::http::url;
use crate::jwks::{HttpLimits, RefreshPolicy, RemoteKeySet};
use crate::python::args::usize_arg;
use crate::python::errors::keys_unavailable;
use crate::python::pickle;
use crate::python::process::{awaitable, blocking};

#[pyclass(frozen, weakref, name = "RemoteKeySet", module = "fastjose")]
pub struct PyRemoteKeySet(pub Arc<RemoteKeySet>);

#[pymethods]
impl PyRemoteKeySet {
    #[new]
    #[pyo3(signature = (url, *, allow_http=false, max_age_seconds=None, min_age_seconds=None, refresh_jitter=None,
                        max_stale_seconds=None, fetch_burst=None, fetch_interval_seconds=None, max_wait_seconds=None,
                        max_waiting_threads=None, recheck_interval_seconds=None, max_retry_after_seconds=None,
                        timeout_seconds=None, max_body_bytes=None, max_keys=None),
           text_signature = "(url, *, allow_http=False, max_age_seconds=600.0, min_age_seconds=60.0, \
                             refresh_jitter=0.2, max_stale_seconds=86400.0, fetch_burst=5, \
                             fetch_interval_seconds=1.0, max_wait_seconds=2.0, max_waiting_threads=4, \
                             recheck_interval_seconds=30.0, max_retry_after_seconds=300.0, timeout_seconds=5.0, \
                             max_body_bytes=1048576, max_keys=1000)")]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments, as users name them")]
    fn new(
        url: &Bound<'_, PyAny>,
        allow_http: bool,
        max_age_seconds: Option<&Bound<'_, PyAny>>,
        min_age_seconds: Option<&Bound<'_, PyAny>>,
        refresh_jitter: Option<f64>,
        max_stale_seconds: Option<&Bound<'_, PyAny>>,
        fetch_burst: Option<&Bound<'_, PyAny>>,
        fetch_interval_seconds: Option<&Bound<'_, PyAny>>,
        max_wait_seconds: Option<&Bound<'_, PyAny>>,
        max_waiting_threads: Option<&Bound<'_, PyAny>>,
        recheck_interval_seconds: Option<&Bound<'_, PyAny>>,
        max_retry_after_seconds: Option<&Bound<'_, PyAny>>,
        timeout_seconds: Option<&Bound<'_, PyAny>>,
        max_body_bytes: Option<&Bound<'_, PyAny>>,
        max_keys: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let url = url_text(url)?;
        let default = RefreshPolicy::default();
        let refresh_policy = RefreshPolicy {
            max_age: seconds(max_age_seconds, default.max_age, "max_age_seconds")?,
            min_age: seconds(min_age_seconds, default.min_age, "min_age_seconds")?,
            refresh_jitter: refresh_jitter.unwrap_or(default.refresh_jitter),
            max_stale: seconds(max_stale_seconds, default.max_stale, "max_stale_seconds")?,
            fetch_burst: count_arg(fetch_burst, default.fetch_burst, "fetch_burst")?,
            fetch_interval: seconds(fetch_interval_seconds, default.fetch_interval, "fetch_interval_seconds")?,
            max_wait: seconds(max_wait_seconds, default.max_wait, "max_wait_seconds")?,
            max_waiting_threads: usize_arg(max_waiting_threads, default.max_waiting_threads, "max_waiting_threads")?,
            recheck_interval: seconds(recheck_interval_seconds, default.recheck_interval, "recheck_interval_seconds")?,
            max_retry_after: seconds(max_retry_after_seconds, default.max_retry_after, "max_retry_after_seconds")?,
        };
        let http_limits = http_limits(timeout_seconds, max_body_bytes, max_keys)?;
        Ok(Self(Arc::new(RemoteKeySet::new(text_of(&url)?, allow_http, http_limits, refresh_policy)?)))
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

    #[getter]
    fn url(&self) -> &str {
        self.0.url()
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

    fn __repr__(&self) -> String {
        format!("<fastjose.RemoteKeySet {:?}>", self.0.url_without_query())
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
}

fn http_limits(
    timeout_seconds: Option<&Bound<'_, PyAny>>,
    max_body_bytes: Option<&Bound<'_, PyAny>>,
    max_keys: Option<&Bound<'_, PyAny>>,
) -> PyResult<HttpLimits> {
    let default = HttpLimits::default();
    Ok(HttpLimits {
        timeout: seconds(timeout_seconds, default.timeout, "timeout_seconds")?,
        max_body_bytes: usize_arg(max_body_bytes, default.max_body_bytes, "max_body_bytes")?,
        max_keys: usize_arg(max_keys, default.max_keys, "max_keys")?,
    })
}

fn count_arg(value: Option<&Bound<'_, PyAny>>, default: u32, argument: &str) -> PyResult<u32> {
    let count = usize_arg(value, default as usize, argument)?;
    u32::try_from(count).map_err(|_| PyValueError::new_err(format!("{argument} must be at most {}", u32::MAX)))
}

#[pyfunction]
pub fn url_origin(url: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(url::url_origin(text_of(&url_text(url)?)?)?)
}
