//! A key server: the number of its newest key is its key set.

use std::sync::Arc;

use loom::sync::atomic::{AtomicUsize, Ordering};

use super::failure::RequestFailure;

/// The connection to the key server.
#[derive(Clone, Default)]
pub(crate) struct Network(Arc<KeyServer>);

#[derive(Default)]
struct KeyServer {
    newest_key: AtomicUsize,
    /// Requests fail until that many were answered.
    failures: AtomicUsize,
    requests: AtomicUsize,
    in_flight: AtomicUsize,
}

impl Network {
    /// Returns a server whose first requests fail.
    pub fn failing(failures: usize) -> Self {
        let network = Self::default();
        network.0.failures.store(failures, Ordering::SeqCst);
        network
    }

    /// Publishes one more key, and returns its number.
    pub fn publish_key(&self) -> usize {
        self.0.newest_key.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Returns the number of requests.
    pub fn requests(&self) -> usize {
        self.0.requests.load(Ordering::SeqCst)
    }

    /// Answers a request with the newest key.
    pub fn answer(&self) -> Result<Vec<u8>, RequestFailure> {
        assert_eq!(self.0.in_flight.fetch_add(1, Ordering::SeqCst), 0, "two fetches are in flight");
        let number = self.0.requests.fetch_add(1, Ordering::SeqCst);
        let body = self.0.newest_key.load(Ordering::SeqCst).to_be_bytes().to_vec();
        let has_failed = number < self.0.failures.load(Ordering::SeqCst);
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
        if has_failed { Err("the server failed".into()) } else { Ok(body) }
    }
}
