//! The reason why a request failed.

use std::time::Duration;

/// A failed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestFailure {
    pub reason: String,
    pub retry_after: Option<Duration>,
}

impl From<&str> for RequestFailure {
    fn from(reason: &str) -> Self {
        Self { reason: reason.to_owned(), retry_after: None }
    }
}
