//! How far a set may be trusted, from its fetch on.

use std::time::Duration;

use super::refresh_policy::{Limits, jittered};

/// What may be done with a set, the less the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Use it.
    Fresh,
    /// Use it, and fetch it anew meanwhile.
    Due,
    /// Its age has run out: use it only where a fetch was tried and failed.
    Aged,
    /// It is no longer trusted.
    Spent,
}

/// The times from which on a set is due, aged and spent.
#[derive(Debug, Clone, Copy)]
pub struct Freshness {
    due: Duration,
    aged: Duration,
    spent: Duration,
}

impl Freshness {
    /// That of a set which was fetched at `now`, and which its server says may be used for `said`.
    #[must_use]
    pub fn since(now: Duration, said: Option<Duration>, limits: &Limits, lot: f64) -> Self {
        let age = said.unwrap_or(limits.max_age).max(limits.min_age).min(limits.max_age);
        let aged = now.saturating_add(age);
        let due = aged.saturating_sub(jittered(age.mul_f64(limits.refresh_jitter), lot));
        Self { due, aged, spent: aged.saturating_add(limits.max_stale) }
    }

    /// How the set stands at `now`.
    #[must_use]
    pub fn standing(&self, now: Duration) -> Standing {
        if now < self.due {
            Standing::Fresh
        } else if now < self.aged {
            Standing::Due
        } else if now < self.spent {
            Standing::Aged
        } else {
            Standing::Spent
        }
    }

    /// From when on it should be fetched anew.
    #[must_use]
    pub fn due_at(&self) -> Duration {
        self.due
    }
}

#[cfg(test)]
mod tests {
    use super::{Freshness, Standing};
    use crate::jwks::Limits;
    use std::time::Duration;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn standings(said: Option<u64>, lot: f64, times: &[u64]) -> Vec<Standing> {
        let freshness = Freshness::since(at(1_000), said.map(at), &Limits::default(), lot);
        times.iter().map(|seconds| freshness.standing(at(1_000 + seconds))).collect()
    }

    #[test]
    fn a_set_is_due_before_it_is_aged_and_trusted_for_a_day_more() {
        use Standing::{Aged, Due, Fresh, Spent};
        let expected = [Fresh, Fresh, Due, Due, Aged, Aged, Spent];
        assert_eq!(standings(None, 0.0, &[0, 539, 540, 599, 600, 86_999, 87_000]), expected);
        assert_eq!(standings(None, 1.0, &[0, 479, 480, 599, 600, 86_999, 87_000]), expected);
    }

    #[test]
    fn a_server_lowers_the_age_within_bounds_and_does_not_raise_it() {
        use Standing::{Aged, Due};
        assert_eq!(standings(Some(100), 0.0, &[99, 100]), [Due, Aged]);
        assert_eq!(standings(Some(0), 0.0, &[59, 60]), [Due, Aged]);
        assert_eq!(standings(Some(90_000), 0.0, &[599, 600]), [Due, Aged]);
    }

    #[test]
    fn an_age_for_ever_is_one() {
        let limits =
            Limits { max_age: Duration::MAX, max_stale: Duration::MAX, refresh_jitter: 0.0, ..Limits::default() };
        assert_eq!(Freshness::since(at(1), None, &limits, 0.5).standing(at(1_000_000)), Standing::Fresh);
    }
}
