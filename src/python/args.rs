//! Converts arguments of Python functions to values of the core, and returns the current time.

use pyo3::exceptions::{PyAttributeError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyBytesMethods, PyDict, PyMapping, PyMappingMethods, PyModule, PyString};

use super::convert::json_dumps::dict_to_json;
use super::process::once;
use crate::algorithms::{Algorithm, AlgorithmSet};
use crate::error::Error;

/// Returns the bytes of a token, which must be a `str` or `bytes`.
pub fn token_text<'t>(token: &'t Bound<'_, PyAny>) -> PyResult<&'t [u8]> {
    bytes_of(token, "token", || Error::Malformed("Not enough segments"))
}

/// Returns the bytes of key material, which must be a `str` or `bytes`.
pub fn key_text<'t>(material: &'t Bound<'_, PyAny>, argument: &str) -> PyResult<&'t [u8]> {
    bytes_of(material, argument, || Error::InvalidKey("The key must be valid Unicode.".to_owned()))
}

/// Calls `on_invalid_unicode` for a `str` with a lone surrogate: Python's error for it contains the whole text.
fn bytes_of<'t>(
    value: &'t Bound<'_, PyAny>,
    argument: &str,
    on_invalid_unicode: impl FnOnce() -> Error,
) -> PyResult<&'t [u8]> {
    if let Ok(text) = value.cast::<PyString>() {
        return text.to_str().map(str::as_bytes).map_err(|_| on_invalid_unicode().into());
    }
    let bytes = value.cast::<PyBytes>().map(PyBytesMethods::as_bytes);
    bytes.map_err(|_| PyTypeError::new_err(format!("{argument} must be a str or bytes")))
}

/// Writes a JWK or JWK Set as JSON.
pub fn mapping_to_json(mapping: &Bound<'_, PyMapping>) -> PyResult<String> {
    let py = mapping.py();
    let dict = PyDict::from_sequence(mapping.items()?.as_any())?;
    if let Some(json) = dict_to_json(&dict)? {
        return Ok(json);
    }
    let json = py.import("json")?.call_method1("dumps", (dict,)).and_then(|text| text.extract());
    json.map_err(|_: PyErr| Error::invalid_key("The JWK or JWK Set must contain only JSON values.").into())
}

/// Returns the strings of an iterable of `str`. A single `str` counts as one string, not as its characters.
pub fn string_list(value: &Bound<'_, PyAny>, argument: &str) -> PyResult<Vec<String>> {
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
        return Err(PyValueError::new_err(format!("{argument} must not contain an empty str")));
    }
    Ok(names)
}

/// Returns the strings of an optional argument, which must not be empty if it is given.
pub fn optional_string_list(value: Option<&Bound<'_, PyAny>>, argument: &str) -> PyResult<Vec<String>> {
    let Some(value) = value else { return Ok(vec![]) };
    let names = string_list(value, argument)?;
    if names.is_empty() {
        return Err(PyValueError::new_err(format!("{argument} must contain at least one str, or be None")));
    }
    Ok(names)
}

/// Returns the algorithms of an optional allow-list.
pub fn algorithms(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<AlgorithmSet>> {
    let Some(value) = value else { return Ok(None) };
    let names = optional_string_list(Some(value), "algorithms")?;
    names.iter().map(|name| algorithm(name)).collect::<PyResult<_>>().map(Some)
}

/// Returns the algorithm `name`.
pub fn algorithm(name: &str) -> PyResult<Algorithm> {
    name.parse().map_err(|_| PyValueError::new_err(unsupported_algorithm_message(name)))
}

/// Returns the message for an unknown algorithm name.
pub fn unsupported_algorithm_message(name: &str) -> String {
    let known = AlgorithmSet::all().names();
    format!("{name:?} is not an algorithm that is supported: {known}")
}

/// Returns a size or a count: an `int` of 0 or more, or `default`.
pub fn usize_arg(value: Option<&Bound<'_, PyAny>>, default: usize, argument: &str) -> PyResult<usize> {
    let requirement = "an int of 0 or more";
    let size: i64 = number(value, 0, argument, requirement)?;
    let size = if value.is_some() { size.try_into().ok() } else { Some(default) };
    size.ok_or_else(|| PyValueError::new_err(format!("{argument} must be {requirement}")))
}

/// Returns a number of seconds, or `default`.
pub fn seconds_arg(value: Option<&Bound<'_, PyAny>>, default: f64, argument: &str) -> PyResult<f64> {
    number(value, default, argument, "a number of seconds, 0 or more")
}

fn number<'py, T>(value: Option<&Bound<'py, PyAny>>, default: T, argument: &str, requirement: &str) -> PyResult<T>
where
    T: for<'a> FromPyObject<'a, 'py, Error = PyErr>,
{
    let Some(value) = value else { return Ok(default) };
    value.extract().map_err(|error: PyErr| {
        let text = format!("{argument} must be {requirement}");
        let is_out_of_range = error.is_instance_of::<PyOverflowError>(value.py());
        if is_out_of_range { PyValueError::new_err(text) } else { PyTypeError::new_err(text) }
    })
}

/// Returns the time in seconds since the epoch.
///
/// Looks up `time.time` at every call, so that freezegun and time-machine can replace it.
pub fn now(py: Python<'_>) -> PyResult<f64> {
    static TIME: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let module = once::get_or_create(py, &TIME, || PyModule::import(py, "time").map(|module| module.dict().unbind()))?;
    let time = module.bind(py).get_item(pyo3::intern!(py, "time"))?;
    time.ok_or_else(|| PyAttributeError::new_err("module 'time' has no attribute 'time'"))?.call0()?.extract()
}
