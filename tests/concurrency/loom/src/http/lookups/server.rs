//! The server that is asked about a credential: a model reads the answer.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::stand_ins::runtime;

#[derive(Clone, Copy)]
pub struct LookupLimits {
    pub max_in_flight: usize,
}

/// A request, as the function that answers it.
pub(crate) struct Question<T>(pub Box<dyn FnOnce() -> Result<T>>);

pub(crate) struct LookupServer(pub LookupLimits);

impl LookupServer {
    pub fn limits(&self) -> LookupLimits {
        self.0
    }

    pub fn unavailable(&self, reason: &str, _: Option<Duration>) -> Error {
        Error::StoreUnavailable { reason: reason.to_owned(), retry_after: Duration::ZERO }
    }

    pub fn too_many_in_flight(&self) -> Error {
        self.unavailable("too many look-ups are in flight", None)
    }

    /// Answers on the thread of the task.
    pub async fn ask<T>(&self, question: Question<T>) -> Result<T> {
        runtime::enter_thread().await;
        (question.0)()
    }
}
