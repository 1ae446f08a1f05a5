//! How fresh a remote key set is, and so whether to fetch it. No I/O and no clock: the time is an argument.

use std::time::Duration;

/// When a key set is fetched again.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The age at which a set is fetched again before it is used.
    pub max_age: Duration,
    /// The least time between two fetches for keys that the set does not have, and after a failure.
    pub cooldown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_age: Duration::from_secs(600), cooldown: Duration::from_secs(5) }
    }
}

/// What to do for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The keys at hand answer.
    Use,
    /// Fetch first.
    Fetch,
    /// The keys could not be had a moment ago, and it is too early to ask again.
    Unavailable,
}

/// The history that a decision needs. Times are since some fixed start.
#[derive(Debug, Clone, Copy, Default)]
pub struct Freshness {
    succeeded_at: Option<Duration>,
    failed_at: Option<Duration>,
}

impl Freshness {
    /// What to do at `now` for a token whose key the set has or has not.
    #[must_use]
    pub fn decide(&self, has_key: bool, now: Duration, limits: Limits) -> Decision {
        let within = |time: Option<Duration>, span| time.is_some_and(|time| now.saturating_sub(time) < span);
        let (is_fresh, failed_lately) =
            (within(self.succeeded_at, limits.max_age), within(self.failed_at, limits.cooldown));
        match has_key {
            // An old key is better than none: a failed fetch loses no keys.
            true if is_fresh || failed_lately => Decision::Use,
            false if failed_lately => Decision::Unavailable,
            false if within(self.succeeded_at, limits.cooldown) => Decision::Use,
            _ => Decision::Fetch,
        }
    }

    /// Whether the last fetch brought no set.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed_at.is_some()
    }

    /// A fetch brought a set.
    pub fn succeed(&mut self, now: Duration) {
        *self = Self { succeeded_at: Some(now), failed_at: None };
    }

    /// A fetch brought none.
    pub fn fail(&mut self, now: Duration) {
        self.failed_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, Freshness, Limits};
    use std::time::Duration;

    const LIMITS: Limits = Limits { max_age: Duration::from_secs(600), cooldown: Duration::from_secs(5) };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn fetches_first_and_then_uses_until_the_age_is_over() {
        let mut freshness = Freshness::default();
        assert_eq!(freshness.decide(false, at(0), LIMITS), Decision::Fetch);
        freshness.succeed(at(1));
        assert_eq!(freshness.decide(true, at(600), LIMITS), Decision::Use);
        assert_eq!(freshness.decide(true, at(601), LIMITS), Decision::Fetch);
    }

    #[test]
    fn an_unknown_key_fetches_but_not_in_a_row() {
        let mut freshness = Freshness::default();
        freshness.succeed(at(10));
        assert_eq!(freshness.decide(false, at(14), LIMITS), Decision::Use);
        assert_eq!(freshness.decide(false, at(15), LIMITS), Decision::Fetch);
    }

    #[test]
    fn a_failure_keeps_the_keys_and_is_not_repeated_at_once() {
        let mut freshness = Freshness::default();
        freshness.fail(at(0));
        assert_eq!(freshness.decide(false, at(4), LIMITS), Decision::Unavailable);
        assert_eq!(freshness.decide(false, at(5), LIMITS), Decision::Fetch);
        freshness.succeed(at(10));
        freshness.fail(at(700));
        assert_eq!(freshness.decide(true, at(701), LIMITS), Decision::Use);
        assert_eq!(freshness.decide(false, at(701), LIMITS), Decision::Unavailable);
        assert_eq!(freshness.decide(true, at(705), LIMITS), Decision::Fetch);
    }
}
