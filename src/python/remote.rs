//! `RemoteKeySet`: a JWK Set behind a URL.

use std::sync::Arc;
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::convert;
use crate::remote::RemoteKeySet;
use crate::{fetch, jwks};

#[pyclass(frozen, name = "RemoteKeySet", module = "fastjose")]
pub struct PyRemoteKeySet(pub Arc<RemoteKeySet>);

#[pymethods]
impl PyRemoteKeySet {
    #[new]
    #[pyo3(signature = (url, *, allow_http=false, max_age_seconds=None, max_stale_seconds=None, cooldown_seconds=None,
                        timeout_seconds=None, max_body_bytes=None),
           text_signature = "(url, *, allow_http=False, max_age_seconds=600.0, max_stale_seconds=86400.0, \
                             cooldown_seconds=5.0, timeout_seconds=5.0, max_body_bytes=1048576)")]
    fn new(
        url: &Bound<'_, PyString>,
        allow_http: bool,
        max_age_seconds: Option<&Bound<'_, PyAny>>,
        max_stale_seconds: Option<&Bound<'_, PyAny>>,
        cooldown_seconds: Option<&Bound<'_, PyAny>>,
        timeout_seconds: Option<&Bound<'_, PyAny>>,
        max_body_bytes: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let url = url.to_str().map_err(|_| PyValueError::new_err("the URL is no Unicode text"))?;
        let (limits, http) = (jwks::Limits::default(), fetch::Limits::default());
        let limits = jwks::Limits {
            max_age: duration(max_age_seconds, limits.max_age, "max_age_seconds")?,
            max_stale: duration(max_stale_seconds, limits.max_stale, "max_stale_seconds")?,
            cooldown: duration(cooldown_seconds, limits.cooldown, "cooldown_seconds")?,
        };
        let http = fetch::Limits {
            timeout: duration(timeout_seconds, http.timeout, "timeout_seconds")?,
            max_body_bytes: convert::size(max_body_bytes, http.max_body_bytes, "max_body_bytes")?,
        };
        Ok(Self(Arc::new(RemoteKeySet::new(url, allow_http, http, limits)?)))
    }

    #[getter]
    fn url(&self) -> &str {
        self.0.url()
    }

    fn __repr__(&self) -> String {
        format!("<fastjose.RemoteKeySet {:?}>", self.0.address())
    }
}

fn duration(value: Option<&Bound<'_, PyAny>>, default: Duration, argument: &str) -> PyResult<Duration> {
    let seconds = convert::seconds(value, default.as_secs_f64(), argument)?;
    let duration = Duration::try_from_secs_f64(seconds).ok().filter(|duration| *duration <= LONGEST);
    duration.ok_or_else(|| PyValueError::new_err(format!("{argument} must be a number of seconds, 0 to 1e9")))
}

/// Thirty years: longer is a mistake, and could not be added to a time.
const LONGEST: Duration = Duration::from_secs(1_000_000_000);

#[pyfunction]
pub fn url_origin(url: &Bound<'_, PyString>) -> PyResult<String> {
    let text = url.to_str().map_err(|_| PyValueError::new_err("the URL is no Unicode text"))?;
    Ok(fetch::origin(text)?)
}
