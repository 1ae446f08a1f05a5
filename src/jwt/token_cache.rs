//! A bounded cache of verified tokens, which lets a repeated token skip the signature check.
//!
//! Under a fixed policy only time and a revocation can invalidate accepted claims, so the verifier rechecks `exp` and `nbf`
//! and asks the list of revocations on every hit. An entry belongs to the keys that verified it: if the issuer changes its key set, the tokens of the set leave the cache.
//! Entries are found by the whole token, compared byte by byte. Rejected tokens are not cached, because attackers can make
//! up any number.

use std::sync::Arc;

use ahash::RandomState;
use quick_cache::sync::Cache;
use quick_cache::{Lifecycle, OptionsBuilder, Weighter};

use super::key_origin::KeyOrigin;
use super::validity::Validity;
use crate::error::{Error, Result};

/// The cached result of a verification.
#[derive(Debug, PartialEq)]
pub struct CacheEntry<V> {
    /// The value that a hit returns.
    pub value: V,
    /// The memory that the value takes, in bytes.
    pub size_bytes: usize,
    /// The validity, which the verifier rechecks on every hit.
    pub validity: Validity,
    /// The keys that verified the token.
    pub origin: KeyOrigin,
}

/// Weighs an entry by its size, and at least by [`BYTES_PER_ENTRY`]: this bounds memory and count at once.
#[derive(Clone)]
struct ByteWeighter;

impl<V> Weighter<Box<[u8]>, Arc<CacheEntry<V>>> for ByteWeighter {
    fn weight(&self, token: &Box<[u8]>, entry: &Arc<CacheEntry<V>>) -> u64 {
        ((token.len() + entry.size_bytes + size_of::<CacheEntry<V>>()) as u64).max(BYTES_PER_ENTRY)
    }
}

/// The memory reserved for one entry, in bytes: a token of 1 KB, its claims and its user.
const BYTES_PER_ENTRY: u64 = 4_096;

/// The least number of entries in a part of the cache with a lock of its own. Tokens do not fill the parts equally, so small
/// parts evict tokens before the cache is full: of 900 tokens in 8 parts for 1,000, 4 % were missing.
const ENTRIES_PER_SHARD: usize = 4_096;

/// The share of the capacity for tokens that were found in the cache before, by default. It leaves no room for one token
/// alone, which has all of it.
const HOT_SHARE: f64 = 0.97;

/// The largest number of parts.
const MAX_SHARDS: usize = 64;

/// The largest capacity: 4 GiB, if every entry takes [`BYTES_PER_ENTRY`].
const MAX_TOKENS: usize = 1_000_000;

/// Collects what an insertion evicts, so that all of it is dropped when the lock is released. A value can be an object of
/// Python, whose finalizer may use this cache, or let another thread run that does.
///
/// The default of `quick_cache` collects two tokens; a large one can evict more.
#[derive(Clone)]
struct DropUnlocked;

impl<V> Lifecycle<Box<[u8]>, Arc<CacheEntry<V>>> for DropUnlocked {
    type RequestState = Evicted<V>;

    fn on_evict(&self, evicted: &mut Self::RequestState, token: Box<[u8]>, entry: Arc<CacheEntry<V>>) {
        match evicted.first {
            None => evicted.first = Some((token, entry)),
            Some(_) => evicted.others.push((token, entry)),
        }
    }
}

/// A token and its entry.
type CachedToken<V> = (Box<[u8]>, Arc<CacheEntry<V>>);

/// The tokens that one insertion evicts. The first needs no allocation: there is rarely another.
struct Evicted<V> {
    first: Option<CachedToken<V>>,
    others: Vec<CachedToken<V>>,
}

impl<V> Default for Evicted<V> {
    fn default() -> Self {
        Self { first: None, others: vec![] }
    }
}

/// A cache for one verifier, with at most `capacity` tokens and 4 KiB of memory for each, on average.
pub struct TokenCache<V>(Cache<Box<[u8]>, Arc<CacheEntry<V>>, ByteWeighter, RandomState, DropUnlocked>);

impl<V> TokenCache<V> {
    /// Creates a cache of `capacity` tokens; returns `None` if `capacity` is 0.
    ///
    /// # Errors
    /// [`Error::Configuration`] if `capacity` is above one million.
    pub fn with_capacity(capacity: usize) -> Result<Option<Self>> {
        if capacity > MAX_TOKENS {
            return Err(Error::Configuration(format!("cache_size must be at most {MAX_TOKENS}.")));
        }
        if capacity == 0 {
            return Ok(None);
        }
        let options = OptionsBuilder::new()
            .estimated_items_capacity(capacity)
            .weight_capacity(capacity as u64 * BYTES_PER_ENTRY)
            .hot_allocation(if capacity == 1 { 1.0 } else { HOT_SHARE })
            .shards((capacity / ENTRIES_PER_SHARD).clamp(1, MAX_SHARDS))
            .build()
            .map_err(|_| Error::Configuration(format!("cache_size must be at most {MAX_TOKENS}.")))?;
        Ok(Some(Self(Cache::with_options(options, ByteWeighter, RandomState::new(), DropUnlocked))))
    }

    /// Returns the entry of `token` if `is_current` accepts the keys that verified it; removes the entry otherwise.
    #[must_use]
    pub fn get(&self, token: &[u8], is_current: impl FnOnce(KeyOrigin) -> bool) -> Option<Arc<CacheEntry<V>>> {
        let entry = self.0.get(token)?;
        if !is_current(entry.origin) {
            self.0.remove(token);
            return None;
        }
        Some(entry)
    }

