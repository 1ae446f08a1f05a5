//! A verifier with an optional cache of verified tokens.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::bearer_user::BearerUser;
use super::token_size::estimate_token_bytes;
use super::verification_counts::VerificationCounts;
use super::verified_token::VerifiedToken;
use crate::error::Result;
use crate::jwt::claims::ClaimsSet;
use crate::jwt::token_cache::{CacheEntry, TokenCache};
use crate::jwt::user_id::UserIdClaim;
use crate::jwt::validity::Validity;
use crate::jwt::verifier::{AuthenticatedPayload, Verifier};
use crate::python::args;
use crate::python::claims_type::ClaimsType;
use crate::python::convert::claims_dict::ExpectedShape;

type CachedToken = CacheEntry<Py<VerifiedToken>>;

pub struct CachingVerifier {
    pub verifier: Arc<Verifier>,
    tokens: Option<TokenCache<Py<VerifiedToken>>>,
    expected_shape: ExpectedShape,
    pub counts: VerificationCounts,
}

impl CachingVerifier {
    /// Creates a cache of `cache_size` tokens; 0 switches it off.
    pub fn new(verifier: Verifier, cache_size: usize) -> Result<Self> {
        let tokens = TokenCache::with_capacity(cache_size)?;
        let (expected_shape, counts) = (ExpectedShape::new(), VerificationCounts::default());
        Ok(Self { verifier: Arc::new(verifier), tokens, expected_shape, counts })
    }

    /// Returns the number of cached tokens. `None` without a cache.
    pub fn cached_token_count(&self) -> Option<usize> {
        self.tokens.as_ref().map(TokenCache::token_count)
    }

    /// Returns the cached result for `token` if the current keys verified it and it is valid now.
    pub fn get_cached<'py>(&self, py: Python<'py>, token: &[u8]) -> PyResult<Option<Bound<'py, VerifiedToken>>> {
        Ok(self.find_cached(py, token)?.map(|entry| entry.value.bind(py).clone()))
    }

    /// Returns what `get_cached` returns, if `token` may be used as a bearer token of the user in `user_id` now.
    pub fn get_cached_bearer<'py>(
        &self,
        py: Python<'py>,
        token: &[u8],
        user_id: &UserIdClaim,
    ) -> PyResult<Option<Bound<'py, VerifiedToken>>> {
        let Some(entry) = self.find_cached(py, token)? else { return Ok(None) };
        let check_id = |id: &str| self.check_user(py, id, entry.validity.issued_at());
        VerifiedToken::as_bearer(entry.value.bind(py).clone(), user_id, check_id).map(Some)
    }

    fn find_cached(&self, py: Python<'_>, token: &[u8]) -> PyResult<Option<Arc<CachedToken>>> {
        let Some(tokens) = &self.tokens else { return Ok(None) };
        if token.len() > self.verifier.max_token_bytes() {
            return Ok(None);
        }
        let Some(entry) = tokens.get(token, |origin| self.verifier.is_current(origin)) else {
            self.counts.cache_misses.fetch_add(1, Relaxed);
            return Ok(None);
        };
        self.verifier.recheck_validity(&entry.validity, args::now(py)?)?;
        self.counts.cache_hits.fetch_add(1, Relaxed);
        Ok(Some(entry))
    }

    /// Checks that a user whose id another claim than `sub` has is not revoked.
    fn check_user(&self, py: Python<'_>, user_id: &str, issued_at: Option<f64>) -> PyResult<()> {
        Ok(self.verifier.check_user(user_id, issued_at, args::now(py)?)?)
    }

    /// Validates the claims of `payload` and returns them, as a dict or as an instance of `into`. `token` is cached if its
    /// claims are valid, whether or not they fit `into`.
    pub fn validate_claims<'py>(
        &self,
        py: Python<'py>,
        token: &[u8],
        payload: &AuthenticatedPayload,
        into: Option<&ClaimsType<'_, 'py>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (claims, validity) = self.verifier.validate_claims(payload, args::now(py)?)?;
        self.counts.verified.fetch_add(1, Relaxed);
        match (self.cache_token(py, token, &claims, validity, payload)?, into) {
            (Some(verified), into) => verified.get().claims_as(py, into),
            (None, None) => self.expected_shape.to_dict(py, &claims).map(Bound::into_any),
            (None, Some(into)) => {
                drop(claims);
                into.build(&PyBytes::new(py, &payload.bytes))
            }
        }
    }

    /// Validates the claims of `payload`, checks that `token` may be used as a bearer token of the user in `user_id`, and
    /// returns the result.
    pub fn validate_bearer<'py>(
        &self,
        py: Python<'py>,
        token: &[u8],
        payload: AuthenticatedPayload,
        user_id: &UserIdClaim,
    ) -> PyResult<Bound<'py, VerifiedToken>> {
        let (claims, validity) = self.verifier.validate_claims(&payload, args::now(py)?)?;
        self.counts.verified.fetch_add(1, Relaxed);
        let issued_at = validity.issued_at();
        let check_id = |id: &str| self.check_user(py, id, issued_at);
        if let Some(verified) = self.cache_token(py, token, &claims, validity, &payload)? {
            return VerifiedToken::as_bearer(verified, user_id, check_id);
        }
        let user = BearerUser::from_claims(py, &claims, user_id, check_id)?;
        drop(claims);
        Bound::new(py, VerifiedToken::new(user, payload.bytes, Arc::clone(&self.verifier)))
    }

    fn cache_token<'py>(
        &self,
        py: Python<'py>,
        token: &[u8],
        claims: &ClaimsSet<'_>,
        validity: Validity,
        payload: &AuthenticatedPayload,
    ) -> PyResult<Option<Bound<'py, VerifiedToken>>> {
        let Some(tokens) = &self.tokens else { return Ok(None) };
        let verified = Bound::new(py, VerifiedToken::for_cache(py, claims, &payload.bytes)?)?;
        let size_bytes = estimate_token_bytes(py, claims.members()) + payload.bytes.len();
        let value = verified.clone().unbind();
        tokens.insert(token, CacheEntry { value, size_bytes, validity, origin: payload.origin });
        Ok(Some(verified))
    }
}
