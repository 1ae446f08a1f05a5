//! Decides which fetches of a key set are permitted: one at a time, for unknown keys only at the rate of a token bucket,
//! and only once the pause after a failure has passed.
//!
//! Does no I/O and reads no clock. The time and the random jitter are arguments, so that tests can simulate weeks. Times
//! are durations since a fixed start that the caller chooses.

use std::time::Duration;

use super::refresh_policy::{RefreshPolicy, apply_jitter};

/// The reason for a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchReason {
    /// The cached set is refresh-due or stale.
    Refresh,
    /// A token needs a key that the cached set does not have.
    UnknownKey,
    /// A signature is wrong under a cached key. An issuer with a new database may use an old `kid` for a new key.
    BadSignature,
    /// The application requested the fetch.
    Manual,
}

/// The next step of a caller that requested a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchDecision {
    /// Stop waiting, and use the cached set.
    Done,
    /// Start a fetch.
    Start,
    /// Wait for the end of the fetch that is in flight.
    JoinInFlight,
    /// Wait until this time, or until the end of a fetch that another caller starts.
    WaitUntil(Duration),
    /// Give up: the next fetch is permitted only after this delay.
    RetryAfter(Duration),
}

/// The past fetches of a key set, which decide about the next one. Fetches are numbered from 1.
#[derive(Debug, Clone, Default)]
#[cfg_attr(test, derive(PartialEq, Eq, Hash))]
pub struct FetchPolicy {
    bucket: TokenBucket,
    last_started: u64,
    last_finished: u64,
    last_succeeded: u64,
    consecutive_failures: u32,
    blocked_until: Duration,
    last_recheck: Option<Duration>,
}

impl FetchPolicy {
    /// Returns a ticket for a caller: the number of the newest fetch that cannot satisfy it.
    ///
    /// A fetch in flight satisfies a refresh. For other reasons only a later fetch does, because the key may be newer than
    /// the response to the fetch in flight.
    #[must_use]
    pub fn ticket(&self, reason: FetchReason) -> u64 {
        if reason == FetchReason::Refresh { self.last_finished } else { self.last_started }
    }

    /// Returns true if a fetch is in flight or the last fetch failed.
    #[must_use]
    pub fn is_fetching_or_failing(&self) -> bool {
        self.is_in_flight() || self.consecutive_failures > 0
    }

    /// Returns true if a fetch is in flight.
    pub(crate) fn is_in_flight(&self) -> bool {
        self.last_finished < self.last_started
    }

    /// Returns true if a fetch that can satisfy the caller with `ticket` has ended, successfully or not.
    #[must_use]
    pub fn has_finished_since(&self, ticket: u64) -> bool {
        self.last_finished > ticket
    }

    /// Returns the next step at `now` of a caller with `ticket` that waits until `deadline`.
    #[must_use]
    pub fn decide(
        &self,
        reason: FetchReason,
        ticket: u64,
        now: Duration,
        deadline: Duration,
        policy: &RefreshPolicy,
    ) -> FetchDecision {
        if self.last_succeeded > ticket {
            return FetchDecision::Done;
        }
        if self.is_in_flight() {
            return FetchDecision::JoinInFlight;
        }
        let has_failed = self.has_finished_since(ticket);
        match reason {
            FetchReason::Refresh if has_failed || now < self.blocked_until => FetchDecision::Done,
            FetchReason::BadSignature if has_failed || !self.can_recheck(now, policy) => FetchDecision::Done,
            FetchReason::Manual if has_failed => FetchDecision::RetryAfter(self.blocked_until.saturating_sub(now)),
            FetchReason::Refresh | FetchReason::BadSignature | FetchReason::Manual => FetchDecision::Start,
            FetchReason::UnknownKey => self.decide_for_unknown_key(now, deadline, policy),
        }
    }

    fn decide_for_unknown_key(&self, now: Duration, deadline: Duration, policy: &RefreshPolicy) -> FetchDecision {
        let permitted_at = self.blocked_until.max(self.bucket.next_token_at(policy));
        if permitted_at <= now {
            FetchDecision::Start
        } else if permitted_at <= deadline {
            FetchDecision::WaitUntil(permitted_at)
        } else {
            FetchDecision::RetryAfter(permitted_at.saturating_sub(now))
        }
    }

    /// Returns true if a wrong signature may cause a fetch at `now`.
    #[must_use]
    pub(crate) fn can_recheck(&self, now: Duration, policy: &RefreshPolicy) -> bool {
        let has_interval_passed =
            self.last_recheck.is_none_or(|last| now.saturating_sub(last) >= policy.recheck_interval);
        has_interval_passed && now >= self.blocked_until
    }

