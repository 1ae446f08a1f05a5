//! What one process knows of the fetches of a set: a `fork()` leaves the child neither the tasks that fetch nor locks that
//! are sure to be open, so it begins with a desk of its own.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::fetch_policy::Schedule;

pub(super) struct Desk {
    process: u32,
    schedule: Mutex<Schedule>,
    ended: watch::Sender<()>,
    /// Why the last fetch failed, if it did.
    failure: Mutex<Option<String>>,
    /// Whether a task keeps the set fresh.
    pub is_kept: AtomicBool,
    waiting_bytes: AtomicUsize,
}

impl Desk {
    pub fn of_this_process() -> Self {
        Self {
            process: std::process::id(),
            schedule: Mutex::default(),
            ended: watch::Sender::new(()),
            failure: Mutex::default(),
            is_kept: AtomicBool::default(),
            waiting_bytes: AtomicUsize::default(),
        }
    }

    pub fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    // Nothing panics under these locks, and what they hold is whole at every moment. None is held across I/O.
    pub fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts down how a fetch ended, and wakes all who wait for it.
    pub fn settle(&self, failure: Option<String>, note: impl FnOnce(&mut Schedule)) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
        note(&mut self.schedule());
        self.ended.send_replace(());
    }

    /// Tells when a fetch has ended since the call.
    pub fn watch(&self) -> watch::Receiver<()> {
        self.ended.subscribe()
    }

    /// A place among those who wait, for a token of `bytes`; `None` where too many wait already.
    pub fn queue(&self, bytes: usize) -> Option<Place<'_>> {
        let bytes = bytes.saturating_add(BYTES_PER_PLACE);
        let place = Place { desk: self, bytes };
        let others = self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        (others.saturating_add(bytes) <= MAX_WAITING_BYTES).then_some(place)
    }
}

/// What the tokens that wait for a fetch may take together: some twelve thousand tokens of usual length. Whoever makes up
/// key ids fills no memory.
const MAX_WAITING_BYTES: usize = 33_554_432;

/// What a token that waits takes besides itself: its task and its future.
const BYTES_PER_PLACE: usize = 2_048;

/// A place among those who wait; given back when dropped.
pub(super) struct Place<'d> {
    desk: &'d Desk,
    bytes: usize,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.desk.waiting_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
