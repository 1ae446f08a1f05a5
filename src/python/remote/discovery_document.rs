//! The Python class `DiscoveryDocument`.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use reqwest::Url;

use crate::jwks::DiscoveryDocument;

#[pyclass(frozen, name = "DiscoveryDocument", module = "fastjose._core")]
pub struct PyDiscoveryDocument(pub Arc<DiscoveryDocument>);

#[pymethods]
impl PyDiscoveryDocument {
    #[getter]
    fn issuer(&self) -> &str {
        &self.0.issuer
    }

    #[getter]
    fn jwks_uri(&self) -> Option<&str> {
        self.0.jwks_uri.as_ref().map(Url::as_str)
    }

    #[getter]
    fn authorization_endpoint(&self) -> Option<&str> {
        self.0.authorization_endpoint.as_ref().map(Url::as_str)
    }

    #[getter]
    fn token_endpoint(&self) -> Option<&str> {
        self.0.token_endpoint.as_ref().map(Url::as_str)
    }

    #[getter]
    fn introspection_endpoint(&self) -> Option<&str> {
        self.0.introspection_endpoint.as_ref().map(Url::as_str)
    }

    #[getter]
    fn revocation_endpoint(&self) -> Option<&str> {
        self.0.revocation_endpoint.as_ref().map(Url::as_str)
    }

    #[getter]
    fn userinfo_endpoint(&self) -> Option<&str> {
        self.0.userinfo_endpoint.as_ref().map(Url::as_str)
    }

    #[getter]
    fn end_session_endpoint(&self) -> Option<&str> {
        self.0.end_session_endpoint.as_ref().map(Url::as_str)
    }

    #[getter]
    fn scopes_supported<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.0.scopes_supported)
    }

    #[getter]
    fn introspection_endpoint_auth_methods_supported<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.0.introspection_auth_methods)
    }

    fn __repr__(&self) -> String {
        format!("<fastjose.DiscoveryDocument of {:?}>", self.0.issuer)
    }
}
