//! Which fetches are permitted: one at a time, those for unknown keys from a token bucket, and none while the server wants
//! to be left alone.

use std::time::Duration;

use super::refresh_policy::{Limits, jittered};

/// Why somebody wants a set fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The set at hand has aged, or will soon.
    Refresh,
    /// A token names a key that the set does not have.
    Key,
    /// A signature is wrong under a key that the set has: perhaps its issuer began anew, and counts its keys from 1 again.
    Doubt,
    /// The program says so.
    Command,
}

/// What whoever wants a fetch does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing: what is at hand is all that there is for them.
    Settled,
    /// Begin a fetch.
    Begin,
    /// Wait for the end of the fetch that is under way.
    Join,
    /// Wait until then, or for the end of a fetch that somebody else begins before.
    WaitUntil(Duration),
    /// Give up: the next fetch is permitted only after so long.
    Refuse(Duration),
}

/// What has been fetched, and when the next fetch may be. Fetches are numbered from 1.
#[derive(Debug, Clone, Default)]
pub struct Schedule {
    bucket: Bucket,
    begun: u64,
    ended: u64,
    succeeded: u64,
    failures: u32,
    not_before: Duration,
    doubted: Option<Duration>,
}

impl Schedule {
    /// What whoever comes with `need` remembers: the number of the last fetch that is of no use to them. A key that did not
    /// exist when a fetch began is in a later one at the earliest; for a refresh, one that is under way will do.
    #[must_use]
    pub fn arrival(&self, need: Need) -> u64 {
        if need == Need::Refresh { self.ended } else { self.begun }
    }

    /// Whether a fetch is under way, or the last one failed.
    #[must_use]
    pub fn is_trying(&self) -> bool {
        self.is_under_way() || self.failures > 0
    }

    fn is_under_way(&self) -> bool {
        self.ended < self.begun
    }

    /// Whether a fetch that is of use to somebody who came at `arrival` has ended, well or not.
    #[must_use]
    pub fn has_ended_since(&self, arrival: u64) -> bool {
        self.ended > arrival
    }

    /// The next step at `now` of somebody who came at `arrival` and waits until `deadline`.
    #[must_use]
    pub fn step(&self, need: Need, arrival: u64, now: Duration, deadline: Duration, limits: &Limits) -> Step {
        if self.succeeded > arrival {
            return Step::Settled;
        }
        if self.is_under_way() {
            return Step::Join;
        }
        let is_tried = self.has_ended_since(arrival);
        match need {
            Need::Refresh if is_tried || now < self.not_before => Step::Settled,
            Need::Doubt if is_tried || !self.may_doubt(now, limits) => Step::Settled,
            Need::Command if is_tried => Step::Refuse(self.not_before.saturating_sub(now)),
            Need::Refresh | Need::Doubt | Need::Command => Step::Begin,
            Need::Key => self.step_for_key(now, deadline, limits),
        }
    }

    fn step_for_key(&self, now: Duration, deadline: Duration, limits: &Limits) -> Step {
        let permitted_at = self.not_before.max(self.bucket.ready_at(limits));
        if permitted_at <= now {
            Step::Begin
        } else if permitted_at <= deadline {
            Step::WaitUntil(permitted_at)
        } else {
            Step::Refuse(permitted_at.saturating_sub(now))
        }
    }

    /// Whether a wrong signature may cause a fetch at `now`.
    #[must_use]
    pub fn may_doubt(&self, now: Duration, limits: &Limits) -> bool {
        let is_rested = self.doubted.is_none_or(|last| now.saturating_sub(last) >= limits.recheck_interval);
        is_rested && now >= self.not_before
    }

    /// A fetch begins.
    pub fn begin(&mut self, need: Need, now: Duration, limits: &Limits) {
        self.begun += 1;
        match need {
            Need::Key => self.bucket.take(now, limits),
            Need::Doubt => self.doubted = Some(now),
            Need::Refresh | Need::Command => {}
        }
    }

    /// The fetch that is under way brought a set.
    pub fn succeed(&mut self) {
        self.ended = self.begun;
        self.succeeded = self.begun;
        self.failures = 0;
        self.not_before = Duration::ZERO;
    }

    /// The fetch that is under way brought none, and the server asks to be left alone for `retry_after`.
    pub fn fail(&mut self, now: Duration, retry_after: Option<Duration>, limits: &Limits, lot: f64) {
        self.ended = self.begun;
        self.failures = self.failures.saturating_add(1);
        self.doubted = None;
        let pause = jittered(self.doubled(FIRST_PAUSE).min(limits.max_wait), lot);
        let asked = retry_after.unwrap_or_default().min(limits.max_retry_after);
        self.not_before = now.saturating_add(pause.max(asked));
    }

