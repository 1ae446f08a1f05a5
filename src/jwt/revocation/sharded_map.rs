//! A map from fingerprints to values that expire, in parts with a lock each.
//!
//! An insertion removes expired entries of one other part now and then, so that each insertion pays for few of them.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::fingerprint::Fingerprint;
use super::lifetime::{Lifetime, Moment};

/// A value that expires, and that a further value for the same fingerprint extends.
pub(super) trait Expiring: Copy {
    /// Returns the value that stands for both.
    fn merge(self, other: Self) -> Self;

    /// Returns the time for which the value has an effect.
    fn lifetime(&self) -> Lifetime;
}

/// The number of parts. A power of two.
const SHARDS: usize = 128;

/// The number of entries that are checked for each inserted one, on average.
const CHECKED_PER_INSERTION: usize = 8;

type Shard<V> = HashMap<Fingerprint, V, BuildHasherDefault<FirstHalf>>;

/// A map in [`SHARDS`] parts.
pub(super) struct ShardedMap<V> {
    shards: Box<[RwLock<Shard<V>>]>,
    /// The number of entries, expired ones included.
    len: AtomicUsize,
    insertions: AtomicUsize,
}

impl<V: Expiring> ShardedMap<V> {
    /// Creates an empty map.
    pub fn new() -> Self {
        let shards = (0..SHARDS).map(|_| RwLock::new(Shard::default())).collect();
        Self { shards, len: AtomicUsize::new(0), insertions: AtomicUsize::new(0) }
    }

    /// Returns the value of `fingerprint` if it is live at `now`.
    pub fn get(&self, fingerprint: Fingerprint, now: f64) -> Option<V> {
        if self.len.load(Ordering::Acquire) == 0 {
            return None;
        }
        let shard = self.shards.get(shard_index(fingerprint))?;
        read(shard).get(&fingerprint).copied().filter(|value| value.lifetime().is_live(now))
    }

    /// Inserts `value`, or merges it with the value that is present.
    pub fn insert(&self, fingerprint: Fingerprint, value: V, now: Moment) {
        if let Some(shard) = self.shards.get(shard_index(fingerprint)) {
            self.insert_into(&mut write(shard), fingerprint, value);
        }
        self.remove_some_expired(now);
    }

    fn insert_into(&self, shard: &mut Shard<V>, fingerprint: Fingerprint, value: V) {
        // Before the entry: a reader that finds the map empty must not miss it.
        self.len.fetch_add(1, Ordering::AcqRel);
        if let Some(present) = shard.get_mut(&fingerprint) {
            *present = present.merge(value);
            self.len.fetch_sub(1, Ordering::AcqRel);
        } else {
            shard.insert(fingerprint, value);
        }
    }

    /// Checks one part after so many insertions that each has paid for [`CHECKED_PER_INSERTION`] of its entries.
    fn remove_some_expired(&self, now: Moment) {
        let insertions = self.insertions.fetch_add(1, Ordering::Relaxed);
        let interval = self.len.load(Ordering::Relaxed) / (SHARDS * CHECKED_PER_INSERTION) + 1;
        if insertions.is_multiple_of(interval)
            && let Some(shard) = self.shards.get(insertions / interval % SHARDS)
        {
            self.remove_expired(&mut write(shard), now);
        }
    }

    fn remove_expired(&self, shard: &mut Shard<V>, now: Moment) {
        let before = shard.len();
        shard.retain(|_, value| !value.lifetime().has_ended(now));
        self.len.fetch_sub(before - shard.len(), Ordering::AcqRel);
        if shard.len() < shard.capacity() / 4 {
            shard.shrink_to_fit();
        }
    }

    /// Returns the number of entries that are live at `now`. Looks at every entry.
    pub fn count_live(&self, now: f64) -> usize {
        let count =
            |shard: &RwLock<Shard<V>>| read(shard).values().filter(|value| value.lifetime().is_live(now)).count();
        self.shards.iter().map(count).sum()
    }

    /// Returns the number of entries in memory, expired ones included.
    #[cfg(test)]
    pub fn entries_in_memory(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::cast_possible_truncation, reason = "the remainder is small")]
fn shard_index(fingerprint: Fingerprint) -> usize {
    (fingerprint.second_half() % SHARDS as u64) as usize
}

/// A hasher that returns the 64 bits that a fingerprint writes.
#[derive(Default)]
struct FirstHalf(u64);

impl Hasher for FirstHalf {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, half: u64) {
        self.0 = half;
    }
}
