//! Waiters, fetches and readers of one remote key set.

use std::sync::Arc;
use std::time::Duration;

use loom::thread;

use super::fetch_policy::FetchReason;
use super::http::HttpLimits;
use super::location::Location;
use super::refresh_policy::RefreshPolicy;
use super::refresher::Refresher;
use crate::error::Error;
use crate::http::network::Network;
use crate::stand_ins::reqwest::Url;
use crate::stand_ins::runtime::block_on;
use crate::{explore, join};

/// A policy without pauses, because time does not pass in a model.
const POLICY: RefreshPolicy = RefreshPolicy {
    max_age: Duration::from_secs(3_600),
    min_age: Duration::ZERO,
    refresh_jitter: 0.0,
    max_stale: Duration::from_secs(3_600),
    fetch_burst: 1_000,
    fetch_interval: Duration::from_secs(1),
    max_wait: Duration::ZERO,
    max_waiting_threads: 4,
    recheck_interval: Duration::ZERO,
    max_retry_after: Duration::ZERO,
};

fn refresher(network: &Network) -> Arc<Refresher> {
    Arc::new(Refresher::new(Location::Url(Url), HttpLimits::default(), POLICY, network.clone()))
}

fn newest_key(refresher: &Refresher) -> usize {
    refresher.snapshot().keys.newest_key
}

/// Waits for a key that is published now, as a token with a new `kid` does.
fn wait_for_new_key(refresher: &Arc<Refresher>, network: &Network) {
    let key = network.publish_key();
    let state = refresher.fetch_state();
    let is_cached = || newest_key(refresher) >= key;
    block_on(refresher.wait_for_fetch(FetchReason::UnknownKey, is_cached, &state)).expect("the server is up");
    assert!(is_cached(), "a token with a published key is refused");
}

#[test]
fn waiters_get_keys_that_were_published_before_they_came() {
    explore(|| {
        let network = Network::default();
        let refresher = refresher(&network);
        let other = (Arc::clone(&refresher), network.clone());
        let waiter = thread::spawn(move || wait_for_new_key(&other.0, &other.1));
        wait_for_new_key(&refresher, &network);
        waiter.join().unwrap();
        assert!((1..=2).contains(&network.requests()), "{} requests for two waiters", network.requests());
    });
}

#[test]
fn a_waiter_gets_its_key_after_a_fetch_that_failed() {
    explore(|| {
        let network = Network::failing(1);
        let refresher = refresher(&network);
        let other = (Arc::clone(&refresher), network.clone());
        let waiter = thread::spawn(move || wait_for_new_key(&other.0, &other.1));
        wait_for_new_key(&refresher, &network);
        waiter.join().unwrap();
        let counts = refresher.fetch_state().fetch_counts();
        assert_eq!(counts.failed, 1);
        assert!((1..=network.requests() as u64).contains(&counts.ended), "{counts:?}");
    });
}

#[test]
fn refreshes_at_the_same_time_share_one_fetch() {
    explore(|| {
        let network = Network::default();
        let refresher = refresher(&network);
        let refresh = |refresher: &Arc<Refresher>| {
            let state = refresher.fetch_state();
            block_on(refresher.wait_for_fetch(FetchReason::Refresh, || false, &state)).unwrap();
            assert!(refresher.snapshot().generation > 0, "the wait ended before the snapshot was stored");
        };
        let other = Arc::clone(&refresher);
        let waiter = thread::spawn(move || refresh(&other));
        refresh(&refresher);
        waiter.join().unwrap();
        assert!((1..=2).contains(&network.requests()));
    });
}

#[test]
fn a_manual_fetch_ends_with_the_outcome_of_a_later_fetch() {
    let fetch = |refresher: &Arc<Refresher>, network: &Network| {
        let key = network.publish_key();
        let state = refresher.fetch_state();
        match block_on(refresher.wait_for_fetch(FetchReason::Manual, || false, &state)) {
            Ok(()) => assert!(newest_key(refresher) >= key, "the fetch began before it was requested"),
            Err(error) => assert!(matches!(error, Error::KeysUnavailable { .. })),
        }
    };
    // A fetch that fails ends the wait of both, so that one which succeeds is in flight only without failures.
    for failures in [0, 1] {
        explore(move || {
            let network = Network::failing(failures);
            let refresher = refresher(&network);
            let other = (Arc::clone(&refresher), network.clone());
            let waiter = thread::spawn(move || fetch(&other.0, &other.1));
            fetch(&refresher, &network);
            join([waiter]);
        });
    }
}

#[test]
fn the_generation_that_a_reader_sees_never_goes_back() {
    explore(|| {
        let network = Network::default();
        let refresher = refresher(&network);
        let others = [0, 1].map(|_| (Arc::clone(&refresher), network.clone()));
        let waiters = others.map(|(refresher, network)| {
            thread::spawn(move || {
                let key = network.publish_key();
                let state = refresher.fetch_state();
                let is_cached = || newest_key(&refresher) >= key;
                block_on(refresher.wait_for_fetch(FetchReason::Refresh, is_cached, &state)).unwrap();
            })
        });
        let mut last = (0, 0);
        for _ in 0..2 {
            let snapshot = refresher.snapshot();
            let seen = (snapshot.generation, snapshot.keys.newest_key);
            assert!(seen >= last && seen.1 >= last.1, "{last:?}, then {seen:?}");
            last = seen;
        }
        join(waiters);
    });
}

#[test]
fn one_thread_starts_the_refresh_task() {
    explore(|| {
        let refresher = refresher(&Network::default());
        let other = Arc::clone(&refresher);
        let claim = |refresher: &Refresher| usize::from(refresher.fetch_state().claim_refresh_task());
        let claimed = thread::spawn(move || claim(&other));
        assert_eq!(claim(&refresher) + claimed.join().unwrap(), 1);
    });
}
