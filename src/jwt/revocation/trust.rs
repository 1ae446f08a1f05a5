//! Whether a list is complete: a list in memory always is, a copy of a store while the store confirms it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The answer about a token that is not on the list, while the list is not synchronised with its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorePolicy {
    /// The token is not accepted: [`Error::StoreUnavailable`](crate::Error::StoreUnavailable).
    Closed,
    /// The token is accepted.
    Open,
}

/// The state of a copy: trusted until a deadline, which the synchronisation extends while it hears from the store.
///
/// A deadline needs no one who notices a failure: the copy stops being trusted if the synchronisation hangs, ends, or is
/// not running in the child of a `fork()`.
#[derive(Debug)]
pub struct Trust {
    /// `None` for a list that is not a copy.
    policy: Option<StorePolicy>,
    /// In microseconds since [`start`].
    deadline: AtomicU64,
}

impl Trust {
    /// Creates the state of a list that is complete by itself.
    #[must_use]
    pub const fn always() -> Self {
        Self { policy: None, deadline: AtomicU64::new(u64::MAX) }
    }

    /// Creates the state of a copy that is not synchronised yet.
    #[must_use]
    pub const fn of_copy(policy: StorePolicy) -> Self {
        Self { policy: Some(policy), deadline: AtomicU64::new(0) }
    }

    /// Returns true if the list is complete.
    pub fn is_synchronised(&self) -> bool {
        self.policy.is_none() || micros_since_start(Instant::now()) < self.deadline.load(Ordering::Acquire)
    }

    /// Returns true if a token that is not on the list must not be accepted now.
    pub fn is_closed(&self) -> bool {
        self.policy == Some(StorePolicy::Closed) && !self.is_synchronised()
    }

    /// Trusts the copy for `duration` from now on. No effect on a list that is not a copy.
    pub fn trust_for(&self, duration: Duration) {
        let deadline = Instant::now().checked_add(duration).map_or(u64::MAX, micros_since_start);
        self.deadline.store(deadline, Ordering::Release);
    }

    /// Stops trusting the copy, until the next [`Trust::trust_for`].
    pub fn distrust(&self) {
        self.deadline.store(0, Ordering::Release);
    }
}

/// The first use of this module, which instants are compared with. A child of a `fork()` has its parent's.
fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    // So that the deadline 0 lies in the past from the beginning.
    *START.get_or_init(|| Instant::now().checked_sub(Duration::from_secs(1)).unwrap_or_else(Instant::now))
}

fn micros_since_start(instant: Instant) -> u64 {
    u64::try_from(instant.saturating_duration_since(start()).as_micros()).unwrap_or(u64::MAX)
}
