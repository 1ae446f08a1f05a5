//! Asymmetric keys that keep their material: parsed once, to sign, to verify and to be written out.
//!
//! A verification [`Key`](crate::Key) forgets its material and is bound to its algorithms; a [`Pair`] does neither, and
//! whoever uses it names the algorithm.

mod ec;
mod ecdsa_suites;
mod ed25519;
mod export;
mod jwk;
mod pem_der;
mod rsa;
mod rsa_recovery;

use std::fmt;

use zeroize::Zeroizing;

use crate::algorithms::{Algorithm, Curve};
use crate::error::{Error, Result};
use crate::jwe::{DecryptionKey, EncryptionKey};
use crate::keys::{pem_der as pem, unusable};

pub use export::{Form, Parameters};
pub use jwk::{Decode, Octets};

/// What kind of key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// RSA.
    Rsa,
    /// EC, on a curve.
    Ec(Curve),
    /// Ed25519.
    Ed25519,
}

impl Kind {
    /// Its name in a JWK's `kty` (RFC 7518 §6.1, RFC 8037 §2).
    #[must_use]
    pub fn kty(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::Ec(_) => "EC",
            Self::Ed25519 => "OKP",
        }
    }
}

enum Material {
    Rsa(rsa::Rsa),
    Ec(ec::Ec),
    Ed25519(ed25519::Ed25519),
}

/// Does the same with whichever key it is.
macro_rules! each {
    ($material:expr, $key:ident => $what:expr) => {
        match $material {
            Material::Rsa($key) => $what,
            Material::Ec($key) => $what,
            Material::Ed25519($key) => $what,
        }
    };
}

/// A private key with its public half, or a public half alone.
pub struct Pair(Material);

impl Pair {
    /// PEM: PKCS #8, PKCS #1, SEC 1, SPKI, or an X.509 certificate, of which the key alone is read.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_pem(text: &[u8]) -> Result<Self> {
        pem_der::read_pem(text).map(Self)
    }

    /// DER, in the same forms.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_der(der: &[u8]) -> Result<Self> {
        pem_der::read_der(der).map(Self)
    }

    /// PEM or DER.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if pem::is_pem(bytes) { Self::from_pem(bytes) } else { Self::from_der(bytes) }
    }

    /// A JWK in JSON (RFC 7517 §4).
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_jwk(json: &[u8]) -> Result<Self> {
        jwk::read(json).map(Self)
    }

    /// The parameters of a JWK, which `decode` decodes as far as the JWK has them (RFC 7518 §6, RFC 8037 §2).
    ///
    /// # Errors
    /// [`Error::InvalidKey`], [`Error::WeakKey`], or as `decode`.
    pub fn from_parameters(kty: &str, crv: Option<&str>, decode: &Decode<'_>) -> Result<Self> {
        jwk::material(kty, crv, decode).map(Self)
    }

    /// What kind of key it is, and on which curve.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match &self.0 {
            Material::Rsa(_) => Kind::Rsa,
            Material::Ec(key) => Kind::Ec(key.curve),
            Material::Ed25519(_) => Kind::Ed25519,
        }
    }

    /// Whether it can sign.
    #[must_use]
    pub fn is_private(&self) -> bool {
        each!(&self.0, key => key.is_private())
    }

    /// The public half alone.
    #[must_use]
    pub fn public_key(&self) -> Self {
        Self(match &self.0 {
            Material::Rsa(key) => Material::Rsa(key.public_key()),
            Material::Ec(key) => Material::Ec(key.public_key()),
            Material::Ed25519(key) => Material::Ed25519(key.public_key()),
        })
    }

    /// Whether `algorithm` works with keys of its kind and curve.
    #[must_use]
    pub fn supports(&self, algorithm: Algorithm) -> bool {
        ecdsa_suites::fits(algorithm, self.kind())
    }

    /// The signature over `message` as a JWS has it (RFC 7518 §3.3 to §3.5, RFC 8037 §3.1).
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for a public key, or an algorithm of another kind or curve.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
        if !self.is_private() {
            return Err(unusable("A public key cannot sign."));
        }
        each!(&self.0, key => key.sign(algorithm, message))
    }

    /// Whether it made `signature` over `message` with `algorithm`.
    #[must_use]
    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        each!(&self.0, key => key.verifies(algorithm, message, signature))
    }

    /// What encrypts content encryption keys to its public half (RFC 7518 §4.2, §4.3).
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for a key that is not RSA.
    pub fn encryption_key(&self) -> Result<EncryptionKey> {
        self.rsa()?.encryption_key()
    }

    /// What decrypts them; prepared once.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for a key that is not RSA, or not private.
    pub fn decryption_key(&self) -> Result<DecryptionKey> {
        self.rsa()?.decryption_key()
    }

    fn rsa(&self) -> Result<&rsa::Rsa> {
        match &self.0 {
            Material::Rsa(key) => Ok(key),
            _ => Err(unusable("Only an RSA key encrypts keys.")),
        }
    }

    /// It in DER.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a kind of key that has no such form.
    pub fn to_der(&self, form: Form) -> Result<Zeroizing<Vec<u8>>> {
        each!(&self.0, key => key.written(form)).map(|written| written.der)
    }

    /// It in PEM, byte for byte as OpenSSL writes it.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a kind of key that has no such form.
    pub fn to_pem(&self, form: Form) -> Result<Zeroizing<String>> {
        each!(&self.0, key => key.written(form)).map(|written| written.pem())
    }

    /// The parameters of its JWK, `kty` first; those of the private half only if it has one.
    ///
    /// # Errors
    /// [`Error::Configuration`] if a primitive cannot write its key.
    pub fn to_jwk(&self) -> Result<Parameters> {
        let parameters = each!(&self.0, key => key.parameters())?;
        Ok(std::iter::once(("kty", export::text(self.kind().kty()))).chain(parameters).collect())
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let half = if self.is_private() { "private" } else { "public" };
        write!(f, "Pair({:?}, {half})", self.kind())
    }
}

fn cannot_sign(algorithm: Algorithm) -> Error {
    Error::InvalidKey(format!("The key cannot be used to sign with {}.", algorithm.name()))
}

fn unwritable() -> Error {
    Error::Configuration("A key of this kind has no such form.".to_owned())
}
