//! Bounds the fetches of keys that are not cached: those of several `kid`s begin together, with one token of the bucket.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::jwks::fetch_policy::{FetchDecision, TokenBucket};
use crate::jwks::refresh_policy::RefreshPolicy;

/// The number of `kid`s that are fetched in one round.
const MAX_KIDS_PER_ROUND: usize = 8;

/// The number of rounds whose result is kept, for a waiter that wakes late.
const MAX_RECENT_ROUNDS: usize = 4;

/// The rounds of fetches of one set. Of the `kid`s that join before a round begins, chance selects those that are fetched in
/// it: an attacker who makes up `kid`s cannot come first each time, and take the place of a real one.
#[derive(Debug, Default)]
pub(in crate::jwks) struct FetchRounds(Mutex<Rounds>);

#[derive(Debug)]
#[cfg_attr(test, derive(Clone, PartialEq, Eq, Hash))]
struct Rounds {
    bucket: TokenBucket,
    /// The last rounds that have a token of the bucket, the newest at the end.
    recent: VecDeque<Round>,
    /// The number of `kid`s that are fetched in one round.
    max_kids: usize,
}

#[derive(Debug)]
#[cfg_attr(test, derive(Clone, PartialEq, Eq, Hash))]
struct Round {
    time: Duration,
    /// The lowest numbers of those that have joined, in order.
    lowest: Vec<u64>,
}

/// The place of a `kid` in the round at `time`, with a random number.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(test, derive(PartialEq, Eq, Hash))]
struct Place {
    time: Duration,
    number: u64,
}

/// The permit of one `kid` to be fetched: its place in the round that it has joined.
#[derive(Debug, Default)]
pub(in crate::jwks) struct FetchPermit(Mutex<Option<Place>>);

impl Round {
    fn add(&mut self, number: u64, max_kids: usize) {
        let index = self.lowest.partition_point(|other| *other < number);
        self.lowest.insert(index, number);
        self.lowest.truncate(max_kids);
    }
}

impl Default for Rounds {
    fn default() -> Self {
        Self { bucket: TokenBucket::default(), recent: VecDeque::default(), max_kids: MAX_KIDS_PER_ROUND }
    }
}

impl Rounds {
    /// Returns the time of the round that a `kid` would join at `now`, and whether that is a new one.
    fn next_time(&self, now: Duration, policy: &RefreshPolicy) -> (Duration, bool) {
        match self.recent.back() {
            Some(round) if round.time > now => (round.time, false),
            _ => (self.bucket.next_token_at(policy).max(now), true),
        }
    }
}

impl FetchRounds {
    /// Returns the place of a `kid` with this random `number` in a round: in the one that is to begin, or else in a new one.
    ///
    /// # Errors
    /// The time of the round if it is after `deadline`. The `kid` has not joined it.
    fn join(&self, number: u64, now: Duration, deadline: Duration, policy: &RefreshPolicy) -> Result<Place, Duration> {
        let mut rounds = lock(&self.0);
        let max_kids = rounds.max_kids;
        let (time, is_new) = rounds.next_time(now, policy);
        if time > deadline {
            return Err(time);
        }
        if is_new {
            rounds.bucket.take_token(time, policy);
            if rounds.recent.len() == MAX_RECENT_ROUNDS {
                rounds.recent.pop_front();
            }
            rounds.recent.push_back(Round { time, lowest: vec![] });
        }
        if let Some(round) = rounds.recent.back_mut() {
            round.add(number, max_kids);
        }
        Ok(Place { time, number })
    }

    /// Returns true if the `kid` with this place is fetched in its round, which has begun.
    fn selects(&self, place: Place) -> bool {
        let rounds = lock(&self.0);
        rounds.recent.iter().any(|round| round.time == place.time && round.lowest.contains(&place.number))
    }
}

