//! Fetches a key set, when a caller requests it and before it becomes stale, and stores the snapshot.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, Guard};

use super::fetch_policy::{FetchDecision, FetchPolicy, FetchReason};
use super::fetch_state::FetchState;
use super::http::{HttpLimits, Requests};
use super::location::{FetchedKeys, Location};
use super::refresh_policy::RefreshPolicy;
use super::set_state::Freshness;
use super::snapshot::KeySetSnapshot;
use super::wait_time::WaitTime;
use crate::error::{Error, Result};
use crate::http::failure::RequestFailure;
use crate::http::network::Network;
use crate::http::runtime;

/// The cached snapshot of a key set, and the fetches that replace it: one at a time, regardless of the number of waiters.
pub(super) struct Refresher {
    location: Location,
    http_limits: HttpLimits,
    refresh_policy: RefreshPolicy,
    network: Network,
    started_at: Instant,
    snapshot: ArcSwap<KeySetSnapshot>,
    fetch_state: ArcSwap<FetchState>,
    /// The refresher of the whole set, if this one is for one key of it.
    set: Option<Arc<Self>>,
}

impl Refresher {
    /// Returns the refresher of the set at `location`. Fetches nothing yet.
    pub fn new(location: Location, http_limits: HttpLimits, refresh_policy: RefreshPolicy, network: Network) -> Self {
        let (snapshot, fetch_state) = (ArcSwap::default(), ArcSwap::from_pointee(FetchState::new()));
        let started_at = Instant::now();
        Self { location, http_limits, refresh_policy, network, started_at, snapshot, fetch_state, set: None }
    }

    /// Returns the refresher of one key of `set`, which is at `location`. It has the settings and the clock of the set, and
    /// counts its fetches there. Fetches nothing yet.
    pub fn of_key(set: &Arc<Self>, location: Location) -> Self {
        let (network, fetch_state) = (set.network.clone(), FetchState::of_key(set.fetch_state()));
        let refresher = Self::new(location, set.http_limits, set.refresh_policy, network);
        let fetch_state = ArcSwap::from_pointee(fetch_state);
        Self { fetch_state, started_at: set.started_at, set: Some(Arc::clone(set)), ..refresher }
    }

    /// Uses the set in `body` until the first fetch succeeds.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if it is not a usable key set.
    pub fn use_initial_set(&self, body: &[u8]) -> Result<()> {
        let (max_keys, policy) = (self.http_limits.max_keys, &self.refresh_policy);
        let snapshot = KeySetSnapshot::default().with_initial_set(body, max_keys, self.now(), policy)?;
        self.snapshot.store(Arc::new(snapshot));
        Ok(())
    }

    pub fn location(&self) -> &Location {
        &self.location
    }

    pub fn refresh_policy(&self) -> &RefreshPolicy {
        &self.refresh_policy
    }

    /// Returns the current snapshot, without a lock.
    pub fn snapshot(&self) -> Guard<Arc<KeySetSnapshot>> {
        self.snapshot.load()
    }

    /// Returns the time since the refresher was created, on a monotonic clock.
    pub fn now(&self) -> Duration {
        self.started_at.elapsed()
    }

    /// Returns the fetch state of this process. The child of a `fork()` replaces the state of its parent.
    pub(crate) fn fetch_state(&self) -> Arc<FetchState> {
        let state = self.fetch_state.load_full();
        if state.is_of_this_process() {
            return state;
        }
        self.fetch_state
            .rcu(|other| if other.is_of_this_process() { Arc::clone(other) } else { Arc::new(self.new_fetch_state()) });
        self.fetch_state.load_full()
    }

    fn new_fetch_state(&self) -> FetchState {
        self.set.as_ref().map_or_else(FetchState::new, |set| FetchState::of_key(set.fetch_state()))
    }

    /// Waits until `is_satisfied`, or until no permitted fetch can change the result. Starts fetches that are permitted.
    ///
    /// A caller that stops waiting does not cancel the fetch. A failed fetch keeps the snapshot.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if no fetch succeeded, or the next one is permitted only after the deadline.
    pub(crate) async fn wait_for_fetch(
        self: &Arc<Self>,
        reason: FetchReason,
        is_satisfied: impl Fn() -> bool,
        state: &Arc<FetchState>,
    ) -> Result<()> {
        let mut wait = WaitTime::default();
        let mut fetch_finished = state.subscribe();
        let ticket = state.lock_policy().ticket(reason);
        while !is_satisfied() {
            match self.next_decision(reason, ticket, &mut wait, state) {
                FetchDecision::Done => return Ok(()),
                FetchDecision::RetryAfter(delay) => return Err(fetch_not_permitted(state, delay)),
                FetchDecision::WaitUntil(time) => {
                    let _ = tokio::time::timeout(time.saturating_sub(self.now()), fetch_finished.changed()).await;
                }
                FetchDecision::Start | FetchDecision::JoinInFlight => {
                    let _ = fetch_finished.changed().await;
                }
            }
        }
        Ok(())
    }

