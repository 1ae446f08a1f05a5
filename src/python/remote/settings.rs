//! Arguments that the classes of this folder have in common: URLs and durations.

use std::time::Duration;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::http::lookups::LookupLimits;
use crate::python::args::{seconds_arg, usize_arg};

/// Returns a duration of 0 to 1e9 seconds, or `default`.
pub fn seconds(value: Option<&Bound<'_, PyAny>>, default: Duration, argument: &str) -> PyResult<Duration> {
    let seconds = seconds_arg(value, default.as_secs_f64(), argument)?;
    let duration = Duration::try_from_secs_f64(seconds).ok().filter(|duration| *duration <= MAX_DURATION);
    duration.ok_or_else(|| PyValueError::new_err(format!("{argument} must be a number of seconds from 0 to 1e9")))
}

/// The longest duration that a setting accepts, about 30 years. A longer one is a mistake, and could overflow a time.
const MAX_DURATION: Duration = Duration::from_secs(1_000_000_000);

/// Returns the limits of look-ups.
pub fn lookup_limits(
    timeout_seconds: Option<&Bound<'_, PyAny>>,
    max_body_bytes: Option<&Bound<'_, PyAny>>,
    max_lookups_in_flight: Option<&Bound<'_, PyAny>>,
) -> PyResult<LookupLimits> {
    let default = LookupLimits::default();
    Ok(LookupLimits {
        timeout: seconds(timeout_seconds, default.timeout, "timeout_seconds")?,
        max_body_bytes: usize_arg(max_body_bytes, default.max_body_bytes, "max_body_bytes")?,
        max_in_flight: usize_arg(max_lookups_in_flight, default.max_in_flight, "max_lookups_in_flight")?,
    })
}

/// Returns a URL as a `str`: a `str` itself, or `str(url)` of a URL object with the attribute `scheme`, such as pydantic's
/// `HttpUrl`.
pub fn url_text<'py>(url: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    match url.cast::<PyString>() {
        Ok(text) => Ok(text.clone()),
        Err(_) if url.hasattr(pyo3::intern!(url.py(), "scheme"))? => url.str(),
        Err(_) => Err(PyTypeError::new_err("url must be a str, or a URL object such as pydantic's HttpUrl")),
    }
}

/// Returns the text of `url`. Python's own error for a lone surrogate would contain the whole URL.
pub fn text_of<'u>(url: &'u Bound<'_, PyString>) -> PyResult<&'u str> {
    url.to_str().map_err(|_| PyValueError::new_err("The URL must be valid Unicode."))
}
