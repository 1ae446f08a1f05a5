//! A key as python-jose has it: its material, and no algorithm of its own. Who uses it names the algorithm.
//!
//! Any curve signs and verifies with any ES* whose hash fits it; a secret may be short; a key of another kind than the
//! algorithm's can be held, and verifies nothing.

use std::fmt;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::algorithms::{Algorithm, AlgorithmSet, Curve, Family};
use crate::encoding::base64url;
use crate::error::{Error, Result};
use crate::keys::asymmetric_key::{Form, Kind as PairKind, Octets, Pair, Parameters};
use crate::keys::{self, check_secret, hmac_key, unusable};

/// What kind of key a caller expects: the `kty` of its JWK (RFC 7518 §6.1, RFC 8037 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the registry's own")]
pub enum Kind {
    Oct,
    Rsa,
    Ec,
    Okp,
}

impl Kind {
    /// Its name.
    #[must_use]
    pub fn kty(self) -> &'static str {
        match self {
            Self::Oct => "oct",
            Self::Rsa => "RSA",
            Self::Ec => "EC",
            Self::Okp => "OKP",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(kty: &str) -> Option<Self> {
        [Self::Oct, Self::Rsa, Self::Ec, Self::Okp].into_iter().find(|kind| kind.kty() == kty)
    }

    /// The members of a JWK that make a key of this kind.
    #[must_use]
    pub fn members(self) -> &'static [&'static str] {
        match self {
            Self::Oct => &["k"],
            Self::Rsa => &["n", "e", "d", "p", "q", "dp", "dq", "qi"],
            Self::Ec => &["crv", "x", "y", "d"],
            Self::Okp => &["crv", "x", "d"],
        }
    }

    /// Refuses a JWK that says it is of another kind.
    ///
    /// # Errors
    /// [`Error::InvalidKey`].
    pub fn expect(self, received: &str) -> Result<()> {
        let expected = self.kty();
        if received == expected {
            return Ok(());
        }
        Err(Error::InvalidKey(format!("Incorrect key type. Expected: '{expected}', Received: {received}")))
    }

    /// Those of them that a JWK must have.
    fn mandatory(self) -> &'static [&'static str] {
        match self {
            Self::Oct => &["k"],
            Self::Rsa => &["n", "e"],
            Self::Ec => &["x", "y", "crv"],
            Self::Okp => &["x", "crv"],
        }
    }
}

impl From<Algorithm> for Kind {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm.family() {
            Family::Hmac => Self::Oct,
            Family::Rsa => Self::Rsa,
            Family::Ec(_) => Self::Ec,
            Family::Ed25519 => Self::Okp,
        }
    }
}

/// Members of a JWK, by name, as their texts.
pub type Members<'a> = [(&'static str, &'a [u8])];

/// A secret, or a private or public key.
pub enum Key {
    /// A shared secret.
    Secret(Secret),
    /// An asymmetric key.
    Pair(Pair),
}

impl Key {
    /// A secret where one is expected, of any length but empty; else a key in PEM: PKCS #8, PKCS #1, SEC 1, SPKI, or an
    /// X.509 certificate, of which the key alone is read.
    ///
    /// # Errors
    /// [`Error::InvalidKey`], also for an asymmetric key where a secret is expected (RFC 8725 §2.1), or
    /// [`Error::WeakKey`] for an RSA key below 2048 bits.
    pub fn from_text(text: &[u8], expected: impl Into<Kind>) -> Result<Self> {
        match expected.into() {
            Kind::Oct => Secret::new(Zeroizing::new(text.to_vec())).map(Self::Secret),
            Kind::Rsa | Kind::Ec | Kind::Okp => Pair::from_pem(text).map(Self::Pair),
        }
    }

    /// A JWK of the `expected` kind (RFC 7517 §4) by its [members](Kind::members). Its `kid`, `use`, `key_ops` and `alg`
    /// bind nothing.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`], as [`Key::from_text`].
    pub fn from_jwk(members: &Members<'_>, expected: impl Into<Kind>) -> Result<Self> {
        let expected = expected.into();
        if expected.mandatory().iter().any(|name| text_of(members, name).is_none()) {
            return Err(unusable("Mandatory parameters are missing"));
        }
        if expected == Kind::Oct {
            let secret = octets(members, "k")?.unwrap_or_default();
            return Secret::new(secret).map(Self::Secret);
        }
        let crv = text_of(members, "crv").and_then(|crv| std::str::from_utf8(crv).ok());
        let length = crv.filter(|_| expected == Kind::Ec).and_then(|crv| Curve::named(crv).ok());
        let decode = |name: &str| match length {
            Some(curve) => Ok(octets(members, name)?.map(|number| of_length(&number, curve.coordinate_bytes()))),
            None => octets(members, name),
        };
        Pair::from_parameters(expected.kty(), crv, &decode).map(Self::Pair)
    }