impl FetchPermit {
    /// Returns the next step at `now` of a waiter that would start a fetch of this `kid` and waits until `deadline`. A start
    /// uses up the permit. A `kid` that its round did not select joins the next one. `draw` returns a random number, which an
    /// attacker cannot predict.
    pub fn decide(
        &self,
        rounds: &FetchRounds,
        draw: impl FnOnce() -> u64,
        now: Duration,
        deadline: Duration,
        policy: &RefreshPolicy,
    ) -> FetchDecision {
        let mut permit = lock(&self.0);
        if permit.take_if(|place| place.time <= now).is_some_and(|place| rounds.selects(place)) {
            return FetchDecision::Start;
        }
        let place = match *permit {
            Some(place) if place.time > deadline => Err(place.time),
            Some(place) => Ok(place),
            None => rounds.join(draw(), now, deadline, policy),
        };
        match place {
            Ok(place) if place.time <= now => FetchDecision::Start,
            Ok(place) => {
                *permit = Some(place);
                FetchDecision::WaitUntil(place.time)
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
mod model;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{FetchDecision, FetchPermit, FetchRounds, MAX_KIDS_PER_ROUND, RefreshPolicy};

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn policy() -> RefreshPolicy {
        RefreshPolicy { fetch_burst: 2, fetch_interval: at(1.0), ..RefreshPolicy::default() }
    }

    fn decide(rounds: &FetchRounds, permit: &FetchPermit, now: f64) -> FetchDecision {
        permit.decide(rounds, || 0, at(now), at(now + 2.0), &policy())
    }

    fn kids<const COUNT: usize>() -> [FetchPermit; COUNT] {
        [(); COUNT].map(|()| FetchPermit::default())
    }

    #[test]
    fn kids_that_join_before_a_round_begins_are_fetched_with_one_token() {
        let (rounds, kids) = (FetchRounds::default(), kids::<MAX_KIDS_PER_ROUND>());
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
    fn the_kids_with_the_lowest_numbers_are_fetched_in_whatever_order_they_come() {
        for numbers in [(0..20).collect::<Vec<u64>>(), (0..20).rev().collect()] {
            let (rounds, kids) = (FetchRounds::default(), kids::<22>());
            let step = |kid: usize, number: u64, now: f64| {
                kids[kid].decide(&rounds, || number, at(now), at(now + 2.0), &policy())
            };
            assert_eq!([20, 21].map(|kid| step(kid, 0, 10.0)), [FetchDecision::Start; 2], "the burst");
            for (kid, number) in numbers.iter().enumerate() {
                assert_eq!(step(kid, *number, 10.5), FetchDecision::WaitUntil(at(11.0)));
            }
            for (kid, number) in numbers.iter().enumerate() {
                let is_selected = *number < MAX_KIDS_PER_ROUND as u64;
                let expected = if is_selected { FetchDecision::Start } else { FetchDecision::WaitUntil(at(12.0)) };
                assert_eq!(step(kid, *number, 11.1), expected, "{number}");
            }
        }
    }

    #[test]
    fn a_kid_that_is_not_selected_waits_no_longer_than_its_deadline() {
        let (rounds, kids) = (FetchRounds::default(), kids::<11>());
        let step = |kid: usize, number: u64, now: f64, deadline: f64| {
            kids[kid].decide(&rounds, || number, at(now), at(deadline), &policy())
        };
        for kid in 0..2 {
            step(kid, 0, 10.0, 12.0);
        }
        for (kid, number) in (2..11).zip(0..) {
            assert_eq!(step(kid, number, 10.5, 11.5), FetchDecision::WaitUntil(at(11.0)));
        }
        assert_eq!(step(10, 8, 11.0, 11.5), FetchDecision::RetryAfter(at(1.0)));
        assert_eq!(step(10, 8, 11.0, 13.0), FetchDecision::WaitUntil(at(12.0)), "another waiter has more time");
        assert_eq!(step(10, 8, 11.0, 11.5), FetchDecision::RetryAfter(at(1.0)), "which the first does not get");
        assert_eq!(step(10, 8, 11.5, 12.0), FetchDecision::WaitUntil(at(12.0)), "it may end with the wait");
        assert_eq!(step(10, 8, 12.0, 13.0), FetchDecision::Start);
    }

    #[test]
    fn a_waiter_that_wakes_long_after_its_round_joins_another() {
        let (rounds, late) = (FetchRounds::default(), FetchPermit::default());
        let policy = RefreshPolicy { fetch_burst: 1, ..policy() };
        let step = |kid: &FetchPermit, now: f64| kid.decide(&rounds, || 0, at(now), at(now + 2.0), &policy);
        assert_eq!(step(&FetchPermit::default(), 0.0), FetchDecision::Start);
        assert_eq!(step(&late, 0.5), FetchDecision::WaitUntil(at(1.0)));
        for second in 1..=4_u32 {
            let now = f64::from(second) + 0.5;
            assert_eq!(step(&FetchPermit::default(), now), FetchDecision::WaitUntil(at(f64::from(second) + 1.0)));
        }
        assert_eq!(step(&late, 4.75), FetchDecision::WaitUntil(at(5.0)));
        assert_eq!(step(&late, 5.0), FetchDecision::Start);
    }

    #[test]
    fn rounds_begin_as_often_as_the_bucket_permits() {
        let rounds = FetchRounds::default();
        let joins = (0..60_000_u32).filter_map(|millisecond| {
            let now = at(f64::from(millisecond) / 1_000.0);
            rounds.join(0, now, Duration::MAX, &policy()).ok().map(|place| place.time)
        });
        let mut times: Vec<_> = joins.collect();
        times.dedup();
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(times.len(), 2 + 60, "the burst and one each second, of which the last is to begin");
    }

    #[test]
    fn a_round_after_the_deadline_is_not_joined() {
        let (rounds, policy) = (FetchRounds::default(), RefreshPolicy { fetch_burst: 1, ..policy() });
        let first = FetchPermit::default().decide(&rounds, || 0, at(5.0), at(5.0), &policy);
        assert_eq!(first, FetchDecision::Start);
        for _ in 0..3 {
            let refused = FetchPermit::default().decide(&rounds, || 0, at(5.25), at(5.5), &policy);
            assert_eq!(refused, FetchDecision::RetryAfter(at(0.75)));
        }
        let waiting = FetchPermit::default().decide(&rounds, || 0, at(5.25), at(6.0), &policy);
        assert_eq!(waiting, FetchDecision::WaitUntil(at(6.0)), "the refused ones took no token");
        let refused = FetchPermit::default().decide(&rounds, || 0, at(5.25), at(5.5), &policy);
        assert_eq!(refused, FetchDecision::RetryAfter(at(0.75)));
    }
}
