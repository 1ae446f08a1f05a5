//! Bounds what waits for a fetch of one key set: the memory of the tokens, and the number of blocked threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Result};

use super::refresh_policy::RefreshPolicy;

/// The caller that waits for a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiter {
    /// A task of an event loop, which blocks nothing.
    Task,
    /// A thread, which does nothing else while it waits.
    Thread,
}

/// The memory and the threads that wait for fetches of one key set in one process.
#[derive(Debug, Default)]
pub(super) struct WaiterCounts {
    bytes: AtomicUsize,
    threads: AtomicUsize,
}

impl WaiterCounts {
    /// Reserves the place of one waiter, whose token occupies `token_bytes`.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if the waiting tokens would occupy more than [`MAX_WAITING_BYTES`], or if
    /// `max_waiting_threads` threads are waiting.
    pub fn reserve(self: &Arc<Self>, waiter: Waiter, token_bytes: usize, policy: &RefreshPolicy) -> Result<WaiterSlot> {
        let mut slot = WaiterSlot { counts: Arc::clone(self), bytes: 0, threads: 0 };
        let bytes = token_bytes.saturating_add(BYTES_PER_WAITER);
        let threads = usize::from(waiter == Waiter::Thread);
        slot.bytes = add_up_to(&self.bytes, bytes, MAX_WAITING_BYTES).ok_or_else(|| refusal("tokens", policy))?;
        slot.threads =
            add_up_to(&self.threads, threads, policy.max_waiting_threads).ok_or_else(|| refusal("threads", policy))?;
        Ok(slot)
    }
}

/// Adds `amount` and returns it, or returns `None` if the sum would exceed `max`.
fn add_up_to(count: &AtomicUsize, amount: usize, max: usize) -> Option<usize> {
    let add = |current: usize| current.checked_add(amount).filter(|sum| *sum <= max);
    count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).ok().map(|_| amount)
}

fn refusal(waiters: &str, policy: &RefreshPolicy) -> Error {
    Error::KeysUnavailable { reason: format!("too many {waiters} are waiting"), retry_after: policy.fetch_interval }
}

/// The memory that the waiting tokens of a key set may occupy, in bytes. It bounds what an attacker can consume with
/// made-up `kid`s.
const MAX_WAITING_BYTES: usize = 67_108_864;

/// The memory of a waiter besides its token, in bytes: tasks, futures and coroutines, as measured for a `FastAPI` request.
const BYTES_PER_WAITER: usize = 20_480;

/// The reserved place of one waiter. Released on drop.
#[derive(Debug)]
pub struct WaiterSlot {
    counts: Arc<WaiterCounts>,
    bytes: usize,
    threads: usize,
}

impl Drop for WaiterSlot {
    fn drop(&mut self) {
        self.counts.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.counts.threads.fetch_sub(self.threads, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::Ordering;

    use super::{BYTES_PER_WAITER, MAX_WAITING_BYTES, RefreshPolicy, Waiter, WaiterCounts};

    fn totals(counts: &WaiterCounts) -> (usize, usize) {
        (counts.bytes.load(Ordering::Relaxed), counts.threads.load(Ordering::Relaxed))
    }

    #[test]
    fn waiting_tokens_occupy_at_most_64_mebibytes() {
        let (counts, policy) = (Arc::new(WaiterCounts::default()), RefreshPolicy::default());
        let reserve = |token_bytes| counts.reserve(Waiter::Task, token_bytes, &policy);
        let mut slots: Vec<_> = std::iter::from_fn(|| reserve(100_000).ok()).collect();
        assert_eq!(slots.len(), MAX_WAITING_BYTES / (100_000 + BYTES_PER_WAITER));
        assert_eq!(totals(&counts).0, slots.len() * (100_000 + BYTES_PER_WAITER));
        let refused = reserve(100_000).unwrap_err();
        assert_eq!(refused.to_string(), "Key set unavailable: too many tokens are waiting");
        slots.pop();
        assert!(reserve(usize::MAX).is_err() && reserve(100_000).is_ok());
        drop(slots);
        assert_eq!(totals(&counts), (0, 0));
    }

    #[test]
    fn at_most_max_waiting_threads_wait_and_tasks_do_not_count() {
        let (counts, policy) = (Arc::new(WaiterCounts::default()), RefreshPolicy::default());
        let threads: Vec<_> = (0..4).map(|_| counts.reserve(Waiter::Thread, 1_000, &policy).unwrap()).collect();
        let before = totals(&counts);
        let refused = counts.reserve(Waiter::Thread, 1_000, &policy).unwrap_err();
        assert_eq!(refused.to_string(), "Key set unavailable: too many threads are waiting");
        assert_eq!(totals(&counts), before, "a refused waiter must reserve nothing");
        assert!(counts.reserve(Waiter::Task, 1_000, &policy).is_ok());
        drop(threads);
        assert!(counts.reserve(Waiter::Thread, 1_000, &policy).is_ok());
        assert_eq!(totals(&counts), (0, 0));
    }
}
