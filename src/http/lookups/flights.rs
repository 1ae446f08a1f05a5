//! The look-ups that are in flight: at most one for each credential, and one more that waits for it to end.
//!
//! A request that arrives while a look-up is in flight must not get its answer, because the session may have ended after
//! the server was asked. All such requests share the next look-up. So every answer comes from a look-up that began after
//! the request arrived.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ahash::RandomState;
use tokio::sync::watch;

/// The sender to the requests that wait for one look-up.
pub(super) type Waiters<T> = watch::Sender<Option<T>>;

/// The credentials that are in flight, each with the requests that wait for its next look-up.
type InFlight<T> = HashMap<Box<[u8]>, Option<Waiters<T>>, RandomState>;

/// The look-ups of one process by credential.
pub(super) struct Flights<T>(Mutex<InFlight<T>>);

/// A request that has joined.
pub(super) struct Joined<T> {
    /// Receives the outcome of the look-up.
    pub outcome: watch::Receiver<Option<T>>,
    /// If the caller must start the look-up: the requests that wait for it.
    pub to_start: Option<Waiters<T>>,
}

impl<T: Clone> Flights<T> {
    pub fn new() -> Self {
        Self(Mutex::default())
    }

    /// Joins the look-up of `key` that begins next. Returns `None` if `max_keys` other credentials are in flight.
    pub fn join(&self, key: &[u8], max_keys: usize) -> Option<Joined<T>> {
        let mut flights = self.lock();
        if let Some(next) = flights.get_mut(key) {
            let next = next.get_or_insert_with(|| watch::Sender::new(None));
            return Some(Joined { outcome: next.subscribe(), to_start: None });
        }
        if flights.len() >= max_keys {
            return None;
        }
        flights.insert(key.into(), None);
        let (sender, outcome) = watch::channel(None);
        Some(Joined { outcome, to_start: Some(sender) })
    }

    /// Ends the look-up of `key`, and returns the requests that wait for the next one. If no request waits, or the outcome can
    /// be shared with them (`can_share`), `key` is no longer in flight. Otherwise the caller must run the next look-up.
    pub fn end(&self, key: &[u8], can_share: bool) -> Option<Waiters<T>> {
        let mut flights = self.lock();
        let next = flights.get_mut(key)?.take().filter(|next| next.receiver_count() > 0);
        if can_share || next.is_none() {
            flights.remove(key);
        }
        next
    }

    fn lock(&self) -> MutexGuard<'_, InFlight<T>> {
        // No code panics while it holds this lock, so a poisoned value is still consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Flights;

    #[test]
    fn a_request_during_a_look_up_joins_the_next_one() {
        let flights = Flights::<u8>::new();
        let first = flights.join(b"a", 1).unwrap();
        let (second, third) = (flights.join(b"a", 1).unwrap(), flights.join(b"a", 1).unwrap());
        assert!(first.to_start.is_some() && second.to_start.is_none() && third.to_start.is_none());
        let next = flights.end(b"a", false).unwrap();
        first.to_start.unwrap().send_replace(Some(1));
        assert_eq!((*first.outcome.borrow(), *second.outcome.borrow()), (Some(1), None));
        let fourth = flights.join(b"a", 1).unwrap();
        next.send_replace(Some(2));
        assert_eq!([&second, &third, &fourth].map(|joined| *joined.outcome.borrow()), [Some(2), Some(2), None]);
    }

    #[test]
    fn nothing_is_in_flight_once_no_request_waits() {
        let flights = Flights::<u8>::new();
        let _first = flights.join(b"a", 1).unwrap();
        assert!(flights.join(b"b", 1).is_none());
        drop(flights.join(b"a", 1));
        assert!(flights.end(b"a", false).is_none());
        assert!(flights.join(b"b", 1).unwrap().to_start.is_some());
    }

    #[test]
    fn a_shared_outcome_ends_the_flight() {
        let flights = Flights::<u8>::new();
        let _first = flights.join(b"a", 1).unwrap();
        let second = flights.join(b"a", 1).unwrap();
        flights.end(b"a", true).unwrap().send_replace(Some(1));
        assert_eq!(*second.outcome.borrow(), Some(1));
        assert!(flights.join(b"a", 1).unwrap().to_start.is_some());
    }
}
