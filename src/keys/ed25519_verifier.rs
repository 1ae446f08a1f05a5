//! `Ed25519Verifier`: a public key that is parsed once for Ed25519 (RFC 8032 §5.1.7, RFC 8037 §3.1).

use aws_lc_rs::signature::{EdDSAParameters, ParsedPublicKey};
#[cfg(feature = "fast-primitives")]
use ed25519_dalek::{Signature, Verifier, VerifyingKey};

/// A public key, parsed for the crate that verifies faster on this processor.
///
/// With the vector instructions of AVX2 or AVX-512 IFMA, ed25519-dalek is faster than aws-lc-rs. Both accept the same
/// signatures: they compare `[S]B - [k]A` with `R` without a multiplication by the cofactor, byte by byte, and reject an
/// `S` that is not below the order of the group.
pub(crate) enum Ed25519Verifier {
    #[cfg(feature = "fast-primitives")]
    Dalek(VerifyingKey),
    AwsLc(ParsedPublicKey),
}

impl Ed25519Verifier {
    /// Parses a key of 32 bytes. Returns `None` if it is not a point on the curve. The caller rejects small orders.
    pub(crate) fn new(parameters: &'static EdDSAParameters, bytes: &[u8]) -> Option<Self> {
        #[cfg(feature = "fast-primitives")]
        if has_vector_instructions() {
            return VerifyingKey::try_from(bytes).ok().map(Self::Dalek);
        }
        ParsedPublicKey::new(parameters, bytes).ok().map(Self::AwsLc)
    }

    /// Returns the 32 bytes of the key.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            #[cfg(feature = "fast-primitives")]
            Self::Dalek(key) => key.as_bytes(),
            Self::AwsLc(key) => key.as_ref(),
        }
    }

    /// Returns true if `signature` is the key's signature over `message`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            #[cfg(feature = "fast-primitives")]
            Self::Dalek(key) => {
                Signature::from_slice(signature).is_ok_and(|parsed| key.verify(message, &parsed).is_ok())
            }
            Self::AwsLc(key) => key.verify_sig(message, signature).is_ok(),
        }
    }
}

/// Returns the crate that verifies Ed25519 signatures on this processor, and the instructions that it uses.
#[must_use]
pub fn ed25519_implementation() -> &'static str {
    if !has_vector_instructions() {
        return "aws-lc-rs";
    }
    if has_ifma_instructions() { "ed25519-dalek, AVX-512 IFMA" } else { "ed25519-dalek, AVX2" }
}

#[cfg(all(target_arch = "x86_64", feature = "fast-primitives"))]
fn has_vector_instructions() -> bool {
    std::arch::is_x86_feature_detected!("avx2") || has_ifma_instructions()
}

#[cfg(not(all(target_arch = "x86_64", feature = "fast-primitives")))]
fn has_vector_instructions() -> bool {
    false
}

