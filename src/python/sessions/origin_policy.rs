//! The Python class `OriginPolicy`, which reads ASGI scopes.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyBytesMethods, PyMapping, PyString};

use crate::python::{args, pickle};
use crate::transport::origin_policy::{OriginPolicy, RequestKind, SourceHeaders};

#[pyclass(frozen, weakref, name = "OriginPolicy", module = "fastjose._core")]
pub struct PyOriginPolicy(OriginPolicy);

#[pymethods]
impl PyOriginPolicy {
    #[new]
    #[pyo3(signature = (trusted_origins=None), text_signature = "(trusted_origins=())")]
    fn new(trusted_origins: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let trusted =
            trusted_origins.map_or_else(|| Ok(vec![]), |origins| args::string_list(origins, "trusted_origins"))?;
        Ok(Self(OriginPolicy::new(&trusted)?))
    }

    fn allows(&self, scope: &Bound<'_, PyAny>) -> PyResult<bool> {
        let scope =
            scope.cast::<PyMapping>().map_err(|_| PyTypeError::new_err("scope must be the ASGI scope of a request"))?;
        let (kind, headers) = (item(scope, "type")?, Headers::of_scope(scope)?);
        let Some(headers) = headers else { return Ok(false) };
        if kind.eq(intern!(scope.py(), "websocket"))? {
            return Ok(self.0.allows(RequestKind::WebSocket, &headers.source()));
        }
        let method = item(scope, "method")?;
        match method.cast::<PyString>().ok().and_then(|method| method.to_str().ok()) {
            Some(method) if kind.eq(intern!(scope.py(), "http"))? => {
                Ok(self.0.allows(RequestKind::Http(method.as_bytes()), &headers.source()))
            }
            _ => Ok(false),
        }
    }

    #[getter]
    fn trusted_origins(&self) -> Vec<String> {
        self.0.trusted_origins().to_vec()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(pickle::not_picklable("OriginPolicy", "its arguments"))
    }

    fn __repr__(&self) -> String {
        format!("<fastjose.OriginPolicy trusted_origins={:?}>", self.0.trusted_origins())
    }
}

/// Returns the item `key`, or `None` of Python.
fn item<'py>(scope: &Bound<'py, PyMapping>, key: &str) -> PyResult<Bound<'py, PyAny>> {
    scope.call_method1(intern!(scope.py(), "get"), (key,))
}

/// The values of the headers that name target and source.
#[derive(Default)]
struct Headers<'py> {
    host: Vec<Bound<'py, PyBytes>>,
    origin: Vec<Bound<'py, PyBytes>>,
    sec_fetch_site: Vec<Bound<'py, PyBytes>>,
}

impl<'py> Headers<'py> {
    /// Returns `None` if a header does not have the form that the ASGI specification requires: a pair of bytes.
    fn of_scope(scope: &Bound<'py, PyMapping>) -> PyResult<Option<Self>> {
        let (headers, mut found) = (item(scope, "headers")?, Self::default());
        if headers.is_none() {
            return Ok(Some(found));
        }
        let Ok(headers) = headers.try_iter() else { return Ok(None) };
        for header in headers {
            let Some((name, value)) = name_and_value(&header?) else { return Ok(None) };
            if let Some(values) = found.values_of(name.as_bytes()) {
                values.push(value);
            }
        }
        Ok(Some(found))
    }

    fn values_of(&mut self, name: &[u8]) -> Option<&mut Vec<Bound<'py, PyBytes>>> {
        match name {
            _ if name.eq_ignore_ascii_case(b"host") => Some(&mut self.host),
            _ if name.eq_ignore_ascii_case(b"origin") => Some(&mut self.origin),
            _ if name.eq_ignore_ascii_case(b"sec-fetch-site") => Some(&mut self.sec_fetch_site),
            _ => None,
        }
    }

    fn source(&self) -> SourceHeaders<'_> {
        fn bytes<'h>(values: &'h [Bound<'_, PyBytes>]) -> Vec<&'h [u8]> {
            values.iter().map(PyBytesMethods::as_bytes).collect()
        }
        SourceHeaders {
            host: bytes(&self.host),
            origin: bytes(&self.origin),
            sec_fetch_site: bytes(&self.sec_fetch_site),
        }
    }
}

fn name_and_value<'py>(header: &Bound<'py, PyAny>) -> Option<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
    let part = |index: usize| header.get_item(index).ok()?.cast_into().ok();
    if header.len().ok() == Some(2) { Some((part(0)?, part(1)?)) } else { None }
}
