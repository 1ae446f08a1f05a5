//! The places of waiters, and the `kid`s that they wait for.

use std::sync::Arc;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::http::HttpLimits;
use super::location::{Location, PerKidUrl};
use super::per_kid::{KeyTable, WantedKids};
use super::refresh_policy::RefreshPolicy;
use super::refresher::Refresher;
use super::waiter_slot::{Waiter, WaiterCounts};
use crate::http::network::Network;
use crate::stand_ins::reqwest::Url;
use crate::{explore, join};

/// The bytes of a token that takes all of the memory for tokens that wait: 64 MiB without the 20 KiB of its waiter.
const WHOLE_MEMORY: usize = 67_108_864 - 20_480;

#[test]
fn the_places_are_free_once_all_waiters_are_gone() {
    explore(|| {
        let policy = RefreshPolicy { max_waiting_threads: 1, ..RefreshPolicy::default() };
        let (counts, waiting) = (Arc::new(WaiterCounts::default()), Arc::new(AtomicUsize::new(0)));
        let wait = {
            let (counts, waiting) = (Arc::clone(&counts), Arc::clone(&waiting));
            move || {
                if let Ok(_slot) = counts.reserve(Waiter::Thread, 1_000, &policy) {
                    assert_eq!(waiting.fetch_add(1, Ordering::SeqCst), 0, "two threads wait, of one that may");
                    waiting.fetch_sub(1, Ordering::SeqCst);
                }
            }
        };
        let threads = [wait.clone(), wait.clone()].map(thread::spawn);
        wait();
        join(threads);
        assert!(counts.reserve(Waiter::Thread, WHOLE_MEMORY, &policy).is_ok(), "a place is lost");
    });
}

#[test]
fn tokens_that_wait_never_exceed_the_memory() {
    explore(|| {
        let policy = RefreshPolicy::default();
        let (counts, waiting) = (Arc::new(WaiterCounts::default()), Arc::new(AtomicUsize::new(0)));
        let wait = {
            let (counts, waiting) = (Arc::clone(&counts), Arc::clone(&waiting));
            move || {
                if let Ok(_slot) = counts.reserve(Waiter::Task, WHOLE_MEMORY / 2, &policy) {
                    assert!(waiting.fetch_add(1, Ordering::SeqCst) < 1, "one token alone has room");
                    waiting.fetch_sub(1, Ordering::SeqCst);
                }
            }
        };
        let threads = [wait.clone(), wait.clone()].map(thread::spawn);
        join(threads);
        assert!(counts.reserve(Waiter::Task, WHOLE_MEMORY, &policy).is_ok(), "memory is lost");
    });
}

#[test]
fn a_kid_is_listed_while_one_of_its_tokens_waits() {
    explore(|| {
        let kids = Arc::new(WantedKids::default());
        let wait = {
            let kids = Arc::clone(&kids);
            move |kid: &str| {
                let wanted = kids.register(kid);
                assert!(kids.contains(kid), "the entry of {kid} may be removed");
                drop(wanted);
            }
        };
        let waits = [(wait.clone(), "a"), (wait.clone(), "b")];
        let threads = waits.map(|(wait, kid)| thread::spawn(move || wait(kid)));
        wait("a");
        join(threads);
        assert!(!kids.contains("a") && !kids.contains("b"));
    });
}

#[test]
fn the_entry_of_a_kid_stays_while_one_of_its_tokens_waits() {
    const MAX_OTHER_KIDS: usize = 8;

    explore(|| {
        let set =
            Refresher::new(Location::Url(Url), HttpLimits::default(), RefreshPolicy::default(), Network::default());
        let table = Arc::new(KeyTable::new(PerKidUrl, Arc::new(set)));
        for number in 0..MAX_OTHER_KIDS {
            assert!(table.want(&number.to_string()).is_some(), "the table has room");
        }
        let other = Arc::clone(&table);
        let thread = thread::spawn(move || {
            assert!(other.want("new").is_some(), "no token waits for the seven other kids");
        });
        let wanted = table.want("0");
        assert!(wanted.is_some() && table.find(Some("0")).is_some(), "the entry was removed");
        thread.join().unwrap();
        assert!(table.find(Some("0")).is_some(), "the entry was removed");
        assert_eq!(table.entries().len(), MAX_OTHER_KIDS);
    });
}