    /// Returns the number of tokens.
    #[must_use]
    pub fn token_count(&self) -> usize {
        self.0.len()
    }

    /// Inserts the entry of `token`.
    pub fn insert(&self, token: &[u8], entry: CacheEntry<V>) {
        self.0.insert(token.into(), Arc::new(entry));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{LazyLock, mpsc};
    use std::thread;
    use std::time::Duration;

    use super::{BYTES_PER_ENTRY, CacheEntry, TokenCache};
    use crate::jwt::claims::ValidityPeriod;
    use crate::jwt::key_origin::KeyOrigin;
    use crate::jwt::validity::Validity;
    use crate::keys::KeyInstance;

    const ORIGIN: KeyOrigin = KeyOrigin::Remote { index: 1, key: KeyInstance::of_test(2) };
    const VALIDITY: Validity =
        Validity { period: ValidityPeriod { not_before: None, expires: Some(5.0) }, revocation_keys: None };

    fn entry(size_bytes: usize) -> CacheEntry<&'static str> {
        entry_of("claims", size_bytes)
    }

    fn entry_of<V>(value: V, size_bytes: usize) -> CacheEntry<V> {
        CacheEntry { value, size_bytes, validity: VALIDITY, origin: ORIGIN }
    }

    fn cache(tokens: usize) -> TokenCache<&'static str> {
        TokenCache::with_capacity(tokens).unwrap().unwrap()
    }

    #[test]
    fn finds_the_whole_token() {
        let cache = cache(10);
        cache.insert(b"a.b.c", entry(0));
        assert_eq!(cache.get(b"a.b.c", |origin| origin == ORIGIN).as_deref(), Some(&entry(0)));
        assert_eq!(cache.get(b"a.b.d", |_| true), None);
        assert_eq!(cache.get(b"a.b", |_| true), None);
        cache.insert(b"d.e.f", entry(0));
        assert_eq!(cache.token_count(), 2);
    }

    #[test]
    fn removes_a_token_whose_keys_are_not_current() {
        let cache = cache(10);
        cache.insert(b"a.b.c", entry(0));
        assert_eq!(cache.get(b"a.b.c", |origin| origin != ORIGIN), None);
        assert_eq!(cache.get(b"a.b.c", |_| true), None);
        assert_eq!(cache.0.len(), 0);
    }

    #[test]
    fn stays_within_its_bounds() {
        for (token_bytes, bytes, at_most) in [(4, 0, 100), (4, 2_000, 100), (4, 40_000, 10), (40_000, 0, 10)] {
            let token = |i: u32| [&i.to_be_bytes()[..], &vec![b'A'; token_bytes - 4]].concat();
            let cache = cache(100);
            for i in 0..10_000 {
                cache.insert(&token(i), entry(bytes));
            }
            let kept = (0..10_000).filter(|i| cache.get(&token(*i), |_| true).is_some()).count();
            assert!((1..=at_most).contains(&kept), "{token_bytes}, {bytes}: {kept}");
        }
    }

    #[test]
    fn keeps_as_many_tokens_as_its_capacity() {
        for capacity in [1_usize, 2, 3, 10, 1_000, 3_000] {
            let cache = cache(capacity);
            for i in 0..capacity {
                cache.insert(&i.to_be_bytes(), entry(0));
            }
            let kept = (0..capacity).filter(|i| cache.get(&i.to_be_bytes(), |_| true).is_some()).count();
            assert_eq!(kept, capacity);
        }
    }

    #[test]
    fn keeps_the_latest_token() {
        for capacity in [1_usize, 2, 3, 10] {
            let cache = cache(capacity);
            for i in 0..100_u32 {
                cache.insert(&i.to_be_bytes(), entry(0));
                assert!(cache.get(&i.to_be_bytes(), |_| true).is_some(), "{capacity} {i}");
            }
        }
    }

    #[test]
    fn drops_each_of_many_evicted_tokens_when_its_lock_is_released() {
        static CACHE: LazyLock<TokenCache<UsesCacheWhenDropped>> =
            LazyLock::new(|| TokenCache::with_capacity(10).unwrap().unwrap());
        struct UsesCacheWhenDropped;
        impl Drop for UsesCacheWhenDropped {
            fn drop(&mut self) {
                let _ = CACHE.get(b"a.b.c", |_| true);
            }
        }
        let (sender, counts) = mpsc::channel();
        thread::spawn(move || {
            for number in 0..10_u32 {
                CACHE.insert(&number.to_be_bytes(), entry_of(UsesCacheWhenDropped, 0));
            }
            CACHE.insert(b"large", entry_of(UsesCacheWhenDropped, 6 * usize::try_from(BYTES_PER_ENTRY).unwrap()));
            sender.send(CACHE.token_count())
        });
        // A token that is dropped under the lock waits for it forever.
        assert_eq!(counts.recv_timeout(Duration::from_secs(60)), Ok(4));
    }

    #[test]
    fn rejects_a_capacity_above_the_limit() {
        assert!(TokenCache::<()>::with_capacity(0).unwrap().is_none());
        assert!(TokenCache::<()>::with_capacity(1_000_000).unwrap().is_some());
        assert!(TokenCache::<()>::with_capacity(1_000_001).is_err());
    }
}
