//! A bounded cache of positive answers. Negative answers are not cached, because attackers can make up any number.

use std::time::{Duration, Instant};

use ahash::RandomState;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};

use crate::error::{Error, Result};

/// A positive answer, whose copies share their memory.
pub(crate) trait Answer: Clone + Send + Sync + 'static {
    /// Returns the memory of the answer, in bytes.
    fn size_bytes(&self) -> usize;
}

/// The memory reserved for one answer, in bytes. It bounds memory and count at once.
const BYTES_PER_ANSWER: u64 = 4_096;

/// The largest number of answers: 4 GiB.
const MAX_ANSWERS: usize = 1_000_000;

/// Weighs an answer by its size, and at least by [`BYTES_PER_ANSWER`].
#[derive(Clone)]
struct ByteWeighter;

impl<A: Answer> Weighter<Box<[u8]>, CachedAnswer<A>> for ByteWeighter {
    fn weight(&self, key: &Box<[u8]>, cached: &CachedAnswer<A>) -> u64 {
        ((key.len() + cached.answer.size_bytes() + size_of::<CachedAnswer<A>>()) as u64).max(BYTES_PER_ANSWER)
    }
}

#[derive(Clone)]
struct CachedAnswer<A> {
    answer: A,
    asked_at: Instant,
}

/// The number of answers that are cached, and the time for which each may be used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CachePolicy {
    max_age: Duration,
    max_answers: usize,
}

impl CachePolicy {
    /// Returns the policy. No answer is cached if one of the first two arguments is 0. Errors call `max_answers` `name`.
    ///
    /// # Errors
    /// [`Error::Configuration`] if `max_answers` is above one million.
    pub fn new(max_age: Duration, max_answers: usize, name: &str) -> Result<Self> {
        if max_answers > MAX_ANSWERS {
            return Err(Error::Configuration(format!("{name} must be at most {MAX_ANSWERS}.")));
        }
        Ok(Self { max_age, max_answers: if max_age.is_zero() { 0 } else { max_answers } })
    }

    /// Returns true if an answer to a request that was sent at `asked_at` may be used at `now`. The age counts from the
    /// request, because the session may have ended after it.
    pub fn permits(&self, asked_at: Instant, now: Instant) -> bool {
        self.max_answers > 0 && now.saturating_duration_since(asked_at) <= self.max_age
    }
}

/// The answers of one process by credential, which is compared byte by byte.
pub(super) struct AnswerCache<A>(Option<BoundedCache<A>>);

type BoundedCache<A> = Cache<Box<[u8]>, CachedAnswer<A>, ByteWeighter, RandomState>;

impl<A: Answer> AnswerCache<A> {
    pub fn new(policy: CachePolicy) -> Self {
        let options = OptionsBuilder::new()
            .estimated_items_capacity(policy.max_answers)
            .weight_capacity(policy.max_answers as u64 * BYTES_PER_ANSWER)
            .shards(1)
            .build();
        let create =
            |options| Cache::with_options(options, ByteWeighter, RandomState::new(), DefaultLifecycle::default());
        Self(options.ok().filter(|_| policy.max_answers > 0).map(create))
    }

    /// Returns the answer for `key` if `policy` permits its use at `now`; removes it otherwise.
    pub fn get(&self, key: &[u8], policy: CachePolicy, now: Instant) -> Option<A> {
        let cache = self.0.as_ref()?;
        let cached = cache.get(key)?;
        if policy.permits(cached.asked_at, now) {
            return Some(cached.answer);
        }
        cache.remove(key);
        None
    }

    /// Stores the answer to a request that was sent at `asked_at`. `None` removes what is stored.
    pub fn store(&self, key: &[u8], answer: Option<&A>, asked_at: Instant) {
        let Some(cache) = &self.0 else { return };
        match answer {
            Some(answer) => cache.insert(key.into(), CachedAnswer { answer: answer.clone(), asked_at }),
            None => drop(cache.remove(key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use quick_cache::Weighter;

    use super::{Answer, AnswerCache, BYTES_PER_ANSWER, ByteWeighter, CachePolicy, CachedAnswer, MAX_ANSWERS};

    /// An answer of a size.
    #[derive(Clone)]
    struct Sized(usize);

    impl Answer for Sized {
        fn size_bytes(&self) -> usize {
            self.0
        }
    }

    fn answer(size: usize) -> Sized {
        Sized(size)
    }

    fn policy(seconds: u64, answers: usize) -> CachePolicy {
        CachePolicy::new(Duration::from_secs(seconds), answers, "n").unwrap()
    }

    #[test]
    fn an_answer_is_used_until_its_age_and_then_removed() {
        let (policy, asked_at) = (policy(10, 10), Instant::now());
        let cache = AnswerCache::new(policy);
        cache.store(b"a", Some(&answer(0)), asked_at);
        let get = |key, seconds| cache.get(key, policy, asked_at + Duration::from_secs(seconds));
        assert!(get(b"a", 10).is_some() && get(b"b", 0).is_none());
        assert!(get(b"a", 11).is_none() && get(b"a", 0).is_none());
    }

    #[test]
    fn a_negative_answer_removes_the_positive_one() {
        let (policy, now) = (policy(10, 10), Instant::now());
        let cache = AnswerCache::new(policy);
        cache.store(b"a", Some(&answer(0)), now);
        cache.store(b"a", None, now);
        assert!(cache.get(b"a", policy, now).is_none());
    }

    #[test]
    fn nothing_is_cached_without_an_age_or_a_size() {
        for policy in [policy(0, 10), policy(10, 0)] {
            let (cache, now) = (AnswerCache::new(policy), Instant::now());
            cache.store(b"a", Some(&answer(0)), now);
            assert!(cache.get(b"a", policy, now).is_none());
            assert!(!policy.permits(now, now));
        }
    }

    #[test]
    fn count_and_bytes_are_bounded() {
        for (padding, at_most) in [(0, 20), (10_000, 8), (300_000, 0)] {
            let cache = AnswerCache::new(policy(10, 20));
            for key in 0_u32..200 {
                cache.store(&key.to_be_bytes(), Some(&answer(padding)), Instant::now());
            }
            let inner = cache.0.as_ref().unwrap();
            assert!(inner.len() <= at_most && inner.weight() <= 20 * BYTES_PER_ANSWER, "{padding}: {}", inner.len());
        }
        assert!(CachePolicy::new(Duration::ZERO, MAX_ANSWERS + 1, "n").is_err());
    }

    #[test]
    fn an_answer_weighs_its_key_and_its_size_and_at_least_its_share() {
        let weight = |key: usize, size| {
            let cached = CachedAnswer { answer: answer(size), asked_at: Instant::now() };
            ByteWeighter.weight(&vec![0; key].into(), &cached)
        };
        assert_eq!(weight(10, 10), BYTES_PER_ANSWER);
        assert_eq!(weight(10_000, 20_000), 30_000 + size_of::<CachedAnswer<Sized>>() as u64);
    }
}
