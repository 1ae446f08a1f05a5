//! Tokens, headers and strings: a caller never gets what belongs to another key.

use std::sync::Arc;

use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

use super::header_cache::HeaderCache;
use super::interned_strings::StringInterner;
use super::key_origin::KeyOrigin;
use super::token_cache::{CacheEntry, TokenCache};
use super::validity::Validity;
use crate::keys::KeyInstance;
use crate::stand_ins::pyo3::Python;
use crate::{explore, join};

#[test]
fn a_header_is_found_by_its_own_text_alone() {
    explore(|| {
        let cache = Arc::new(HeaderCache::<&'static str>::new());
        let verify = {
            let cache = Arc::clone(&cache);
            move |encoded: &'static str| {
                match cache.get(encoded.as_bytes()) {
                    Some(header) => assert_eq!(*header, encoded),
                    None => cache.insert(encoded.as_bytes(), &Arc::new(encoded)),
                }
                let found = cache.get(encoded.as_bytes());
                assert!(found.is_none_or(|header| *header == encoded));
            }
        };
        let verifies = [(verify.clone(), "a"), (verify.clone(), "b")];
        let threads = verifies.map(|(verify, encoded)| thread::spawn(move || verify(encoded)));
        verify("a");
        join(threads);
    });
}

#[test]
fn a_header_takes_one_place() {
    explore(|| {
        let cache = Arc::new(HeaderCache::<usize>::new());
        let kept = Arc::new(0);
        cache.insert(b"kept", &kept);
        let insert = |cache: &HeaderCache<usize>| cache.insert(b"a", &Arc::new(1));
        let other = Arc::clone(&cache);
        let thread = thread::spawn(move || insert(&other));
        insert(&cache);
        thread.join().unwrap();
        // Of eight places, "a" has at most one, and six others have theirs.
        for text in ["1", "2", "3", "4", "5", "6"] {
            cache.insert(text.as_bytes(), &Arc::new(2));
        }
        assert!(cache.get(b"kept").is_some(), "a header takes two places");
    });
}

/// Texts that share a slot: the same first and last eight bytes.
const SAME_SLOT: [&str; 3] = ["https://a.example", "https://bba.example", "https://b/ba.example"];

#[test]
fn a_string_is_never_another_string_of_its_slot() {
    explore(|| {
        let interner = Arc::new(StringInterner::new());
        let intern = {
            let interner = Arc::clone(&interner);
            move |text: &str| {
                for _ in 0..2 {
                    let interned = Python::attach(|py| interner.intern(py, text).object().0.clone());
                    assert_eq!(interned, text);
                }
            }
        };
        let [first, second, third] = SAME_SLOT;
        let interns = [(intern.clone(), second), (intern.clone(), third)];
        let threads = interns.map(|(intern, text)| thread::spawn(move || intern(text)));
        intern(first);
        join(threads);
        let kept = SAME_SLOT.map(|text| Python::attach(|py| interner.contains(py, text)));
        assert_eq!(kept.iter().filter(|is_kept| **is_kept).count(), 1, "the texts must share a slot");
    });
}

const KEYS: [&[u8]; 2] = [b"a.b.c", b"a.b.d"];

#[test]
fn a_token_is_never_found_under_keys_that_were_withdrawn() {
    explore(|| {
        let cache = Arc::new(TokenCache::<(&[u8], u64)>::with_capacity(10).unwrap().unwrap());
        let newest_key = Arc::new(AtomicU64::new(1));
        let verify = {
            let (cache, newest_key) = (Arc::clone(&cache), Arc::clone(&newest_key));
            move |token: &'static [u8]| {
                let before = newest_key.load(Ordering::SeqCst);
                let is_current = |origin| {
                    let key = KeyInstance(newest_key.load(Ordering::SeqCst));
                    origin == KeyOrigin::Remote { index: 0, key }
                };
                match cache.get(token, is_current) {
                    Some(entry) => assert!(entry.value.0 == token && entry.value.1 >= before, "{:?}", entry.value),
                    None => {
                        let origin = KeyOrigin::Remote { index: 0, key: KeyInstance(before) };
                        let value = (token, before);
                        cache.insert(token, CacheEntry { value, size_bytes: 0, validity: Validity, origin });
                    }
                }
            }
        };
        let rotation = Arc::clone(&newest_key);
        let verifies = [(verify.clone(), KEYS[0]), (verify.clone(), KEYS[1])];
        let threads = verifies.map(|(verify, token)| thread::spawn(move || verify(token)));
        rotation.fetch_add(1, Ordering::SeqCst);
        verify(KEYS[0]);
        verify(KEYS[0]);
        join(threads);
    });
}