    /// What kind of key it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Secret(_) => Kind::Oct,
            Self::Pair(pair) => match pair.kind() {
                PairKind::Rsa => Kind::Rsa,
                PairKind::Ec(_) => Kind::Ec,
                PairKind::Ed25519 => Kind::Okp,
            },
        }
    }

    /// Whether `algorithm` works with keys of its kind and curve.
    #[must_use]
    pub fn works_with(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Secret(_) => algorithm.family() == Family::Hmac,
            Self::Pair(pair) => pair.supports(algorithm),
        }
    }

    /// Whether it can sign and has a public half that could not.
    #[must_use]
    pub fn is_private(&self) -> bool {
        matches!(self, Self::Pair(pair) if pair.is_private())
    }

    /// Whether it made `signature` over `message` with `algorithm`.
    ///
    /// A private EC key made none: so python-jose has it, where a private key of another kind verifies.
    #[must_use]
    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Secret(secret) => secret.verifies(algorithm, message, signature),
            Self::Pair(pair) if matches!(pair.kind(), PairKind::Ec(_)) && pair.is_private() => false,
            Self::Pair(pair) => pair.verifies(algorithm, message, signature),
        }
    }

    /// The signature or MAC over `message`.
    ///
    /// # Errors
    /// [`Error::CurveTooShort`]; [`Error::InvalidKey`] for a public key or one of another kind.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Secret(secret) => secret.sign(algorithm, message),
            Self::Pair(pair) => {
                refuse_long_hash(pair.kind(), algorithm)?;
                pair.sign(algorithm, message)
            }
        }
    }

    /// The public half alone.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for a secret.
    pub fn public_key(&self) -> Result<Self> {
        Ok(Self::Pair(self.pair()?.public_key()))
    }

    /// It in PEM.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for a secret, [`Error::Configuration`] for a kind of key that has no such form.
    pub fn to_pem(&self, form: Form) -> Result<Zeroizing<String>> {
        self.pair()?.to_pem(form)
    }

    fn pair(&self) -> Result<&Pair> {
        match self {
            Self::Secret(_) => Err(unusable("A secret has no public half and no PEM.")),
            Self::Pair(pair) => Ok(pair),
        }
    }

    /// The parameters of its JWK, `kty` first.
    ///
    /// # Errors
    /// [`Error::Configuration`] if a primitive cannot write its key.
    pub fn to_jwk(&self) -> Result<Parameters> {
        match self {
            Self::Secret(secret) => Ok(secret.parameters()),
            Self::Pair(pair) => pair.to_jwk(),
        }
    }

    /// The strict key that verifies with `algorithm` alone, of its public half.
    ///
    /// # Errors
    /// [`Error::WeakKey`] for a short secret, [`Error::InvalidKey`] for an algorithm that does not work with it.
    pub fn verification_key(&self, algorithm: Algorithm) -> Result<keys::Key> {
        let key = match self {
            Self::Secret(secret) => keys::Key::from_secret(&secret.bytes)?,
            Self::Pair(pair) => keys::Key::from_der(&pair.public_key().to_der(Form::Pkcs8)?)?,
        };
        key.bound_to(std::iter::once(algorithm).collect())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(_) => f.write_str("Secret"),
            Self::Pair(pair) => pair.fmt(f),
        }
    }
}

/// A shared secret, and each HMAC keyed with it once.
pub struct Secret {
    bytes: Zeroizing<Vec<u8>>,
    keyed: Vec<(Algorithm, hmac::Key)>,
}

impl Secret {
    fn new(bytes: Zeroizing<Vec<u8>>) -> Result<Self> {
        check_secret(&bytes)?;
        let all = AlgorithmSet::of(Family::Hmac);
        let keyed = all.iter().filter_map(|algorithm| Some((algorithm, hmac_key(algorithm, &bytes)?))).collect();
        Ok(Self { bytes, keyed })
    }

    fn hmac(&self, algorithm: Algorithm) -> Option<&hmac::Key> {
        self.keyed.iter().find(|(keyed, _)| *keyed == algorithm).map(|(_, key)| key)
    }

    fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        // aws-lc-rs compares in constant time.
        self.hmac(algorithm).is_some_and(|key| hmac::verify(key, message, signature).is_ok())
    }

    fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
        let key = self.hmac(algorithm);
        let signed = key.map(|key| hmac::sign(key, message).as_ref().to_vec());
        signed.ok_or_else(|| Error::InvalidKey(format!("A secret cannot be used to sign with {}.", algorithm.name())))
    }

    fn parameters(&self) -> Parameters {
        let kty = Zeroizing::new(Kind::Oct.kty().to_owned());
        vec![("kty", kty), ("k", Zeroizing::new(base64url::encode(&self.bytes)))]
    }
}

/// A curve signs no hash that is longer than its order; the other way round the kinds of key must fit.
fn refuse_long_hash(kind: PairKind, algorithm: Algorithm) -> Result<()> {
    match (kind, algorithm.family()) {
        (PairKind::Ec(curve), Family::Ec(_)) if algorithm.hash_bits() > curve.bits() => {
            Err(Error::CurveTooShort { curve: curve.sec_name(), hash_bits: algorithm.hash_bits() })
        }
        _ => Ok(()),
    }
}

fn text_of<'a>(members: &Members<'a>, name: &str) -> Option<&'a [u8]> {
    members.iter().find(|(member, _)| *member == name).map(|(_, text)| *text)
}

/// Padding and white space are taken off, since JWKs with them are about and python-jose reads them; all else is as RFC
/// 7515 §2 has it.
fn octets(members: &Members<'_>, name: &str) -> Result<Option<Octets>> {
    let Some(text) = text_of(members, name) else { return Ok(None) };
    let text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let text = Zeroizing::new(text);
    let end = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let bytes = text.get(..end).and_then(base64url::decode);
    bytes.map(|bytes| Some(Zeroizing::new(bytes))).ok_or_else(|| unusable("A parameter of the JWK is not base64url."))
}

/// A number of an EC key in the curve's length: some writers leave its leading zeros out, some add more. One that is too
/// long in itself stays as it is, to be refused.
fn of_length(number: &[u8], length: usize) -> Octets {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let digits = number.get(start..).unwrap_or_default();
    let zeros = length.saturating_sub(digits.len());
    Zeroizing::new(std::iter::repeat_n(0, zeros).chain(digits.iter().copied()).collect())
}
