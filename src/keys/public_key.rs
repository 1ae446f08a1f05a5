//! Verification keys from key components: public keys are checked, and parsed for each of their algorithms.

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::ParsedPublicKey;
use curve25519_dalek::edwards::CompressedEdwardsY;

use super::components::KeyComponents;
use super::ed25519_verifier::Ed25519Verifier;
use super::roca::is_roca_modulus;
use super::verification_key::{PreparedKey, VerificationKey};
use crate::algorithms::{AlgorithmSet, Curve, KeyType, MIN_RSA_BITS, Primitive};
use crate::error::{Error, Result};

/// The size limit of AWS-LC, which would reject every signature of a larger key.
const MAX_RSA_BITS: usize = 8_192;
const MAX_RSA_EXPONENT_BITS: usize = 33;

impl VerificationKey {
    /// Prepares the public part of a key, or a secret.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub(super) fn from_components(components: &KeyComponents) -> Result<Self> {
        match components {
            KeyComponents::Oct(secret) => Self::from_secret(secret),
            KeyComponents::Rsa(rsa) => prepare_rsa(&rsa.modulus, &rsa.exponent),
            KeyComponents::Ec(ec) => prepare_ec(ec.curve, &ec.point),
            KeyComponents::Ed25519(ed25519) => prepare_ed25519(&ed25519.point),
        }
    }
}

/// Prepares an RSA key from its modulus and exponent, big-endian. They may have leading zeros, which Java's `BigInteger`
/// writes (RFC 7518 §6.3.1.1) and AWS-LC rejects.
pub(super) fn prepare_rsa(modulus: &[u8], exponent: &[u8]) -> Result<VerificationKey> {
    let [modulus, exponent] = [modulus, exponent].map(strip_leading_zeros);
    check_rsa_parameters(modulus, exponent)?;
    let key = prepare(AlgorithmSet::for_key_type(KeyType::Rsa), |primitive| match primitive {
        Primitive::Rsa { verification, .. } => {
            let components = PublicKeyComponents { n: modulus, e: exponent };
            components.to_parsed_public_key(verification).ok().map(PreparedKey::Public)
        }
        _ => None,
    });
    key.ok_or_else(|| Error::invalid_key("The RSA key cannot be parsed."))
}

/// Rejects a modulus below 2048 bits (RFC 7518 §3.3). Rejects an exponent of 1, with which anyone could sign, and an
/// even one, with which no signature is valid. Rejects a modulus whose factors can be found (ROCA).
fn check_rsa_parameters(modulus: &[u8], exponent: &[u8]) -> Result<()> {
    let bits = bit_length(modulus);
    if bits < MIN_RSA_BITS {
        return Err(Error::WeakKey(format!(
            "An RSA key needs at least {MIN_RSA_BITS} bits (RFC 7518 section 3.3); this has {bits}."
        )));
    }
    if bits > MAX_RSA_BITS || !is_odd(modulus) {
        return Err(Error::invalid_key("The RSA key's modulus must be odd and have at most 8192 bits."));
    }
    if !is_odd(exponent) || !(2..=MAX_RSA_EXPONENT_BITS).contains(&bit_length(exponent)) {
        return Err(Error::invalid_key("The RSA key's exponent must be odd, at least 3, and have at most 33 bits."));
    }
    if is_roca_modulus(modulus) {
        return Err(Error::WeakKey(
            "The RSA key must not have the ROCA flaw (CVE-2017-15361): replace it by a key that other software or \
             hardware has generated."
                .to_owned(),
        ));
    }
    Ok(())
}

fn is_odd(big_endian: &[u8]) -> bool {
    big_endian.last().is_some_and(|byte| byte & 1 == 1)
}

fn bit_length(big_endian: &[u8]) -> usize {
    let significant = strip_leading_zeros(big_endian);
    significant.first().map_or(0, |first| significant.len() * 8 - first.leading_zeros() as usize)
}

fn strip_leading_zeros(mut big_endian: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = big_endian {
        big_endian = rest;
    }
    big_endian
}

/// Prepares a key on `curve` from its uncompressed point, which must lie on the curve.
fn prepare_ec(curve: Curve, point: &[u8]) -> Result<VerificationKey> {
    let key = prepare(AlgorithmSet::for_curve(curve), |primitive| match primitive {
        Primitive::Ecdsa { verification, .. } => {
            ParsedPublicKey::new(verification, point).ok().map(PreparedKey::Public)
        }
        _ => None,
    });
    key.ok_or_else(point_not_on_curve)
}

/// Returns the error for a point that does not satisfy the equation of its curve.
pub(super) fn point_not_on_curve() -> Error {
    Error::invalid_key("The EC key's point does not lie on its curve.")
}

