//! Verified tokens, bounded: a token seen before needs no second look at its signature.
//!
//! Under one policy only time changes the verdict on claims that were accepted: `exp` and `nbf` are judged anew on every
//! hit. The key set's generation is part of the entry, so a key that was withdrawn takes its tokens along. Entries are
//! found by the whole token, compared byte by byte. Refusals are not kept: they are free to make up.

use std::sync::Arc;

use ahash::RandomState;
use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use crate::error::{Error, Result};
use crate::jwt::claims::Validity;

/// What is kept of a token that was verified.
#[derive(Debug, PartialEq)]
pub struct Verified<C> {
    /// The claims, in whatever form a hit wants them.
    pub claims: C,
    /// How many bytes of memory they take.
    pub bytes: usize,
    /// What is judged anew on every hit.
    pub validity: Validity,
    /// Which generation of the verifier's keys verified it.
    pub generation: u64,
}

#[derive(Clone)]
struct Bytes;

/// An entry weighs what it takes, and no less than its share of the whole: this bounds the bytes and the count at once.
impl<C> Weighter<Box<[u8]>, Arc<Verified<C>>> for Bytes {
    fn weight(&self, token: &Box<[u8]>, verified: &Arc<Verified<C>>) -> u64 {
        ((token.len() + verified.bytes + size_of::<Verified<C>>()) as u64).max(BYTES_PER_ENTRY)
    }
}

/// The share of an entry, in bytes: a token of 1 KB and its claims.
const BYTES_PER_ENTRY: u64 = 4_096;

/// The most tokens that a cache may be made for: 4 GiB, if each were as large as its share.
const MAX_TOKENS: usize = 1_000_000;

/// At most as many tokens as it was made for, and at most 4 KiB for each of them together. It belongs to one verifier.
pub struct VerifiedTokens<C>(Cache<Box<[u8]>, Arc<Verified<C>>, Bytes, RandomState>);

impl<C> VerifiedTokens<C> {
    /// A cache of `tokens` tokens; none for 0.
    ///
    /// # Errors
    /// [`Error::Configuration`] for more than a million.
    pub fn with_room_for(tokens: usize) -> Result<Option<Self>> {
        if tokens > MAX_TOKENS {
            return Err(Error::Configuration(format!("cache_size must be at most {MAX_TOKENS}.")));
        }
        let capacity = tokens as u64 * BYTES_PER_ENTRY;
        let empty = || Cache::with(tokens, capacity, Bytes, RandomState::new(), DefaultLifecycle::default());
        Ok((tokens > 0).then(|| Self(empty())))
    }

    /// What is kept of `token`, if it was verified under the keys of `generation`; what others verified is forgotten.
    #[must_use]
    pub fn get(&self, token: &[u8], generation: u64) -> Option<Arc<Verified<C>>> {
        let verified = self.0.get(token)?;
        if verified.generation != generation {
            self.0.remove(token);
            return None;
        }
        Some(verified)
    }

    /// Keeps `verified` as that of `token`.
    pub fn insert(&self, token: &[u8], verified: Verified<C>) {
        self.0.insert(token.into(), Arc::new(verified));
    }
}

#[cfg(test)]
mod tests {
    use super::{Verified, VerifiedTokens};
    use crate::jwt::claims::Validity;

    const VALIDITY: Validity = Validity { not_before: None, expires: Some(5.0) };

    fn verified(generation: u64, bytes: usize) -> Verified<&'static str> {
        Verified { claims: "claims", bytes, validity: VALIDITY, generation }
    }

    fn cache(tokens: usize) -> VerifiedTokens<&'static str> {
        VerifiedTokens::with_room_for(tokens).unwrap().unwrap()
    }

    #[test]
    fn finds_the_whole_token_of_the_same_generation() {
        let cache = cache(10);
        cache.insert(b"a.b.c", verified(1, 0));
        assert_eq!(cache.get(b"a.b.c", 1).as_deref(), Some(&verified(1, 0)));
        assert_eq!(cache.get(b"a.b.d", 1), None);
        assert_eq!(cache.get(b"a.b", 1), None);
    }

    #[test]
    fn what_keys_of_another_generation_verified_is_forgotten() {
        let cache = cache(10);
        cache.insert(b"a.b.c", verified(1, 0));
        assert_eq!(cache.get(b"a.b.c", 2), None);
        assert_eq!(cache.get(b"a.b.c", 1), None);
        assert_eq!(cache.0.len(), 0);
    }

    #[test]
    fn stays_within_its_bounds() {
        for (token_bytes, bytes, at_most) in [(4, 0, 100), (4, 2_000, 100), (4, 40_000, 10), (40_000, 0, 10)] {
            let token = |i: u32| [&i.to_be_bytes()[..], &vec![b'A'; token_bytes - 4]].concat();
            let cache = cache(100);
            for i in 0..10_000 {
                cache.insert(&token(i), verified(1, bytes));
            }
            let kept = (0..10_000).filter(|i| cache.get(&token(*i), 1).is_some()).count();
            assert!((1..=at_most).contains(&kept), "{token_bytes}, {bytes}: {kept}");
        }
    }

    #[test]
    fn a_size_is_a_count_within_reason() {
        assert!(VerifiedTokens::<()>::with_room_for(0).unwrap().is_none());
        assert!(VerifiedTokens::<()>::with_room_for(1_000_001).is_err());
    }
}
