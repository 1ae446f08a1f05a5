//! The callers of the model, which wait as `Refresher::wait_for_fetch` does.

use std::time::Duration;

use crate::jwks::wait_time::WaitTime;

/// The token of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Role {
    /// The server has its key from the start. Callers with this role have one `kid`.
    Published,
    /// The server publishes its key at some time. Callers with this role have one `kid`, too.
    PublishedLater,
    /// The `kid` is made up.
    MadeUp,
}

/// The next step of a caller in `wait_for_fetch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Step {
    Arrive,
    TakeTicket,
    CheckKeyAndDecide,
    AwaitEnd,
    AwaitEndUntil(Duration),
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, which the properties read")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Caller {
    /// The number of the entry of its `kid`.
    pub entry: usize,
    pub step: Step,
    pub ticket: u64,
    pub wait: WaitTime,
    /// The key was published when the caller came.
    pub is_published: bool,
    /// A fetch has ended since the caller came, or since it last waited.
    pub is_notified: bool,
    pub saw_outage: bool,
    /// The pause after a failed fetch of the `kid` was not over when the caller came, or began later.
    pub saw_failure: bool,
    /// The caller had to wait because its `kid` was fetched several times before.
    pub had_fetches: bool,
    /// The rounds in which chance preferred others, counted up to [`MAX_LOST`].
    pub lost_rounds: u8,
    pub ticks: u8,
}

/// The number of rounds up to which those that a caller has lost are counted.
pub(super) const MAX_LOST: u8 = 2;

impl Caller {
    /// Returns a caller that has not come yet.
    pub fn new(entry: usize) -> Self {
        Self {
            entry,
            step: Step::Arrive,
            ticket: 0,
            wait: WaitTime::default(),
            is_published: false,
            is_notified: false,
            saw_outage: false,
            saw_failure: false,
            had_fetches: false,
            lost_rounds: 0,
            ticks: 0,
        }
    }

    pub fn has_ticket(&self) -> bool {
        !matches!(self.step, Step::Arrive | Step::TakeTicket)
    }

    /// Returns true if the caller waits.
    pub fn is_waiting(&self) -> bool {
        matches!(self.step, Step::AwaitEnd | Step::AwaitEndUntil(_))
    }
}
