//! The Authorization header of a request, in an ASGI scope (ASGI specification, HTTP connection scope) or as values.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use crate::transport::authorization;

/// The name of the header, in the lower case that ASGI requires.
const HEADER_NAME: &[u8] = b"authorization";

#[pyfunction]
pub fn bearer_token<'py>(authorization_values: &Bound<'py, PyList>) -> PyResult<Option<Bound<'py, PyString>>> {
    let Some(value) = authorization::single_value(authorization_values) else { return Ok(None) };
    let value = value.cast::<PyString>()?.to_str().unwrap_or_default(); // Starlette decodes Latin-1: no lone surrogates
    let token = authorization::bearer_token(value.as_bytes()).and_then(|token| std::str::from_utf8(token).ok());
    Ok(token.map(|token| PyString::new(authorization_values.py(), token)))
}

/// Calls `authenticate` with the bearer token of the HTTP request that has `scope`.
///
/// Returns `None` for a request without one, for a WebSocket, and for a scope in another form than servers create.
pub fn with_bearer_token<'py, T>(
    scope: &Bound<'py, PyAny>,
    authenticate: impl FnOnce(&[u8], &Bound<'py, PyDict>) -> PyResult<T>,
) -> PyResult<Option<T>> {
    let Ok(scope) = scope.cast::<PyDict>() else { return Ok(None) };
    let Some(value) = authorization_value(scope)? else { return Ok(None) };
    authorization::bearer_token(value.as_bytes()).map(|token| authenticate(token, scope)).transpose()
}

fn authorization_value<'py>(scope: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let py = scope.py();
    if !scope.get_item(intern!(py, "type"))?.map_or(Ok(false), |kind| kind.eq(intern!(py, "http")))? {
        return Ok(None);
    }
    let headers = scope.get_item(intern!(py, "headers"))?.and_then(|headers| headers.cast_into::<PyList>().ok());
    let values: Option<Vec<_>> =
        headers.iter().flatten().filter_map(|header| authorization_value_of(&header)).collect();
    Ok(values.and_then(authorization::single_value))
}

/// Returns `None` for another header, and `Some(None)` for anything but a tuple of two `bytes`.
#[expect(clippy::option_option, reason = "one such header makes the whole list unreadable")]
fn authorization_value_of<'py>(header: &Bound<'py, PyAny>) -> Option<Option<Bound<'py, PyBytes>>> {
    match header.extract::<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)>() {
        Ok((name, value)) => (name.as_bytes() == HEADER_NAME).then_some(Some(value)),
        Err(_) => Some(None),
    }
}