    /// Records the start of a fetch at `now`.
    pub fn record_start(&mut self, reason: FetchReason, now: Duration, policy: &RefreshPolicy) {
        self.last_started += 1;
        match reason {
            FetchReason::UnknownKey => self.bucket.take_token(now, policy),
            FetchReason::BadSignature => self.last_recheck = Some(now),
            FetchReason::Refresh | FetchReason::Manual => {}
        }
    }

    /// Records that the fetch in flight brought a key set. Ends every pause.
    pub fn record_success(&mut self) {
        self.last_finished = self.last_started;
        self.last_succeeded = self.last_started;
        self.consecutive_failures = 0;
        self.blocked_until = Duration::ZERO;
    }

    /// Records that the fetch in flight failed at `now`. Blocks fetches for a growing pause, or for the server's
    /// `retry_after` if that is longer. `jitter` is a random number from 0 up to 1.
    pub fn record_failure(
        &mut self,
        now: Duration,
        retry_after: Option<Duration>,
        policy: &RefreshPolicy,
        jitter: f64,
    ) {
        self.last_finished = self.last_started;
        self.consecutive_failures = self.consecutive_failures.saturating_add(1);
        self.last_recheck = None;
        let pause = apply_jitter(self.exponential_backoff(MIN_RETRY_DELAY).min(policy.max_wait), jitter);
        let requested = retry_after.unwrap_or_default().min(policy.max_retry_after);
        self.blocked_until = now.saturating_add(pause.max(requested));
    }

    /// Returns how long the background refresh pauses after a fetch, at least: a server may permit no age at all. After a
    /// failure it pauses longer than a token with an unknown key, because the cached keys remain usable. `jitter` is a
    /// random number from 0 up to 1.
    #[must_use]
    pub fn refresh_pause(&self, now: Duration, jitter: f64) -> Duration {
        if !self.is_fetching_or_failing() {
            return MIN_REFRESH_PAUSE;
        }
        let pause = apply_jitter(self.exponential_backoff(MIN_REFRESH_PAUSE).min(MAX_REFRESH_PAUSE), jitter);
        pause.max(self.blocked_until.saturating_sub(now))
    }

    /// Returns `first`, doubled for each failure after the first.
    fn exponential_backoff(&self, first: Duration) -> Duration {
        first.saturating_mul(2_u32.saturating_pow(self.consecutive_failures.saturating_sub(1)))
    }
}

const MIN_RETRY_DELAY: Duration = Duration::from_millis(250);
const MIN_REFRESH_PAUSE: Duration = Duration::from_secs(1);
const MAX_REFRESH_PAUSE: Duration = Duration::from_secs(60);

/// A token bucket, stored as the time at which it is full again: the generic cell rate algorithm of ITU-T I.371.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(test, derive(PartialEq, Eq, Hash))]
pub(super) struct TokenBucket {
    full_at: Duration,
}

impl TokenBucket {
    /// Returns the time from which the bucket contains a token.
    pub fn next_token_at(&self, policy: &RefreshPolicy) -> Duration {
        let burst = policy.fetch_interval.saturating_mul(policy.fetch_burst.saturating_sub(1));
        self.full_at.saturating_sub(burst)
    }

    /// Takes a token at `now`.
    pub fn take_token(&mut self, now: Duration, policy: &RefreshPolicy) {
        self.full_at = self.full_at.max(now).saturating_add(policy.fetch_interval);
    }
}

#[cfg(test)]
pub(super) mod model;

#[cfg(test)]
mod tests {
    use super::{FetchDecision, FetchPolicy, FetchReason, RefreshPolicy};
    use std::time::Duration;

    const POLICY: RefreshPolicy = RefreshPolicy {
        max_age: Duration::from_secs(600),
        min_age: Duration::from_secs(60),
        refresh_jitter: 0.2,
        max_stale: Duration::from_secs(86_400),
        fetch_burst: 3,
        fetch_interval: Duration::from_secs(1),
        max_wait: Duration::from_secs(2),
        max_waiting_threads: 4,
        recheck_interval: Duration::from_secs(30),
        max_retry_after: Duration::from_secs(300),
    };

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// Returns the decision for a new caller at `now`.
    fn decide(fetches: &FetchPolicy, reason: FetchReason, now: f64) -> FetchDecision {
        fetches.decide(reason, fetches.ticket(reason), at(now), at(now) + POLICY.max_wait, &POLICY)
    }

    fn run_fetch(fetches: &mut FetchPolicy, reason: FetchReason, now: f64) {
        assert_eq!(decide(fetches, reason, now), FetchDecision::Start);
        fetches.record_start(reason, at(now), &POLICY);
        fetches.record_success();
    }

