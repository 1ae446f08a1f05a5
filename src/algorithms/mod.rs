//! The one table of algorithms: name → family, primitive, curve, signature length, least key size.
//!
//! Nothing below this file enumerates algorithms. Sources: RFC 7518 §3.1, RFC 8037 §3.1, RFC 8812 §3.2, RFC 9864 §2.2.

use std::str::FromStr;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{self as primitive, EcdsaVerificationAlgorithm, EdDSAParameters, RsaParameters};

use crate::error::Error;

mod curve;

pub use curve::Curve;

/// A signature or MAC algorithm by its JOSE name. `EdDSA` is Ed25519 under both of its names, `EdDSA` and `Ed25519`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the registry's own")]
pub enum Algorithm {
    HS256,
    HS384,
    HS512,
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    EdDSA,
    ES256K,
}

/// The kind of key that an algorithm works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A shared secret (`oct`).
    Hmac,
    /// An RSA key (`RSA`), PKCS #1 v1.5 and PSS alike.
    Rsa,
    /// A key on the curve that the algorithm names (`EC`).
    Ec(Curve),
    /// An Ed25519 key (`OKP`).
    Ed25519,
}

/// The primitive that carries an algorithm out.
#[derive(Clone, Copy)]
pub(crate) enum Scheme {
    Hmac(hmac::Algorithm),
    Rsa(&'static RsaParameters),
    Ecdsa(&'static EcdsaVerificationAlgorithm),
    Ed25519(&'static EdDSAParameters),
}

/// What is to be known of an algorithm.
pub(crate) struct Spec {
    pub algorithm: Algorithm,
    /// The registered names; the first is the one that is written.
    pub names: &'static [&'static str],
    pub family: Family,
    pub scheme: Scheme,
    /// `None` where it depends on the key (RSA).
    pub signature_bytes: Option<usize>,
    /// The least key size in bits: RFC 7518 §3.2 for HMAC, §3.3 for RSA; elsewhere the curve fixes it.
    pub least_key_bits: usize,
    /// The length of the hash, in bits; for Ed25519 of the one within it (RFC 8032 §5.1).
    pub hash_bits: usize,
}

const fn hmac(algorithm: Algorithm, names: &'static [&'static str], with: hmac::Algorithm, bits: usize) -> Spec {
    let scheme = Scheme::Hmac(with);
    let (family, signature_bytes) = (Family::Hmac, Some(bits / 8));
    Spec { algorithm, names, family, scheme, signature_bytes, least_key_bits: bits, hash_bits: bits }
}

const fn rsa(algorithm: Algorithm, names: &'static [&'static str], with: &'static RsaParameters, bits: usize) -> Spec {
    let (family, scheme) = (Family::Rsa, Scheme::Rsa(with));
    Spec { algorithm, names, family, scheme, signature_bytes: None, least_key_bits: 2048, hash_bits: bits }
}

const fn ecdsa(
    algorithm: Algorithm,
    names: &'static [&'static str],
    curve: Curve,
    with: &'static EcdsaVerificationAlgorithm,
    coordinate_bytes: usize,
    hash_bits: usize,
) -> Spec {
    let (family, scheme, signature_bytes) = (Family::Ec(curve), Scheme::Ecdsa(with), Some(2 * coordinate_bytes));
    Spec { algorithm, names, family, scheme, signature_bytes, least_key_bits: 0, hash_bits }
}

static TABLE: [Spec; 14] = [
    hmac(Algorithm::HS256, &["HS256"], hmac::HMAC_SHA256, 256),
    hmac(Algorithm::HS384, &["HS384"], hmac::HMAC_SHA384, 384),
    hmac(Algorithm::HS512, &["HS512"], hmac::HMAC_SHA512, 512),
    rsa(Algorithm::RS256, &["RS256"], &primitive::RSA_PKCS1_2048_8192_SHA256, 256),
    rsa(Algorithm::RS384, &["RS384"], &primitive::RSA_PKCS1_2048_8192_SHA384, 384),
    rsa(Algorithm::RS512, &["RS512"], &primitive::RSA_PKCS1_2048_8192_SHA512, 512),
    rsa(Algorithm::PS256, &["PS256"], &primitive::RSA_PSS_2048_8192_SHA256, 256),
    rsa(Algorithm::PS384, &["PS384"], &primitive::RSA_PSS_2048_8192_SHA384, 384),
    rsa(Algorithm::PS512, &["PS512"], &primitive::RSA_PSS_2048_8192_SHA512, 512),
    ecdsa(Algorithm::ES256, &["ES256"], Curve::P256, &primitive::ECDSA_P256_SHA256_FIXED, 32, 256),
    ecdsa(Algorithm::ES384, &["ES384"], Curve::P384, &primitive::ECDSA_P384_SHA384_FIXED, 48, 384),
    ecdsa(Algorithm::ES512, &["ES512"], Curve::P521, &primitive::ECDSA_P521_SHA512_FIXED, 66, 512),
    Spec {
        algorithm: Algorithm::EdDSA,
        names: &["EdDSA", "Ed25519"],
        family: Family::Ed25519,
        scheme: Scheme::Ed25519(&primitive::ED25519),
        signature_bytes: Some(64),
        least_key_bits: 0,
        hash_bits: 512,
    },
    ecdsa(Algorithm::ES256K, &["ES256K"], Curve::Secp256k1, &primitive::ECDSA_P256K1_SHA256_FIXED, 32, 256),
];

