//! `Verifier` and `verify_token`.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::awaitable;
use super::remembering::{Remembering, Wanted};
use super::{args as convert, gil, keys as materials};
use crate::error::{Error, Result};
use crate::jwks::runtime;
use crate::jwt::claims::Policy;
use crate::jwt::verifier::{Fetched, Options, Payload, Verifier};

#[pyclass(frozen, name = "Verifier", module = "fastjose")]
pub struct PyVerifier(Arc<Remembering>, Expected);

/// What it was told to expect, for whoever must explain a refusal.
struct Expected {
    issuers: Vec<String>,
    audiences: Vec<String>,
    typ: Option<String>,
}

#[pymethods]
impl PyVerifier {
    #[new]
    #[pyo3(signature = (keys, *, algorithms=None, issuer=None, audience=None, subject=None, typ=None,
                        required=None, leeway_seconds=None, max_token_bytes=None, cache_size=None),
           text_signature = "(keys, *, algorithms=None, issuer=None, audience=None, subject=None, typ=None, \
                             required=('exp',), leeway_seconds=0, max_token_bytes=65536, cache_size=0)")]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments, as users name them")]
    fn new(
        keys: &Bound<'_, PyAny>,
        algorithms: Option<&Bound<'_, PyAny>>,
        issuer: Option<&Bound<'_, PyAny>>,
        audience: Option<&Bound<'_, PyAny>>,
        subject: Option<String>,
        typ: Option<String>,
        required: Option<&Bound<'_, PyAny>>,
        leeway_seconds: Option<&Bound<'_, PyAny>>,
        max_token_bytes: Option<&Bound<'_, PyAny>>,
        cache_size: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let usual_bytes = Options::default().max_token_bytes;
        let policy = Policy {
            issuers: convert::expected(issuer, "issuer")?,
            audiences: convert::expected(audience, "audience")?,
            subject,
            required: required
                .map_or_else(|| Ok(Policy::default().required), |names| convert::names(names, "required"))?,
            leeway_seconds: convert::seconds(leeway_seconds, 0.0, "leeway_seconds")?,
        };
        let expected =
            Expected { issuers: policy.issuers.clone(), audiences: policy.audiences.clone(), typ: typ.clone() };
        let options = Options {
            algorithms: convert::algorithms(algorithms)?,
            policy,
            typ,
            max_token_bytes: convert::size(max_token_bytes, usual_bytes, "max_token_bytes")?,
        };
        let cache_size = convert::size(cache_size, 0, "cache_size")?;
        let verifier = Verifier::new(materials::parse_keys_arg(keys)?, options)?;
        Ok(Self(Arc::new(Remembering::new(verifier, cache_size)?), expected))
    }

    fn verify<'py>(&self, token: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        verify_blocking(token.py(), &self.0, convert::token_text(token)?)
    }

    fn try_verify<'py>(&self, token: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
        try_verify(token.py(), &self.0, convert::token_text(token)?, Wanted::Claims)
    }

    fn identify_at_hand<'py>(&self, token: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
        try_verify(token.py(), &self.0, convert::token_text(token)?, Wanted::Identity)
    }

    fn verify_async<'py>(&self, token: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = token.py();
        awaitable::check_event_loop(py, "Verifier.verify_async")?;
        let text = convert::token_text(token)?;
        if let Some(claims) = try_verify(py, &self.0, text, Wanted::Claims)? {
            return awaitable::coroutine_of(claims.into_any());
        }
        let pending = PendingVerification { verifier: Arc::clone(&self.0), token: text.to_vec() };
        awaitable::coroutine_of_future(Bound::new(py, pending)?.into_any())
    }

    #[getter]
    fn algorithms(&self) -> Vec<&'static str> {
        self.0.verifier.algorithms().iter().map(crate::Algorithm::name).collect()
    }

    #[getter]
    fn issuers(&self) -> Vec<String> {
        self.1.issuers.clone()
    }

    #[getter]
    fn audiences(&self) -> Vec<String> {
        self.1.audiences.clone()
    }

    #[getter]
    fn typ(&self) -> Option<&str> {
        self.1.typ.as_deref()
    }

    fn __repr__(&self) -> String {
        format!("<fastjose.Verifier algorithms={:?}>", self.0.verifier.algorithms())
    }
}