    fn run_failing_fetch(fetches: &mut FetchPolicy, reason: FetchReason, now: f64, retry_after: Option<f64>) {
        fetches.record_start(reason, at(now), &POLICY);
        fetches.record_failure(at(now), retry_after.map(at), &POLICY, 1.0);
    }

    #[test]
    fn while_a_fetch_is_in_flight_every_caller_joins_it() {
        let mut fetches = FetchPolicy::default();
        assert_eq!(decide(&fetches, FetchReason::UnknownKey, 0.0), FetchDecision::Start);
        fetches.record_start(FetchReason::UnknownKey, at(0.0), &POLICY);
        for reason in [FetchReason::UnknownKey, FetchReason::BadSignature, FetchReason::Refresh, FetchReason::Manual] {
            assert_eq!(decide(&fetches, reason, 0.1), FetchDecision::JoinInFlight, "{reason:?}");
        }
    }

    #[test]
    fn a_fetch_satisfies_requests_that_arrived_before_it_started() {
        let mut fetches = FetchPolicy::default();
        let before = fetches.ticket(FetchReason::UnknownKey);
        fetches.record_start(FetchReason::UnknownKey, at(0.0), &POLICY);
        let (during, refresh) = (fetches.ticket(FetchReason::UnknownKey), fetches.ticket(FetchReason::Refresh));
        fetches.record_success();
        assert_eq!(fetches.decide(FetchReason::UnknownKey, before, at(0.1), at(2.0), &POLICY), FetchDecision::Done);
        assert_eq!(fetches.decide(FetchReason::UnknownKey, during, at(0.1), at(2.0), &POLICY), FetchDecision::Start);
        assert_eq!(fetches.decide(FetchReason::Refresh, refresh, at(0.1), at(2.0), &POLICY), FetchDecision::Done);
    }

    #[test]
    fn unknown_keys_start_fetches_until_the_token_bucket_is_empty() {
        let mut fetches = FetchPolicy::default();
        for _ in 0..3 {
            run_fetch(&mut fetches, FetchReason::UnknownKey, 10.0);
        }
        assert_eq!(decide(&fetches, FetchReason::UnknownKey, 10.0), FetchDecision::WaitUntil(at(11.0)));
        run_fetch(&mut fetches, FetchReason::UnknownKey, 11.0);
        assert_eq!(decide(&fetches, FetchReason::UnknownKey, 11.5), FetchDecision::WaitUntil(at(12.0)));
        for _ in 0..3 {
            run_fetch(&mut fetches, FetchReason::UnknownKey, 20.0);
        }
    }

    #[test]
    fn a_flood_of_unknown_keys_starts_no_more_fetches_than_the_bucket_permits() {
        let mut fetches = FetchPolicy::default();
        let mut started = 0;
        for millisecond in 0..60_000_u32 {
            let now = f64::from(millisecond) / 1_000.0;
            if decide(&fetches, FetchReason::UnknownKey, now) == FetchDecision::Start {
                run_fetch(&mut fetches, FetchReason::UnknownKey, now);
                started += 1;
            }
        }
        assert_eq!(started, 3 + 59);
    }

    #[test]
    fn an_unknown_key_past_its_deadline_gets_a_retry_delay() {
        let policy = RefreshPolicy { fetch_burst: 1, fetch_interval: at(10.0), ..POLICY };
        let mut fetches = FetchPolicy::default();
        fetches.record_start(FetchReason::UnknownKey, at(0.0), &policy);
        fetches.record_success();
        assert_eq!(
            fetches.decide(FetchReason::UnknownKey, 1, at(1.0), at(3.0), &policy),
            FetchDecision::RetryAfter(at(9.0))
        );
    }

    #[test]
    fn pauses_after_failures_grow_up_to_max_wait() {
        let mut fetches = FetchPolicy::default();
        let mut now = 100.0;
        let mut pauses = vec![];
        for _ in 0..40 {
            run_failing_fetch(&mut fetches, FetchReason::Refresh, now, None);
            let FetchDecision::WaitUntil(next) = decide(&fetches, FetchReason::UnknownKey, now) else {
                panic!("no wait")
            };
            pauses.push(next.saturating_sub(at(now)).as_millis());
            now = next.as_secs_f64();
        }
        assert_eq!((&pauses[..5], pauses[39]), (&[250, 500, 1_000, 2_000, 2_000][..], 2_000));
        assert_eq!(decide(&fetches, FetchReason::UnknownKey, now), FetchDecision::Start);
    }

