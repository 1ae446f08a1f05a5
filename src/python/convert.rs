//! Python's values to the core's and back: texts, names, options, the claims, the time.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyModule, PyString};

use crate::algorithm::{Algorithm, AlgorithmSet};
use crate::claims::Claims;
use crate::error::Error;

/// The bytes of a token: a `str` or `bytes`.
pub fn token_text<'t>(token: &'t Bound<'_, PyAny>) -> PyResult<&'t [u8]> {
    text(token, "token")?.map_err(|_| Error::Malformed("Not enough segments").into())
}

/// The bytes of a `str` or `bytes`; the inner error is that of a `str` that is no Unicode text (a lone surrogate).
pub fn text<'t>(value: &'t Bound<'_, PyAny>, name: &str) -> PyResult<Result<&'t [u8], PyErr>> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_str().map(str::as_bytes));
    }
    let bytes = value.cast::<PyBytes>().map(|bytes| Ok(bytes.as_bytes()));
    bytes.map_err(|_| PyTypeError::new_err(format!("{name} must be a str or bytes")))
}

/// A `str`, or an iterable of them, as a list; a bare `str` is one name and never its letters.
pub fn names(value: &Bound<'_, PyAny>, argument: &str) -> PyResult<Vec<String>> {
    let names: Vec<String> = match value.cast::<PyString>() {
        Ok(name) => vec![name.extract()?],
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
    name.parse().map_err(|_| {
        let known = AlgorithmSet::such_that(|_| true).names();
        PyValueError::new_err(format!("{name:?} is not an algorithm that is supported: {known}"))
    })
}

/// A size or a count: an `int` of 0 or more.
pub fn size(value: i64, argument: &str) -> PyResult<usize> {
    value.try_into().map_err(|_| PyValueError::new_err(format!("{argument} must be 0 or more")))
}

/// The claims as a new `dict`.
pub fn claims_dict<'py>(py: Python<'py>, claims: Claims<'_>) -> PyResult<Bound<'py, PyAny>> {
    claims.into_json().into_pyobject(py)
}

/// The time in seconds since the epoch: `time.time`, looked up at every call so that freezegun and time-machine steer it.
pub fn now(py: Python<'_>) -> PyResult<f64> {
    static TIME: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let module = TIME.get_or_try_init(py, || PyModule::import(py, "time").map(Bound::unbind))?;
    module.bind(py).call_method0(pyo3::intern!(py, "time"))?.extract()
}
