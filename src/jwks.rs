//! How fresh a remote key set is, and so whether to fetch it. No I/O and no clock: the time is an argument.

use std::time::Duration;

/// When a key set is fetched again.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The age from which on a set is fetched anew, while the one at hand goes on being used.
    pub max_age: Duration,
    /// How much longer it is used where that fails; then it is no longer trusted.
    pub max_stale: Duration,
    /// The least time between two fetches for keys that the set does not have, and after a failure.
    pub cooldown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_age: Duration::from_secs(600),
            max_stale: Duration::from_secs(86_400),
            cooldown: Duration::from_secs(5),
        }
    }
}

/// How long a refresh may take before another is begun: longer than any deadline that makes sense.
const REFRESH_PATIENCE: Duration = Duration::from_secs(30);

/// What to do for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The keys at hand answer.
    Use,
    /// The keys at hand answer, and have aged: fetch meanwhile.
    Refresh,
    /// Fetch first.
    Fetch,
    /// The keys could not be had a moment ago, and it is too early to ask again.
    Unavailable,
}

/// The history that a decision needs: when the last success and failure were, and when a refresh that is under way was
/// begun. Times are since some fixed start.
#[derive(Debug, Clone, Copy, Default)]
pub struct Freshness {
    success: Option<Duration>,
    failure: Option<Duration>,
    refresh: Option<Duration>,
}

impl Freshness {
    /// What to do at `now` for a token whose key the set has or has not.
    #[must_use]
    pub fn decide(&self, has_key: bool, now: Duration, limits: Limits) -> Decision {
        let failed_lately = is_within(self.failure, now, limits.cooldown);
        if has_key && is_within(self.success, now, limits.max_age) {
            return Decision::Use;
        }
        if has_key && self.is_trusted(now, limits) {
            let is_under_way = is_within(self.refresh, now, REFRESH_PATIENCE);
            return if failed_lately || is_under_way { Decision::Use } else { Decision::Refresh };
        }
        let fetched_lately = !has_key && is_within(self.success, now, limits.cooldown);
        match (failed_lately, fetched_lately) {
            (true, _) => Decision::Unavailable,
            (false, true) => Decision::Use,
            (false, false) => Decision::Fetch,
        }
    }

    /// Whether the set at hand may still be used at `now`, fresh or not.
    #[must_use]
    pub fn is_trusted(&self, now: Duration, limits: Limits) -> bool {
        is_within(self.success, now, limits.max_age.saturating_add(limits.max_stale))
    }

    /// A refresh was begun.
    pub fn begin_refresh(&mut self, now: Duration) {
        self.refresh = Some(now);
    }

    /// A fetch brought a set.
    pub fn succeed(&mut self, now: Duration) {
        *self = Self { success: Some(now), ..Self::default() };
    }

    /// A fetch brought none.
    pub fn fail(&mut self, now: Duration) {
        *self = Self { failure: Some(now), refresh: None, ..*self };
    }
}

fn is_within(time: Option<Duration>, now: Duration, span: Duration) -> bool {
    time.is_some_and(|time| now.saturating_sub(time) < span)
}

#[cfg(test)]
mod tests {
    use super::{Decision, Freshness, Limits};
    use std::time::Duration;

    const LIMITS: Limits = Limits {
        max_age: Duration::from_secs(600),
        max_stale: Duration::from_secs(10_000),
        cooldown: Duration::from_secs(5),
    };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn is_fetched_first_and_refreshed_when_its_age_is_over() {
        let mut freshness = Freshness::default();
        assert_eq!(freshness.decide(false, at(0), LIMITS), Decision::Fetch);
        freshness.succeed(at(1));
        assert_eq!(freshness.decide(true, at(600), LIMITS), Decision::Use);
        assert_eq!(freshness.decide(true, at(601), LIMITS), Decision::Refresh);
    }

    #[test]
    fn one_refresh_is_under_way_at_a_time_unless_it_is_lost() {
        let mut freshness = Freshness::default();
        freshness.succeed(at(0));
        freshness.begin_refresh(at(700));
        assert_eq!(freshness.decide(true, at(729), LIMITS), Decision::Use);
        assert_eq!(freshness.decide(true, at(730), LIMITS), Decision::Refresh);
        freshness.succeed(at(731));
        assert_eq!(freshness.decide(true, at(732), LIMITS), Decision::Use);
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
        assert_eq!(freshness.decide(true, at(705), LIMITS), Decision::Refresh);
    }

    #[test]
    fn a_set_that_could_not_be_refreshed_for_too_long_is_not_trusted() {
        let mut freshness = Freshness::default();
        freshness.succeed(at(0));
        assert_eq!(freshness.decide(true, at(10_599), LIMITS), Decision::Refresh);
        assert_eq!(freshness.decide(true, at(10_600), LIMITS), Decision::Fetch);
        freshness.fail(at(10_600));
        assert_eq!(freshness.decide(true, at(10_601), LIMITS), Decision::Unavailable);
    }
}
