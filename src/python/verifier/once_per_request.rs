//! `RequestAuthenticator`: verifies the bearer token once per request, and keeps the result in the ASGI scope.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use super::acceptance::Acceptance;
use super::bearer_user::check_bearer_claims;
use super::caching_verifier::CachingVerifier;
use super::pending_verification::{PendingVerification, Wait, reserve_wait};
use super::verified_token::VerifiedToken;
use super::verifier_class::{CachedCheck, PyVerifier, verify_signature};
use crate::jwks::Waiter;
use crate::jwt::claims::ClaimsSet;
use crate::jwt::user_id::UserIdClaim;
use crate::python::args;
use crate::python::request_headers::with_bearer_token;

/// One call verifies a token, builds the user and keeps both: a function in Python for each step takes longer than the
/// steps do.
#[pyclass(frozen, generic, module = "fastjose._core")]
pub struct RequestAuthenticator {
    verifier: Arc<CachingVerifier>,
    build_from_claims: Py<PyAny>,
    /// Builds users from the user fields. Such users are immutable: one serves every dependency of a request, and every
    /// request with a cached token. A model of an application, which is built from the claims, can be mutable.
    build_from_fields: Option<Py<PyAny>>,
    /// The claim with the id of the user.
    user_id: Arc<UserIdClaim>,
    /// The function that accepts or rejects the claims of each request.
    accept: Option<Acceptance>,
    /// The key of the ASGI scope under which a request keeps its result.
    scope_key: Py<PyString>,
}

/// The result that a request keeps: its token, the verified token, and the views that dependencies have asked for.
struct KeptResult<'py> {
    token: Bound<'py, PyBytes>,
    verified: Bound<'py, VerifiedToken>,
    user: Option<Bound<'py, PyAny>>,
    claims: Option<Bound<'py, PyAny>>,
}

/// The outcome of an authentication with the cached keys.
enum Outcome<'py> {
    Authenticated(KeptResult<'py>),
    NeedsFetch(Bound<'py, PendingVerification>),
}

#[pymethods]
impl RequestAuthenticator {
    #[new]
    #[pyo3(signature = (verifier, build_from_claims, *, build_from_fields=None, user_id_claim=Some("sub"), accept=None),
           text_signature = "(verifier, build_from_claims, *, build_from_fields=None, user_id_claim='sub', accept=None)")]
    fn new(
        verifier: &Bound<'_, PyVerifier>,
        build_from_claims: Py<PyAny>,
        build_from_fields: Option<Py<PyAny>>,
        user_id_claim: Option<&str>,
        accept: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let scope_key = PyString::new(verifier.py(), &format!("fastjose.{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        let verifier = verifier.get().caching();
        let user_id = Arc::new(user_id_arg(user_id_claim)?);
        if *user_id == UserIdClaim::Unneeded && build_from_fields.is_some() {
            return Err(PyValueError::new_err("user_id_claim must name a claim: these users have an id"));
        }
        let accept = accept.map(Acceptance::new).transpose()?;
        Ok(Self { verifier, build_from_claims, build_from_fields, user_id, accept, scope_key: scope_key.unbind() })
    }

    fn authenticate_user<'py>(&self, token: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.view_of_token(token.py(), args::token_text(token)?, scope_of(token)?.as_ref(), Self::keep_user)
    }

    fn authenticate_claims<'py>(&self, token: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.view_of_token(token.py(), args::token_text(token)?, scope_of(token)?.as_ref(), Self::keep_claims)
    }

    fn authenticate_user_of_request<'py>(&self, scope: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        with_bearer_token(scope, |token, scope| self.view_of_token(scope.py(), token, Some(scope), Self::keep_user))
    }

    fn authenticate_claims_of_request<'py>(&self, scope: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        with_bearer_token(scope, |token, scope| self.view_of_token(scope.py(), token, Some(scope), Self::keep_claims))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    /// Visits the functions of the application, which can refer to the object that owns this one. The cached tokens are not
    /// visited: they belong to the verifier, which others share, and refer to no object of the application.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.build_from_claims)?;
        visit.call(&self.build_from_fields)?;
        self.accept.as_ref().map_or(Ok(()), |accept| accept.__traverse__(visit))
    }

    fn get_user<'py>(
        &self,
        verified: Bound<'py, VerifiedToken>,
        token: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.keep_user(self.accept(args::token_text(token)?, verified)?, scope_of(token)?.as_ref())
    }

    fn get_claims<'py>(
        &self,
        verified: Bound<'py, VerifiedToken>,
        token: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.keep_claims(self.accept(args::token_text(token)?, verified)?, scope_of(token)?.as_ref())
    }

    fn get_user_of_claims<'py>(
        &self,
        claims: &Bound<'py, PyAny>,
        scope: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let scope = scope.cast::<PyDict>().ok();
        let kept = scope.map_or(Ok(None), |scope| self.find(scope))?;
        match kept.filter(|kept| kept.claims.as_ref().is_some_and(|kept| kept.is(claims))) {
            Some(kept) => self.keep_user(kept, scope),
            None => self.build_from_claims.bind(claims.py()).call1((claims,)),
        }
    }
}

