//! Verified tokens, bounded: a token seen before needs no second look at its signature.
//!
//! Only the signature's verdict is kept. The claims are judged anew on every hit, so a token that has expired since is
//! refused, and the key set's generation is part of the entry, so a key that was withdrawn takes its tokens along.
//! Entries are found by the whole token, compared byte by byte. Refusals are not kept: they are free to make up.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// A payload whose signature was verified.
#[derive(Debug, PartialEq, Eq)]
pub struct Payload {
    /// The decoded payload.
    pub bytes: Vec<u8>,
    /// The header's `typ`.
    pub typ: Option<String>,
    /// Which generation of the verifier's keys verified it.
    pub generation: u64,
}

#[derive(Clone)]
struct Bytes;

/// An entry weighs what it takes, and no less than its share of the whole: this bounds the bytes and the count at once.
impl Weighter<Box<[u8]>, Arc<Payload>> for Bytes {
    fn weight(&self, token: &Box<[u8]>, payload: &Arc<Payload>) -> u64 {
        ((token.len() + payload.bytes.len() + size_of::<Payload>()) as u64).max(BYTES_PER_ENTRY)
    }
}

/// The share of an entry, in bytes: a token of 2 KB and its payload.
const BYTES_PER_ENTRY: u64 = 4_096;

/// The most tokens that a cache may be made for: 4 GiB, if each were as large as its share.
pub const MAX_TOKENS: usize = 1_000_000;

/// At most as many tokens as it was made for, and at most 4 KiB for each of them together.
pub struct VerifiedTokens(Cache<Box<[u8]>, Arc<Payload>, Bytes>);

impl VerifiedTokens {
    /// A cache of `tokens` tokens, and of no more than [`MAX_TOKENS`].
    #[must_use]
    pub fn with_room_for(tokens: usize) -> Self {
        let tokens = tokens.min(MAX_TOKENS);
        Self(Cache::with_weighter(tokens, tokens as u64 * BYTES_PER_ENTRY, Bytes))
    }

    /// The payload of `token`, if it was verified under the keys of `generation`.
    #[must_use]
    pub fn get(&self, token: &[u8], generation: u64) -> Option<Arc<Payload>> {
        self.0.get(token).filter(|payload| payload.generation == generation)
    }

    /// Keeps `payload` as that of `token`.
    pub fn insert(&self, token: &[u8], payload: Arc<Payload>) {
        self.0.insert(token.into(), payload);
    }
}

#[cfg(test)]
mod tests {
    use super::{Payload, VerifiedTokens};
    use std::sync::Arc;

    fn payload(bytes: &[u8]) -> Arc<Payload> {
        Arc::new(Payload { bytes: bytes.to_vec(), typ: None, generation: 1 })
    }

    #[test]
    fn finds_the_whole_token_of_the_same_generation() {
        let cache = VerifiedTokens::with_room_for(10);
        cache.insert(b"a.b.c", payload(b"{}"));
        assert_eq!(cache.get(b"a.b.c", 1), Some(payload(b"{}")));
        assert_eq!(cache.get(b"a.b.c", 2), None);
        assert_eq!(cache.get(b"a.b.d", 1), None);
        assert_eq!(cache.get(b"a.b", 1), None);
    }

    #[test]
    fn stays_within_its_bounds() {
        let cache = VerifiedTokens::with_room_for(100);
        for i in 0..10_000_u32 {
            cache.insert(&i.to_be_bytes(), payload(&[b'x'; 2_000]));
        }
        let kept = (0..10_000_u32).filter(|i| cache.get(&i.to_be_bytes(), 1).is_some()).count();
        assert!((1..=100).contains(&kept), "{kept}");
    }
}
