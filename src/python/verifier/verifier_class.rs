//! `Verifier`, `verify_token`, and the verification of bearer tokens for `fastjose.fastapi`.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use pyo3::prelude::*;

use super::caching_verifier::CachingVerifier;
use super::pending_verification::{PendingVerification, Wait, reserve_wait, verify_after_fetch};
use super::revocation_list::PyRevocationList;
use super::verifier_arguments::{Configured, VerifierArguments};
use crate::error::Result;
use crate::jwks::Waiter;
use crate::jwt::claims::ClaimsSet;
use crate::jwt::verifier::{AuthenticatedPayload, SignatureCheck, Verifier};
use crate::jwt::waiting_token::PlausibleToken;
use crate::python::claims_type::ClaimsType;
use crate::python::convert::parse_cache::Retention;
use crate::python::process::{awaitable, blocking, gil};
use crate::python::remote::PyRemoteKeySet;
use crate::python::{args, pickle};

#[pyclass(frozen, weakref, name = "Verifier", module = "fastjose")]
pub struct PyVerifier(Arc<CachingVerifier>, Configured);

impl PyVerifier {
    fn create(arguments: VerifierArguments<'_, '_>, retention: Retention) -> PyResult<Self> {
        let (verifier, configured) = arguments.build(retention)?;
        Ok(Self(Arc::new(verifier), configured))
    }
}

