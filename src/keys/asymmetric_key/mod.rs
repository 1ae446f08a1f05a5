//! Asymmetric keys that keep their components: parsed once, to sign, verify, decrypt and be exported.
//!
//! A [`VerificationKey`](crate::VerificationKey) only verifies, with the algorithms that it is restricted to. An
//! [`AsymmetricKey`] is not restricted. The caller names the algorithm.

mod ec;
mod ed25519;
mod errors;
mod export;
mod rsa;
mod rsa_recovery;

use std::fmt;

use zeroize::Zeroizing;

use super::components::{KeyComponents, KeyPart};
use super::{jwk, pem_der};
use crate::algorithms::{Algorithm, Curve, KeyType, ecdsa_suites};
use crate::error::{Error, Result};
use crate::jwe::{DecryptionKey, EncryptionKey};

pub use export::{JwkMemberList, KeyFormat};

/// A private key with its public key, or a public key alone.
pub struct AsymmetricKey(Inner);

enum Inner {
    Rsa(rsa::RsaKey),
    Ec(ec::EcKey),
    Ed25519(ed25519::Ed25519Key),
}

/// Evaluates an expression for the key of any type.
macro_rules! dispatch {
    ($inner:expr, $key:ident => $expression:expr) => {
        match $inner {
            Inner::Rsa($key) => $expression,
            Inner::Ec($key) => $expression,
            Inner::Ed25519($key) => $expression,
        }
    };
}

impl AsymmetricKey {
    /// Reads PEM: PKCS #8, PKCS #1, SEC 1, SPKI, or an X.509 certificate. Of a certificate, only the key is read.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_pem(text: &[u8]) -> Result<Self> {
        Self::from_components(&pem_der::read_pem(text, KeyPart::All)?)
    }

    /// Reads DER: PKCS #8, PKCS #1, SEC 1, SPKI, or an X.509 certificate. Of a certificate, only the key is read.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_der(der: &[u8]) -> Result<Self> {
        Self::from_components(&pem_der::read_der(der, KeyPart::All)?)
    }

    /// Reads PEM or DER.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self> {
        Self::from_components(&pem_der::read_pem_or_der(bytes)?)
    }

    /// Reads a JWK in JSON (RFC 7517 §4). Its `alg`, `use` and `key_ops` do not restrict the key.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_jwk(json: &[u8]) -> Result<Self> {
        Self::from_components(&jwk::read_jwk(json)?)
    }

    /// Prepares the components of a key. They are checked against each other.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub(crate) fn from_components(components: &KeyComponents) -> Result<Self> {
        match components {
            KeyComponents::Oct(_) => Err(Error::invalid_key("The JWK's kty must be RSA, EC or OKP.")),
            KeyComponents::Rsa(components) => rsa::RsaKey::from_components(components).map(Inner::Rsa).map(Self),
            KeyComponents::Ec(components) => ec::EcKey::from_components(components).map(Inner::Ec).map(Self),
            KeyComponents::Ed25519(components) => {
                ed25519::Ed25519Key::from_components(components).map(Inner::Ed25519).map(Self)
            }
        }
    }

    /// Returns the type of the key.
    #[must_use]
    pub fn key_type(&self) -> KeyType {
        match &self.0 {
            Inner::Rsa(_) => KeyType::Rsa,
            Inner::Ec(_) => KeyType::Ec,
            Inner::Ed25519(_) => KeyType::Okp,
        }
    }

    /// Returns the curve of an EC key.
    #[must_use]
    pub fn curve(&self) -> Option<Curve> {
        match &self.0 {
            Inner::Ec(key) => Some(key.curve),
            _ => None,
        }
    }

    /// Returns true if the key can sign.
    #[must_use]
    pub fn is_private(&self) -> bool {
        dispatch!(&self.0, key => key.is_private())
    }

    /// Returns the public key alone.
    #[must_use]
    pub fn public_key(&self) -> Self {
        Self(match &self.0 {
            Inner::Rsa(key) => Inner::Rsa(key.public_key()),
            Inner::Ec(key) => Inner::Ec(key.public_key()),
            Inner::Ed25519(key) => Inner::Ed25519(key.public_key()),
        })
    }

    /// Returns true if `algorithm` works with keys of this type and curve.
    #[must_use]
    pub fn supports(&self, algorithm: Algorithm) -> bool {
        match self.curve() {
            Some(curve) => ecdsa_suites::suites_for(curve).any(|suite| suite.algorithm == algorithm),
            None => algorithm.key_type() == self.key_type(),
        }
    }

    /// Signs `message` in the form of a JWS (RFC 7518 §3.3 to §3.5, RFC 8037 §3.1).
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for a public key, or an algorithm of another key type or curve.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
        if !self.is_private() {
            return Err(Error::invalid_key("A public key cannot sign."));
        }
        dispatch!(&self.0, key => key.sign(algorithm, message))
    }

    /// Returns true if `signature` is the key's signature over `message` with `algorithm`.
    #[must_use]
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        dispatch!(&self.0, key => key.verify(algorithm, message, signature))
    }

    /// Returns the key that encrypts content encryption keys (RFC 7518 §4.2, §4.3).
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for a key that is not RSA.
    pub fn encryption_key(&self) -> Result<EncryptionKey> {
        self.rsa()?.encryption_key()
    }

    /// Returns the key that decrypts content encryption keys. It is prepared once.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for a key that is not RSA or not private.
    pub fn decryption_key(&self) -> Result<DecryptionKey> {
        self.rsa()?.decryption_key()
    }

    fn rsa(&self) -> Result<&rsa::RsaKey> {
        match &self.0 {
            Inner::Rsa(key) => Ok(key),
            _ => Err(Error::invalid_key("The encryption of keys requires an RSA key.")),
        }
    }

    /// Exports the key in DER.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a key type that does not have this format.
    pub fn to_der(&self, format: KeyFormat) -> Result<Zeroizing<Vec<u8>>> {
        dispatch!(&self.0, key => key.export(format)).map(|encoded| encoded.der)
    }

    /// Exports the key in PEM, byte for byte as OpenSSL writes it.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a key type that does not have this format.
    pub fn to_pem(&self, format: KeyFormat) -> Result<Zeroizing<String>> {
        dispatch!(&self.0, key => key.export(format)).map(|encoded| encoded.pem())
    }

    /// Returns the members of the key's JWK, `kty` first. The private members are included only for a private key.
    ///
    /// # Errors
    /// [`Error::Configuration`] if a primitive cannot export its key.
    pub fn to_jwk(&self) -> Result<JwkMemberList> {
        let members = dispatch!(&self.0, key => key.jwk_members())?;
        Ok(std::iter::once(("kty", export::secret_string(self.key_type().kty()))).chain(members).collect())
    }
}

impl fmt::Debug for AsymmetricKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = if self.is_private() { "private" } else { "public" };
        match self.curve() {
            Some(curve) => write!(f, "AsymmetricKey(EC {}, {part})", curve.name()),
            None => write!(f, "AsymmetricKey({}, {part})", self.key_type().kty()),
        }
    }
}
