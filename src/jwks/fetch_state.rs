//! The state of the fetches of a key set in one process.
//!
//! After a `fork()` the child has neither the parent's tasks nor locks that are certainly free, so it starts with a new
//! state.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::fetch_policy::{FetchDecision, FetchPolicy, FetchReason};
use super::per_kid::{FetchPermit, FetchRounds, WantedKids};
use super::refresh_policy::RefreshPolicy;
use super::waiter_slot::WaiterCounts;

/// The number of tokens that are rejected together: one wake-up of the event loop is for all of them.
const REJECTION_BATCH: u32 = 8;

/// The time between two batches of tokens that are rejected after the same fetch.
///
/// A rejection takes about 0.1 ms of an event loop, which answers other requests in the rest of the time.
const REJECTION_INTERVAL: Duration = Duration::from_millis(16);

/// The number of batches after which the delays begin at zero again, so that no token waits for longer than half a second.
const MAX_PACED_BATCHES: u32 = 32;

/// The fetch policy, the last failure, the waiters and the refresh task of one process.
pub(super) struct FetchState {
    process_id: u32,
    policy: Mutex<FetchPolicy>,
    last_failure: Mutex<Option<String>>,
    fetches: AtomicU64,
    failed_fetches: AtomicU64,
    fetch_finished: watch::Sender<()>,
    has_refresh_task: AtomicBool,
    waiters: Arc<WaiterCounts>,
    wanted_kids: Arc<WantedKids>,
    rounds: FetchRounds,
    rejections: AtomicU32,
    /// The state of the whole set, if this is the state of one key of it.
    set: Option<Arc<Self>>,
    permit: FetchPermit,
}

/// The fetches of a key set by one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchCounts {
    /// The number of those that have ended.
    pub ended: u64,
    /// The number of these that failed.
    pub failed: u64,
}

impl FetchState {
    /// Returns the state of this process before its first fetch.
    pub fn new() -> Self {
        Self {
            process_id: std::process::id(),
            policy: Mutex::default(),
            last_failure: Mutex::default(),
            fetches: AtomicU64::default(),
            failed_fetches: AtomicU64::default(),
            fetch_finished: watch::Sender::new(()),
            has_refresh_task: AtomicBool::default(),
            waiters: Arc::default(),
            wanted_kids: Arc::default(),
            rounds: FetchRounds::default(),
            rejections: AtomicU32::default(),
            set: None,
            permit: FetchPermit::default(),
        }
    }

    /// Returns the state of one key of a set whose keys are fetched one by one, before its first fetch.
    pub(crate) fn of_key(set: Arc<Self>) -> Self {
        Self { set: Some(set), ..Self::new() }
    }

