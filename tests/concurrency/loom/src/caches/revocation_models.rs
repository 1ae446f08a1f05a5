//! The map of revocations: an entry that was inserted is found, whatever is removed meanwhile.

use std::sync::Arc;

use loom::thread;

use super::fingerprint::{Fingerprint, Fingerprinter};
use super::lifetime::{Lifetime, Moment};
use super::sharded_map::{Expiring, ShardedMap};
use crate::explore;

#[derive(Clone, Copy)]
struct Revoked(Lifetime);

impl Expiring for Revoked {
    fn merge(self, other: Self) -> Self {
        Self(self.0.merge(other.0))
    }

    fn lifetime(&self) -> Lifetime {
        self.0
    }
}

const NOW: Moment = Moment { since_epoch: 10_000.0, since_creation: 10_000.0 };

fn until(seconds: f64) -> Revoked {
    Revoked(Lifetime::new(seconds, Moment { since_epoch: 0.0, since_creation: 0.0 }))
}

/// Returns a fingerprint of each part of the map. They are drawn once: a model has the same in every order.
fn fingerprints<const N: usize>(parts: [u64; N]) -> [Fingerprint; N] {
    let fingerprinter = Fingerprinter::new();
    let mut all = (0..).map(|number: u32| fingerprinter.fingerprint(&number.to_string()));
    parts.map(|part| all.find(|fingerprint| fingerprint.second_half() % 128 == part).unwrap())
}

#[test]
fn a_revocation_is_found_while_expired_ones_are_removed() {
    // The second insertion removes what has expired in the second part.
    let [expired, first, second] = fingerprints([1, 8, 9]);
    explore(move || {
        let map = Arc::new(ShardedMap::new());
        map.insert(expired, until(1.0), NOW);
        let revoke = {
            let map = Arc::clone(&map);
            move |fingerprint| {
                map.insert(fingerprint, until(20_000.0), NOW);
                assert!(map.get(fingerprint, NOW.since_epoch).is_some(), "a revoked token is accepted");
            }
        };
        let other = revoke.clone();
        let thread = thread::spawn(move || other(second));
        revoke(first);
        thread.join().unwrap();
        for fingerprint in [first, second] {
            assert!(map.get(fingerprint, NOW.since_epoch).is_some(), "a revoked token is accepted");
        }
        assert_eq!(map.count_live(NOW.since_epoch), 2);
    });
}

#[test]
fn a_revocation_that_is_extended_is_found_while_expired_ones_are_removed() {
    // The third insertion removes what has expired in the third part.
    let [expired, token] = fingerprints([2, 8]);
    explore(move || {
        let map = Arc::new(ShardedMap::new());
        map.insert(token, until(20_000.0), NOW);
        map.insert(expired, until(1.0), NOW);
        let extend = {
            let map = Arc::clone(&map);
            move || {
                map.insert(token, until(30_000.0), NOW);
                assert!(map.get(token, NOW.since_epoch).is_some(), "a revoked token is accepted");
            }
        };
        let thread = thread::spawn(extend.clone());
        extend();
        thread.join().unwrap();
        assert!(map.get(token, 29_000.0).is_some(), "a revoked token is accepted");
    });
}

#[test]
fn revocations_of_one_token_are_merged() {
    let [token] = fingerprints([8]);
    explore(move || {
        let map = Arc::new(ShardedMap::new());
        let other = Arc::clone(&map);
        let thread = thread::spawn(move || other.insert(token, until(20_000.0), NOW));
        map.insert(token, until(30_000.0), NOW);
        thread.join().unwrap();
        assert!(map.get(token, 29_000.0).is_some(), "the longer revocation is lost");
        assert_eq!(map.count_live(NOW.since_epoch), 1);
    });
}
