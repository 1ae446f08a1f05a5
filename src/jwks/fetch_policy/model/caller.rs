//! The callers of the model, which request fetches as `Refresher::wait_for_fetch` does.

use std::time::Duration;

use super::super::FetchReason;
use super::times::NOW;
use crate::jwks::wait_time::WaitTime;

/// The request of a caller of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Role {
    /// A token whose key the server publishes when it arrives.
    Published,
    /// A token with a made-up key.
    MadeUp,
    /// A token with a wrong signature under a cached key.
    BadSignature,
    /// The background task.
    Refresh,
}

impl Role {
    pub fn reason(self) -> FetchReason {
        match self {
            Self::Published | Self::MadeUp => FetchReason::UnknownKey,
            Self::BadSignature => FetchReason::BadSignature,
            Self::Refresh => FetchReason::Refresh,
        }
    }
}

/// The next step of a caller in `wait_for_fetch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Step {
    Arrive,
    TakeTicket,
    CheckKeyAndDecide,
    AwaitEnd,
    AwaitEndUntil(Duration),
    Leave,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Caller {
    pub role: Role,
    pub step: Step,
    /// The version of the server's key that the token needs.
    pub key: u8,
    pub ticket: u64,
    pub wait: WaitTime,
    /// A fetch has ended since the caller subscribed, or since it last waited.
    pub is_notified: bool,
    pub saw_outage: bool,
    pub ticks: u8,
}

impl Caller {
    pub fn new(role: Role, step: Step) -> Self {
        let wait = WaitTime { deadline: NOW, ..WaitTime::default() };
        Self { role, step, key: 0, ticket: 0, wait, is_notified: false, saw_outage: false, ticks: 0 }
    }

    pub fn has_ticket(&self) -> bool {
        !matches!(self.step, Step::Arrive | Step::TakeTicket | Step::Leave)
    }
}