    /// How long a refresh that failed rests, where no token asks for more: the keys at hand are good for long.
    #[must_use]
    pub fn rest(&self, now: Duration, lot: f64) -> Duration {
        let rest = jittered(self.doubled(FIRST_REST).min(LONGEST_REST), lot);
        rest.max(self.not_before.saturating_sub(now))
    }

    /// `first`, twice as long after each further failure.
    fn doubled(&self, first: Duration) -> Duration {
        first.saturating_mul(2_u32.saturating_pow(self.failures.saturating_sub(1)))
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(60);

/// A token bucket, told by the time at which it would be full again: the generic cell rate algorithm of ITU-T I.371.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    full_at: Duration,
}

impl Bucket {
    /// From when on it holds one.
    fn ready_at(&self, limits: &Limits) -> Duration {
        let room = limits.fetch_interval.saturating_mul(limits.fetch_burst.saturating_sub(1));
        self.full_at.saturating_sub(room)
    }

    fn take(&mut self, now: Duration, limits: &Limits) {
        self.full_at = self.full_at.max(now).saturating_add(limits.fetch_interval);
    }
}

#[cfg(test)]
mod tests {
    use super::{Need, Schedule, Step};
    use crate::jwks::Limits;
    use std::time::Duration;

    const LIMITS: Limits = Limits {
        max_age: Duration::from_secs(600),
        min_age: Duration::from_secs(60),
        refresh_jitter: 0.2,
        max_stale: Duration::from_secs(86_400),
        fetch_burst: 3,
        fetch_interval: Duration::from_secs(1),
        max_wait: Duration::from_secs(2),
        recheck_interval: Duration::from_secs(30),
        max_retry_after: Duration::from_secs(300),
    };

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// The first step of somebody who comes at `now`.
    fn first(schedule: &Schedule, need: Need, now: f64) -> Step {
        schedule.step(need, schedule.arrival(need), at(now), at(now) + LIMITS.max_wait, &LIMITS)
    }

    fn fetched(schedule: &mut Schedule, need: Need, now: f64) {
        assert_eq!(first(schedule, need, now), Step::Begin);
        schedule.begin(need, at(now), &LIMITS);
        schedule.succeed();
    }

    fn failed(schedule: &mut Schedule, need: Need, now: f64, retry_after: Option<f64>) {
        schedule.begin(need, at(now), &LIMITS);
        schedule.fail(at(now), retry_after.map(at), &LIMITS, 1.0);
    }

    #[test]
    fn one_fetch_is_under_way_at_a_time() {
        let mut schedule = Schedule::default();
        assert_eq!(first(&schedule, Need::Key, 0.0), Step::Begin);
        schedule.begin(Need::Key, at(0.0), &LIMITS);
        for need in [Need::Key, Need::Doubt, Need::Refresh, Need::Command] {
            assert_eq!(first(&schedule, need, 0.1), Step::Join, "{need:?}");
        }
    }

    #[test]
    fn a_fetch_settles_whoever_came_before_it_began_and_nobody_else() {
        let mut schedule = Schedule::default();
        let before = schedule.arrival(Need::Key);
        schedule.begin(Need::Key, at(0.0), &LIMITS);
        let (meanwhile, refresh) = (schedule.arrival(Need::Key), schedule.arrival(Need::Refresh));
        schedule.succeed();
        assert_eq!(schedule.step(Need::Key, before, at(0.1), at(2.0), &LIMITS), Step::Settled);
        assert_eq!(schedule.step(Need::Key, meanwhile, at(0.1), at(2.0), &LIMITS), Step::Begin);
        assert_eq!(schedule.step(Need::Refresh, refresh, at(0.1), at(2.0), &LIMITS), Step::Settled);
    }

    #[test]
    fn unknown_keys_fetch_at_once_and_at_most_from_the_bucket() {
        let mut schedule = Schedule::default();
        for _ in 0..3 {
            fetched(&mut schedule, Need::Key, 10.0);
        }
        assert_eq!(first(&schedule, Need::Key, 10.0), Step::WaitUntil(at(11.0)));
        fetched(&mut schedule, Need::Key, 11.0);
        assert_eq!(first(&schedule, Need::Key, 11.5), Step::WaitUntil(at(12.0)));
        for _ in 0..3 {
            fetched(&mut schedule, Need::Key, 20.0);
        }
    }

