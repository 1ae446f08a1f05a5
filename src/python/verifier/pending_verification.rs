//! `PendingVerification`: a parsed token whose key must be fetched before its signature can be verified.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::caching_verifier::CachingVerifier;
use crate::error::{Error, Result};
use crate::jwks::Waiter;
use crate::jwt::user_id::UserIdClaim;
use crate::jwt::verifier::{AuthenticatedPayload, Verifier};
use crate::jwt::waiting_token::{PlausibleToken, WaitingToken};
use crate::python::claims_type::ClaimsType;
use crate::python::errors::keys_unavailable;
use crate::python::process::awaitable::into_future;
use crate::python::process::gil;

#[pyclass(frozen, module = "fastjose._core")]
pub struct PendingVerification {
    verifier: Arc<CachingVerifier>,
    token: Mutex<Option<WaitingToken<'static>>>,
    /// The type of the claims that `verify` returns; a dict if there is none.
    into: Option<Py<PyAny>>,
    /// The claim with the id of the user that `authenticate_bearer` requires.
    user_id: Arc<UserIdClaim>,
}

#[pymethods]
impl PendingVerification {
    /// Fetches the key and verifies the token: returns a future of the claims.
    fn verify<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let into = self.into.as_ref().map(|into| into.clone_ref(py));
        self.start_future(py, move |py, verifier, text, payload| {
            let into = into.as_ref().map(|into| into.bind(py));
            let into = into.map(ClaimsType::new).transpose()?;
            Ok(verifier.validate_claims(py, text, &payload, into.as_ref())?.unbind())
        })
    }

    /// Fetches the key and verifies a bearer token: returns a future of a `VerifiedToken`.
    fn authenticate_bearer<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let user_id = Arc::clone(&self.user_id);
        self.start_future(py, move |py, verifier, text, payload| {
            Ok(verifier.validate_bearer(py, text, payload, &user_id)?.into_any().unbind())
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        visit.call(&self.into)
    }
}

impl PendingVerification {
    /// Creates the verification of a token whose claims are returned, as `into` or as a dict.
    pub fn of_claims(verifier: &Arc<CachingVerifier>, token: WaitingToken<'_>, into: Option<Py<PyAny>>) -> Self {
        Self::new(verifier, token, into, Arc::default())
    }

    /// Creates the verification of a bearer token of the user in `user_id`.
    pub fn of_bearer(verifier: &Arc<CachingVerifier>, token: WaitingToken<'_>, user_id: &Arc<UserIdClaim>) -> Self {
        Self::new(verifier, token, None, Arc::clone(user_id))
    }

    fn new(
        verifier: &Arc<CachingVerifier>,
        token: WaitingToken<'_>,
        into: Option<Py<PyAny>>,
        user_id: Arc<UserIdClaim>,
    ) -> Self {
        Self { verifier: Arc::clone(verifier), token: Mutex::new(Some(token.into_owned())), into, user_id }
    }

    fn start_future<'py, F>(&self, py: Python<'py>, finish: F) -> PyResult<Bound<'py, PyAny>>
    where
        F: FnOnce(Python<'_>, &CachingVerifier, &[u8], AuthenticatedPayload) -> PyResult<Py<PyAny>> + Send + 'static,
    {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner).take();
        let token = token.ok_or_else(|| PyRuntimeError::new_err("the verification has been started already"))?;
        let verifier = Arc::clone(&self.verifier);
        let verifying = Arc::clone(&verifier);
        let verification = async move {
            let failure = token.fetch_keys().await;
            let text = token.token().text().to_vec();
            (text, verifying.verifier.verify_signature_after_fetch(token, failure))
        };
        into_future(py, keys_unavailable, verification, move |py, (text, payload)| {
            finish(py, &verifier, &text, payload?)
        })
    }
}

/// The answer to a token that asks to wait for its key.
pub enum Wait<'t> {
    Granted(WaitingToken<'t>),
    /// The token must not wait, and a cached key of a stale set verifies it.
    Refused(AuthenticatedPayload),
}

/// Reserves a place to wait for the key of `token`. If there is none, the cached keys decide at once.
pub fn reserve_wait<'t>(
    py: Python<'_>,
    verifier: &Verifier,
    token: PlausibleToken<'t>,
    waiter: Waiter,
) -> Result<Wait<'t>> {
    let waiting = token.reserve_wait(waiter);
    if waiting.is_refused() {
        return verify_after_fetch(py, verifier, waiting, None).map(Wait::Refused);
    }
    Ok(Wait::Granted(waiting))
}

/// Verifies the signature once `fetch_keys` has returned `failure`.
pub fn verify_after_fetch(
    py: Python<'_>,
    verifier: &Verifier,
    waiting: WaitingToken<'_>,
    failure: Option<Error>,
) -> Result<AuthenticatedPayload> {
    let (algorithm, bytes) = (waiting.token().header.algorithm, waiting.token().signing_input().len());
    gil::detach_for(py, algorithm, bytes, || verifier.verify_signature_after_fetch(waiting, failure))
}