impl Algorithm {
    #[expect(clippy::indexing_slicing, reason = "the table has a row for every variant, in order; a test holds it so")]
    pub(crate) fn spec(self) -> &'static Spec {
        &TABLE[self as usize]
    }

    /// The name that is written into a header.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec().names.first().copied().unwrap_or_default()
    }

    /// Every name that a header may have for it.
    #[must_use]
    pub fn names(self) -> &'static [&'static str] {
        self.spec().names
    }

    /// The kind of key it works with.
    #[must_use]
    pub fn family(self) -> Family {
        self.spec().family
    }

    /// The least size of a key, in bits; 0 where the curve fixes it.
    #[must_use]
    pub fn least_key_bits(self) -> usize {
        self.spec().least_key_bits
    }

    /// The length of its hash, in bits.
    #[must_use]
    pub fn hash_bits(self) -> usize {
        self.spec().hash_bits
    }

    /// Whether a public key verifies it, so that a verification takes microseconds and not nanoseconds.
    #[must_use]
    pub fn is_asymmetric(self) -> bool {
        self.family() != Family::Hmac
    }

    /// Whether it is accepted only where somebody names it: nobody signs tokens on secp256k1 (RFC 8812) unknowingly.
    #[must_use]
    pub fn must_be_named(self) -> bool {
        self == Self::ES256K
    }
}

impl FromStr for Algorithm {
    type Err = Error;

    /// By its registered name, compared whole and with case.
    fn from_str(name: &str) -> Result<Self, Error> {
        let row = TABLE.iter().find(|row| row.names.contains(&name));
        row.map(|row| row.algorithm).ok_or(Error::AlgorithmNotAllowed)
    }
}

/// A set of algorithms: an allow-list, or what a key can do.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct AlgorithmSet(u16);

impl AlgorithmSet {
    /// No algorithm at all.
    pub const EMPTY: Self = Self(0);

    /// Those for which `wanted` holds.
    #[must_use]
    pub fn such_that(wanted: impl Fn(Algorithm) -> bool) -> Self {
        TABLE.iter().map(|row| row.algorithm).filter(|algorithm| wanted(*algorithm)).collect()
    }

    /// Every algorithm that a public key verifies, but those that must be named: what is accepted of public keys where
    /// nobody says.
    #[must_use]
    pub fn asymmetric() -> Self {
        Self::such_that(|algorithm| algorithm.is_asymmetric() && !algorithm.must_be_named())
    }

    /// Every algorithm that works with keys of `family`.
    #[must_use]
    pub fn of(family: Family) -> Self {
        Self::such_that(|algorithm| algorithm.family() == family)
    }

    /// Whether `algorithm` is in it.
    #[must_use]
    pub fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & (1 << algorithm as u8) != 0
    }

    /// What is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// How many there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Algorithm> {
        TABLE.iter().map(|row| row.algorithm).filter(move |algorithm| self.contains(*algorithm))
    }

    /// Their names, for a text: `HS256, HS384`.
    #[must_use]
    pub fn names(self) -> String {
        self.iter().map(Algorithm::name).collect::<Vec<_>>().join(", ")
    }
}

impl FromIterator<Algorithm> for AlgorithmSet {
    fn from_iter<I: IntoIterator<Item = Algorithm>>(algorithms: I) -> Self {
        Self(algorithms.into_iter().fold(0, |bits, algorithm| bits | (1 << algorithm as u8)))
    }
}

impl FromStr for AlgorithmSet {
    type Err = Error;

    /// The set of the one algorithm of that name.
    fn from_str(name: &str) -> Result<Self, Error> {
        Ok(std::iter::once(name.parse::<Algorithm>()?).collect())
    }
}

impl std::fmt::Debug for AlgorithmSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}]", self.names())
    }
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, AlgorithmSet, Family, TABLE};

    #[test]
    fn every_variant_has_its_own_row() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.algorithm as usize, index);
            assert_eq!(row.algorithm.spec().names, row.names);
            if let Family::Ec(curve) = row.family {
                assert_eq!(row.signature_bytes, Some(2 * curve.coordinate_bytes()));
            }
        }
    }

    #[test]
    fn names_are_compared_whole_and_with_case() {
        assert_eq!("HS256".parse(), Ok(Algorithm::HS256));
        assert_eq!("Ed25519".parse(), Ok(Algorithm::EdDSA));
        assert_eq!("ES256K".parse(), Ok(Algorithm::ES256K));
        for name in ["hs256", "HS256 ", "HS", "none", "None", "noNE", "", "*", "ES256k", "ES256K ", "Ed448", "RS1"] {
            assert!(name.parse::<Algorithm>().is_err(), "{name}");
        }
    }

    #[test]
    fn sets() {
        let hmac = AlgorithmSet::of(Family::Hmac);
        assert_eq!((hmac.len(), hmac.names().as_str()), (3, "HS256, HS384, HS512"));
        assert!(hmac.and(AlgorithmSet::asymmetric()).is_empty());
        let named: AlgorithmSet = std::iter::once(Algorithm::ES256K).collect();
        assert!(named.and(AlgorithmSet::asymmetric()).is_empty());
        assert_eq!(hmac.or(AlgorithmSet::asymmetric()).or(named).len(), TABLE.len());
        assert_eq!(format!("{:?}", AlgorithmSet::of(Family::Ed25519)), "[EdDSA]");
    }
}
