//! The settings that decide when a remote key set is fetched, and who may wait for a fetch.

use std::time::Duration;

use crate::error::{Error, Result};

/// Settings that decide when a key set is fetched, and how long a cached set is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RefreshPolicy {
    /// The age at which a set becomes stale. The server's `Cache-Control` can lower it, never raise it. Defaults to 600 s.
    pub max_age: Duration,
    /// The lowest age that `Cache-Control` can set. With it, `no-store` does not cause a fetch for every token. Defaults to
    /// 60 s.
    pub min_age: Duration,
    /// The fraction of the age, from 0 to 1, by which a refresh starts early. A random 50 to 100 % of it applies, so that
    /// processes that start together do not fetch together. Defaults to 0.2.
    pub refresh_jitter: f64,
    /// The time for which a stale set is used while fetches fail. Then the set is expired. Defaults to 86,400 s.
    pub max_stale: Duration,
    /// The number of fetches for unknown keys that may follow each other without a pause. Defaults to 5.
    pub fetch_burst: u32,
    /// The time after which one more fetch for an unknown key is permitted (token bucket). Defaults to 1 s.
    pub fetch_interval: Duration,
    /// The longest time that a token with an unknown key waits until a fetch is permitted. It also bounds the pauses after
    /// failures, so that no such token is rejected once the server responds again. Defaults to 2 s.
    pub max_wait: Duration,
    /// The number of threads of a process that may wait for a fetch of the set at a time. Further threads are refused at
    /// once, so that tokens with made-up keys cannot block every thread of a pool. Defaults to 4.
    pub max_waiting_threads: usize,
    /// The minimum time between two fetches that a wrong signature under a cached key causes. Defaults to 30 s.
    pub recheck_interval: Duration,
    /// The longest `Retry-After` of the server that is obeyed. Defaults to 300 s.
    pub max_retry_after: Duration,
}

impl Default for RefreshPolicy {
    fn default() -> Self {
        Self {
            max_age: Duration::from_secs(600),
            min_age: Duration::from_secs(60),
            refresh_jitter: 0.2,
            max_stale: Duration::from_secs(86_400),
            fetch_burst: 5,
            fetch_interval: Duration::from_secs(1),
            max_wait: Duration::from_secs(2),
            max_waiting_threads: 4,
            recheck_interval: Duration::from_secs(30),
            max_retry_after: Duration::from_secs(300),
        }
    }
}

impl RefreshPolicy {
    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// [`Error::Configuration`] if `refresh_jitter` is not from 0 to 1, or if `fetch_burst` or `max_waiting_threads` is 0.
    pub(super) fn validate(&self) -> Result<()> {
        if !(0.0..=1.0).contains(&self.refresh_jitter) {
            return Err(Error::Configuration("refresh_jitter must be a number from 0 to 1.".to_owned()));
        }
        if self.fetch_burst == 0 {
            return Err(Error::Configuration("fetch_burst must be 1 or more.".to_owned()));
        }
        if self.max_waiting_threads == 0 {
            return Err(Error::Configuration("max_waiting_threads must be 1 or more.".to_owned()));
        }
        Ok(())
    }
}

/// Returns 50 to 100 % of `span`, in proportion to `jitter`, a random number from 0 up to 1.
pub(super) fn apply_jitter(span: Duration, jitter: f64) -> Duration {
    span.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
}