    #[test]
    fn a_retry_after_blocks_fetches_up_to_max_retry_after() {
        let mut fetches = FetchPolicy::default();
        run_failing_fetch(&mut fetches, FetchReason::UnknownKey, 0.0, Some(10.0));
        assert_eq!(decide(&fetches, FetchReason::UnknownKey, 1.0), FetchDecision::RetryAfter(at(9.0)));
        assert_eq!(decide(&fetches, FetchReason::Refresh, 1.0), FetchDecision::Done);
        assert_eq!(decide(&fetches, FetchReason::BadSignature, 1.0), FetchDecision::Done);
        assert_eq!(decide(&fetches, FetchReason::UnknownKey, 9.0), FetchDecision::WaitUntil(at(10.0)));
        for reason in [FetchReason::UnknownKey, FetchReason::Refresh, FetchReason::BadSignature] {
            assert_eq!(decide(&fetches, reason, 10.0), FetchDecision::Start, "{reason:?}");
        }
        run_failing_fetch(&mut fetches, FetchReason::UnknownKey, 10.0, Some(1e9));
        assert_eq!(decide(&fetches, FetchReason::UnknownKey, 10.0), FetchDecision::RetryAfter(at(300.0)));
    }

    #[test]
    fn a_success_ends_every_pause() {
        let mut fetches = FetchPolicy::default();
        run_failing_fetch(&mut fetches, FetchReason::UnknownKey, 0.0, Some(100.0));
        assert!(fetches.is_fetching_or_failing());
        fetches.record_start(FetchReason::Manual, at(1.0), &POLICY);
        fetches.record_success();
        assert!(!fetches.is_fetching_or_failing());
        assert_eq!(decide(&fetches, FetchReason::UnknownKey, 1.0), FetchDecision::Start);
    }

    #[test]
    fn a_bad_signature_starts_a_fetch_once_per_recheck_interval_and_never_waits() {
        let mut fetches = FetchPolicy::default();
        run_fetch(&mut fetches, FetchReason::BadSignature, 0.0);
        assert_eq!(decide(&fetches, FetchReason::BadSignature, 29.9), FetchDecision::Done);
        assert!(!fetches.can_recheck(at(29.9), &POLICY));
        run_fetch(&mut fetches, FetchReason::BadSignature, 30.0);
        run_failing_fetch(&mut fetches, FetchReason::BadSignature, 60.0, None);
        assert_eq!(decide(&fetches, FetchReason::BadSignature, 60.1), FetchDecision::Done);
        assert_eq!(decide(&fetches, FetchReason::BadSignature, 60.3), FetchDecision::Start);
    }

    #[test]
    fn a_manual_fetch_ignores_pauses_and_is_tried_once() {
        let mut fetches = FetchPolicy::default();
        run_failing_fetch(&mut fetches, FetchReason::UnknownKey, 0.0, Some(100.0));
        let ticket = fetches.ticket(FetchReason::Manual);
        assert_eq!(fetches.decide(FetchReason::Manual, ticket, at(1.0), at(1.0), &POLICY), FetchDecision::Start);
        run_failing_fetch(&mut fetches, FetchReason::Manual, 1.0, Some(5.0));
        assert_eq!(
            fetches.decide(FetchReason::Manual, ticket, at(2.0), at(2.0), &POLICY),
            FetchDecision::RetryAfter(at(4.0))
        );
    }

    #[test]
    fn the_refresh_pauses_for_a_second_after_a_success() {
        let mut fetches = FetchPolicy::default();
        run_fetch(&mut fetches, FetchReason::Refresh, 0.0);
        assert_eq!([0.0, 1.0].map(|jitter| fetches.refresh_pause(at(0.0), jitter)), [at(1.0); 2]);
        run_failing_fetch(&mut fetches, FetchReason::Refresh, 1.0, None);
        run_fetch(&mut fetches, FetchReason::Refresh, 3.0);
        assert_eq!(fetches.refresh_pause(at(3.0), 1.0), at(1.0));
    }

    #[test]
    fn the_refresh_pause_doubles_up_to_a_minute_while_fetches_fail() {
        let mut fetches = FetchPolicy::default();
        let backoffs: Vec<u64> = (0..9)
            .map(|_| {
                run_failing_fetch(&mut fetches, FetchReason::Refresh, 0.0, None);
                fetches.refresh_pause(at(0.0), 1.0).as_secs()
            })
            .collect();
        assert_eq!(backoffs, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        run_failing_fetch(&mut fetches, FetchReason::Refresh, 0.0, Some(200.0));
        assert_eq!(fetches.refresh_pause(at(50.0), 1.0), at(150.0));
    }
}
