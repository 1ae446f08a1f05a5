//! The state of a cached key set: fresh, refresh-due, stale or expired, by the time since its fetch.

use std::time::Duration;

use super::refresh_policy::{RefreshPolicy, apply_jitter};

/// The state of a cached key set. Later states permit less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SetState {
    /// The set may be used.
    Fresh,
    /// The set may be used, and should be refreshed in the background.
    RefreshDue,
    /// The set has reached its age. It may be used only if a fetch was tried and failed.
    Stale,
    /// The set must not be used.
    Expired,
}

/// The times at which a cached key set changes its state.
#[derive(Debug, Clone, Copy)]
pub struct Freshness {
    refresh_at: Duration,
    stale_at: Duration,
    expiry: Duration,
}

impl Freshness {
    /// Returns the freshness of a set that was fetched at `now`.
    ///
    /// `server_max_age` comes from the server's `Cache-Control`. `jitter` is a random number from 0 up to 1.
    #[must_use]
    pub fn new(now: Duration, server_max_age: Option<Duration>, policy: &RefreshPolicy, jitter: f64) -> Self {
        let age = server_max_age.unwrap_or(policy.max_age).max(policy.min_age).min(policy.max_age);
        let stale_at = now.saturating_add(age);
        let refresh_at = stale_at.saturating_sub(apply_jitter(age.mul_f64(policy.refresh_jitter), jitter));
        Self { refresh_at, stale_at, expiry: stale_at.saturating_add(policy.max_stale) }
    }

    /// Returns the freshness of a set that becomes refresh-due at `refresh_at`.
    #[must_use]
    pub(crate) fn refresh_due_at(self, refresh_at: Duration) -> Self {
        Self { refresh_at, ..self }
    }

    /// Returns the state of the set at `now`.
    #[must_use]
    pub fn state(&self, now: Duration) -> SetState {
        if now < self.refresh_at {
            SetState::Fresh
        } else if now < self.stale_at {
            SetState::RefreshDue
        } else if now < self.expiry {
            SetState::Stale
        } else {
            SetState::Expired
        }
    }

    /// Returns the time at which the set becomes refresh-due.
    #[must_use]
    pub fn refresh_at(&self) -> Duration {
        self.refresh_at
    }
}

#[cfg(test)]
mod tests {
    use super::{Freshness, RefreshPolicy, SetState};
    use std::time::Duration;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn states(server_max_age: Option<u64>, jitter: f64, times: &[u64]) -> Vec<SetState> {
        let freshness = Freshness::new(at(1_000), server_max_age.map(at), &RefreshPolicy::default(), jitter);
        times.iter().map(|seconds| freshness.state(at(1_000 + seconds))).collect()
    }

    #[test]
    fn a_set_is_refresh_due_before_it_is_stale_and_expires_a_day_later() {
        use SetState::{Expired, Fresh, RefreshDue, Stale};
        let expected = [Fresh, Fresh, RefreshDue, RefreshDue, Stale, Stale, Expired];
        assert_eq!(states(None, 0.0, &[0, 539, 540, 599, 600, 86_999, 87_000]), expected);
        assert_eq!(states(None, 1.0, &[0, 479, 480, 599, 600, 86_999, 87_000]), expected);
    }

    #[test]
    fn a_server_max_age_lowers_the_age_to_the_minimum_and_never_raises_it() {
        use SetState::{RefreshDue, Stale};
        assert_eq!(states(Some(100), 0.0, &[99, 100]), [RefreshDue, Stale]);
        assert_eq!(states(Some(0), 0.0, &[59, 60]), [RefreshDue, Stale]);
        assert_eq!(states(Some(90_000), 0.0, &[599, 600]), [RefreshDue, Stale]);
    }

    #[test]
    fn a_maximum_age_below_the_minimum_is_kept() {
        let policy = RefreshPolicy { max_age: at(5), refresh_jitter: 0.0, ..RefreshPolicy::default() };
        for server_max_age in [None, Some(at(0)), Some(at(3)), Some(at(59)), Some(at(600))] {
            let freshness = Freshness::new(at(1_000), server_max_age, &policy, 0.5);
            assert_eq!((freshness.state(at(1_004)), freshness.state(at(1_005))), (SetState::Fresh, SetState::Stale));
        }
    }

    #[test]
    fn an_unlimited_age_does_not_overflow() {
        let policy = RefreshPolicy {
            max_age: Duration::MAX,
            max_stale: Duration::MAX,
            refresh_jitter: 0.0,
            ..RefreshPolicy::default()
        };
        assert_eq!(Freshness::new(at(1), None, &policy, 0.5).state(at(1_000_000)), SetState::Fresh);
    }

    #[test]
    fn an_initial_set_is_refresh_due_at_once_and_then_as_old_as_another() {
        use SetState::{Expired, RefreshDue, Stale};
        let freshness = Freshness::new(at(0), None, &RefreshPolicy::default(), 0.0).refresh_due_at(at(0));
        let states: Vec<_> = [0, 599, 600, 86_999, 87_000].map(|seconds| freshness.state(at(seconds))).into();
        assert_eq!(states, [RefreshDue, RefreshDue, Stale, Stale, Expired]);
    }
}
