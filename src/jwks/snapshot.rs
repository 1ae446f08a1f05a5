//! A cached key set: complete and immutable, so that verification reads it without a lock.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;

use super::http::JwksResponse;
use super::refresh_policy::RefreshPolicy;
use super::set_state::{Freshness, SetState};
use crate::error::Result;
use crate::keys::key_set::KeySet;

/// A cached key set with its metadata. The default is the state before the first fetch.
#[derive(Clone, Default)]
pub(super) struct KeySetSnapshot {
    pub keys: Arc<KeySet>,
    /// The number of different sets so far: the initial one, if there is one, and those that were fetched.
    pub generation: u64,
    /// The `ETag` of the last response.
    pub etag: Option<HeaderValue>,
    /// The time at which the set was last fetched or reported as unchanged.
    pub fetched_at: Option<Duration>,
    freshness: Option<Freshness>,
    body: Arc<[u8]>,
}

impl KeySetSnapshot {
    /// Returns the state of the set at `now`: expired before the first fetch.
    pub fn state(&self, now: Duration) -> SetState {
        self.freshness.map_or(SetState::Expired, |freshness| freshness.state(now))
    }

    /// Returns the time until the set becomes refresh-due.
    pub(crate) fn time_until_refresh(&self, now: Duration) -> Duration {
        self.freshness.map_or(Duration::ZERO, |freshness| freshness.refresh_at().saturating_sub(now))
    }

    /// Returns the snapshot after `response`, which arrived at `now`.
    ///
    /// A body that is byte for byte unchanged keeps the generation, so that cached verification results remain valid.
    ///
    /// # Errors
    /// [`crate::Error::InvalidKey`] if the body is not a usable JWK Set or has more than `max_keys` keys.
    pub(crate) fn apply_response(
        &self,
        response: JwksResponse,
        max_keys: usize,
        now: Duration,
        policy: &RefreshPolicy,
        jitter: f64,
    ) -> Result<Self> {
        let (snapshot, server_max_age) = match response {
            JwksResponse::NotModified { max_age } => (self.clone(), max_age),
            JwksResponse::Modified { body, etag, max_age } => (self.with_body(&body, etag, max_keys)?, max_age),
        };
        let freshness = Some(Freshness::new(now, server_max_age, policy, jitter));
        Ok(Self { freshness, fetched_at: Some(now), ..snapshot })
    }

    /// Returns the snapshot with a set that was not fetched: refresh-due at once, and else as old as a set fetched at `now`.
    ///
    /// # Errors
    /// [`crate::Error::InvalidKey`] if `body` is not a usable key set or has more than `max_keys` keys.
    pub fn with_initial_set(
        &self,
        body: &[u8],
        max_keys: usize,
        now: Duration,
        policy: &RefreshPolicy,
    ) -> Result<Self> {
        let freshness = Some(Freshness::new(now, None, policy, 0.0).refresh_due_at(now));
        Ok(Self { freshness, ..self.with_body(body, None, max_keys)? })
    }

    fn with_body(&self, body: &[u8], etag: Option<HeaderValue>, max_keys: usize) -> Result<Self> {
        if self.generation > 0 && *self.body == *body {
            return Ok(Self { etag, ..self.clone() });
        }
        let keys = Arc::new(KeySet::from_remote_jwk_set(body, max_keys)?);
        Ok(Self { keys, generation: self.generation + 1, etag, body: body.into(), ..self.clone() })
    }
}