/// Prepares an Ed25519 key from its 32 bytes.
///
/// A key of small order would verify forged signatures. A second encoding of a point would give one key two names.
pub(super) fn prepare_ed25519(bytes: &[u8]) -> Result<VerificationKey> {
    let encoded =
        CompressedEdwardsY::from_slice(bytes).map_err(|_| Error::invalid_key("An Ed25519 key must have 32 bytes."))?;
    let not_a_point = || Error::invalid_key("The Ed25519 key must be a point on its curve.");
    let point = encoded.decompress().ok_or_else(not_a_point)?;
    if point.is_small_order() || point.compress() != encoded {
        return Err(Error::invalid_key("The Ed25519 key must be canonical and not of small order."));
    }
    let key = prepare(AlgorithmSet::for_key_type(KeyType::Okp), |primitive| match primitive {
        Primitive::Ed25519(parameters) => Ed25519Verifier::new(parameters, bytes).map(PreparedKey::Ed25519),
        _ => None,
    });
    key.ok_or_else(|| Error::invalid_key("The Ed25519 key cannot be parsed."))
}

fn prepare(algorithms: AlgorithmSet, parse: impl Fn(Primitive) -> Option<PreparedKey>) -> Option<VerificationKey> {
    let prepared = algorithms.iter().map(|algorithm| Some((algorithm, parse(algorithm.spec().primitive)?)));
    prepared.collect::<Option<Vec<_>>>().map(VerificationKey::new)
}

#[cfg(test)]
mod tests {
    use super::{bit_length, check_rsa_parameters, prepare_ed25519};

    const F4: &[u8] = &[1, 0, 1];

    /// Returns the bytes of a modulus of `bits` bits, all of them set but the lowest, which is `lowest`.
    fn modulus(bits: usize, lowest: u8) -> Vec<u8> {
        let mut bytes = vec![0xff; bits.div_ceil(8)];
        bytes[0] >>= (8 - bits % 8) % 8;
        *bytes.last_mut().unwrap() &= 0xfe | lowest;
        bytes
    }

    fn text(modulus: &[u8], exponent: &[u8]) -> String {
        check_rsa_parameters(modulus, exponent).err().map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn modulus_has_2048_to_8192_bits_and_is_odd() {
        for bits in [2_048, 2_049, 3_072, 8_191, 8_192] {
            assert_eq!(bit_length(&modulus(bits, 1)), bits);
            assert_eq!(text(&modulus(bits, 1), F4), "", "{bits}");
            assert!(text(&modulus(bits, 0), F4).contains("modulus must be odd"), "{bits}");
        }
        for bits in [1_024, 2_040, 2_047] {
            assert!(text(&modulus(bits, 1), F4).contains(&format!("this has {bits}")), "{bits}");
        }
        for bits in [8_193, 16_384] {
            assert!(text(&modulus(bits, 1), F4).contains("at most 8192 bits"), "{bits}");
        }
        assert_eq!((bit_length(&[0, 0, 5]), bit_length(&[0]), bit_length(&[])), (3, 0, 0));
    }

    #[test]
    fn exponent_is_odd_and_has_2_to_33_bits() {
        for exponent in [&[3][..], F4, &[1, 0, 0, 0, 1]] {
            assert_eq!(text(&modulus(2_048, 1), exponent), "", "{exponent:?}");
        }
        for exponent in [&[][..], &[1], &[2], &[4], &[1, 0, 0], &[2, 0, 0, 0, 1], &[1, 0, 0, 0, 0, 1]] {
            assert!(text(&modulus(2_048, 1), exponent).contains("exponent must be odd"), "{exponent:?}");
        }
    }

    #[test]
    fn ed25519_key_is_canonical_and_not_of_small_order() {
        let bytes = |first: u8, others: u8, last: u8| {
            let mut bytes = [others; 32];
            (bytes[0], bytes[31]) = (first, last);
            bytes
        };
        for (point, name) in [
            (bytes(1, 0, 0), "1"),
            (bytes(0, 0, 0), "0"),
            (bytes(0, 0, 0x80), "0, the other sign"),
            (bytes(0xec, 0xff, 0x7f), "-1"),
            (bytes(1, 0, 0x80), "1, the other sign"),
            (bytes(0xee, 0xff, 0x7f), "1 + p"),
            (bytes(0xed, 0xff, 0x7f), "p"),
            (bytes(0xf0, 0xff, 0x7f), "3 + p, of large order"),
        ] {
            let error = prepare_ed25519(&point).unwrap_err().to_string();
            assert!(error.contains("canonical and not of small order"), "{name}: {error}");
        }
        assert!(prepare_ed25519(&bytes(3, 0, 0)).is_ok());
        assert!(prepare_ed25519(&bytes(2, 0, 0)).unwrap_err().to_string().contains("a point on its curve"));
        assert!(prepare_ed25519(&[3; 31]).unwrap_err().to_string().contains("32 bytes"));
    }
}
