//! Fetches a key set, when a caller requests it and before it becomes stale, and stores the snapshot.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, Guard};

use super::fetch_policy::{FetchDecision, FetchPolicy, FetchReason};
use super::fetch_state::FetchState;
use super::http::{HttpLimits, Requests};
use super::kept_keys::KeyAnswers;
use super::location::{FetchScope, FetchedKeys, Location};
use super::refresh_policy::RefreshPolicy;
use super::set_state::SetState;
use super::snapshot::KeySetSnapshot;
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
}

impl Refresher {
    /// Returns the refresher of the set at `location`. Fetches nothing yet.
    pub fn new(location: Location, http_limits: HttpLimits, refresh_policy: RefreshPolicy, network: Network) -> Self {
        let (snapshot, fetch_state) = (ArcSwap::default(), ArcSwap::from_pointee(FetchState::new()));
        Self { location, http_limits, refresh_policy, network, started_at: Instant::now(), snapshot, fetch_state }
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
            .rcu(|other| if other.is_of_this_process() { Arc::clone(other) } else { Arc::new(FetchState::new()) });
        self.fetch_state.load_full()
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
        let mut deadline = Duration::ZERO;
        let mut fetch_finished = state.subscribe();
        let ticket = state.lock_policy().ticket(reason);
        while !is_satisfied() {
            match self.next_decision(reason, ticket, &mut deadline, state) {
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
    ///
    /// The `deadline` is `max_wait` after the last time at which no fetch for the waiter had ended. A fetch that started
    /// before the waiter came does not count, because the pause after its failure may begin later than the wait.
    fn next_decision(
        self: &Arc<Self>,
        reason: FetchReason,
        ticket: u64,
        deadline: &mut Duration,
        state: &Arc<FetchState>,
    ) -> FetchDecision {
        let mut policy = state.lock_policy();
        let now = self.now();
        if !policy.has_finished_since(ticket) {
            *deadline = now.saturating_add(self.refresh_policy.max_wait);
        }
        let decision = policy.decide(reason, ticket, now, *deadline, &self.refresh_policy);
        if decision == FetchDecision::Start {
            policy.record_start(reason, now, &self.refresh_policy);
            drop(policy);
            self.spawn_fetch(reason, Arc::clone(state));
        }
        decision
    }

    /// Starts a fetch on a thread of its own, so that a waiter that leaves does not cancel it, and a hostile server does
    /// not delay other sets.
    fn spawn_fetch(self: &Arc<Self>, reason: FetchReason, state: Arc<FetchState>) {
        let this = Arc::clone(self);
        let scope = self.scope_of(reason, &state);
        let started = runtime::current().ok().zip(runtime::spawn_isolated(Arc::clone(self).fetch(scope)).ok());
        match started {
            Some((runtime, fetch)) => drop(runtime.spawn(async move {
                let response = fetch.await.unwrap_or_else(|_| Err("the fetch was interrupted".into()));
                this.finish_fetch(&state, response);
            })),
            None => self.finish_fetch(&state, Err("cannot start a thread".into())),
        }
    }

    fn scope_of(&self, reason: FetchReason, state: &FetchState) -> FetchScope {
        let is_for_all = matches!(reason, FetchReason::Refresh | FetchReason::Manual);
        let includes_cached = is_for_all || self.snapshot().state(self.now()) >= SetState::Stale;
        FetchScope { wanted_kids: state.wanted_kids().list(), includes_cached }
    }

    async fn fetch(self: Arc<Self>, scope: FetchScope) -> Result<FetchedKeys, RequestFailure> {
        let snapshot = self.snapshot.load_full();
        self.location.fetch(&snapshot, scope, &Requests::start(self.http_limits, &self.network)).await
    }

    /// Stores the response, records the end of the fetch, and after a success ensures that the set is refreshed.
    fn finish_fetch(self: &Arc<Self>, state: &FetchState, response: Result<FetchedKeys, RequestFailure>) {
        let (now, jitter) = (self.now(), random_unit());
        match response.and_then(|response| self.store_response(response, now, jitter)) {
            Ok(()) => {
                state.finish(None, FetchPolicy::record_success);
                self.ensure_refresh_task();
            }
            Err(RequestFailure { reason, retry_after }) => {
                state.finish(Some(reason), |policy| {
                    policy.record_failure(now, retry_after, &self.refresh_policy, jitter);
                });
            }
        }
    }

    /// Stores the snapshot after `response`. A response that is not a usable key set counts as a failed fetch.
    fn store_response(&self, response: FetchedKeys, now: Duration, jitter: f64) -> Result<(), RequestFailure> {
        let (max_keys, policy, snapshot) = (self.http_limits.max_keys, &self.refresh_policy, self.snapshot());
        let (new, failure) = match response {
            FetchedKeys::Set { response, url } => {
                (snapshot.apply_response(response, url, max_keys, now, policy, jitter), None)
            }
            FetchedKeys::PerKid(KeyAnswers { failure: Some(failure), found, absent, .. })
                if found.is_empty() && absent.is_empty() =>
            {
                return Err(failure);
            }
            FetchedKeys::PerKid(answers) => {
                (Ok(snapshot.apply_answers(&answers, now, policy, jitter)), answers.failure)
            }
        };
        let new = new.map_err(|error| RequestFailure::from(error.to_string().trim_end_matches('.')))?;
        self.snapshot.store(Arc::new(new));
        failure.map_or(Ok(()), Err)
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

    /// Fetches the set, and returns how long to pause: longer after each failure.
    async fn refresh(self: &Arc<Self>, state: &Arc<FetchState>) -> Duration {
        let _ = self.wait_for_fetch(FetchReason::Refresh, || false, state).await;
        let policy = state.lock_policy();
        if policy.is_fetching_or_failing() { policy.refresh_backoff(self.now(), random_unit()) } else { Duration::ZERO }
    }
}

/// Refreshes the set whenever it becomes refresh-due, whether or not tokens arrive. So no token waits for the refresh, and
/// a withdrawn key is removed in time. Keeps the refresher alive only during a fetch, and ends after its last owner drops
/// it.
async fn refresh_loop(refresher: Weak<Refresher>, state: Arc<FetchState>) {
    let time_until_refresh = |refresher: Arc<Refresher>| refresher.snapshot().time_until_refresh(refresher.now());
    loop {
        let Some(delay) = refresher.upgrade().map(time_until_refresh) else { return };
        tokio::time::sleep(delay).await;
        let Some(owner) = refresher.upgrade() else { return };
        let pause = owner.refresh(&state).await;
        drop(owner);
        tokio::time::sleep(pause).await;
    }
}

pub(super) fn fetch_not_permitted(state: &FetchState, retry_after: Duration) -> Error {
    let reason = state.last_failure().unwrap_or_else(|| "fetch rate limit reached".to_owned());
    Error::KeysUnavailable { reason, retry_after }
}

/// Returns a random number from 0 up to 1. Uses the system's randomness, because a generator in user space would give the
/// children of a `fork()` equal numbers.
fn random_unit() -> f64 {
    let mut bytes = [0; 4];
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::random_unit;

    #[test]
    fn random_numbers_fill_the_range() {
        let numbers: Vec<f64> = std::iter::repeat_with(random_unit).take(1_000).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        for tenth in 0..10_u8 {
            let range = f64::from(tenth) / 10.0..f64::from(tenth + 1) / 10.0;
            assert!(numbers.iter().any(|number| range.contains(number)), "{range:?}");
        }
    }
}
