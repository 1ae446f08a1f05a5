//! Parsed headers of the latest verified tokens: a header that is byte for byte equal is not parsed again.

use std::collections::VecDeque;
use std::sync::{Arc, RwLock};

/// The number of cached headers. An issuer has one header for each key, and two keys during a rotation.
const CAPACITY: usize = 8;

/// The length of the longest header that is cached.
const MAX_HEADER_BYTES: usize = 1_024;

/// Parsed headers by their encoded text. A caller that finds the lock taken parses the header instead of waiting.
pub struct HeaderCache<H>(RwLock<VecDeque<Entry<H>>>);

struct Entry<H> {
    encoded: Box<[u8]>,
    header: Arc<H>,
}

impl<H> HeaderCache<H> {
    /// Creates an empty cache.
    #[must_use]
    pub const fn new() -> Self {
        Self(RwLock::new(VecDeque::new()))
    }

    /// Returns the cached header that was parsed from `encoded`.
    #[must_use]
    pub fn get(&self, encoded: &[u8]) -> Option<Arc<H>> {
        let entries = self.0.try_read().ok()?;
        entries.iter().find(|entry| *entry.encoded == *encoded).map(|entry| Arc::clone(&entry.header))
    }

    /// Caches `header` as parsed from `encoded`, and drops the oldest entry if the cache is full.
    ///
    /// The token must be verified: attackers could otherwise replace the issuer's headers.
    pub fn insert(&self, encoded: &[u8], header: &Arc<H>) {
        let Ok(mut entries) = self.0.try_write() else { return };
        if encoded.len() > MAX_HEADER_BYTES || entries.iter().any(|entry| *entry.encoded == *encoded) {
            return;
        }
        entries.truncate(CAPACITY - 1);
        entries.push_front(Entry { encoded: encoded.into(), header: Arc::clone(header) });
    }
}

impl<H> Default for HeaderCache<H> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{CAPACITY, HeaderCache, MAX_HEADER_BYTES};
    use crate::algorithms::Algorithm;
    use crate::jws::compact::Header;

    fn header(kid: &str) -> Arc<Header> {
        Arc::new(Header { algorithm: Algorithm::HS256, kid: Some(kid.to_owned()), typ: None, is_compressed: false })
    }

    #[test]
    fn finds_the_latest_headers_by_every_byte() {
        let cache = HeaderCache::new();
        let kids: Vec<_> = (0..=CAPACITY).map(|number| format!("k{number}")).collect();
        for kid in kids.iter().chain(kids.last()) {
            cache.insert(kid.as_bytes(), &header(kid));
        }
        assert_eq!(cache.get(b"k0"), None);
        for kid in kids.iter().skip(1) {
            assert_eq!(cache.get(kid.as_bytes()), Some(header(kid)));
        }
        assert_eq!((cache.get(b"k8 "), cache.get(b"")), (None, None));
        assert_eq!(cache.0.read().unwrap().len(), CAPACITY);
    }

    #[test]
    fn does_not_cache_a_long_header() {
        let cache = HeaderCache::new();
        let long = vec![b'A'; MAX_HEADER_BYTES + 1];
        cache.insert(&long, &header("long"));
        assert_eq!(cache.get(&long), None);
        cache.insert(&long[1..], &header("longest"));
        assert_eq!(cache.get(&long[1..]), Some(header("longest")));
    }
}
