//! `ParseCache`: parsed keys by their content, in a bounded cache, so that a PEM is not parsed at every call.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use ahash::RandomState;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{Equivalent, UnitWeighter};
use zeroize::Zeroizing;

use crate::error::Result;

/// Maximum number of entries in one cache.
const CAPACITY: usize = 256;

/// The parsed keys that a cache keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// All, for a function that is called with the key again and again.
    All,
    /// Public keys alone, for an object that owns its key: a secret or a private key ends with the object.
    PublicKeys,
}

/// A parsed key, or a set of them.
pub trait ParsedKey {
    /// Returns true if it contains neither a secret nor a private key.
    fn is_public(&self) -> bool;
}

/// A cache of parsed values. Failures are not cached.
pub struct ParseCache<E, V>(Cache<CacheKey<E>, Arc<V>, UnitWeighter, RandomState>);

/// The input of a parser: named parts of text, and their encoding.
pub struct CacheKeyRef<'a, E> {
    pub encoding: E,
    pub parts: &'a [(&'static str, &'a [u8])],
}

/// The owned form of a [`CacheKeyRef`]. Its texts may be secret, and are wiped when dropped.
#[derive(PartialEq, Eq)]
struct CacheKey<E> {
    encoding: E,
    parts: Vec<(&'static str, Zeroizing<Vec<u8>>)>,
}

impl<E: Hash> Hash for CacheKeyRef<'_, E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.encoding.hash(state);
        self.parts.iter().for_each(|part| part.hash(state));
    }
}

impl<E: Hash> Hash for CacheKey<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.encoding.hash(state);
        self.parts.iter().for_each(|(name, text)| (name, text.as_slice()).hash(state));
    }
}

impl<E: Copy + Eq> Equivalent<CacheKey<E>> for CacheKeyRef<'_, E> {
    fn equivalent(&self, key: &CacheKey<E>) -> bool {
        let parts = key.parts.iter().map(|(name, text)| (*name, text.as_slice()));
        self.encoding == key.encoding && self.parts.iter().copied().eq(parts)
    }
}

impl<E: Copy + Eq> CacheKeyRef<'_, E> {
    fn to_owned(&self) -> CacheKey<E> {
        let parts = self.parts.iter().map(|(name, text)| (*name, Zeroizing::new(text.to_vec()))).collect();
        CacheKey { encoding: self.encoding, parts }
    }
}

impl<E: Copy + Eq + Hash, V: ParsedKey> ParseCache<E, V> {
    pub fn new() -> Self {
        Self(Cache::with(CAPACITY, CAPACITY as u64, UnitWeighter, RandomState::new(), DefaultLifecycle::default()))
    }

    /// Returns the cached value for `key`, or calls `parse` and caches its result if `retention` says so.
    pub fn get_or_parse(
        &self,
        key: &CacheKeyRef<'_, E>,
        retention: Retention,
        parse: impl FnOnce() -> Result<V>,
    ) -> Result<Arc<V>> {
        if let Some(value) = self.0.get(key) {
            return Ok(value);
        }
        let value = Arc::new(parse()?);
        if retention == Retention::All || value.is_public() {
            self.0.insert(key.to_owned(), Arc::clone(&value));
        }
        Ok(value)
    }
}
