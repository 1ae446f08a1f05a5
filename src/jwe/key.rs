//! Keys that encrypt and decrypt: a symmetric key, or an RSA key that is parsed once. `Debug` shows only the type.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, PrivateDecryptingKey, PublicEncryptingKey, PublicKey, PublicKeyComponents};

use crate::error::{Error, Result};

/// A key for JWE. `R` is an RSA public key for encryption or an RSA private key for decryption.
#[derive(Clone)]
pub enum JweKey<R> {
    /// A shared key: the content encryption key itself (`dir`), or the key that wraps it (AES key wrap).
    Symmetric(Vec<u8>),
    /// An RSA key of 2048 to 8192 bits (RFC 7518 §4.2, §4.3).
    Rsa(R),
}

/// A key that encrypts.
pub type EncryptionKey = JweKey<PublicEncryptingKey>;

/// A key that decrypts.
pub type DecryptionKey = JweKey<PrivateDecryptingKey>;

impl EncryptionKey {
    /// Parses an RSA public key in DER: SPKI or PKCS #1.
    ///
    /// # Errors
    /// [`Error::InvalidKey`].
    pub fn rsa_der(der: &[u8]) -> Result<Self> {
        let key = PublicKey::from_der(der).map_err(|_| invalid_rsa_key("public"))?;
        let components: PublicKeyComponents<Vec<u8>> = (&key).into();
        let key: std::result::Result<PublicEncryptingKey, _> = components.try_into();
        key.map(Self::Rsa).map_err(|_| invalid_rsa_key("public"))
    }
}

impl DecryptionKey {
    /// Parses an RSA private key in DER: PKCS #8 or PKCS #1.
    ///
    /// # Errors
    /// [`Error::InvalidKey`].
    pub fn rsa_der(der: &[u8]) -> Result<Self> {
        let key = PrivateDecryptingKey::from_pkcs8(der).ok().or_else(|| from_pkcs1(der));
        key.map(Self::Rsa).ok_or_else(|| invalid_rsa_key("private"))
    }
}

/// Parses an RSA private key in PKCS #1. The primitive only reads PKCS #8, so that the key is converted first.
fn from_pkcs1(der: &[u8]) -> Option<PrivateDecryptingKey> {
    let pkcs8 = KeyPair::from_der(der).ok()?.as_der().ok()?;
    PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref()).ok()
}

fn invalid_rsa_key(kind: &str) -> Error {
    Error::InvalidKey(format!("The key must be an RSA {kind} key of 2048 to 8192 bits, in DER."))
}

impl<R> fmt::Debug for JweKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Symmetric(_) => "Symmetric(..)",
            Self::Rsa(_) => "Rsa(..)",
        })
    }
}
