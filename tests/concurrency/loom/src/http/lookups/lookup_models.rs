//! Requests that share look-ups of one credential.

use std::sync::Arc;
use std::time::Duration;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::answer_cache::{Answer, CachePolicy};
use super::server::{LookupLimits, LookupServer, Question};
use super::shared_lookups::SharedLookups;
use super::slots::Slots;
use crate::error::Error;
use crate::stand_ins::runtime::block_on;
use crate::{explore, join};

/// The number of changes that a session had when the server was asked.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Changes(usize);

impl Answer for Changes {
    fn size_bytes(&self) -> usize {
        0
    }
}

/// A session that changes, and the look-ups of it.
struct Session {
    lookups: SharedLookups<Changes>,
    changes: Arc<AtomicUsize>,
    asked: Arc<AtomicUsize>,
}

impl Session {
    /// Returns a session whose answers are used for `max_age`, by requests for one credential at a time.
    fn new(max_age: Duration) -> Arc<Self> {
        let policy = CachePolicy::new(max_age, 10, "n").unwrap();
        let server = Arc::new(LookupServer(LookupLimits { max_in_flight: 1 }));
        let counter = || Arc::new(AtomicUsize::new(0));
        Arc::new(Self { lookups: SharedLookups::new(server, policy), changes: counter(), asked: counter() })
    }

    fn change(&self) -> usize {
        self.changes.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Looks the session up, and returns how many changes the answer has seen.
    fn look_up(&self) -> usize {
        let (changes, asked) = (Arc::clone(&self.changes), Arc::clone(&self.asked));
        let ask = Box::new(move || {
            let (changes, asked) = (Arc::clone(&changes), Arc::clone(&asked));
            Question(Box::new(move || {
                asked.fetch_add(1, Ordering::SeqCst);
                Ok(Some(Changes(changes.load(Ordering::SeqCst))))
            }))
        });
        let answer = block_on(self.lookups.look_up(b"credential", ask)).unwrap();
        answer.unwrap().0
    }
}

#[test]
fn an_answer_is_newer_than_the_request_that_gets_it() {
    explore(|| {
        let session = Session::new(Duration::ZERO);
        let request = |session: &Session| {
            let change = session.change();
            assert!(session.look_up() >= change, "the answer is older than the request");
        };
        let other = Arc::clone(&session);
        let thread = thread::spawn(move || request(&other));
        request(&session);
        thread.join().unwrap();
        assert!((1..=2).contains(&session.asked.load(Ordering::SeqCst)));
    });
}

#[test]
fn requests_that_may_share_an_answer_are_all_answered() {
    explore(|| {
        let session = Session::new(Duration::from_secs(3_600));
        let other = Arc::clone(&session);
        let thread = thread::spawn(move || other.look_up());
        assert_eq!((session.look_up(), thread.join().unwrap()), (0, 0));
        assert!((1..=2).contains(&session.asked.load(Ordering::SeqCst)));
        assert_eq!(session.lookups.cached(b"credential"), Some(Changes(0)));
        assert_eq!(session.lookups.cached(b"credentia1"), None);
    });
}

#[test]
fn a_credential_is_not_in_flight_once_all_requests_are_answered() {
    explore(|| {
        let session = Session::new(Duration::ZERO);
        let other = Arc::clone(&session);
        let thread = thread::spawn(move || other.look_up());
        session.look_up();
        thread.join().unwrap();
        // One credential may be in flight, so that another is refused while this one is.
        let ask = Box::new(|| Question(Box::new(|| Ok(None)) as Box<dyn FnOnce() -> Result<_, Error>>));
        let other = block_on(session.lookups.look_up(b"other", ask));
        assert_eq!(other, Ok(None), "the credential stays in flight");
    });
}

#[test]
fn at_most_max_places_are_taken_at_a_time() {
    explore(|| {
        let (slots, taken) = (Arc::new(Slots::default()), Arc::new(AtomicUsize::new(0)));
        let take = {
            let (slots, taken) = (Arc::clone(&slots), Arc::clone(&taken));
            move || {
                if let Some(_slot) = slots.reserve(1) {
                    assert_eq!(taken.fetch_add(1, Ordering::SeqCst), 0);
                    taken.fetch_sub(1, Ordering::SeqCst);
                }
            }
        };
        let threads = [take.clone(), take.clone()].map(thread::spawn);
        take();
        join(threads);
        assert!(slots.reserve(1).is_some(), "a place is lost");
    });
}
