//! The unverified issuer of a token, or of the bearer token of a request.

use pyo3::prelude::*;

use crate::jwt::unverified_issuer;
use crate::python::args;
use crate::python::request_headers::with_bearer_token;

#[pyfunction(name = "unverified_issuer")]
pub fn unverified_issuer_of_token(token: &Bound<'_, PyAny>) -> Option<String> {
    args::token_text(token).ok().and_then(unverified_issuer::unverified_issuer)
}

#[pyfunction]
pub fn unverified_issuer_of_request(scope: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    Ok(with_bearer_token(scope, |token, _| Ok(unverified_issuer::unverified_issuer(token)))?.flatten())
}