#[pymethods]
impl PyVerifier {
    #[new]
    #[pyo3(signature = (keys, *, algorithms=None, issuer=None, audience=None, subject=None, typ=None,
                        claims=None, client_id=None, header=None, check_audience=true, audience_exact=false,
                        required=None, check_issued_at=false, leeway_seconds=None, max_token_bytes=None, max_header_bytes=None,
                        max_candidate_keys=None, cache_size=None, allow_padding=false, revocations=None),
           text_signature = "(keys, *, algorithms=None, issuer=None, audience=None, subject=None, typ=None, \
                             claims=None, client_id=None, header=None, check_audience=True, audience_exact=False, \
                             required=('exp',), check_issued_at=False, leeway_seconds=0, max_token_bytes=65536, max_header_bytes=8192, \
                             max_candidate_keys=8, cache_size=0, allow_padding=False, revocations=None)")]
    #[expect(
        clippy::too_many_arguments,
        clippy::fn_params_excessive_bools,
        reason = "keyword arguments, as users name them"
    )]
    fn new(
        keys: &Bound<'_, PyAny>,
        algorithms: Option<&Bound<'_, PyAny>>,
        issuer: Option<&Bound<'_, PyAny>>,
        audience: Option<&Bound<'_, PyAny>>,
        subject: Option<String>,
        typ: Option<&Bound<'_, PyAny>>,
        claims: Option<&Bound<'_, PyAny>>,
        client_id: Option<&Bound<'_, PyAny>>,
        header: Option<&Bound<'_, PyAny>>,
        check_audience: bool,
        audience_exact: bool,
        required: Option<&Bound<'_, PyAny>>,
        check_issued_at: bool,
        leeway_seconds: Option<&Bound<'_, PyAny>>,
        max_token_bytes: Option<&Bound<'_, PyAny>>,
        max_header_bytes: Option<&Bound<'_, PyAny>>,
        max_candidate_keys: Option<&Bound<'_, PyAny>>,
        cache_size: Option<&Bound<'_, PyAny>>,
        allow_padding: bool,
        revocations: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let arguments = VerifierArguments {
            keys,
            algorithms,
            issuer,
            audience,
            subject,
            typ,
            claims,
            client_id,
            header,
            check_audience,
            audience_exact,
            required,
            check_issued_at,
            leeway_seconds,
            max_token_bytes,
            max_header_bytes,
            max_candidate_keys,
            cache_size,
            allow_padding,
            revocations,
        };
        Self::create(arguments, Retention::PublicKeys)
    }

    #[pyo3(signature = (token, *, into=None))]
    fn verify<'py>(&self, token: &Bound<'py, PyAny>, into: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let into = into.map(ClaimsType::new).transpose()?;
        let (py, text) = (token.py(), args::token_text(token)?);
        match verify_cached(py, &self.0, text, into.as_ref())? {
            Outcome::Claims(claims) => Ok(claims),
            Outcome::NeedsFetch(token) => fetch_and_verify(py, &self.0, token, text, into.as_ref()),
        }
    }

    #[pyo3(signature = (token, *, into=None))]
    fn try_verify<'py>(
        &self,
        token: &Bound<'py, PyAny>,
        into: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let into = into.map(ClaimsType::new).transpose()?;
        match verify_cached(token.py(), &self.0, args::token_text(token)?, into.as_ref())? {
            Outcome::Claims(claims) => Ok(Some(claims)),
            Outcome::NeedsFetch(_) => Ok(None),
        }
    }

    #[pyo3(signature = (token, *, into=None))]
    fn verify_async<'py>(
        &self,
        token: &Bound<'py, PyAny>,
        into: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, claims_type) = (token.py(), into.map(ClaimsType::new).transpose()?);
        awaitable::check_event_loop(py, "Verifier.verify_async")?;
        let text = args::token_text(token)?;
        let token = match verify_cached(py, &self.0, text, claims_type.as_ref())? {
            Outcome::Claims(claims) => return awaitable::coroutine_of(claims),
            Outcome::NeedsFetch(token) => token,
        };
        match reserve_wait(py, &self.0.verifier, token, Waiter::Task)? {
            Wait::Refused(payload) => {
                awaitable::coroutine_of(self.0.validate_claims(py, text, &payload, claims_type.as_ref())?)
            }
            Wait::Granted(waiting) => {
                let into = into.map(|into| into.clone().unbind());
                let pending = Bound::new(py, PendingVerification::of_claims(&self.0, waiting, into))?;
                awaitable::coroutine_of_future(pending.getattr(pyo3::intern!(py, "verify"))?)
            }
        }
    }

    #[getter]
    fn algorithms(&self) -> Vec<&'static str> {
        self.0.verifier.algorithms().iter().map(crate::Algorithm::name).collect()
    }

    #[getter]
    fn remote_key_sets(&self) -> Vec<PyRemoteKeySet> {
        self.0.verifier.remote_key_sets().iter().cloned().map(PyRemoteKeySet).collect()
    }

    #[getter]
    fn skipped_keys(&self) -> Vec<String> {
        self.0.verifier.skipped_keys()
    }

    #[getter]
    fn local_key_count(&self) -> usize {
        self.0.verifier.local_key_count()
    }

    #[getter]
    fn verification_count(&self) -> u64 {
        let counts = &self.0.counts;
        counts.verified.load(Relaxed) + counts.cache_hits.load(Relaxed)
    }

    #[getter]
    fn cache_hit_count(&self) -> u64 {
        self.0.counts.cache_hits.load(Relaxed)
    }

    #[getter]
    fn cache_miss_count(&self) -> u64 {
        self.0.counts.cache_misses.load(Relaxed)
    }

    #[getter]
    fn cached_token_count(&self) -> Option<usize> {
        self.0.cached_token_count()
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
    fn types(&self) -> Vec<String> {
        self.1.types.clone()
    }

    #[getter]
    fn revocations(&self) -> Option<&Py<PyRevocationList>> {
        self.1.revocations.as_ref()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(pickle::not_picklable("Verifier", "its arguments"))
    }

    fn __repr__(&self) -> String {
        format!("<fastjose.Verifier algorithms={:?}>", self.0.verifier.algorithms())
    }
}

impl PyVerifier {
    pub fn caching(&self) -> Arc<CachingVerifier> {
        Arc::clone(&self.0)
    }
}

#[pyfunction]
#[pyo3(signature = (token, keys, *, algorithms=None, issuer=None, audience=None, subject=None, typ=None,
                    claims=None, client_id=None, header=None, check_audience=true, audience_exact=false,
                    required=None, check_issued_at=false, leeway_seconds=None, max_token_bytes=None, max_header_bytes=None,
                    max_candidate_keys=None, allow_padding=false, revocations=None),
       text_signature = "(token, keys, *, algorithms=None, issuer=None, audience=None, subject=None, typ=None, \
                         claims=None, client_id=None, header=None, check_audience=True, audience_exact=False, \
                         required=('exp',), check_issued_at=False, leeway_seconds=0, max_token_bytes=65536, max_header_bytes=8192, \
                         max_candidate_keys=8, allow_padding=False, revocations=None)")]
