//! The times of the model, which are bounded so that the search ends.

use std::time::Duration;

use super::super::{FetchPolicy, RefreshPolicy, TokenBucket};

/// 125 ms: half of the first pause after a failure, which is the shortest pause with jitter.
pub(in crate::jwks) const TICK: Duration = Duration::from_millis(125);
/// The time of every world. A tick moves the recorded times into the past instead.
pub(in crate::jwks) const NOW: Duration = Duration::from_secs(1_000);
pub(in crate::jwks) const MAX_WAIT_TICKS: u32 = 4;
pub(in crate::jwks) const FETCH_INTERVAL_TICKS: u32 = 2;
pub(in crate::jwks) const FETCH_BURST: u32 = 2;
/// After this number of failures, the pause no longer grows.
pub(in crate::jwks) const MAX_DOUBLINGS: u32 = 2;
/// The time limit of a request.
pub(in crate::jwks) const MAX_FETCH_TICKS: u8 = 2;
/// A caller joins the fetch in flight, waits until the next is permitted, and waits for that.
pub(in crate::jwks) const MAX_CALL_TICKS: u8 = 2 * MAX_FETCH_TICKS + 2 * 4;

pub(in crate::jwks) fn refresh_policy() -> RefreshPolicy {
    RefreshPolicy {
        fetch_burst: FETCH_BURST,
        fetch_interval: TICK * FETCH_INTERVAL_TICKS,
        max_wait: TICK * MAX_WAIT_TICKS,
        recheck_interval: TICK * 2,
        max_retry_after: TICK * 8,
        ..RefreshPolicy::default()
    }
}

/// Moves the recorded times of `policy` one tick into the past. Times that no longer matter become equal.
pub(in crate::jwks) fn move_into_past(policy: &mut FetchPolicy) {
    move_bucket_into_past(&mut policy.bucket);
    policy.blocked_until = policy.blocked_until.saturating_sub(TICK);
    if policy.blocked_until <= NOW {
        policy.blocked_until = Duration::ZERO;
    }
    let interval = refresh_policy().recheck_interval;
    policy.last_recheck =
        policy.last_recheck.map(|last| last.saturating_sub(TICK)).filter(|last| NOW.saturating_sub(*last) < interval);
    policy.consecutive_failures = policy.consecutive_failures.min(MAX_DOUBLINGS);
}

/// Moves the time at which `bucket` is full one tick into the past. A full bucket is full from now on.
pub(in crate::jwks) fn move_bucket_into_past(bucket: &mut TokenBucket) {
    bucket.full_at = bucket.full_at.saturating_sub(TICK).max(NOW);
}

impl FetchPolicy {
    /// Returns true if the pause after a failure is not over at `now`.
    pub(in crate::jwks) fn is_failing(&self, now: Duration) -> bool {
        self.blocked_until > now
    }
}
