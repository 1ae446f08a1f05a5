//! Keys under the rules of python-jose: a key is not bound to an algorithm. The caller names the algorithm.
//!
//! An EC key signs and verifies with any ES* whose hash fits the curve. A secret may be short. A key of another type
//! than the algorithm's is accepted, but does not verify anything.

use std::fmt;

use zeroize::Zeroizing;

use crate::algorithms::{Algorithm, AlgorithmSet, Curve, KeyType};
use crate::encoding::base64url;
use crate::error::{Error, Result};
use crate::keys::asymmetric_key::{AsymmetricKey, JwkMemberList, KeyFormat};
use crate::keys::components::{KeyComponents, KeyPart, SecretBytes};
use crate::keys::jwk::{JwkMembers, read_components};
use crate::keys::mac_key::MacKey;
use crate::keys::{VerificationKey, check_secret, describe_wrong_type, mac_key};

/// Members of a JWK: names and texts.
pub type MemberTexts<'a> = [(&'static str, &'a [u8])];

/// Returns the names of the members from which a key of type `key_type` is read. A JWK with `d` is private.
#[must_use]
pub fn jwk_member_names(key_type: KeyType, is_private: bool) -> &'static [&'static str] {
    match (key_type, is_private) {
        (KeyType::Oct, _) => &["k"],
        (KeyType::Rsa, false) => &["n", "e"],
        (KeyType::Rsa, true) => &["n", "e", "d", "p", "q", "dp", "dq", "qi"],
        (KeyType::Ec, false) => &["crv", "x", "y"],
        (KeyType::Ec, true) => &["crv", "x", "y", "d"],
        (KeyType::Okp, false) => &["crv", "x"],
        (KeyType::Okp, true) => &["crv", "x", "d"],
    }
}

/// Checks that the `kty` of a JWK is the one of `expected`.
///
/// # Errors
/// [`Error::InvalidKey`].
pub fn check_kty(expected: KeyType, received: &str) -> Result<()> {
    let expected = expected.kty();
    if received == expected {
        return Ok(());
    }
    Err(Error::InvalidKey(format!("Incorrect key type. Expected: '{expected}', Received: {received}")))
}

/// Returns the error for the member `name` of a JWK whose value is neither text nor bytes.
#[must_use]
pub fn wrong_member_type(name: &str) -> Error {
    Error::InvalidKey(describe_wrong_type(name))
}

/// A secret, or a private or public key.
pub enum CompatKey {
    /// A shared secret.
    Secret(Secret),
    /// An RSA, EC or Ed25519 key.
    Asymmetric(AsymmetricKey),
}

impl CompatKey {
    /// Takes `text` as a secret if `expected` is [`KeyType::Oct`]; it may have any length but zero. Otherwise reads a
    /// key in PEM: PKCS #8, PKCS #1, SEC 1, SPKI, or an X.509 certificate, of which only the key is read.
    ///
    /// # Errors
    /// [`Error::InvalidKey`], also for an asymmetric key if a secret is expected (RFC 8725 §2.1). [`Error::WeakKey`]
    /// for an RSA key below 2048 bits.
    pub fn from_pem_or_secret(text: &[u8], expected: KeyType) -> Result<Self> {
        match expected {
            KeyType::Oct => Secret::new(Zeroizing::new(text.to_vec())).map(Self::Secret),
            KeyType::Rsa | KeyType::Ec | KeyType::Okp => AsymmetricKey::from_pem(text).map(Self::Asymmetric),
        }
    }

    /// Reads a JWK of type `expected` (RFC 7517 §4) from its [members](jwk_member_names). Its `kid`, `use`, `key_ops`
    /// and `alg` are left to the caller.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`], as [`CompatKey::from_pem_or_secret`].
    pub fn from_jwk(members: &MemberTexts<'_>, expected: KeyType) -> Result<Self> {
        match read_components(expected, &LenientMembers(members), KeyPart::All)? {
            KeyComponents::Oct(secret) => Secret::new(secret).map(Self::Secret),
            components => AsymmetricKey::from_components(&components).map(Self::Asymmetric),
        }
    }

    /// Returns the type of the key.
    #[must_use]
    pub fn key_type(&self) -> KeyType {
        match self {
            Self::Secret(_) => KeyType::Oct,
            Self::Asymmetric(key) => key.key_type(),
        }
    }

    /// Returns the curve of an EC key.
    #[must_use]
    pub fn curve(&self) -> Option<Curve> {
        match self {
            Self::Secret(_) => None,
            Self::Asymmetric(key) => key.curve(),
        }
    }