    /// Returns true if this process created the state, false in the child of a `fork()`.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.process_id == std::process::id()
    }

    /// Locks and returns the fetch policy. No caller holds the lock during I/O.
    pub(crate) fn lock_policy(&self) -> MutexGuard<'_, FetchPolicy> {
        // No code panics while it holds this lock or the next one, so a poisoned value is still consistent.
        self.policy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the reason for which the last fetch failed, or `None` if it succeeded.
    pub fn last_failure(&self) -> Option<String> {
        self.last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the number of fetches of this process that have ended, and how many of them failed.
    pub fn fetch_counts(&self) -> FetchCounts {
        let failed = self.failed_fetches.load(Ordering::Relaxed);
        FetchCounts { failed, ended: self.fetches.load(Ordering::Relaxed).max(failed) }
    }

    /// Returns the next step at `now` of a waiter whose fetch the policy permits. A key of a set takes part in a round of the
    /// set first, if it is not cached: `draw` returns the random number for that.
    pub(crate) fn admit(
        &self,
        reason: FetchReason,
        draw: impl FnOnce() -> u64,
        now: Duration,
        deadline: Duration,
        policy: &RefreshPolicy,
    ) -> FetchDecision {
        match &self.set {
            Some(set) if reason == FetchReason::UnknownKey => {
                self.permit.decide(&set.rounds, draw, now, deadline, policy)
            }
            _ => FetchDecision::Start,
        }
    }

    /// Records the end of a fetch: stores `failure`, calls `update` with the fetch policy, and wakes every waiter. The end of
    /// a fetch of one key counts in its set, too.
    pub fn finish(&self, failure: Option<String>, update: impl FnOnce(&mut FetchPolicy)) {
        if let Some(set) = &self.set {
            set.count_end(failure.clone());
        }
        self.count_end(failure);
        update(&mut self.lock_policy());
        self.fetch_finished.send_replace(());
    }

    fn count_end(&self, failure: Option<String>) {
        self.fetches.fetch_add(1, Ordering::Relaxed);
        self.failed_fetches.fetch_add(u64::from(failure.is_some()), Ordering::Relaxed);
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
        self.rejections.store(0, Ordering::Relaxed);
    }

    /// Returns how long to delay the rejection of a token whose key the last fetch did not bring: each batch for longer than
    /// the one before, because an event loop that rejects hundreds at once answers nothing else meanwhile.
    pub fn next_rejection_delay(&self) -> Duration {
        if let Some(set) = &self.set {
            return set.next_rejection_delay();
        }
        let number = self.rejections.fetch_add(1, Ordering::Relaxed);
        REJECTION_INTERVAL * (number / REJECTION_BATCH % MAX_PACED_BATCHES)
    }

    /// Returns a receiver that is notified at the end of every later fetch.
    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.fetch_finished.subscribe()
    }

    /// Returns true if the caller must start the refresh task, because this process has not started one.
    pub(crate) fn claim_refresh_task(&self) -> bool {
        !self.has_refresh_task.load(Ordering::Relaxed) && !self.has_refresh_task.swap(true, Ordering::Relaxed)
    }

    /// Records that the refresh task could not be started, so that a later caller tries again.
    pub(crate) fn release_refresh_task(&self) {
        self.has_refresh_task.store(false, Ordering::Relaxed);
    }

    /// Returns the counts of what waits for a fetch in this process.
    pub(crate) fn waiters(&self) -> &Arc<WaiterCounts> {
        &self.waiters
    }

    /// Returns the `kid`s that tokens of this process wait for.
    pub(crate) fn wanted_kids(&self) -> &Arc<WantedKids> {
        &self.wanted_kids
    }
}

#[cfg(test)]
mod tests {
    use super::{FetchPolicy, FetchState};

    fn delays(state: &FetchState, count: usize) -> Vec<u128> {
        (0..count).map(|_| state.next_rejection_delay().as_millis()).collect()
    }

    #[test]
    fn each_batch_of_rejections_after_a_fetch_is_later_than_the_one_before() {
        let state = FetchState::new();
        assert_eq!(delays(&state, 17), [[0; 8], [16; 8]].concat().into_iter().chain([32]).collect::<Vec<_>>());
        state.finish(None, FetchPolicy::record_success);
        assert_eq!(delays(&state, 9), [0, 0, 0, 0, 0, 0, 0, 0, 16]);
    }

    #[test]
    fn rejections_are_delayed_by_less_than_half_a_second() {
        let delays = delays(&FetchState::new(), 1_000);
        assert_eq!(delays.iter().max(), Some(&496));
        assert_eq!(delays.iter().filter(|delay| **delay == 0).count(), 4 * 8);
    }

    #[test]
    fn one_caller_starts_the_refresh_task_until_it_is_released() {
        let state = FetchState::new();
        let claims = |state: &FetchState| [state.claim_refresh_task(), state.claim_refresh_task()];
        assert_eq!(claims(&state), [true, false]);
        state.release_refresh_task();
        assert_eq!(claims(&state), [true, false]);
    }

    #[test]
    fn the_state_of_another_process_is_told_apart() {
        let state = FetchState::new();
        assert!(state.is_of_this_process());
        assert!(!FetchState { process_id: std::process::id() + 1, ..state }.is_of_this_process());
    }
}