    #[test]
    fn a_flood_of_unknown_keys_costs_the_bucket_and_no_more() {
        let mut schedule = Schedule::default();
        let mut fetches = 0;
        for millisecond in 0..60_000_u32 {
            let now = f64::from(millisecond) / 1_000.0;
            if first(&schedule, Need::Key, now) == Step::Begin {
                fetched(&mut schedule, Need::Key, now);
                fetches += 1;
            }
        }
        assert_eq!(fetches, 3 + 59);
    }

    #[test]
    fn whoever_waits_longer_than_they_may_is_told_when_to_come_back() {
        let limits = Limits { fetch_burst: 1, fetch_interval: at(10.0), ..LIMITS };
        let mut schedule = Schedule::default();
        schedule.begin(Need::Key, at(0.0), &limits);
        schedule.succeed();
        assert_eq!(schedule.step(Need::Key, 1, at(1.0), at(3.0), &limits), Step::Refuse(at(9.0)));
    }

    #[test]
    fn pauses_after_failures_grow_and_never_beyond_what_a_token_waits() {
        let mut schedule = Schedule::default();
        let mut now = 100.0;
        let mut pauses = vec![];
        for _ in 0..40 {
            failed(&mut schedule, Need::Refresh, now, None);
            let Step::WaitUntil(next) = first(&schedule, Need::Key, now) else { panic!("no wait") };
            pauses.push(next.saturating_sub(at(now)).as_millis());
            now = next.as_secs_f64();
        }
        assert_eq!((&pauses[..5], pauses[39]), (&[250, 500, 1_000, 2_000, 2_000][..], 2_000));
        assert_eq!(first(&schedule, Need::Key, now), Step::Begin);
    }

    #[test]
    fn a_server_that_asks_to_be_left_alone_is() {
        let mut schedule = Schedule::default();
        failed(&mut schedule, Need::Key, 0.0, Some(10.0));
        assert_eq!(first(&schedule, Need::Key, 1.0), Step::Refuse(at(9.0)));
        assert_eq!(first(&schedule, Need::Refresh, 1.0), Step::Settled);
        assert_eq!(first(&schedule, Need::Doubt, 1.0), Step::Settled);
        assert_eq!(first(&schedule, Need::Key, 9.0), Step::WaitUntil(at(10.0)));
        assert_eq!(first(&schedule, Need::Key, 10.0), Step::Begin);
        failed(&mut schedule, Need::Key, 10.0, Some(1e9));
        assert_eq!(first(&schedule, Need::Key, 10.0), Step::Refuse(at(300.0)));
    }

    #[test]
    fn a_success_ends_every_pause() {
        let mut schedule = Schedule::default();
        failed(&mut schedule, Need::Key, 0.0, Some(100.0));
        assert!(schedule.is_trying());
        schedule.begin(Need::Command, at(1.0), &LIMITS);
        schedule.succeed();
        assert!(!schedule.is_trying());
        assert_eq!(first(&schedule, Need::Key, 1.0), Step::Begin);
    }

    #[test]
    fn a_wrong_signature_fetches_seldom_and_never_waits_for_it() {
        let mut schedule = Schedule::default();
        fetched(&mut schedule, Need::Doubt, 0.0);
        assert_eq!(first(&schedule, Need::Doubt, 29.9), Step::Settled);
        assert!(!schedule.may_doubt(at(29.9), &LIMITS));
        fetched(&mut schedule, Need::Doubt, 30.0);
        failed(&mut schedule, Need::Doubt, 60.0, None);
        assert_eq!(first(&schedule, Need::Doubt, 60.1), Step::Settled);
        assert_eq!(first(&schedule, Need::Doubt, 60.3), Step::Begin);
    }

    #[test]
    fn a_command_fetches_whatever_was_before_and_once() {
        let mut schedule = Schedule::default();
        failed(&mut schedule, Need::Key, 0.0, Some(100.0));
        let arrival = schedule.arrival(Need::Command);
        assert_eq!(schedule.step(Need::Command, arrival, at(1.0), at(1.0), &LIMITS), Step::Begin);
        failed(&mut schedule, Need::Command, 1.0, Some(5.0));
        assert_eq!(schedule.step(Need::Command, arrival, at(2.0), at(2.0), &LIMITS), Step::Refuse(at(4.0)));
    }

    #[test]
    fn a_refresh_that_failed_rests_longer_each_time_up_to_a_minute() {
        let mut schedule = Schedule::default();
        let rests: Vec<u64> = (0..9)
            .map(|_| {
                failed(&mut schedule, Need::Refresh, 0.0, None);
                schedule.rest(at(0.0), 1.0).as_secs()
            })
            .collect();
        assert_eq!(rests, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        failed(&mut schedule, Need::Refresh, 0.0, Some(200.0));
        assert_eq!(schedule.rest(at(50.0), 1.0), at(150.0));
    }
}