    /// Returns true if `algorithm` works with keys of this type and curve.
    #[must_use]
    pub fn supports(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Secret(_) => algorithm.key_type() == KeyType::Oct,
            Self::Asymmetric(key) => key.supports(algorithm),
        }
    }

    /// Returns true if the key is a private key. A secret is not.
    #[must_use]
    pub fn is_private(&self) -> bool {
        matches!(self, Self::Asymmetric(key) if key.is_private())
    }

    /// Returns true if `signature` is the key's signature over `message` with `algorithm`.
    ///
    /// A private EC key does not verify, as in python-jose. A private RSA or Ed25519 key does.
    #[must_use]
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Secret(secret) => secret.verify(algorithm, message, signature),
            Self::Asymmetric(key) if key.key_type() == KeyType::Ec && key.is_private() => false,
            Self::Asymmetric(key) => key.verify(algorithm, message, signature),
        }
    }

    /// Returns the signature or MAC over `message`.
    ///
    /// # Errors
    /// [`Error::CurveTooShort`] if the curve is too short for the hash. [`Error::InvalidKey`] for a public key, or a
    /// key of another type.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Secret(secret) => secret.sign(algorithm, message),
            Self::Asymmetric(key) => {
                check_digest_fits_curve(key, algorithm)?;
                key.sign(algorithm, message)
            }
        }
    }

    /// Returns the public key alone.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for a secret.
    pub fn public_key(&self) -> Result<Self> {
        Ok(Self::Asymmetric(self.asymmetric()?.public_key()))
    }

    /// Exports the key in PEM.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for a secret, [`Error::Configuration`] for a key type that does not have this format.
    pub fn to_pem(&self, format: KeyFormat) -> Result<Zeroizing<String>> {
        self.asymmetric()?.to_pem(format)
    }

    fn asymmetric(&self) -> Result<&AsymmetricKey> {
        match self {
            Self::Secret(_) => Err(Error::invalid_key("A secret does not have a public key or a PEM format.")),
            Self::Asymmetric(key) => Ok(key),
        }
    }

    /// Returns the members of the key's JWK, `kty` first.
    ///
    /// # Errors
    /// [`Error::Configuration`] if a primitive cannot export its key.
    pub fn to_jwk(&self) -> Result<JwkMemberList> {
        match self {
            Self::Secret(secret) => Ok(secret.jwk_members()),
            Self::Asymmetric(key) => key.to_jwk(),
        }
    }

    /// Returns the strict key that verifies with the public key and with `algorithm` alone.
    ///
    /// # Errors
    /// [`Error::WeakKey`] for a short secret, [`Error::InvalidKey`] for an algorithm that does not work with the key.
    pub fn verification_key(&self, algorithm: Algorithm) -> Result<VerificationKey> {
        let key = match self {
            Self::Secret(secret) => VerificationKey::from_secret(&secret.bytes)?,
            Self::Asymmetric(key) => VerificationKey::from_der(&key.public_key().to_der(KeyFormat::Pkcs8)?)?,
        };
        key.restrict_to(algorithm.into())
    }
}

impl fmt::Debug for CompatKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(_) => f.write_str("Secret"),
            Self::Asymmetric(key) => key.fmt(f),
        }
    }
}

/// A shared secret, with each HMAC keyed once.
pub struct Secret {
    bytes: SecretBytes,
    mac_keys: Vec<(Algorithm, MacKey)>,
}

impl Secret {
    fn new(bytes: SecretBytes) -> Result<Self> {
        check_secret(&bytes)?;
        let algorithms = AlgorithmSet::for_key_type(KeyType::Oct);
        let mac_keys = algorithms.iter().filter_map(|algorithm| Some((algorithm, mac_key(algorithm, &bytes)?)));
        Ok(Self { mac_keys: mac_keys.collect(), bytes })
    }

    fn mac_key(&self, algorithm: Algorithm) -> Option<&MacKey> {
        self.mac_keys.iter().find(|(keyed, _)| *keyed == algorithm).map(|(_, key)| key)
    }

    fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.mac_key(algorithm).is_some_and(|key| key.verify(message, signature))
    }

    fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
        let mac = self.mac_key(algorithm).map(|key| key.sign(message));
        mac.ok_or_else(|| Error::InvalidKey(format!("A secret cannot be used to sign with {}.", algorithm.name())))
    }

    fn jwk_members(&self) -> JwkMemberList {
        let kty = Zeroizing::new(KeyType::Oct.kty().to_owned());
        vec![("kty", kty), ("k", Zeroizing::new(base64url::encode(&self.bytes)))]
    }
}

/// Checks that the hash of an ECDSA algorithm is not longer than the order of the key's curve. Other combinations of
/// key and algorithm are left to [`AsymmetricKey::sign`].
fn check_digest_fits_curve(key: &AsymmetricKey, algorithm: Algorithm) -> Result<()> {
    match key.curve() {
        Some(curve) if algorithm.key_type() == KeyType::Ec && algorithm.hash_bits() > curve.order_bits() => {
            Err(Error::CurveTooShort { curve: curve.sec_name(), hash_bits: algorithm.hash_bits() })
        }
        _ => Ok(()),
    }
}

/// The members of a JWK under the lenient rules of python-jose.
struct LenientMembers<'m, 'a>(&'m MemberTexts<'a>);

impl JwkMembers for LenientMembers<'_, '_> {
    fn text(&self, name: &str) -> Result<Option<&[u8]>> {
        Ok(self.0.iter().find(|(member, _)| *member == name).map(|(_, text)| *text))
    }

    /// Removes padding and white space, since JWKs that contain them are in use and python-jose reads them. The rest
    /// must be canonical (RFC 7515 §2).
    fn decode(&self, text: &[u8]) -> Option<Vec<u8>> {
        let text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let text = Zeroizing::new(text);
        let end = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
        text.get(..end).and_then(base64url::decode)
    }

    /// Pads a number with zeros to the length of its curve, or removes leading zeros. A number that is too long without
    /// them is left as it is, and rejected by the reader.
    fn fit_to_curve(&self, number: SecretBytes, curve: Curve) -> SecretBytes {
        let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
        let digits = number.get(start..).unwrap_or_default();
        let zeros = curve.coordinate_bytes().saturating_sub(digits.len());
        Zeroizing::new(std::iter::repeat_n(0, zeros).chain(digits.iter().copied()).collect())
    }
}