/// Returns true if the AVX-512 backend of curve25519-dalek is compiled in, and the processor can execute it.
#[cfg(target_arch = "x86_64")]
fn has_ifma_instructions() -> bool {
    cfg!(curve25519_dalek_backend = "avx512")
        && std::arch::is_x86_feature_detected!("avx512ifma")
        && std::arch::is_x86_feature_detected!("avx512vl")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_ifma_instructions() -> bool {
    false
}

#[cfg(test)]
#[cfg(feature = "fast-primitives")]
mod tests {
    use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
    use curve25519_dalek::{EdwardsPoint, Scalar};
    use ed25519_dalek::VerifyingKey;
    use sha2::{Digest, Sha512};

    use super::Ed25519Verifier;

    const PRIME: [u8; 32] = {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (0xed, 0x7f);
        bytes
    };

    /// The order of the group, little-endian: 2^252 + 27742317777372353535851937790883648493 (RFC 8032 §5.1).
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];

    /// Returns the verdict of both crates, which must be the same.
    fn verify_with_both(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let dalek = VerifyingKey::try_from(key).ok().map(Ed25519Verifier::Dalek);
        let aws_lc = ParsedPublicKey::new(&ED25519, key).ok().map(Ed25519Verifier::AwsLc);
        let [dalek, aws_lc] = [dalek, aws_lc].map(|key| key.is_some_and(|key| key.verify(message, signature)));
        assert_eq!(dalek, aws_lc, "key {key:?}, message {message:?}, signature {signature:?}");
        dalek
    }

    fn add(left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
        let mut carry = 0;
        std::array::from_fn(|index| {
            let sum = u16::from(left[index]) + u16::from(right[index]) + carry;
            carry = sum >> 8;
            sum.to_le_bytes()[0]
        })
    }

    fn hash(parts: &[&[u8]]) -> Scalar {
        let digest = parts.iter().fold(Sha512::new(), Digest::chain_update).finalize();
        Scalar::from_bytes_mod_order_wide(&<[u8; 64]>::try_from(digest.as_slice()).unwrap())
    }

    /// Returns every encoding of a point of small order: with either sign, and with `y` and `y + p`.
    fn small_order_encodings() -> Vec<[u8; 32]> {
        let canonical = EIGHT_TORSION.map(|point| point.compress().to_bytes());
        let with_sign = canonical.iter().flat_map(|bytes| {
            let mut flipped = *bytes;
            flipped[31] ^= 0x80;
            [*bytes, flipped]
        });
        let mut encodings: Vec<_> = with_sign
            .flat_map(|bytes| {
                let (sign, mut y) = (bytes[31] & 0x80, bytes);
                y[31] &= 0x7f;
                let mut above = add(y, PRIME);
                let fits = above[31] < 0x80;
                above[31] |= sign;
                if fits { vec![bytes, above] } else { vec![bytes] }
            })
            .collect();
        encodings.sort_unstable();
        encodings.dedup();
        encodings
    }

    /// A key whose owner knows the discrete logarithm of the part that is not torsion.
    struct Signer {
        secret: Scalar,
        key: [u8; 32],
    }

    impl Signer {
        fn new(seed: u8, torsion: EdwardsPoint) -> Self {
            let secret = hash(&[b"secret", &[seed]]);
            Self { secret, key: (ED25519_BASEPOINT_POINT * secret + torsion).compress().to_bytes() }
        }

        /// Signs with `torsion` in `R`.
        fn sign(&self, message: &[u8], torsion: EdwardsPoint) -> ([u8; 32], [u8; 32]) {
            let nonce = hash(&[b"nonce", message]);
            let r = (ED25519_BASEPOINT_POINT * nonce + torsion).compress().to_bytes();
            (r, (nonce + hash(&[&r, &self.key, message]) * self.secret).to_bytes())
        }
    }

    #[test]
    fn crates_agree_on_torsion_in_key_and_signature() {
        let (mut accepted, mut rejected) = (0, 0);
        for (seed, key_torsion) in EIGHT_TORSION.into_iter().enumerate() {
            let signer = Signer::new(u8::try_from(seed).unwrap(), key_torsion);
            for torsion in EIGHT_TORSION {
                for message in 0..12_u8 {
                    let (r, s) = signer.sign(&[message], torsion);
                    let verdict = verify_with_both(&signer.key, &[message], &[r, s].concat());
                    let count = if verdict { &mut accepted } else { &mut rejected };
                    *count += 1;
                    assert!(!verify_with_both(&signer.key, &[message], &[r, add(s, ORDER)].concat()), "S + L");
                }
            }
        }
        assert!(accepted > 100 && rejected > 500, "{accepted} accepted, {rejected} rejected");
    }

    /// A key that is not canonical is left out: aws-lc-rs rejects it, ed25519-dalek parses it, and this crate never asks.
    #[test]
    fn crates_agree_on_every_encoding_of_small_order() {
        let keys = EIGHT_TORSION.map(|point| point.compress().to_bytes());
        let encodings = small_order_encodings();
        assert!(encodings.len() >= 14, "{}", encodings.len());
        let scalars = [[0; 32], Scalar::ONE.to_bytes(), ORDER, add(ORDER, ORDER), hash(&[b"any"]).to_bytes()];
        let (mut accepted, honest) = (0, Signer::new(0, EIGHT_TORSION[0]));
        for r in &encodings {
            for s in scalars {
                for message in 0..8_u8 {
                    let signature = [*r, s].concat();
                    assert!(!verify_with_both(&honest.key, &[message], &signature));
                    let verdicts = keys.iter().map(|key| verify_with_both(key, &[message], &signature));
                    accepted += verdicts.filter(|verdict| *verdict).count();
                }
            }
        }
        assert!(accepted > 0, "a key of small order verifies forged signatures");
    }

    #[test]
    fn crates_agree_on_each_changed_bit() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let message = b"header.payload";
        let signature = pair.sign(message);
        let (key, signature) = (pair.public_key().as_ref(), signature.as_ref());
        assert!(verify_with_both(key, message, signature));
        for bit in 0..512 {
            let mut changed = signature.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!verify_with_both(key, message, &changed));
            let mut changed = key.to_vec();
            changed[bit / 16] ^= 1 << (bit % 8);
            assert!(!verify_with_both(&changed, message, signature));
        }
        for length in 0..64 {
            assert!(!verify_with_both(key, message, &signature[..length]));
        }
        assert!(!verify_with_both(key, message, &[signature, b"\0"].concat()));
        assert!(!verify_with_both(key, b"header.payloae", signature));
    }

    #[test]
    fn crates_agree_for_every_length_of_a_message() {
        let bytes: Vec<u8> = (0..1_000_u32).map(|index| (index * 7).to_le_bytes()[0]).collect();
        for length in (0..300).chain([512, 999]) {
            let pair = Ed25519KeyPair::from_seed_unchecked(&bytes[length % 97..][..32]).unwrap();
            let signature = pair.sign(&bytes[..length]);
            assert!(verify_with_both(pair.public_key().as_ref(), &bytes[..length], signature.as_ref()));
            assert!(!verify_with_both(pair.public_key().as_ref(), &bytes[..=length], signature.as_ref()));
        }
    }

    /// RFC 8032 §7.1, TEST 2.
    #[test]
    fn crates_accept_the_signature_of_rfc_8032() {
        let key = [
            0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc, 0x9c, 0x98,
            0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c,
        ];
        let signature = [
            0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82, 0x0b, 0x5f, 0x64, 0x25, 0x40, 0xa2, 0xb2,
            0x7b, 0x54, 0x16, 0x50, 0x3f, 0x8f, 0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda, 0x08, 0x5a, 0xc1, 0xe4,
            0x3e, 0x15, 0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d, 0x8c, 0x38, 0x7b, 0x2e, 0xae, 0xb4, 0x30,
            0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00,
        ];
        assert!(verify_with_both(&key, &[0x72], &signature));
        assert!(!verify_with_both(&key, &[0x73], &signature));
    }
}
