//! Public keys: sized, checked and parsed for each algorithm of their kind.

use aws_lc_rs::rsa::{PublicKey as RsaPublicKey, PublicKeyComponents};
use aws_lc_rs::signature::{ParsedPublicKey, RsaParameters, VerificationAlgorithm};
use curve25519_dalek::edwards::CompressedEdwardsY;

use super::{Key, Ready, unusable};
use crate::algorithms::{Algorithm, AlgorithmSet, Curve, Family, Scheme};
use crate::error::{Error, Result};

/// An RSA key from its modulus and exponent, big-endian.
pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Key> {
    refuse_weak_rsa(modulus, exponent)?;
    prepare(Family::Rsa, |scheme| match scheme {
        Scheme::Rsa(with) => rsa_parsed(with, modulus, exponent),
        _ => None,
    })
}

fn rsa_parsed(with: &'static RsaParameters, modulus: &[u8], exponent: &[u8]) -> Option<ParsedPublicKey> {
    PublicKeyComponents { n: modulus, e: exponent }.to_parsed_public_key(with).ok()
}

/// An RSA key from DER: PKCS #1 or SPKI.
pub(super) fn rsa_der(der: &[u8]) -> Result<Key> {
    let key = RsaPublicKey::from_der(der).map_err(|_| unusable("The RSA key cannot be parsed."))?;
    rsa(key.modulus().big_endian_without_leading_zero(), key.exponent().big_endian_without_leading_zero())
}

/// At least 2048 bits (RFC 7518 §3.3); an exponent of 1 would let anybody sign, an even one nobody.
fn refuse_weak_rsa(modulus: &[u8], exponent: &[u8]) -> Result<()> {
    let least = Algorithm::RS256.least_key_bits();
    let bits = bit_length(modulus);
    if bits < least {
        return Err(Error::WeakKey(format!(
            "An RSA key needs at least {least} bits (RFC 7518 section 3.3); this has {bits}."
        )));
    }
    if bits > MAX_RSA_BITS || !is_odd(modulus) {
        return Err(unusable("The RSA key's modulus must be odd and have at most 8192 bits."));
    }
    if !is_odd(exponent) || !(2..=MAX_RSA_EXPONENT_BITS).contains(&bit_length(exponent)) {
        return Err(unusable("The RSA key's exponent must be odd, at least 3, and have at most 33 bits."));
    }
    Ok(())
}

/// What AWS-LC verifies with; with a larger key every signature would be wrong.
const MAX_RSA_BITS: usize = 8_192;
const MAX_RSA_EXPONENT_BITS: usize = 33;

fn is_odd(big_endian: &[u8]) -> bool {
    big_endian.last().is_some_and(|byte| byte & 1 == 1)
}

fn bit_length(big_endian: &[u8]) -> usize {
    let significant = big_endian.iter().position(|byte| *byte != 0).and_then(|zeros| big_endian.get(zeros..));
    significant.and_then(|bytes| Some(bytes.len() * 8 - bytes.first()?.leading_zeros() as usize)).unwrap_or(0)
}

/// A key on `curve`, from an uncompressed point (SEC 1 §2.3.3) or SPKI; the point is checked to lie on it.
pub(super) fn ec(curve: Curve, point: &[u8]) -> Result<Key> {
    prepare(Family::Ec(curve), |scheme| match scheme {
        Scheme::Ecdsa(with) => parsed(with, point),
        _ => None,
    })
}

/// An Ed25519 key from its 32 bytes.
///
/// A key of small order verifies signatures that nobody made; a point in a second spelling would give one key two names.
pub(crate) fn ed25519(bytes: &[u8]) -> Result<Key> {
    let spelled = CompressedEdwardsY::from_slice(bytes).map_err(|_| unusable("An Ed25519 key has 32 bytes."))?;
    let point = spelled.decompress().ok_or_else(|| unusable("The Ed25519 key is no point of the curve."))?;
    if point.is_small_order() || point.compress() != spelled {
        return Err(unusable("The Ed25519 key is of small order or not canonical."));
    }
    prepare(Family::Ed25519, |scheme| match scheme {
        Scheme::Ed25519(with) => parsed(with, bytes),
        _ => None,
    })
}

fn parsed(with: &'static dyn VerificationAlgorithm, bytes: &[u8]) -> Option<ParsedPublicKey> {
    ParsedPublicKey::new(with, bytes).ok()
}

fn prepare(family: Family, parse: impl Fn(Scheme) -> Option<ParsedPublicKey>) -> Result<Key> {
    let each = AlgorithmSet::of(family).iter().map(|algorithm| {
        let key = parse(algorithm.spec().scheme)?;
        Some((algorithm, Ready::Public(key)))
    });
    each.collect::<Option<Vec<_>>>().map(Key::new).ok_or_else(|| unusable("The public key cannot be parsed."))
}
