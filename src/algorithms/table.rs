//! The table of algorithms: names, primitives that sign and verify, sizes.
//!
//! No other file matches on an algorithm's name. Sources: RFC 7518 §3.1, RFC 8037 §3.1, RFC 8812 §3.2, RFC 9864 §2.2.

use std::str::FromStr;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    self, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, EdDSAParameters, RsaParameters, RsaSignatureEncoding,
};

use super::curve::Curve;
use super::key_type::KeyType;
use crate::error::Error;

/// A signature or MAC algorithm by its JOSE name. `EdDSA` is Ed25519, under both names `EdDSA` and `Ed25519`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are those of the registry")]
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

/// Implementation of an algorithm in AWS-LC, in both directions.
#[derive(Clone, Copy)]
pub(crate) enum Primitive {
    Hmac(hmac::Algorithm),
    Rsa {
        verification: &'static RsaParameters,
        /// A PSS salt is as long as the hash (RFC 7518 §3.5).
        signing: &'static RsaSignatureEncoding,
    },
    /// A signature is `r || s` of fixed length (RFC 7518 §3.4).
    Ecdsa {
        curve: Curve,
        verification: &'static EcdsaVerificationAlgorithm,
        signing: &'static EcdsaSigningAlgorithm,
    },
    Ed25519(&'static EdDSAParameters),
}

/// Properties of one algorithm.
pub(crate) struct AlgorithmSpec {
    pub algorithm: Algorithm,
    /// Registered names. The first is written into headers.
    pub names: &'static [&'static str],
    pub primitive: Primitive,
    /// Length of a signature, or `None` for RSA, where it depends on the key.
    pub signature_bytes: Option<usize>,
    /// Minimum key size: RFC 7518 §3.2 for HMAC, §3.3 for RSA. It is 0 if the curve fixes the size.
    pub min_key_bits: usize,
    /// Length of the hash. For Ed25519, of its internal hash (RFC 8032 §5.1).
    pub hash_bits: usize,
}

/// Minimum size of an RSA modulus in bits (RFC 7518 §3.3).
pub(crate) const MIN_RSA_BITS: usize = 2048;

const fn hmac(
    algorithm: Algorithm,
    names: &'static [&'static str],
    primitive: hmac::Algorithm,
    hash_bits: usize,
) -> AlgorithmSpec {
    let (primitive, signature_bytes) = (Primitive::Hmac(primitive), Some(hash_bits / 8));
    AlgorithmSpec { algorithm, names, primitive, signature_bytes, min_key_bits: hash_bits, hash_bits }
}

const fn rsa(
    algorithm: Algorithm,
    names: &'static [&'static str],
    verification: &'static RsaParameters,
    signing: &'static RsaSignatureEncoding,
    hash_bits: usize,
) -> AlgorithmSpec {
    let primitive = Primitive::Rsa { verification, signing };
    AlgorithmSpec { algorithm, names, primitive, signature_bytes: None, min_key_bits: MIN_RSA_BITS, hash_bits }
}

const fn ecdsa(
    algorithm: Algorithm,
    names: &'static [&'static str],
    primitive: Primitive,
    coordinate_bytes: usize,
    hash_bits: usize,
) -> AlgorithmSpec {
    let signature_bytes = Some(2 * coordinate_bytes);
    AlgorithmSpec { algorithm, names, primitive, signature_bytes, min_key_bits: 0, hash_bits }
}

const ES256: Primitive = Primitive::Ecdsa {
    curve: Curve::P256,
    verification: &signature::ECDSA_P256_SHA256_FIXED,
    signing: &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
};
const ES384: Primitive = Primitive::Ecdsa {
    curve: Curve::P384,
    verification: &signature::ECDSA_P384_SHA384_FIXED,
    signing: &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
};
const ES512: Primitive = Primitive::Ecdsa {
    curve: Curve::P521,
    verification: &signature::ECDSA_P521_SHA512_FIXED,
    signing: &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
};
const ES256K: Primitive = Primitive::Ecdsa {
    curve: Curve::Secp256k1,
    verification: &signature::ECDSA_P256K1_SHA256_FIXED,
    signing: &signature::ECDSA_P256K1_SHA256_FIXED_SIGNING,
};

