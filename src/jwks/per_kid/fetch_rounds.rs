//! Bounds the fetches of keys that are not cached: those of many `kid`s begin together, with one token of the bucket.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::jwks::fetch_policy::{FetchDecision, TokenBucket};
use crate::jwks::refresh_policy::RefreshPolicy;

/// The rounds of fetches of one set. Every `kid` that joins before a round begins is fetched in it.
#[derive(Debug, Default)]
pub(in crate::jwks) struct FetchRounds(Mutex<Rounds>);

#[derive(Debug, Default)]
struct Rounds {
    bucket: TokenBucket,
    /// The time of the last round that has a token of the bucket.
    last: Duration,
}

/// The permit of one `kid` to be fetched: the time of the round that it has joined.
#[derive(Debug, Default)]
pub(in crate::jwks) struct FetchPermit(Mutex<Option<Duration>>);

impl FetchRounds {
    /// Returns the time of a round for a `kid`: of the one that is to begin, or else of a new one.
    ///
    /// # Errors
    /// The time of the round if it is after `deadline`. The `kid` has not joined it.
    fn join(&self, now: Duration, deadline: Duration, policy: &RefreshPolicy) -> Result<Duration, Duration> {
        let mut rounds = lock(&self.0);
        let is_new = rounds.last <= now;
        let time = if is_new { rounds.bucket.next_token_at(policy).max(now) } else { rounds.last };
        if time > deadline {
            return Err(time);
        }
        if is_new {
            rounds.bucket.take_token(time, policy);
            rounds.last = time;
        }
        Ok(time)
    }
}

impl FetchPermit {
    /// Returns the next step at `now` of a waiter that would start a fetch of this `kid` and waits until `deadline`. A start
    /// uses up the permit.
    pub fn decide(
        &self,
        rounds: &FetchRounds,
        now: Duration,
        deadline: Duration,
        policy: &RefreshPolicy,
    ) -> FetchDecision {
        let mut permit = lock(&self.0);
        match permit.map_or_else(|| rounds.join(now, deadline, policy), Ok) {
            Ok(time) if time <= now => {
                *permit = None;
                FetchDecision::Start
            }
            Ok(time) => {
                *permit = Some(time);
                FetchDecision::WaitUntil(time)
            }
            Err(time) => FetchDecision::RetryAfter(time.saturating_sub(now)),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code panics while it holds one of these locks, so a poisoned value is still consistent.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{FetchDecision, FetchPermit, FetchRounds, RefreshPolicy};

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn policy() -> RefreshPolicy {
        RefreshPolicy { fetch_burst: 2, fetch_interval: at(1.0), ..RefreshPolicy::default() }
    }

    fn decide(rounds: &FetchRounds, permit: &FetchPermit, now: f64) -> FetchDecision {
        permit.decide(rounds, at(now), at(now + 2.0), &policy())
    }

    #[test]
    fn kids_that_join_before_a_round_begins_are_fetched_with_one_token() {
        let (rounds, kids) = (FetchRounds::default(), [(); 10].map(|()| FetchPermit::default()));
        assert_eq!([0, 1].map(|kid| decide(&rounds, &kids[kid], 10.0)), [FetchDecision::Start; 2], "the burst");
        for kid in &kids {
            assert_eq!(decide(&rounds, kid, 10.5), FetchDecision::WaitUntil(at(11.0)));
        }
        for kid in &kids {
            assert_eq!(decide(&rounds, kid, 11.0), FetchDecision::Start);
        }
        assert_eq!(decide(&rounds, &kids[0], 11.0), FetchDecision::WaitUntil(at(12.0)), "a start uses up the permit");
    }

    #[test]
    fn rounds_begin_as_often_as_the_bucket_permits() {
        let rounds = FetchRounds::default();
        let joins = (0..60_000_u32)
            .filter_map(|millisecond| rounds.join(at(f64::from(millisecond) / 1_000.0), Duration::MAX, &policy()).ok());
        let mut times: Vec<_> = joins.collect();
        times.dedup();
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(times.len(), 2 + 60, "the burst and one each second, of which the last is to begin");
    }

    #[test]
    fn a_round_after_the_deadline_is_not_joined() {
        let (rounds, policy) = (FetchRounds::default(), RefreshPolicy { fetch_burst: 1, ..policy() });
        let first = FetchPermit::default().decide(&rounds, at(5.0), at(5.0), &policy);
        assert_eq!(first, FetchDecision::Start);
        for _ in 0..3 {
            let refused = FetchPermit::default().decide(&rounds, at(5.25), at(5.5), &policy);
            assert_eq!(refused, FetchDecision::RetryAfter(at(0.75)));
        }
        let waiting = FetchPermit::default().decide(&rounds, at(5.25), at(6.0), &policy);
        assert_eq!(waiting, FetchDecision::WaitUntil(at(6.0)), "the refused ones took no token");
        let refused = FetchPermit::default().decide(&rounds, at(5.25), at(5.5), &policy);
        assert_eq!(refused, FetchDecision::RetryAfter(at(0.75)));
    }
}
