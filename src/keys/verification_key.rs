//! `VerificationKey`: a key that is parsed once, for the algorithms that it may verify.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::signature::ParsedPublicKey;

use super::ed25519_verifier::Ed25519Verifier;
use super::mac_key::MacKey;
use crate::algorithms::{Algorithm, AlgorithmSet, KeyType};
use crate::error::{Error, Result};

/// A key prepared for one algorithm.
#[expect(clippy::large_enum_variant, reason = "a keyed HMAC context is read in place on the fast path; keys are few")]
pub(super) enum PreparedKey {
    Hmac(MacKey),
    Ed25519(Ed25519Verifier),
    Public(ParsedPublicKey),
}

impl PreparedKey {
    /// Returns the public key in the form in which it was parsed; `None` for a secret.
    fn public_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Hmac(_) => None,
            Self::Ed25519(key) => Some(key.as_bytes()),
            Self::Public(key) => Some(key.as_ref()),
        }
    }
}

/// The number of a parsed key, which no other key of this process has.
///
/// A key set that is fetched again keeps the instances of the keys that did not change: see [`KeySet::keep_keys_of`].
///
/// [`KeySet::keep_keys_of`]: super::key_set::KeySet::keep_keys_of
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyInstance(u64);

impl KeyInstance {
    fn next() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        Self(COUNT.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns the number.
    pub(crate) const fn number(self) -> u64 {
        self.0
    }

    #[cfg(test)]
    pub(crate) const fn of_test(number: u64) -> Self {
        Self(number)
    }
}

/// A key that verifies signatures. `Debug` shows its `kid` and algorithms, never key material.
pub struct VerificationKey {
    instance: KeyInstance,
    kid: Option<String>,
    algorithms: AlgorithmSet,
    /// True if the JWK or the application named the algorithm.
    has_explicit_algorithm: bool,
    prepared: Vec<(Algorithm, PreparedKey)>,
}

impl VerificationKey {
    pub(super) fn new(prepared: Vec<(Algorithm, PreparedKey)>) -> Self {
        let algorithms = prepared.iter().map(|(algorithm, _)| *algorithm).collect();
        Self { instance: KeyInstance::next(), kid: None, algorithms, has_explicit_algorithm: false, prepared }
    }

    /// Replaces the key id.
    #[must_use]
    pub fn with_kid(self, kid: Option<String>) -> Self {
        Self { kid, ..self }
    }

    /// Restricts the key to `algorithms`.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`] if the key supports none of them.
    pub fn restrict_to(mut self, algorithms: AlgorithmSet) -> Result<Self> {
        let supported = self.algorithms.intersection(algorithms);
        if supported.is_empty() {
            return Err(algorithm_mismatch(self.algorithms, algorithms, Error::InvalidKey));
        }
        self.prepared.retain(|(algorithm, _)| supported.contains(*algorithm));
        Ok(Self { algorithms: supported, has_explicit_algorithm: true, ..self })
    }

    /// Returns the number of this key.
    #[must_use]
    pub fn instance(&self) -> KeyInstance {
        self.instance
    }

    /// Returns true if both are the same public key, for the same tokens: their `kid`, algorithms and key material are equal.
    /// A secret is never the same.
    pub(super) fn is_same_public_key(&self, other: &Self) -> bool {
        let is_equal = |((algorithm, key), (other_algorithm, other)): (&(_, PreparedKey), &(_, PreparedKey))| {
            let bytes: Option<&[u8]> = key.public_bytes();
            algorithm == other_algorithm && bytes.is_some() && bytes == other.public_bytes()
        };
        self.kid == other.kid
            && self.has_explicit_algorithm == other.has_explicit_algorithm
            && self.prepared.len() == other.prepared.len()
            && self.prepared.iter().zip(&other.prepared).all(is_equal)
    }

    /// Returns the key id.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Returns the algorithms that the key may verify.
    #[must_use]
    pub fn algorithms(&self) -> AlgorithmSet {
        self.algorithms
    }

    /// Returns true if no allow-list is needed to choose the algorithm. The key then has one algorithm, which was named
    /// explicitly or does not require opt-in.
    #[must_use]
    pub fn has_unambiguous_algorithm(&self) -> bool {
        let is_default = self.algorithms.intersection(AlgorithmSet::default_asymmetric()) == self.algorithms;
        self.algorithms.len() == 1 && (self.has_explicit_algorithm || is_default)
    }

    /// Returns true if `signature` is the key's signature over `message` with `algorithm`.
    #[must_use]
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        if algorithm.spec().signature_bytes.is_some_and(|length| length != signature.len()) {
            return false;
        }
        let prepared = self.prepared.iter().find(|(prepared, _)| *prepared == algorithm);
        prepared.is_some_and(|(_, key)| match key {
            PreparedKey::Hmac(key) => key.verify(message, signature),
            PreparedKey::Ed25519(key) => key.verify(message, signature),
            PreparedKey::Public(key) => key.verify_sig(message, signature).is_ok(),
        })
    }
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("VerificationKey");
        text.field("kid", &self.kid).field("algorithms", &self.algorithms).finish_non_exhaustive()
    }
}

/// Returns the error for keys that support `possible`, but none of the `requested` algorithms. It is
/// [`Error::WeakKey`] for a secret that is too short, else `other`.
pub(crate) fn algorithm_mismatch(possible: AlgorithmSet, requested: AlgorithmSet, other: fn(String) -> Error) -> Error {
    let hmac = AlgorithmSet::for_key_type(KeyType::Oct);
    match requested.iter().map(|algorithm| algorithm.min_key_bits() / 8).min() {
        Some(bytes) if !possible.intersection(hmac).is_empty() && requested.union(hmac) == hmac => Error::WeakKey(
            format!("A secret for {} needs at least {bytes} bytes (RFC 7518 section 3.2).", requested.names()),
        ),
        _ => other(format!("A key for {} cannot be used with {}.", possible.names(), requested.names())),
    }
}

#[cfg(test)]
mod tests {
    use super::VerificationKey;
    use crate::algorithms::Algorithm;

    #[test]
    fn short_secret_is_told_the_bytes_that_it_needs() {
        for (algorithm, bytes) in [(Algorithm::HS384, 48), (Algorithm::HS512, 64)] {
            let key = VerificationKey::from_secret(&[b'k'; 40]).unwrap();
            let error = key.restrict_to(algorithm.into()).unwrap_err();
            assert_eq!(error.code(), "weak_key");
            assert!(error.to_string().contains(&format!("needs at least {bytes} bytes")), "{error}");
        }
    }

    #[test]
    fn restricted_key_keeps_its_kid_and_its_algorithm_alone() {
        let key = VerificationKey::from_secret(&[b'k'; 64]).unwrap().with_kid(Some("a".to_owned()));
        assert!(!key.has_unambiguous_algorithm());
        let key = key.restrict_to(Algorithm::HS256.into()).unwrap();
        assert_eq!((key.kid(), key.algorithms()), (Some("a"), Algorithm::HS256.into()));
        assert!(key.has_unambiguous_algorithm());
    }
}
