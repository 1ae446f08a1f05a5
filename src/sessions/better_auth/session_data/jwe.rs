//! The strategy `jwe`: `dir` with A256CBC-HS512, whose key is derived from the secret (RFC 5869), and named by its
//! thumbprint (RFC 7638).

use aws_lc_rs::digest::SHA256;

use super::payload::{SessionDataError, SessionPayload};
use crate::error::{Error, Result};
use crate::jwe::derived_keys::{DecryptionFailure, DerivedKey, DerivedKeys};
use crate::jwe::{self, ContentEncryption, EncryptionKey, EncryptionParams, KeyManagement};
use crate::transport::cookies::MAX_COOKIE_BYTES;

/// The salt of the keys of `session_data`.
const SALT: &[u8] = b"better-auth-session";

/// The context of every key that Better Auth derives.
const INFO: &[u8] = b"BetterAuth.js Generated Encryption Key";

/// The only algorithm that Better Auth writes. It would also accept A256GCM, for which its key is too long.
const ENCRYPTION: ContentEncryption = ContentEncryption::A256CbcHs512;

/// The keys that are derived from the secrets.
///
/// An attacker who knows a secret can encrypt with its key: a decryption proves as little as a signature with this secret.
/// The key of a retired secret only tells why a cookie is not used.
pub(in crate::sessions::better_auth) struct EncryptionKeys {
    accepted: DerivedKeys,
    retired: DerivedKeys,
}

impl EncryptionKeys {
    /// Derives the keys of the secrets that authenticate, and of those that do not any more.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the derivation fails.
    pub fn new<S: AsRef<str>>(accepted: &[S], retired: &[S]) -> Result<Self> {
        let derive = |secrets: &[S]| secrets.iter().map(|secret| derive_key(secret.as_ref())).collect::<Result<_>>();
        Ok(Self { accepted: derive(accepted)?, retired: derive(retired)? })
    }

    fn decrypt(&self, value: &[u8]) -> Result<Vec<u8>, SessionDataError> {
        self.accepted.decrypt(value, MAX_COOKIE_BYTES).map_err(|failure| {
            match self.retired.decrypt(value, MAX_COOKIE_BYTES) {
                Ok(_) => SessionDataError::OldSecret,
                Err(DecryptionFailure::BadSignature) => SessionDataError::BadSignature,
                Err(_) => failure.into(),
            }
        })
    }
}

impl From<DecryptionFailure> for SessionDataError {
    fn from(failure: DecryptionFailure) -> Self {
        match failure {
            DecryptionFailure::Malformed => Self::Malformed,
            DecryptionFailure::UnknownKey => Self::UnknownKey,
            DecryptionFailure::BadSignature => Self::BadSignature,
        }
    }
}

/// Decrypts the session with the accepted key that the header names. Without a `kid`, every accepted key is tried.
pub(super) fn read(value: &[u8], keys: &EncryptionKeys, now: f64) -> Result<SessionPayload, SessionDataError> {
    SessionPayload::from_claims(&keys.decrypt(value)?, now)
}

/// Encrypts `payload` to the key of `secret`, as Better Auth does, for tests.
///
/// # Errors
/// [`Error::Configuration`] if the secret is empty, or a primitive fails.
pub fn encrypt(payload: &[u8], secret: &str) -> Result<String> {
    let key = derive_key(secret)?;
    let header = format!("{{\"alg\":\"dir\",\"enc\":\"{}\",\"kid\":\"{}\"}}", ENCRYPTION.name(), key.kid);
    let params =
        EncryptionParams { key_management: KeyManagement::Dir, content_encryption: ENCRYPTION, compression: None };
    jwe::encrypt(payload, &EncryptionKey::Symmetric(key.bytes), params, header.as_bytes())
        .map_err(|_| Error::Configuration("payload must be short enough to be encrypted".to_owned()))
}

/// Derives the key of a secret.
pub(super) fn derive_key(secret: &str) -> Result<DerivedKey> {
    DerivedKey::new(secret.as_bytes(), SALT, INFO, ENCRYPTION, &SHA256)
}
