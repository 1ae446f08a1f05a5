//! ECDSA suites: an algorithm on a curve that its hash fits.
//!
//! RFC 7518 §3.4 binds each algorithm to one curve; those suites come from the table of algorithms. python-jose does
//! not bind ES* to a curve. For it, a longer curve also takes a shorter hash.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{self, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm};

use super::algorithm_set::AlgorithmSet;
use super::curve::Curve;
use super::table::{Algorithm, Primitive};

/// An ECDSA algorithm on one curve. Its signatures are `r || s` of fixed length.
#[derive(Clone, Copy)]
pub(crate) struct EcdsaSuite {
    pub algorithm: Algorithm,
    pub curve: Curve,
    pub signing: &'static EcdsaSigningAlgorithm,
    pub verification: &'static EcdsaVerificationAlgorithm,
    pub digest_padding: Option<DigestPadding>,
}

/// A hash that AWS-LC does not offer on a curve, padded to the length of one that it does.
///
/// ECDSA signs the integer that the leftmost bits of the hash form (FIPS 186-5 §6.4.1). Leading zeros do not change
/// this integer if the hash is not longer than the curve's order.
#[derive(Clone, Copy)]
pub(crate) struct DigestPadding {
    digest: &'static digest::Algorithm,
    target: &'static digest::Algorithm,
}

impl DigestPadding {
    /// Returns the hash of `message`, padded with leading zeros.
    pub(crate) fn padded_digest(self, message: &[u8]) -> Option<Digest> {
        let digest = digest::digest(self.digest, message);
        let mut padded = vec![0; self.target.output_len().checked_sub(self.digest.output_len())?];
        padded.extend_from_slice(digest.as_ref());
        Digest::import_less_safe(&padded, self.target).ok()
    }
}

/// Suites of python-jose beyond RFC 7518: shorter hashes on longer curves.
static SHORTER_HASHES: [EcdsaSuite; 3] = [
    EcdsaSuite {
        algorithm: Algorithm::ES256,
        curve: Curve::P384,
        signing: &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        verification: &signature::ECDSA_P384_SHA384_FIXED,
        digest_padding: Some(DigestPadding { digest: &digest::SHA256, target: &digest::SHA384 }),
    },
    EcdsaSuite {
        algorithm: Algorithm::ES384,
        curve: Curve::P521,
        signing: &signature::ECDSA_P521_SHA384_FIXED_SIGNING,
        verification: &signature::ECDSA_P521_SHA384_FIXED,
        digest_padding: None,
    },
    EcdsaSuite {
        algorithm: Algorithm::ES256,
        curve: Curve::P521,
        signing: &signature::ECDSA_P521_SHA256_FIXED_SIGNING,
        verification: &signature::ECDSA_P521_SHA256_FIXED,
        digest_padding: None,
    },
];

/// Iterates over the suites of `curve`. The suite of RFC 7518 comes first.
pub(crate) fn suites_for(curve: Curve) -> impl Iterator<Item = EcdsaSuite> {
    let own = AlgorithmSet::for_curve(curve).iter().filter_map(from_algorithm);
    own.chain(SHORTER_HASHES.iter().copied().filter(move |suite| suite.curve == curve))
}

fn from_algorithm(algorithm: Algorithm) -> Option<EcdsaSuite> {
    match algorithm.spec().primitive {
        Primitive::Ecdsa { curve, verification, signing } => {
            Some(EcdsaSuite { algorithm, curve, signing, verification, digest_padding: None })
        }
        _ => None,
    }
}
