//! Secrets that are keyed once for HMAC-SHA256.

use crate::algorithms::Algorithm;
use crate::error::{Error, Result};
use crate::keys::mac_key::MacKey;
use crate::keys::{check_secret, mac_key};

/// Keyed secrets. A MAC of any of them is accepted.
pub(super) struct MacKeys(Vec<MacKey>);

impl MacKeys {
    /// Keys `secrets`, the UTF-8 of Better Auth's secrets.
    ///
    /// # Errors
    /// [`Error::Configuration`] for an empty secret, or a public or private key in place of a secret.
    pub fn new<S: AsRef<str>>(secrets: &[S]) -> Result<Self> {
        secrets.iter().map(|secret| key_secret(secret.as_ref())).collect::<Result<_>>().map(Self)
    }

    /// Returns true if there is not a secret.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns true if `mac` is the MAC of `message` under one of the secrets. Each comparison takes constant time.
    pub fn verify(&self, message: &[u8], mac: &[u8]) -> bool {
        self.0.iter().any(|key| key.verify(message, mac))
    }
}

fn key_secret(secret: &str) -> Result<MacKey> {
    check_secret(secret.as_bytes()).map_err(|_| invalid_secret())?;
    mac_key(Algorithm::HS256, secret.as_bytes()).ok_or_else(invalid_secret)
}

fn invalid_secret() -> Error {
    Error::Configuration(
        "secrets must be the secrets of Better Auth: not empty, and not a public or private key".to_owned(),
    )
}