#[rustfmt::skip]
pub(super) static ALGORITHMS: [AlgorithmSpec; 14] = [
    hmac(Algorithm::HS256, &["HS256"], hmac::HMAC_SHA256, 256),
    hmac(Algorithm::HS384, &["HS384"], hmac::HMAC_SHA384, 384),
    hmac(Algorithm::HS512, &["HS512"], hmac::HMAC_SHA512, 512),
    rsa(Algorithm::RS256, &["RS256"], &signature::RSA_PKCS1_2048_8192_SHA256, &signature::RSA_PKCS1_SHA256, 256),
    rsa(Algorithm::RS384, &["RS384"], &signature::RSA_PKCS1_2048_8192_SHA384, &signature::RSA_PKCS1_SHA384, 384),
    rsa(Algorithm::RS512, &["RS512"], &signature::RSA_PKCS1_2048_8192_SHA512, &signature::RSA_PKCS1_SHA512, 512),
    rsa(Algorithm::PS256, &["PS256"], &signature::RSA_PSS_2048_8192_SHA256, &signature::RSA_PSS_SHA256, 256),
    rsa(Algorithm::PS384, &["PS384"], &signature::RSA_PSS_2048_8192_SHA384, &signature::RSA_PSS_SHA384, 384),
    rsa(Algorithm::PS512, &["PS512"], &signature::RSA_PSS_2048_8192_SHA512, &signature::RSA_PSS_SHA512, 512),
    ecdsa(Algorithm::ES256, &["ES256"], ES256, 32, 256),
    ecdsa(Algorithm::ES384, &["ES384"], ES384, 48, 384),
    ecdsa(Algorithm::ES512, &["ES512"], ES512, 66, 512),
    AlgorithmSpec {
        algorithm: Algorithm::EdDSA,
        names: &["EdDSA", "Ed25519"],
        primitive: Primitive::Ed25519(&signature::ED25519),
        signature_bytes: Some(64),
        min_key_bits: 0,
        hash_bits: 512,
    },
    ecdsa(Algorithm::ES256K, &["ES256K"], ES256K, 32, 256),
];

impl Algorithm {
    #[expect(clippy::indexing_slicing, reason = "the table has a row for every variant, in order; a test checks it")]
    pub(crate) fn spec(self) -> &'static AlgorithmSpec {
        &ALGORITHMS[self as usize]
    }

    /// Returns the name that is written into a header.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec().names.first().copied().unwrap_or_default()
    }

    /// Returns every name that a header may use for the algorithm.
    #[must_use]
    pub fn names(self) -> &'static [&'static str] {
        self.spec().names
    }

    /// Returns the type of key that the algorithm works with.
    #[must_use]
    pub fn key_type(self) -> KeyType {
        match self.spec().primitive {
            Primitive::Hmac(_) => KeyType::Oct,
            Primitive::Rsa { .. } => KeyType::Rsa,
            Primitive::Ecdsa { .. } => KeyType::Ec,
            Primitive::Ed25519(_) => KeyType::Okp,
        }
    }

    /// Returns the curve of an ECDSA algorithm (RFC 7518 §3.4).
    #[must_use]
    pub fn curve(self) -> Option<Curve> {
        match self.spec().primitive {
            Primitive::Ecdsa { curve, .. } => Some(curve),
            _ => None,
        }
    }

    /// Returns the minimum size of a key in bits, or 0 if the curve fixes the size.
    #[must_use]
    pub fn min_key_bits(self) -> usize {
        self.spec().min_key_bits
    }

    /// Returns the length of the algorithm's hash in bits.
    #[must_use]
    pub fn hash_bits(self) -> usize {
        self.spec().hash_bits
    }

    /// Returns true if a public key verifies the algorithm's signatures. A verification then takes microseconds, with a
    /// MAC nanoseconds.
    #[must_use]
    pub fn is_asymmetric(self) -> bool {
        self.key_type() != KeyType::Oct
    }

    /// Returns true if the algorithm is accepted only where an allow-list names it. This holds for ES256K, since an
    /// issuer does not use secp256k1 (RFC 8812) by default.
    #[must_use]
    pub(crate) fn requires_opt_in(self) -> bool {
        self == Self::ES256K
    }
}

impl FromStr for Algorithm {
    type Err = Error;

    /// Parses a registered name, case-sensitively and as a whole.
    fn from_str(name: &str) -> Result<Self, Error> {
        let spec = ALGORITHMS.iter().find(|spec| spec.names.contains(&name));
        spec.map(|spec| spec.algorithm).ok_or(Error::AlgorithmNotAllowed)
    }
}

#[cfg(test)]
mod tests {
    use super::{ALGORITHMS, Algorithm};

    #[test]
    fn every_variant_has_its_own_row() {
        for (index, spec) in ALGORITHMS.iter().enumerate() {
            assert_eq!(spec.algorithm as usize, index);
            assert_eq!(spec.algorithm.spec().names, spec.names);
            if let Some(curve) = spec.algorithm.curve() {
                assert_eq!(spec.signature_bytes, Some(2 * curve.coordinate_bytes()));
            }
        }
    }

    #[test]
    fn each_algorithm_has_its_names_and_lengths() {
        assert_eq!(Algorithm::EdDSA.names(), ["EdDSA", "Ed25519"]);
        assert_eq!(Algorithm::HS512.names(), ["HS512"]);
        let lengths = [Algorithm::HS256, Algorithm::HS384, Algorithm::ES256, Algorithm::ES512, Algorithm::RS256]
            .map(|algorithm| algorithm.spec().signature_bytes);
        assert_eq!(lengths, [Some(32), Some(48), Some(64), Some(132), None]);
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
}
