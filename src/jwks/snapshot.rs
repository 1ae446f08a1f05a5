//! A cached key set: complete and immutable, so that verification reads it without a lock.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;

use super::http::{Content, Response};
use super::kept_keys::{KeptKey, KeyAnswers};
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
    etag: Option<HeaderValue>,
    /// The time at which the set was last fetched or reported as unchanged.
    pub fetched_at: Option<Duration>,
    freshness: Option<Freshness>,
    /// The URL that sent the set.
    url: Option<Url>,
    body: Arc<[u8]>,
    kept_keys: Arc<[KeptKey]>,
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

    /// Returns the `ETag` of the cached set if it came from `url`.
    pub(crate) fn etag_of(&self, url: &Url) -> Option<&HeaderValue> {
        self.etag.as_ref().filter(|_| self.url.as_ref() == Some(url))
    }

    /// Returns the keys that were fetched one by one.
    pub fn kept_keys(&self) -> &[KeptKey] {
        &self.kept_keys
    }

    /// Returns the snapshot after `response` of `url`, which arrived at `now`.
    ///
    /// A body that is byte for byte unchanged keeps the generation, so that cached verification results remain valid.
    ///
    /// # Errors
    /// [`crate::Error::InvalidKey`] if the body is not a usable JWK Set or has more than `max_keys` keys.
    pub(crate) fn apply_response(
        &self,
        response: Response,
        url: Url,
        max_keys: usize,
        now: Duration,
        policy: &RefreshPolicy,
        jitter: f64,
    ) -> Result<Self> {
        let (snapshot, server_max_age) = match response {
            Response::Modified(Content { body, etag, max_age }) => {
                (Self { etag, url: Some(url), ..self.with_body(&body, max_keys)? }, max_age)
            }
            Response::NotModified { max_age } => (self.clone(), max_age),
            Response::Refused { .. } => (self.clone(), Some(Duration::ZERO)),
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
        Ok(Self { freshness, ..self.with_body(body, max_keys)? })
    }

    fn with_body(&self, body: &[u8], max_keys: usize) -> Result<Self> {
        if self.generation > 0 && *self.body == *body {
            return Ok(self.clone());
        }
        let keys = Arc::new(KeySet::from_remote(body, max_keys)?);
        Ok(Self { keys, generation: self.generation + 1, body: body.into(), ..self.clone() })
    }

    /// Returns the snapshot after `answers` for single keys, which arrived at `now`. It is as old as its oldest key.
    pub(crate) fn apply_answers(
        &self,
        answers: &KeyAnswers,
        now: Duration,
        policy: &RefreshPolicy,
        jitter: f64,
    ) -> Self {
        let kept_keys = answers.update(&self.kept_keys, now);
        let fetched_at = kept_keys.iter().map(|key| key.fetched_at).min().unwrap_or(now);
        let (freshness, fetched_at) =
            (Some(Freshness::new(fetched_at, answers.max_age, policy, jitter)), Some(fetched_at));
        let content =
            |keys: &[KeptKey]| keys.iter().map(|key| (key.kid.clone(), Arc::clone(&key.pem))).collect::<Vec<_>>();
        if self.generation > 0 && content(&kept_keys) == content(&self.kept_keys) {
            return Self { freshness, fetched_at, kept_keys: kept_keys.into(), ..self.clone() };
        }
        let keys = KeySet::from_pems(kept_keys.iter().map(|key| (key.kid.as_str(), &*key.pem)));
        let (keys, generation) = (Arc::new(keys), self.generation + 1);
        Self { keys, generation, freshness, fetched_at, kept_keys: kept_keys.into(), ..self.clone() }
    }
}