    /// Returns the next step of a waiter. If the step is to start a fetch, starts it.
    fn next_decision(
        self: &Arc<Self>,
        reason: FetchReason,
        ticket: u64,
        wait: &mut WaitTime,
        state: &Arc<FetchState>,
    ) -> FetchDecision {
        let mut policy = state.lock_policy();
        let now = self.now();
        let admit = |deadline| state.admit(reason, random_number, now, deadline, &self.refresh_policy);
        let decision = wait.decide(&policy, (reason, ticket), now, &self.refresh_policy, admit);
        if decision == FetchDecision::Start {
            policy.record_start(reason, now, &self.refresh_policy);
            drop(policy);
            self.spawn_fetch(Arc::clone(state));
        }
        decision
    }

    /// Starts a fetch on a thread of its own, so that a waiter that leaves does not cancel it, and a hostile server does
    /// not delay other sets.
    fn spawn_fetch(self: &Arc<Self>, state: Arc<FetchState>) {
        let this = Arc::clone(self);
        let started = runtime::current().ok().zip(runtime::spawn_isolated(Arc::clone(self).fetch()).ok());
        match started {
            Some((runtime, fetch)) => drop(runtime.spawn(async move {
                let response = fetch.await.unwrap_or_else(|_| Err("the fetch was interrupted".into()));
                this.finish_fetch(&state, response);
            })),
            None => self.finish_fetch(&state, Err("cannot start a thread".into())),
        }
    }

    async fn fetch(self: Arc<Self>) -> Result<FetchedKeys, RequestFailure> {
        let snapshot = self.snapshot.load_full();
        self.location.fetch(&snapshot, &Requests::start(self.http_limits, &self.network)).await
    }

    /// Stores the response, ensures that what is cached is refreshed, and records the end of the fetch.
    fn finish_fetch(self: &Arc<Self>, state: &FetchState, response: Result<FetchedKeys, RequestFailure>) {
        let (now, jitter) = (self.now(), random_unit());
        let stored = response.and_then(|response| self.store_response(response, now, jitter));
        if self.has_content() && !self.has_lost_its_key() {
            self.ensure_refresh_task();
        }
        match stored {
            Ok(()) => state.finish(None, FetchPolicy::record_success),
            Err(RequestFailure { reason, retry_after }) => {
                state.finish(Some(reason), |policy| {
                    policy.record_failure(now, retry_after, &self.refresh_policy, jitter);
                });
            }
        }
    }

    /// Returns true if a set or the document of an issuer is cached. After a first fetch that failed, neither is.
    fn has_content(&self) -> bool {
        self.snapshot().generation > 0 || self.location.document().is_some()
    }

    /// Stores the snapshot after `response`. A response that is not a key set counts as a failed fetch; so does one of which
    /// no member is usable, though it replaces the cached set.
    fn store_response(&self, response: FetchedKeys, now: Duration, jitter: f64) -> Result<(), RequestFailure> {
        let (max_keys, policy, snapshot) = (self.http_limits.max_keys, &self.refresh_policy, self.snapshot());
        let (new, failure) = match response {
            FetchedKeys::Set { response, url } => {
                let new = snapshot.apply_response(response, url, max_keys, now, policy, jitter);
                let new = new.map_err(|error| unusable_set(&error))?;
                let failure = new.keys.check_usable().err().map(|error| unusable_set(&error));
                (new, failure)
            }
            FetchedKeys::OneKey(answer) => (snapshot.apply_key_answer(answer, now, policy, jitter)?, None),
        };
        self.snapshot.store(Arc::new(new));
        failure.map_or(Ok(()), Err)
    }

    /// Stores the snapshot after `answer`, as a fetch that ends at `now` does.
    #[cfg(test)]
    pub(super) fn store_answer(&self, answer: super::location::KeyAnswer, now: Duration) {
        assert!(self.store_response(FetchedKeys::OneKey(answer), now, 0.0).is_ok(), "a key is stored");
    }

