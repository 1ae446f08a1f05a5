//! One worker process under simulated time: it has the freshness and the schedule of the core, and waits as the core waits.

use std::time::Duration;

use fastjose::jwks::{FetchDecision, FetchPolicy, FetchReason, Freshness, RefreshPolicy, SetState};
use fastrand::Rng;

/// The issuer as a worker meets it.
pub struct Issuer {
    /// How often it makes a new key.
    pub rotation: Duration,
    /// When it cannot be reached: from, to.
    pub outage: (Duration, Duration),
}

impl Issuer {
    /// The number of the newest key at `time`; the day begins in the middle of the life of key 0.
    pub fn newest(&self, time: Duration) -> u64 {
        ((time + self.rotation / 2).as_nanos() / self.rotation.as_nanos()) as u64
    }

    /// When the key of that number is made.
    pub fn made(&self, key: u64) -> Duration {
        let keys = u32::try_from(key).unwrap_or(u32::MAX);
        self.rotation.saturating_mul(keys).saturating_sub(self.rotation / 2)
    }

    fn is_reachable(&self, time: Duration) -> bool {
        time < self.outage.0 || time >= self.outage.1
    }
}

/// A fetch under way: when it ends, and the newest key that it brings, if it brings any.
struct Flight {
    end: Duration,
    brings: Option<u64>,
}

/// What became of a token whose key was not at hand.
pub enum Outcome {
    /// Accepted at that time.
    Served(Duration),
    /// Answered with 401 at that time: the key is not in the set.
    Unknown(Duration),
    /// Answered with 503 at that time.
    Refused(Duration),
}

pub struct Worker<'i> {
    issuer: &'i Issuer,
    limits: RefreshPolicy,
    schedule: FetchPolicy,
    freshness: Option<Freshness>,
    flight: Option<Flight>,
    /// The newest key that it knows; none before the first fetch.
    knows: Option<u64>,
    /// When a refresh that failed is tried again.
    rested: Duration,
    /// When it asked the issuer.
    pub asked: Vec<Duration>,
    pub rng: Rng,
}

impl<'i> Worker<'i> {
    pub fn new(issuer: &'i Issuer, limits: RefreshPolicy, seed: u64) -> Self {
        Self {
            issuer,
            limits,
            schedule: FetchPolicy::default(),
            freshness: None,
            flight: None,
            knows: None,
            rested: Duration::ZERO,
            asked: vec![],
            rng: Rng::with_seed(seed),
        }
    }

    /// A token under key `key`, or under one that does not exist, comes at `now`.
    pub fn token(&mut self, key: Option<u64>, now: Duration) -> Outcome {
        let mut now = now;
        self.settle_until(now);
        let mut deadline = now + self.limits.max_wait;
        let arrival = self.schedule.ticket(FetchReason::UnknownKey);
        loop {
            if self.has(key, now) {
                return Outcome::Served(now);
            }
            match self.schedule.decide(FetchReason::UnknownKey, arrival, now, deadline, &self.limits) {
                FetchDecision::Done => return Outcome::Unknown(now),
                FetchDecision::RetryAfter(_) => return Outcome::Refused(now),
                FetchDecision::Start => now = self.fly(FetchReason::UnknownKey, now),
                FetchDecision::JoinInFlight => now = self.flight.as_ref().map_or(now, |flight| flight.end),
                FetchDecision::WaitUntil(time) => now = time,
            }
            self.settle_until(now);
            if !self.schedule.has_finished_since(arrival) {
                deadline = now + self.limits.max_wait;
            }
        }
    }

    fn has(&self, key: Option<u64>, now: Duration) -> bool {
        let is_trusted = self.freshness.is_some_and(|freshness| freshness.state(now) < SetState::Expired);
        is_trusted && key.is_some() && key <= self.knows
    }

    /// When the keeper fetches next.
    pub fn refresh_at(&self) -> Option<Duration> {
        self.freshness.map(|freshness| freshness.refresh_at().max(self.rested))
    }

    /// Does what the keeper does at `now`.
    pub fn refresh(&mut self, now: Duration) {
        self.settle_until(now);
        let arrival = self.schedule.ticket(FetchReason::Refresh);
        if self.schedule.decide(FetchReason::Refresh, arrival, now, now, &self.limits) == FetchDecision::Start {
            let end = self.fly(FetchReason::Refresh, now);
            self.settle_until(end);
        }
        let lot = self.rng.f64();
        self.rested = if self.schedule.is_fetching_or_failing() {
            now + self.schedule.refresh_backoff(now, lot)
        } else {
            Duration::ZERO
        };
    }

    /// Begins a fetch and returns when it ends: some 100 ms, now and then half a second; without the issuer 5 s at the
    /// longest.
    fn fly(&mut self, need: FetchReason, now: Duration) -> Duration {
        self.schedule.record_start(need, now, &self.limits);
        self.asked.push(now);
        let took = Duration::from_secs_f64(0.05 - 0.05 * (1.0 - self.rng.f64()).ln());
        let answered = now + took / 2;
        let brings = self.issuer.is_reachable(answered).then(|| self.issuer.newest(answered));
        let end = now + took.min(Duration::from_secs(5));
        self.flight = Some(Flight { end, brings });
        end
    }

    fn settle_until(&mut self, now: Duration) {
        let Some(Flight { end, brings }) = self.flight.take_if(|flight| flight.end <= now) else { return };
        let lot = self.rng.f64();
        if brings.is_some() {
            self.knows = brings;
            self.freshness = Some(Freshness::new(end, None, &self.limits, lot));
            self.schedule.record_success();
        } else {
            self.schedule.record_failure(end, None, &self.limits, lot);
        }
    }
}