impl RequestAuthenticator {
    /// Returns what `keep` returns for the result of `token`, or the pending verification.
    fn view_of_token<'py, 's>(
        &self,
        py: Python<'py>,
        token: &[u8],
        scope: Option<&'s Bound<'py, PyDict>>,
        keep: impl FnOnce(&Self, KeptResult<'py>, Option<&'s Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self.authenticate(py, token, scope)? {
            Outcome::Authenticated(result) => keep(self, result, scope),
            Outcome::NeedsFetch(pending) => Ok(pending.into_any()),
        }
    }

    /// Returns the result that the request keeps for `token`, or verifies the token with the cached keys.
    fn authenticate<'py>(
        &self,
        py: Python<'py>,
        token: &[u8],
        scope: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Outcome<'py>> {
        let kept = scope.map_or(Ok(None), |scope| self.find(scope))?;
        if let Some(kept) = kept.filter(|kept| kept.token.as_bytes() == token) {
            return Ok(Outcome::Authenticated(kept));
        }
        if let Some(verified) = self.verifier.get_cached_bearer(py, token, &self.user_id)? {
            return self.accept(token, verified).map(Outcome::Authenticated);
        }
        let check_claims = |claims: &ClaimsSet<'_>| check_bearer_claims(claims, &self.user_id);
        let payload = match verify_signature(py, &self.verifier.verifier, token, check_claims)? {
            CachedCheck::Verified(payload) => payload,
            CachedCheck::NeedsFetch(token) => match reserve_wait(py, &self.verifier.verifier, token, Waiter::Task)? {
                Wait::Refused(payload) => payload,
                Wait::Granted(waiting) => {
                    let pending = PendingVerification::of_bearer(&self.verifier, waiting, &self.user_id);
                    return Ok(Outcome::NeedsFetch(Bound::new(py, pending)?));
                }
            },
        };
        let verified = self.verifier.validate_bearer(py, token, payload, &self.user_id)?;
        self.accept(token, verified).map(Outcome::Authenticated)
    }

    /// Returns the result for `token`, unless the function of the application rejects its claims.
    fn accept<'py>(&self, token: &[u8], verified: Bound<'py, VerifiedToken>) -> PyResult<KeptResult<'py>> {
        if let Some(accept) = &self.accept {
            accept.require(&verified.get().claims(verified.py())?)?;
        }
        Ok(KeptResult::new(token, verified))
    }

    fn keep_user<'py>(
        &self,
        mut result: KeptResult<'py>,
        scope: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Some(user) = result.user {
            return Ok(user);
        }
        let user = self.build_user(&result.verified);
        result.user = user.as_ref().ok().filter(|_| self.build_from_fields.is_some()).cloned();
        self.keep(result, scope)?;
        user
    }

    fn keep_claims<'py>(
        &self,
        mut result: KeptResult<'py>,
        scope: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let claims = result.verified.get().claims(result.verified.py())?.into_any();
        result.claims = Some(claims.clone());
        self.keep(result, scope)?;
        Ok(claims)
    }

    fn build_user<'py>(&self, verified: &Bound<'py, VerifiedToken>) -> PyResult<Bound<'py, PyAny>> {
        let (py, token) = (verified.py(), verified.get());
        match &self.build_from_fields {
            Some(build) => token.user(py, build),
            None => self.build_from_claims.bind(py).call1((token.claims(py)?,)),
        }
    }

    fn find<'py>(&self, scope: &Bound<'py, PyDict>) -> PyResult<Option<KeptResult<'py>>> {
        scope.get_item(&self.scope_key)?.map(|kept| KeptResult::from_tuple(&kept)).transpose()
    }

    fn keep<'py>(&self, result: KeptResult<'py>, scope: Option<&Bound<'py, PyDict>>) -> PyResult<()> {
        scope.map_or(Ok(()), |scope| scope.set_item(&self.scope_key, result.into_tuple()))
    }
}

/// The form of a [`KeptResult`] in an ASGI scope: a tuple, which Python creates faster than an object.
type KeptTuple<'py> =
    (Bound<'py, PyBytes>, Bound<'py, VerifiedToken>, Option<Bound<'py, PyAny>>, Option<Bound<'py, PyAny>>);

impl<'py> KeptResult<'py> {
    /// Copies the text of `token`: a `BearerToken` refers to the scope, which would keep it alive.
    fn new(token: &[u8], verified: Bound<'py, VerifiedToken>) -> Self {
        Self { token: PyBytes::new(verified.py(), token), verified, user: None, claims: None }
    }

    fn from_tuple(kept: &Bound<'py, PyAny>) -> PyResult<Self> {
        let (token, verified, user, claims): KeptTuple<'py> = kept.extract()?;
        Ok(Self { token, verified, user, claims })
    }

    fn into_tuple(self) -> KeptTuple<'py> {
        (self.token, self.verified, self.user, self.claims)
    }
}

/// Returns the ASGI scope of the request that sent a `BearerToken`, or `None` for any other token.
fn scope_of<'py>(token: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    Ok(token.getattr_opt(intern!(token.py(), "scope"))?.and_then(|scope| scope.cast_into().ok()))
}

fn user_id_arg(claim: Option<&str>) -> PyResult<UserIdClaim> {
    match claim {
        None => Ok(UserIdClaim::Unneeded),
        Some("sub") => Ok(UserIdClaim::Sub),
        Some("") => Err(PyValueError::new_err("user_id_claim must be the name of a claim, or None")),
        Some(name) => Ok(UserIdClaim::Named(name.to_owned())),
    }
}
