//! The time for which a waiter waits until a fetch is permitted.

use std::time::Duration;

use super::fetch_policy::{FetchDecision, FetchPolicy, FetchReason};
use super::refresh_policy::RefreshPolicy;

/// The time for which a waiter waits until a fetch is permitted.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(test, derive(PartialEq, Eq, Hash, PartialOrd, Ord))]
pub(super) struct WaitTime {
    pub deadline: Duration,
    pub has_begun: bool,
}

impl WaitTime {
    /// Returns the next step at `now` of a waiter with `ticket`. `admit` decides until the deadline about a start that
    /// `fetches` permit.
    ///
    /// The deadline is `max_wait` after the last time at which no fetch for the waiter had ended, or after the first at which
    /// the waiter had to wait for a permit. A fetch that started before the waiter came does not count, because the pause
    /// after its failure may begin later than the wait.
    pub fn decide(
        &mut self,
        fetches: &FetchPolicy,
        (reason, ticket): (FetchReason, u64),
        now: Duration,
        policy: &RefreshPolicy,
        admit: impl FnOnce(Duration) -> FetchDecision,
    ) -> FetchDecision {
        if !fetches.has_finished_since(ticket) && !self.has_begun {
            self.deadline = now.saturating_add(policy.max_wait);
        }
        let decision = match fetches.decide(reason, ticket, now, self.deadline, policy) {
            FetchDecision::Start => admit(self.deadline),
            decision => decision,
        };
        self.has_begun |= matches!(decision, FetchDecision::WaitUntil(_));
        decision
    }
}
