//! The state of one `kid` of the model: its real policy and its real permit.

use super::super::Place;
use crate::jwks::fetch_policy::FetchPolicy;

/// A request to the server, which answers once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Fetch {
    /// Whether the server had the key when it responded. `None` before that.
    pub response: Option<bool>,
    pub has_failed: bool,
    pub ticks: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    pub policy: FetchPolicy,
    pub permit: Option<Place>,
    /// The number of those that joined the round of the permit with a lower number, counted up to the limit of a round.
    pub lower: usize,
    pub fetch: Option<Fetch>,
    pub is_published: bool,
    pub is_made_up: bool,
    pub is_cached: bool,
}

impl Entry {
    /// Returns an entry that was not fetched yet.
    pub fn new(is_published: bool, is_made_up: bool) -> Self {
        Self {
            policy: FetchPolicy::default(),
            permit: None,
            lower: 0,
            fetch: None,
            is_published,
            is_made_up,
            is_cached: false,
        }
    }

    /// Returns the entry as it is if the table made room for another, and the `kid` is named again.
    pub fn forgotten(&self) -> Self {
        Self::new(self.is_published, self.is_made_up)
    }
}