/// A verification that needs a key to be fetched first.
#[pyclass(frozen, module = "fastjose._core")]
struct PendingVerification {
    verifier: Arc<Remembering>,
    token: Vec<u8>,
}

#[pymethods]
impl PendingVerification {
    /// Starts the fetch, and returns the asyncio future of the claims.
    fn __call__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        awaitable::into_asyncio_future(py, verify_fetching(Arc::clone(&self.verifier), self.token.clone()))
    }
}

#[pyfunction]
#[pyo3(signature = (token, keys, *, algorithms=None, issuer=None, audience=None, subject=None, typ=None,
                    required=None, leeway_seconds=None, max_token_bytes=None),
       text_signature = "(token, keys, *, algorithms=None, issuer=None, audience=None, subject=None, typ=None, \
                         required=('exp',), leeway_seconds=0, max_token_bytes=65536)")]
#[expect(clippy::too_many_arguments, reason = "keyword arguments, as users name them")]
pub fn verify_token<'py>(
    token: &Bound<'py, PyAny>,
    keys: &Bound<'_, PyAny>,
    algorithms: Option<&Bound<'_, PyAny>>,
    issuer: Option<&Bound<'_, PyAny>>,
    audience: Option<&Bound<'_, PyAny>>,
    subject: Option<String>,
    typ: Option<String>,
    required: Option<&Bound<'_, PyAny>>,
    leeway_seconds: Option<&Bound<'_, PyAny>>,
    max_token_bytes: Option<&Bound<'_, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let once = PyVerifier::new(
        keys,
        algorithms,
        issuer,
        audience,
        subject,
        typ,
        required,
        leeway_seconds,
        max_token_bytes,
        None,
    )?;
    once.verify(token)
}

/// Waits for a fetch, if one is needed, with the GIL let go.
fn verify_blocking<'py>(py: Python<'py>, this: &Remembering, text: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    if let Some(claims) = try_verify(py, this, text, Wanted::Claims)? {
        return Ok(claims);
    }
    let fetched = py.detach(|| runtime::current()?.block_on(fetch(&this.verifier, text)))?;
    verify_fetched(py, this, text, fetched)
}

async fn verify_fetching(this: Arc<Remembering>, text: Vec<u8>) -> PyResult<Py<PyAny>> {
    let fetched = fetch(&this.verifier, &text).await?;
    Python::attach(|py| verify_fetched(py, &this, &text, fetched).map(|claims| claims.into_any().unbind()))
}

async fn fetch(verifier: &Verifier, text: &[u8]) -> Result<Fetched> {
    let token = verifier.read(text)?;
    Ok(verifier.fetch(&token).await)
}

/// What is wanted, or nothing where a key must be fetched first.
fn try_verify<'py>(
    py: Python<'py>,
    this: &Remembering,
    text: &[u8],
    wanted: Wanted,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    if let Some(recalled) = this.recall(py, text, wanted)? {
        return Ok(Some(recalled));
    }
    match authenticate(py, &this.verifier, text, Fetched::No) {
        Err(Error::KeyNotAtHand) => Ok(None),
        payload => this.judge(py, text, &payload?, wanted).map(Some),
    }
}

fn verify_fetched<'py>(
    py: Python<'py>,
    this: &Remembering,
    text: &[u8],
    fetched: Fetched,
) -> PyResult<Bound<'py, PyDict>> {
    this.judge(py, text, &authenticate(py, &this.verifier, text, fetched)?, Wanted::Claims)
}

/// Everything up to the claims.
fn authenticate(py: Python<'_>, verifier: &Verifier, text: &[u8], fetched: Fetched) -> Result<Payload> {
    let token = verifier.read(text)?;
    let (algorithm, bytes) = (token.header.algorithm, token.signing_input.len());
    gil::let_go(py, algorithm, bytes, || verifier.authenticate(token, fetched))
}
