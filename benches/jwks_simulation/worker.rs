//! A worker process in simulated time: it uses the freshness and the fetch policy of the core, and waits as the core waits.

use std::time::Duration;

use fastjose::jwks::{FetchDecision, FetchPolicy, FetchReason, Freshness, RefreshPolicy, SetState};
use fastrand::Rng;

/// Maximum duration of a fetch: the timeout of the HTTP client.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// An issuer as its workers see it.
pub struct Issuer {
    /// Time between two new keys.
    pub rotation_interval: Duration,
    /// Start and end of the time in which the issuer is unreachable.
    pub outage: (Duration, Duration),
}

impl Issuer {
    /// Returns the number of the newest key at `time`. The day begins in the middle of the lifetime of key 0.
    pub fn newest_key(&self, time: Duration) -> u64 {
        ((time + self.rotation_interval / 2).as_nanos() / self.rotation_interval.as_nanos()) as u64
    }

    /// Returns the time at which the key with that number is created.
    pub fn key_created_at(&self, key: u64) -> Duration {
        let keys = u32::try_from(key).unwrap_or(u32::MAX);
        self.rotation_interval.saturating_mul(keys).saturating_sub(self.rotation_interval / 2)
    }

    fn is_reachable(&self, time: Duration) -> bool {
        time < self.outage.0 || time >= self.outage.1
    }
}

/// A fetch in flight.
struct Fetch {
    ends_at: Duration,
    /// Newest key in the response; `None` if the fetch fails.
    newest_key: Option<u64>,
}

/// Result of a token whose key may be unknown to the worker.
pub enum Outcome {
    /// Accepted at that time.
    Accepted(Duration),
    /// Rejected with 401 at that time: the key is not in the set.
    UnknownKey(Duration),
    /// Rejected with 503 at that time: no fetch could find out.
    Unavailable(Duration),
}

pub struct Worker<'i> {
    issuer: &'i Issuer,
    refresh_policy: RefreshPolicy,
    fetch_policy: FetchPolicy,
    freshness: Option<Freshness>,
    fetch: Option<Fetch>,
    /// Newest key in the cached set; `None` before the first fetch.
    newest_cached_key: Option<u64>,
    /// Earliest time of the next refresh after a failed one.
    refresh_blocked_until: Duration,
    /// Times of the requests to the issuer.
    pub request_times: Vec<Duration>,
    pub rng: Rng,
}

impl<'i> Worker<'i> {
    pub fn new(issuer: &'i Issuer, refresh_policy: RefreshPolicy, seed: u64) -> Self {
        Self {
            issuer,
            refresh_policy,
            fetch_policy: FetchPolicy::default(),
            freshness: None,
            fetch: None,
            newest_cached_key: None,
            refresh_blocked_until: Duration::ZERO,
            request_times: vec![],
            rng: Rng::with_seed(seed),
        }
    }

    /// Verifies a token signed with `key` that arrives at `now`; `None` is a key that does not exist.
    pub fn verify_token(&mut self, key: Option<u64>, now: Duration) -> Outcome {
        let mut now = now;
        self.finish_fetch(now);
        let mut deadline = now + self.refresh_policy.max_wait;
        let ticket = self.fetch_policy.ticket(FetchReason::UnknownKey);
        loop {
            if self.has_usable_key(key, now) {
                return Outcome::Accepted(now);
            }
            match self.fetch_policy.decide(FetchReason::UnknownKey, ticket, now, deadline, &self.refresh_policy) {
                FetchDecision::Done => return Outcome::UnknownKey(now),
                FetchDecision::RetryAfter(_) => return Outcome::Unavailable(now),
                FetchDecision::Start => now = self.start_fetch(FetchReason::UnknownKey, now),
                FetchDecision::JoinInFlight => now = self.fetch.as_ref().map_or(now, |fetch| fetch.ends_at),
                FetchDecision::WaitUntil(time) => now = time,
            }
            self.finish_fetch(now);
            if !self.fetch_policy.has_finished_since(ticket) {
                deadline = now + self.refresh_policy.max_wait;
            }
        }
    }

    fn has_usable_key(&self, key: Option<u64>, now: Duration) -> bool {
        let is_usable = self.freshness.is_some_and(|freshness| freshness.state(now) < SetState::Expired);
        is_usable && key.is_some() && key <= self.newest_cached_key
    }

    /// Returns the time of the next refresh in the background.
    pub fn refresh_at(&self) -> Option<Duration> {
        self.freshness.map(|freshness| freshness.refresh_at().max(self.refresh_blocked_until))
    }

    /// Refreshes the set at `now`, as the background task of the core does.
    pub fn refresh(&mut self, now: Duration) {
        self.finish_fetch(now);
        let ticket = self.fetch_policy.ticket(FetchReason::Refresh);
        let decision = self.fetch_policy.decide(FetchReason::Refresh, ticket, now, now, &self.refresh_policy);
        if decision == FetchDecision::Start {
            let ends_at = self.start_fetch(FetchReason::Refresh, now);
            self.finish_fetch(ends_at);
        }
        let jitter = self.rng.f64();
        self.refresh_blocked_until = now + self.fetch_policy.refresh_pause(now, jitter);
    }

    /// Starts a fetch and returns the time at which it ends: 0.05 s plus an exponentially distributed time with a mean of
    /// 0.05 s, at most `FETCH_TIMEOUT`.
    fn start_fetch(&mut self, reason: FetchReason, now: Duration) -> Duration {
        self.fetch_policy.record_start(reason, now, &self.refresh_policy);
        self.request_times.push(now);
        let duration = Duration::from_secs_f64(0.05 - 0.05 * (1.0 - self.rng.f64()).ln());
        let answered_at = now + duration / 2;
        let newest_key = self.issuer.is_reachable(answered_at).then(|| self.issuer.newest_key(answered_at));
        let ends_at = now + duration.min(FETCH_TIMEOUT);
        self.fetch = Some(Fetch { ends_at, newest_key });
        ends_at
    }

    /// Stores the result of the fetch in flight, if it has ended by `now`.
    fn finish_fetch(&mut self, now: Duration) {
        let Some(Fetch { ends_at, newest_key }) = self.fetch.take_if(|fetch| fetch.ends_at <= now) else { return };
        let jitter = self.rng.f64();
        if newest_key.is_some() {
            self.newest_cached_key = newest_key;
            self.freshness = Some(Freshness::new(ends_at, None, &self.refresh_policy, jitter));
            self.fetch_policy.record_success();
        } else {
            self.fetch_policy.record_failure(ends_at, None, &self.refresh_policy, jitter);
        }
    }
}
