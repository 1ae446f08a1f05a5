//! What a pair can sign with: of the one table's algorithms those of its kind, and for each curve the hashes that fit.
//!
//! python-jose does not bind ES* to a curve, so that a longer curve takes a shorter hash (RFC 7518 §3.4 would not).

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{self as primitive, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, RsaEncoding};

use super::Kind;
use crate::algorithms::{Algorithm, Curve};

pub(super) fn fits(algorithm: Algorithm, kind: Kind) -> bool {
    match kind {
        Kind::Rsa => rsa_encoding(algorithm).is_some(),
        Kind::Ec(curve) => ECDSA.iter().any(|row| row.algorithm == algorithm && row.curve == curve),
        Kind::Ed25519 => algorithm == Algorithm::EdDSA,
    }
}

/// What signs an RSA algorithm; a PSS salt is as long as the hash (RFC 7518 §3.5).
pub(super) fn rsa_encoding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    match algorithm {
        Algorithm::RS256 => Some(&primitive::RSA_PKCS1_SHA256),
        Algorithm::RS384 => Some(&primitive::RSA_PKCS1_SHA384),
        Algorithm::RS512 => Some(&primitive::RSA_PKCS1_SHA512),
        Algorithm::PS256 => Some(&primitive::RSA_PSS_SHA256),
        Algorithm::PS384 => Some(&primitive::RSA_PSS_SHA384),
        Algorithm::PS512 => Some(&primitive::RSA_PSS_SHA512),
        _ => None,
    }
}

/// An ECDSA algorithm on one curve; its signatures are `r || s` of fixed length.
pub(super) struct Ecdsa {
    pub algorithm: Algorithm,
    pub curve: Curve,
    pub signing: &'static EcdsaSigningAlgorithm,
    pub verification: &'static EcdsaVerificationAlgorithm,
    pub widening: Option<Widening>,
}

/// A hash that the curve's primitives do not name, given to them as the longer one that they do.
///
/// ECDSA signs the integer that the leftmost bits of the hash spell (FIPS 186-5 §6.4.1); a hash no longer than the curve's
/// order spells the same integer with zeros before it.
pub(super) struct Widening {
    hash: &'static digest::Algorithm,
    named: &'static digest::Algorithm,
}

impl Widening {
    pub fn digest(&self, message: &[u8]) -> Option<Digest> {
        let hash = digest::digest(self.hash, message);
        let mut wide = vec![0; self.named.output_len().checked_sub(self.hash.output_len())?];
        wide.extend_from_slice(hash.as_ref());
        Digest::import_less_safe(&wide, self.named).ok()
    }
}

const fn ecdsa(
    algorithm: Algorithm,
    curve: Curve,
    signing: &'static EcdsaSigningAlgorithm,
    verification: &'static EcdsaVerificationAlgorithm,
) -> Ecdsa {
    Ecdsa { algorithm, curve, signing, verification, widening: None }
}

/// A curve's own hash stands before its shorter ones.
pub(super) static ECDSA: [Ecdsa; 7] = [
    ecdsa(
        Algorithm::ES256,
        Curve::P256,
        &primitive::ECDSA_P256_SHA256_FIXED_SIGNING,
        &primitive::ECDSA_P256_SHA256_FIXED,
    ),
    ecdsa(
        Algorithm::ES384,
        Curve::P384,
        &primitive::ECDSA_P384_SHA384_FIXED_SIGNING,
        &primitive::ECDSA_P384_SHA384_FIXED,
    ),
    Ecdsa {
        widening: Some(Widening { hash: &digest::SHA256, named: &digest::SHA384 }),
        ..ecdsa(
            Algorithm::ES256,
            Curve::P384,
            &primitive::ECDSA_P384_SHA384_FIXED_SIGNING,
            &primitive::ECDSA_P384_SHA384_FIXED,
        )
    },
    ecdsa(
        Algorithm::ES512,
        Curve::P521,
        &primitive::ECDSA_P521_SHA512_FIXED_SIGNING,
        &primitive::ECDSA_P521_SHA512_FIXED,
    ),
    ecdsa(
        Algorithm::ES384,
        Curve::P521,
        &primitive::ECDSA_P521_SHA384_FIXED_SIGNING,
        &primitive::ECDSA_P521_SHA384_FIXED,
    ),
    ecdsa(
        Algorithm::ES256,
        Curve::P521,
        &primitive::ECDSA_P521_SHA256_FIXED_SIGNING,
        &primitive::ECDSA_P521_SHA256_FIXED,
    ),
    ecdsa(
        Algorithm::ES256K,
        Curve::Secp256k1,
        &primitive::ECDSA_P256K1_SHA256_FIXED_SIGNING,
        &primitive::ECDSA_P256K1_SHA256_FIXED,
    ),
];
