//! `MacKey`: a secret that is keyed once for one HMAC algorithm (RFC 2104, RFC 7518 §3.2).

use aws_lc_rs::hmac;
#[cfg(feature = "fast-primitives")]
use hmac_sha2::{Hmac, KeyInit, Mac};
#[cfg(feature = "fast-primitives")]
use sha2::Sha256;

/// A keyed HMAC.
///
/// On a processor with instructions for SHA-256, the crates hmac and sha2 compute HS256: they start from the kept key
/// schedule in fewer instructions than aws-lc-rs, and hash as fast. On others aws-lc-rs hashes faster.
#[cfg_attr(
    feature = "fast-primitives",
    expect(clippy::large_enum_variant, reason = "a keyed HMAC is read in place on the fast path; keys are few")
)]
pub(crate) enum MacKey {
    #[cfg(feature = "fast-primitives")]
    Sha256(Hmac<Sha256>),
    AwsLc(hmac::Key),
}

impl MacKey {
    /// Keys `algorithm` with `secret`.
    pub(crate) fn new(algorithm: hmac::Algorithm, secret: &[u8]) -> Self {
        #[cfg(feature = "fast-primitives")]
        if algorithm == hmac::HMAC_SHA256
            && has_sha256_instructions()
            && let Ok(keyed) = Hmac::new_from_slice(secret)
        {
            return Self::Sha256(keyed);
        }
        Self::AwsLc(hmac::Key::new(algorithm, secret))
    }

    /// Returns true if `mac` is the MAC of `message`. The comparison takes constant time.
    pub(crate) fn verify(&self, message: &[u8], mac: &[u8]) -> bool {
        match self {
            #[cfg(feature = "fast-primitives")]
            Self::Sha256(keyed) => keyed.clone().chain_update(message).verify_slice(mac).is_ok(),
            Self::AwsLc(key) => hmac::verify(key, message, mac).is_ok(),
        }
    }

    /// Returns the MAC of `message`.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            #[cfg(feature = "fast-primitives")]
            Self::Sha256(keyed) => keyed.clone().chain_update(message).finalize().into_bytes().to_vec(),
            Self::AwsLc(key) => hmac::sign(key, message).as_ref().to_vec(),
        }
    }
}

#[cfg(all(feature = "fast-primitives", target_arch = "x86_64"))]
fn has_sha256_instructions() -> bool {
    std::arch::is_x86_feature_detected!("sha") && std::arch::is_x86_feature_detected!("sse4.1")
}

#[cfg(all(feature = "fast-primitives", target_arch = "aarch64"))]
fn has_sha256_instructions() -> bool {
    std::arch::is_aarch64_feature_detected!("sha2")
}

#[cfg(all(feature = "fast-primitives", not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn has_sha256_instructions() -> bool {
    false
}

#[cfg(test)]
#[cfg(feature = "fast-primitives")]
mod tests {
    use aws_lc_rs::hmac;
    use hmac_sha2::{Hmac, KeyInit};

    use super::MacKey;

    /// Both implementations are tested on every processor.
    fn implementations(secret: &[u8]) -> [MacKey; 3] {
        let aws_lc = MacKey::AwsLc(hmac::Key::new(hmac::HMAC_SHA256, secret));
        [MacKey::Sha256(Hmac::new_from_slice(secret).unwrap()), aws_lc, MacKey::new(hmac::HMAC_SHA256, secret)]
    }

    #[test]
    fn implementations_agree_for_every_length() {
        let bytes: Vec<u8> = (0..700_usize).map(|index| u8::try_from(index * 7 % 251).unwrap()).collect();
        for length in 0..200 {
            let (secret, message) = (&bytes[..length], &bytes[..length * 3]);
            let keys = implementations(secret);
            let expected = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message);
            for key in &keys {
                assert_eq!(key.sign(message), expected.as_ref(), "{length}");
                assert!(key.verify(message, expected.as_ref()));
            }
        }
    }

    #[test]
    fn rejects_every_other_mac() {
        for key in implementations(b"a secret of thirty-two bytes....") {
            let mac = key.sign(b"message");
            for index in 0..mac.len() {
                let mut changed = mac.clone();
                changed[index] ^= 1;
                assert!(!key.verify(b"message", &changed));
                assert!(!key.verify(b"message", &mac[..index]));
            }
            assert!(!key.verify(b"message", &[&mac[..], b"\0"].concat()) && !key.verify(b"massage", &mac));
        }
    }

    #[test]
    fn aws_lc_computes_the_longer_hashes() {
        for algorithm in [hmac::HMAC_SHA384, hmac::HMAC_SHA512] {
            let key = MacKey::new(algorithm, b"secret");
            assert_eq!(key.sign(b"message"), hmac::sign(&hmac::Key::new(algorithm, b"secret"), b"message").as_ref());
        }
    }
}
