//! Shared secrets: long enough, and not an asymmetric key.

use super::detection::is_asymmetric_key;
use super::mac_key::MacKey;
use super::verification_key::{PreparedKey, VerificationKey};
use crate::algorithms::{Algorithm, AlgorithmSet, KeyType, Primitive};
use crate::error::{Error, Result};

/// Minimum length of a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MinSecretLength {
    /// The length of the hash (RFC 7518 §3.2).
    HashLength,
    /// One byte.
    NonEmpty,
}

impl VerificationKey {
    /// Prepares a shared secret for every HS* algorithm that it is long enough for (RFC 7518 §3.2).
    ///
    /// # Errors
    /// [`Error::WeakKey`] below 32 bytes. [`Error::InvalidKey`] for a public or private key in place of a secret
    /// (RFC 8725 §2.1).
    pub fn from_secret(secret: &[u8]) -> Result<Self> {
        prepare_secret(secret, MinSecretLength::HashLength)
    }

    /// Prepares a shared secret of any length but zero for every HS* algorithm, for use in development.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for an empty secret, or for a public or private key in place of a secret.
    pub fn from_short_secret(secret: &[u8]) -> Result<Self> {
        prepare_secret(secret, MinSecretLength::NonEmpty)
    }
}

fn prepare_secret(secret: &[u8], min_length: MinSecretLength) -> Result<VerificationKey> {
    check_secret(secret)?;
    let is_long_enough =
        |algorithm: Algorithm| min_length == MinSecretLength::NonEmpty || secret.len() * 8 >= algorithm.min_key_bits();
    let algorithms = AlgorithmSet::for_key_type(KeyType::Oct).filter(is_long_enough);
    if algorithms.is_empty() {
        return Err(Error::WeakKey(format!(
            "A secret for HS256 needs at least {} bytes (RFC 7518 section 3.2); this one has {}.",
            Algorithm::HS256.min_key_bits() / 8,
            secret.len()
        )));
    }
    let prepared =
        algorithms.iter().filter_map(|algorithm| Some((algorithm, PreparedKey::Hmac(mac_key(algorithm, secret)?))));
    Ok(VerificationKey::new(prepared.collect()))
}

/// Rejects a value that must not be used as a secret, either to verify or to sign: an empty one, and an asymmetric key.
pub(crate) fn check_secret(secret: &[u8]) -> Result<()> {
    if secret.is_empty() {
        return Err(Error::invalid_key("The secret must not be empty."));
    }
    if is_asymmetric_key(secret) {
        return Err(Error::invalid_key(
            "The specified key is an asymmetric key or x509 certificate and should not be used as an HMAC secret.",
        ));
    }
    Ok(())
}

/// Returns the HMAC of `algorithm` keyed with `secret`, or `None` if the algorithm is not an HMAC.
pub(crate) fn mac_key(algorithm: Algorithm, secret: &[u8]) -> Option<MacKey> {
    match algorithm.spec().primitive {
        Primitive::Hmac(primitive) => Some(MacKey::new(primitive, secret)),
        _ => None,
    }
}
