//! Fingerprints of identifiers: 128 bits in place of the text, keyed per list.

use std::hash::{Hash, Hasher};

use ahash::RandomState;

/// A fingerprint of a `jti`, a `sid` or a `sub`.
///
/// Two texts with one fingerprint are one entry: the list would then refuse a token that is not revoked. It never accepts a
/// revoked one. With a million entries, the probability for one token is about 10⁶ / 2¹²⁸, or 3 × 10⁻³³. The hash is keyed
/// at random, so that texts cannot be chosen for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u64; 2]);

/// Hashes to its first half, which is a hash already.
impl Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0[0]);
    }
}

impl Fingerprint {
    /// Returns the 64 bits that do not decide its place in a map.
    pub(super) fn second_half(self) -> u64 {
        self.0[1]
    }
}

/// Computes fingerprints with two hashes, each with a random key of its own.
#[derive(Debug)]
pub(super) struct Fingerprinter([RandomState; 2]);

impl Fingerprinter {
    /// Draws the keys.
    pub fn new() -> Self {
        Self([RandomState::new(), RandomState::new()])
    }

    /// Returns the fingerprint of `text`.
    pub fn fingerprint(&self, text: &str) -> Fingerprint {
        let Self([first, second]) = self;
        Fingerprint([first.hash_one(text.as_bytes()), second.hash_one(text.as_bytes())])
    }
}
