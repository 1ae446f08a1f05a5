//! When a remote key set is fetched: how fresh the one at hand is, and which fetches are permitted.
//!
//! No I/O, no clock and no chance: the time is an argument, and so is the lot that jitter is drawn with, a number from 0
//! up to 1. Times are since some fixed start of the caller's, so that weeks can be tried out in milliseconds.

use std::time::Duration;

use crate::error::{Error, Result};

/// When a key set is fetched again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The age to which a set is used, unless its server names a lower one.
    pub max_age: Duration,
    /// The least that a server can name: `no-store` does not make a request of every token.
    pub min_age: Duration,
    /// A refresh begins before the age runs out: by half of this share of the age to the whole of it, drawn by lot, so
    /// that a thousand processes which were started together do not ask together.
    pub refresh_jitter: f64,
    /// How much longer a set is used where no refresh succeeds; then it is no longer trusted.
    pub max_stale: Duration,
    /// How many fetches for keys that the set does not have may follow each other at once.
    pub fetch_burst: u32,
    /// After these, how long it takes until one more is permitted.
    pub fetch_interval: Duration,
    /// How long a token whose key is not at hand waits until a fetch is permitted. The pauses after failures do not grow
    /// beyond it, so that no such token is refused once its server is back.
    pub max_wait: Duration,
    /// The least time between two fetches because of a signature that was wrong under a key that the set has.
    pub recheck_interval: Duration,
    /// The longest that a server can ask to be left alone (`Retry-After`).
    pub max_retry_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_age: Duration::from_secs(600),
            min_age: Duration::from_secs(60),
            refresh_jitter: 0.2,
            max_stale: Duration::from_secs(86_400),
            fetch_burst: 5,
            fetch_interval: Duration::from_secs(1),
            max_wait: Duration::from_secs(2),
            recheck_interval: Duration::from_secs(30),
            max_retry_after: Duration::from_secs(300),
        }
    }
}

impl Limits {
    /// Whether they can be kept.
    ///
    /// # Errors
    /// [`Error::Configuration`].
    pub fn check(&self) -> Result<()> {
        let refused = |why: &str| Err(Error::Configuration(why.to_owned()));
        if !(0.0..=1.0).contains(&self.refresh_jitter) {
            return refused("refresh_jitter must be a share: 0 to 1.");
        }
        if self.fetch_burst == 0 {
            return refused("fetch_burst must be 1 or more.");
        }
        Ok(())
    }
}

/// `span`, or as little as half of it, by `lot`.
pub(super) fn jittered(span: Duration, lot: f64) -> Duration {
    span.mul_f64(0.5 + 0.5 * lot.clamp(0.0, 1.0))
}