    /// Returns true if nothing is left to refresh: the server has no such key any more, or the key has expired.
    pub(crate) fn has_lost_its_key(&self) -> bool {
        self.set.is_some() && !self.snapshot().is_usable(self.now())
    }

    /// Starts the task that refreshes the set in the background, unless this process has started it.
    pub(crate) fn ensure_refresh_task(self: &Arc<Self>) {
        let state = self.fetch_state();
        if !state.claim_refresh_task() {
            return;
        }
        match runtime::current() {
            Ok(runtime) => drop(runtime.spawn(refresh_loop(Arc::downgrade(self), state))),
            Err(_) => state.release_refresh_task(),
        }
    }

    /// Returns the time until the next refresh. The document of an issuer that publishes no key set is refreshed as often as
    /// a set.
    pub(crate) fn time_until_refresh(&self) -> Duration {
        let snapshot = self.snapshot();
        match self.location.age_without_key_set().filter(|_| snapshot.generation == 0) {
            Some(age) => Freshness::new(Duration::ZERO, None, &self.refresh_policy, random_unit())
                .refresh_at()
                .saturating_sub(age),
            None => snapshot.time_until_refresh(self.now()),
        }
    }

    /// Fetches the set, and returns how long to pause.
    async fn refresh(self: &Arc<Self>, state: &Arc<FetchState>) -> Duration {
        let _ = self.wait_for_fetch(FetchReason::Refresh, || false, state).await;
        state.lock_policy().refresh_pause(self.now(), random_unit())
    }
}

/// Refreshes the set whenever it becomes refresh-due, whether or not tokens arrive. So no token waits for the refresh, and
/// a withdrawn key is removed in time. Keeps the refresher alive only during a fetch, and ends after its last owner drops
/// it, or once a key that has a refresher of its own is lost.
async fn refresh_loop(refresher: Weak<Refresher>, state: Arc<FetchState>) {
    loop {
        let Some(delay) = refresher.upgrade().map(|refresher| refresher.time_until_refresh()) else { return };
        let (sleep, is_due_after) = sleep_before_refresh(delay);
        tokio::time::sleep(sleep).await;
        if !is_due_after {
            continue;
        }
        let Some(owner) = refresher.upgrade() else { return };
        let pause = owner.refresh(&state).await;
        if owner.has_lost_its_key() {
            return state.release_refresh_task();
        }
        drop(owner);
        tokio::time::sleep(pause).await;
    }
}

/// Returns how long to sleep if the refresh is due after `delay`, and whether it is due then.
fn sleep_before_refresh(delay: Duration) -> (Duration, bool) {
    (delay.min(MAX_REFRESH_SLEEP), delay <= MAX_REFRESH_SLEEP)
}

fn unusable_set(error: &Error) -> RequestFailure {
    RequestFailure::from(error.to_string().trim_end_matches('.'))
}

/// The time after which a refresh task finds that its refresher is gone. It bounds the tasks of keys that come and go.
const MAX_REFRESH_SLEEP: Duration = Duration::from_secs(60);

pub(super) fn fetch_not_permitted(state: &FetchState, retry_after: Duration) -> Error {
    let reason = state.last_failure().unwrap_or_else(|| "fetch rate limit reached".to_owned());
    Error::KeysUnavailable { reason, retry_after }
}

/// Returns a random number from 0 up to 1.
#[expect(clippy::cast_precision_loss, reason = "the number has as many bits as a mantissa")]
fn random_unit() -> f64 {
    (random_number() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Returns a random number. Uses the system's randomness, because a generator in user space would give the children of a
/// `fork()` equal numbers, and an attacker could predict some.
fn random_number() -> u64 {
    let mut bytes = [0; 8];
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => u64::from_le_bytes(bytes),
        Err(_) => u64::MAX / 2,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{random_unit, sleep_before_refresh};

    #[test]
    fn random_numbers_fill_the_range() {
        let numbers: Vec<f64> = std::iter::repeat_with(random_unit).take(1_000).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        for tenth in 0..10_u8 {
            let range = f64::from(tenth) / 10.0..f64::from(tenth + 1) / 10.0;
            assert!(numbers.iter().any(|number| range.contains(number)), "{range:?}");
        }
    }

    #[test]
    fn a_refresh_is_due_after_its_delay_and_not_before() {
        for (delay, sleep, is_due_after) in
            [(0, 0, true), (1, 1, true), (60, 60, true), (61, 60, false), (600, 60, false)]
        {
            let expected = (Duration::from_secs(sleep), is_due_after);
            assert_eq!(sleep_before_refresh(Duration::from_secs(delay)), expected, "{delay}");
        }
    }
}
