//! A prepared key: parsed once, bound to the algorithms that it may verify.

mod jwk;
pub mod asymmetric_key;
pub mod key_set;
pub(crate) mod pem_der;
pub(crate) mod public_key;
mod secret;

use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::ParsedPublicKey;

use crate::algorithms::{Algorithm, AlgorithmSet, Family};
use crate::error::{Error, Result};

pub use jwk::JwkSource;
pub(crate) use jwk::{members as jwk_set_members, read as read_jwk};
pub(crate) use secret::{check as check_secret, keyed as hmac_key};

/// Key material made ready for one algorithm.
#[expect(clippy::large_enum_variant, reason = "a keyed HMAC context is read in place on the fast path; keys are few")]
enum Ready {
    Hmac(hmac::Key),
    Public(ParsedPublicKey),
}

/// A verification key. What it shows of itself is its `kid` and its algorithms, never its material.
pub struct Key {
    kid: Option<String>,
    algorithms: AlgorithmSet,
    /// Whether somebody said which algorithm it is for: its JWK, or its owner.
    is_bound: bool,
    ready: Vec<(Algorithm, Ready)>,
}

impl Key {
    /// The shared secret `secret`, for every HS* algorithm that it is long enough for (RFC 7518 §3.2).
    ///
    /// # Errors
    /// [`Error::WeakKey`] below 32 bytes; [`Error::InvalidKey`] for a public or private key in the place of a secret
    /// (RFC 8725 §2.1).
    pub fn from_secret(secret: &[u8]) -> Result<Self> {
        secret::prepare(secret, secret::LeastSize::OfTheHash)
    }

    /// The same, of any length but empty: for development alone.
    ///
    /// # Errors
    /// [`Error::InvalidKey`], as [`Key::from_secret`].
    pub fn from_short_secret(secret: &[u8]) -> Result<Self> {
        secret::prepare(secret, secret::LeastSize::OneByte)
    }

    /// A public key in PEM (SPKI, PKCS #1, X.509 certificate), or else a secret.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_text(text: &[u8]) -> Result<Self> {
        if pem_der::is_pem(text) { Self::from_pem(text) } else { Self::from_secret(text) }
    }

    /// A public key in PEM or DER (SPKI, PKCS #1, X.509 certificate), or else a secret.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if pem_der::is_der(bytes) || pem_der::is_private_der(bytes) {
            Self::from_der(bytes)
        } else {
            Self::from_text(bytes)
        }
    }

    /// A public key in PEM: SPKI, PKCS #1 or an X.509 certificate, of which the key alone is read.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_pem(text: &[u8]) -> Result<Self> {
        pem_der::read_pem(text)
    }

    /// A public key in DER: SPKI, PKCS #1 or an X.509 certificate, of which the key alone is read.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_der(der: &[u8]) -> Result<Self> {
        pem_der::read_der(der)
    }

    /// A JWK in JSON (RFC 7517 §4), bound to its own `alg` where it names one.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_jwk(json: &[u8]) -> Result<Self> {
        jwk::read(json, JwkSource::Local)
    }

    fn new(ready: Vec<(Algorithm, Ready)>) -> Self {
        let algorithms = ready.iter().map(|(algorithm, _)| *algorithm).collect();
        Self { kid: None, algorithms, is_bound: false, ready }
    }

    /// The same key under the name `kid`.
    #[must_use]
    pub fn with_kid(self, kid: Option<String>) -> Self {
        Self { kid, ..self }
    }

    /// The same key bound to `algorithms` alone.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if it can do none of them.
    pub fn bound_to(mut self, algorithms: AlgorithmSet) -> Result<Self> {
        let bound = self.algorithms.and(algorithms);
        if bound.is_empty() {
            return Err(mismatch(self.algorithms, algorithms, Error::InvalidKey));
        }
        self.ready.retain(|(algorithm, _)| bound.contains(*algorithm));
        Ok(Self { algorithms: bound, is_bound: true, ..self })
    }

    /// Its name, if it has one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// What it may verify.
    #[must_use]
    pub fn algorithms(&self) -> AlgorithmSet {
        self.algorithms
    }

    /// Whether its algorithm is beyond doubt without an allow-list: it was said, or the curve leaves no other and is one
    /// that need not be named.
    #[must_use]
    pub fn names_its_algorithm(&self) -> bool {
        let is_usual = self.algorithms.and(AlgorithmSet::asymmetric()) == self.algorithms;
        self.algorithms.len() == 1 && (self.is_bound || is_usual)
    }

    /// Whether it made `signature` over `message` with `algorithm`.
    #[must_use]
    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        if algorithm.spec().signature_bytes.is_some_and(|length| length != signature.len()) {
            return false;
        }
        let ready = self.ready.iter().find(|(prepared, _)| *prepared == algorithm);
        ready.is_some_and(|(_, ready)| match ready {
            // aws-lc-rs compares in constant time.
            Ready::Hmac(key) => hmac::verify(key, message, signature).is_ok(),
            Ready::Public(key) => key.verify_sig(message, signature).is_ok(),
        })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("kid", &self.kid).field("algorithms", &self.algorithms).finish_non_exhaustive()
    }
}

/// The error for keys that can do `possible` where `asked` is wanted: too short a secret, or else of the `other` kind.
pub(crate) fn mismatch(possible: AlgorithmSet, asked: AlgorithmSet, other: fn(String) -> Error) -> Error {
    let hmac = AlgorithmSet::of(Family::Hmac);
    match asked.iter().map(|algorithm| algorithm.least_key_bits() / 8).min() {
        Some(bytes) if !possible.and(hmac).is_empty() && asked.or(hmac) == hmac => Error::WeakKey(format!(
            "A secret for {} needs at least {bytes} bytes (RFC 7518 section 3.2).",
            asked.names()
        )),
        _ => other(format!("A key for {} cannot be used with {}.", possible.names(), asked.names())),
    }
}

/// The error for material that no reader could take.
pub(crate) fn unusable(why: &str) -> Error {
    Error::InvalidKey(why.to_owned())
}
