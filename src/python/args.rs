//! Python's values to the core's: texts, names, options, the time.

use pyo3::exceptions::{PyAttributeError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyBytesMethods, PyDict, PyModule, PyString};

use crate::algorithms::{Algorithm, AlgorithmSet};
use crate::error::Error;

/// The bytes of a token: a `str` or `bytes`.
pub fn token_text<'t>(token: &'t Bound<'_, PyAny>) -> PyResult<&'t [u8]> {
    text(token, "token", || Error::Malformed("Not enough segments"))
}

/// The bytes of key material: a `str` or `bytes`.
pub fn key_text<'t>(material: &'t Bound<'_, PyAny>, argument: &str) -> PyResult<&'t [u8]> {
    text(material, argument, || Error::InvalidKey("The key must be valid Unicode.".to_owned()))
}

/// A `str` with a lone surrogate is no Unicode text; Python's own error for that would hold the whole of it.
fn text<'t>(value: &'t Bound<'_, PyAny>, argument: &str, no_text: impl FnOnce() -> Error) -> PyResult<&'t [u8]> {
    if let Ok(text) = value.cast::<PyString>() {
        return text.to_str().map(str::as_bytes).map_err(|_| no_text().into());
    }
    let bytes = value.cast::<PyBytes>().map(PyBytesMethods::as_bytes);
    bytes.map_err(|_| PyTypeError::new_err(format!("{argument} must be a str or bytes")))
}

/// A `str`, or an iterable of them, as a list; a bare `str` is one name and never its letters.
pub fn names(value: &Bound<'_, PyAny>, argument: &str) -> PyResult<Vec<String>> {
    let names: Vec<String> = match value.cast::<PyString>() {
        Ok(name) => {
            vec![name.extract().map_err(|_| PyValueError::new_err(format!("{argument} must be valid Unicode")))?]
        }
        Err(_) => value
            .try_iter()
            .and_then(|items| items.map(|item| item?.extract()).collect())
            .map_err(|_| PyTypeError::new_err(format!("{argument} must be a str or an iterable of str")))?,
    };
    if names.iter().any(String::is_empty) {
        return Err(PyValueError::new_err(format!("{argument} must not hold an empty name")));
    }
    Ok(names)
}

/// The names behind an optional argument that, given, must name something.
pub fn expected(value: Option<&Bound<'_, PyAny>>, argument: &str) -> PyResult<Vec<String>> {
    let Some(value) = value else { return Ok(vec![]) };
    let names = names(value, argument)?;
    if names.is_empty() {
        return Err(PyValueError::new_err(format!("{argument} must name at least one, or be None")));
    }
    Ok(names)
}

/// The algorithms behind an optional allow-list.
pub fn algorithms(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<AlgorithmSet>> {
    let Some(value) = value else { return Ok(None) };
    let names = expected(Some(value), "algorithms")?;
    names.iter().map(|name| algorithm(name)).collect::<PyResult<_>>().map(Some)
}

/// The algorithm called `name`.
pub fn algorithm(name: &str) -> PyResult<Algorithm> {
    name.parse().map_err(|_| PyValueError::new_err(not_supported(name)))
}

/// What is said of a name that is no algorithm's.
pub fn not_supported(name: &str) -> String {
    let known = AlgorithmSet::all().names();
    format!("{name:?} is not an algorithm that is supported: {known}")
}

/// A size or a count: an `int` of 0 or more, or `default`.
pub fn size(value: Option<&Bound<'_, PyAny>>, default: usize, argument: &str) -> PyResult<usize> {
    let what = "an int of 0 or more";
    let size: i64 = number(value, 0, argument, what)?;
    let size = if value.is_some() { size.try_into().ok() } else { Some(default) };
    size.ok_or_else(|| PyValueError::new_err(format!("{argument} must be {what}")))
}

/// A duration: a number of seconds, or `default`.
pub fn seconds(value: Option<&Bound<'_, PyAny>>, default: f64, argument: &str) -> PyResult<f64> {
    number(value, default, argument, "a number of seconds, 0 or more")
}

fn number<'py, T>(value: Option<&Bound<'py, PyAny>>, default: T, argument: &str, what: &str) -> PyResult<T>
where
    T: for<'a> FromPyObject<'a, 'py, Error = PyErr>,
{
    let Some(value) = value else { return Ok(default) };
    value.extract().map_err(|error: PyErr| {
        let text = format!("{argument} must be {what}");
        let is_out_of_range = error.is_instance_of::<PyOverflowError>(value.py());
        if is_out_of_range { PyValueError::new_err(text) } else { PyTypeError::new_err(text) }
    })
}

/// The time in seconds since the epoch: `time.time`, looked up at every call so that freezegun and time-machine steer it.
pub fn now(py: Python<'_>) -> PyResult<f64> {
    static TIME: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let module = TIME.get_or_try_init(py, || PyModule::import(py, "time").map(|module| module.dict().unbind()))?;
    let time = module.bind(py).get_item(pyo3::intern!(py, "time"))?;
    time.ok_or_else(|| PyAttributeError::new_err("module 'time' has no attribute 'time'"))?.call0()?.extract()
}