#[expect(
    clippy::too_many_arguments,
    clippy::fn_params_excessive_bools,
    reason = "keyword arguments, as users name them"
)]
pub fn verify_token<'py>(
    token: &Bound<'py, PyAny>,
    keys: &Bound<'_, PyAny>,
    algorithms: Option<&Bound<'_, PyAny>>,
    issuer: Option<&Bound<'_, PyAny>>,
    audience: Option<&Bound<'_, PyAny>>,
    subject: Option<String>,
    typ: Option<&Bound<'_, PyAny>>,
    claims: Option<&Bound<'_, PyAny>>,
    client_id: Option<&Bound<'_, PyAny>>,
    header: Option<&Bound<'_, PyAny>>,
    check_audience: bool,
    audience_exact: bool,
    required: Option<&Bound<'_, PyAny>>,
    check_issued_at: bool,
    leeway_seconds: Option<&Bound<'_, PyAny>>,
    max_token_bytes: Option<&Bound<'_, PyAny>>,
    max_header_bytes: Option<&Bound<'_, PyAny>>,
    max_candidate_keys: Option<&Bound<'_, PyAny>>,
    allow_padding: bool,
    revocations: Option<&Bound<'_, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let arguments = VerifierArguments {
        keys,
        algorithms,
        issuer,
        audience,
        subject,
        typ,
        claims,
        client_id,
        header,
        check_audience,
        audience_exact,
        required,
        check_issued_at,
        leeway_seconds,
        max_token_bytes,
        max_header_bytes,
        max_candidate_keys,
        cache_size: None,
        allow_padding,
        revocations,
    };
    let once = PyVerifier::create(arguments, Retention::All)?;
    once.verify(token, None)
}

/// The result of a verification with cached keys.
enum Outcome<'py, 't> {
    Claims(Bound<'py, PyAny>),
    NeedsFetch(PlausibleToken<'t>),
}

fn verify_cached<'py, 't>(
    py: Python<'py>,
    verifier: &CachingVerifier,
    text: &'t [u8],
    into: Option<&ClaimsType<'_, 'py>>,
) -> PyResult<Outcome<'py, 't>> {
    if let Some(cached) = verifier.get_cached(py, text)? {
        return Ok(Outcome::Claims(cached.get().claims_as(py, into)?));
    }
    match verify_signature(py, &verifier.verifier, text, |_| Ok(()))? {
        CachedCheck::Verified(payload) => Ok(Outcome::Claims(verifier.validate_claims(py, text, &payload, into)?)),
        CachedCheck::NeedsFetch(token) => Ok(Outcome::NeedsFetch(token)),
    }
}

/// The result of a signature check with cached keys.
pub enum CachedCheck<'t> {
    Verified(AuthenticatedPayload),
    NeedsFetch(PlausibleToken<'t>),
}

/// Parses a token and verifies its signature with the cached keys. If a key must be fetched, rejects a token that its
/// unverified claims rule out, by the policy or by `check_claims`.
pub fn verify_signature<'t>(
    py: Python<'_>,
    verifier: &Verifier,
    text: &'t [u8],
    check_claims: impl FnOnce(&ClaimsSet<'_>) -> Result<()>,
) -> PyResult<CachedCheck<'t>> {
    let token = verifier.parse(text)?;
    let (algorithm, bytes) = (token.header.algorithm, token.signing_input().len());
    match gil::detach_for(py, algorithm, bytes, || verifier.verify_signature(token))? {
        SignatureCheck::Verified(payload) => Ok(CachedCheck::Verified(payload)),
        SignatureCheck::NeedsFetch(token) => {
            Ok(CachedCheck::NeedsFetch(verifier.check_unverified(token, args::now(py)?, check_claims)?))
        }
    }
}

/// Blocks while the keys are fetched, with the GIL released.
fn fetch_and_verify<'py>(
    py: Python<'py>,
    verifier: &CachingVerifier,
    token: PlausibleToken<'_>,
    text: &[u8],
    into: Option<&ClaimsType<'_, 'py>>,
) -> PyResult<Bound<'py, PyAny>> {
    let payload = match reserve_wait(py, &verifier.verifier, token, Waiter::Thread)? {
        Wait::Refused(payload) => payload,
        Wait::Granted(waiting) => {
            let failure = blocking::wait_for(py, waiting.fetch_keys())?;
            verify_after_fetch(py, &verifier.verifier, waiting, failure)?
        }
    };
    verifier.validate_claims(py, text, &payload, into)
}
