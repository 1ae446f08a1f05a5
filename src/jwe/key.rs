//! Key material for encryption: a symmetric key, or an RSA key that is parsed once. It shows of itself no more than its
//! kind.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, PrivateDecryptingKey, PublicEncryptingKey, PublicKey, PublicKeyComponents};

use crate::error::{Error, Result};

/// Key material: `R` is the RSA key of one direction.
#[derive(Clone)]
pub enum Material<R> {
    /// A key that both sides know: the content encryption key itself (`dir`), or what wraps it (AES key wrap).
    Symmetric(Vec<u8>),
    /// An RSA key of 2048 to 8192 bits (RFC 7518 §4.2, §4.3).
    Rsa(R),
}

/// What encrypts.
pub type EncryptionKey = Material<PublicEncryptingKey>;

/// What decrypts.
pub type DecryptionKey = Material<PrivateDecryptingKey>;

impl EncryptionKey {
    /// An RSA public key in DER: SPKI or PKCS #1.
    ///
    /// # Errors
    /// [`Error::InvalidKey`].
    pub fn rsa_der(der: &[u8]) -> Result<Self> {
        let key = PublicKey::from_der(der).map_err(|_| unusable("public"))?;
        let components: PublicKeyComponents<Vec<u8>> = (&key).into();
        let key: std::result::Result<PublicEncryptingKey, _> = components.try_into();
        key.map(Self::Rsa).map_err(|_| unusable("public"))
    }
}

impl DecryptionKey {
    /// An RSA private key in DER: PKCS #8 or PKCS #1.
    ///
    /// # Errors
    /// [`Error::InvalidKey`].
    pub fn rsa_der(der: &[u8]) -> Result<Self> {
        let key = PrivateDecryptingKey::from_pkcs8(der).ok().or_else(|| from_pkcs1(der));
        key.map(Self::Rsa).ok_or_else(|| unusable("private"))
    }
}

/// A decrypting key is read from PKCS #8 alone, so that the other form is first written as it.
fn from_pkcs1(der: &[u8]) -> Option<PrivateDecryptingKey> {
    let pkcs8 = KeyPair::from_der(der).ok()?.as_der().ok()?;
    PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref()).ok()
}

fn unusable(half: &str) -> Error {
    Error::InvalidKey(format!("The key must be an RSA {half} key of 2048 to 8192 bits, in DER."))
}

impl<R> fmt::Debug for Material<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Symmetric(_) => "Symmetric(..)",
            Self::Rsa(_) => "Rsa(..)",
        })
    }
}
