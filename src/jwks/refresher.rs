//! The task that keeps a set fresh: it fetches before the age runs out, whether or not tokens come meanwhile, so that none
//! of them waits for it and a key that was withdrawn is forgotten in time.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::fetch_policy::Need;
use super::fetch_state::Desk;
use super::remote_key_set::{RemoteKeySet, draw};
use super::runtime;

impl RemoteKeySet {
    /// Starts the task, unless this process has one.
    pub(super) fn keep(self: &Arc<Self>) {
        let desk = self.desk();
        if desk.is_kept.load(Ordering::Relaxed) || desk.is_kept.swap(true, Ordering::Relaxed) {
            return;
        }
        match runtime::current() {
            Ok(runtime) => drop(runtime.spawn(keep_fresh(Arc::downgrade(self), desk))),
            Err(_) => desk.is_kept.store(false, Ordering::Relaxed),
        }
    }

    /// Fetches once the set is due, and returns how long to rest where that fails.
    async fn refresh(self: &Arc<Self>, desk: &Arc<Desk>) -> Duration {
        let _ = self.wait(Need::Refresh, || false, desk).await;
        let schedule = desk.schedule();
        if schedule.is_trying() { schedule.rest(self.now(), draw()) } else { Duration::ZERO }
    }
}

/// It holds the set only while it fetches, and ends when nobody else holds it.
async fn keep_fresh(set: Weak<RemoteKeySet>, desk: Arc<Desk>) {
    loop {
        let Some(time_left) = set.upgrade().map(|set| set.held.load().time_left(set.now())) else { return };
        tokio::time::sleep(time_left).await;
        let Some(set) = set.upgrade() else { return };
        let rest = set.refresh(&desk).await;
        drop(set);
        tokio::time::sleep(rest).await;
    }
}
