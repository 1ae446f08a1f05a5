//! The set that is at hand: whole and immutable, so that a verification reads it without a lock.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;

use super::http::Answer;
use super::refresh_policy::Limits;
use super::set_state::{Freshness, Standing};
use crate::error::Result;
use crate::keys::key_set::KeySet;

/// A set, and what is known of it.
#[derive(Clone, Default)]
pub(super) struct Held {
    pub keys: Arc<KeySet>,
    /// Counts the sets that differed; 0 before the first.
    pub generation: u64,
    /// The version of it that the server named.
    pub etag: Option<HeaderValue>,
    /// When it was fetched, or last found unchanged.
    pub fetched_at: Option<Duration>,
    freshness: Option<Freshness>,
    body: Arc<[u8]>,
}

impl Held {
    pub fn standing(&self, now: Duration) -> Standing {
        self.freshness.map_or(Standing::Spent, |freshness| freshness.standing(now))
    }

    /// How long until it should be fetched anew.
    pub fn time_left(&self, now: Duration) -> Duration {
        self.freshness.map_or(Duration::ZERO, |freshness| freshness.due_at().saturating_sub(now))
    }

    /// What is at hand after `answer`, which came at `now`. A set that came once more letter by letter stays what it is,
    /// and so does all that was verified under it.
    pub fn after(&self, answer: Answer, max_keys: usize, now: Duration, limits: &Limits, lot: f64) -> Result<Self> {
        let (set, max_age) = match answer {
            Answer::Unchanged { max_age } => (self.clone(), max_age),
            Answer::Set { body, etag, max_age } => (self.replaced(&body, etag, max_keys)?, max_age),
        };
        let freshness = Some(Freshness::since(now, max_age, limits, lot));
        Ok(Self { freshness, fetched_at: Some(now), ..set })
    }

    fn replaced(&self, body: &[u8], etag: Option<HeaderValue>, max_keys: usize) -> Result<Self> {
        if self.generation > 0 && *self.body == *body {
            return Ok(Self { etag, ..self.clone() });
        }
        let keys = Arc::new(KeySet::from_remote_jwk_set(body, max_keys)?);
        Ok(Self { keys, generation: self.generation + 1, etag, body: body.into(), ..self.clone() })
    }
}
