//! Keys in formats that are not accepted, or not where they are: the text of each error.
#![expect(clippy::unwrap_used, reason = "in a test a panic is how it fails")]

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use fastjose::keys::asymmetric_key::{AsymmetricKey, KeyFormat};
use fastjose::{Error, VerificationKey};

fn ed25519() -> AsymmetricKey {
    AsymmetricKey::from_der(Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap().as_ref()).unwrap()
}

fn p256() -> AsymmetricKey {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    AsymmetricKey::from_der(pair.to_pkcs8v1().unwrap().as_ref()).unwrap()
}

fn reason<T>(outcome: Result<T, Error>) -> String {
    outcome.err().unwrap().to_string()
}

#[test]
fn private_key_verifies_no_token() {
    for key in [ed25519(), p256()] {
        let (pem, der) = (key.to_pem(KeyFormat::Pkcs8).unwrap(), key.to_der(KeyFormat::Pkcs8).unwrap());
        for read in [VerificationKey::from_pem(pem.as_bytes()), VerificationKey::from_der(&der)] {
            assert!(reason(read).starts_with("This is a private key; a token is verified with its public key."));
        }
        let public = key.public_key();
        assert!(VerificationKey::from_pem(public.to_pem(KeyFormat::Pkcs8).unwrap().as_bytes()).is_ok());
        assert!(VerificationKey::from_der(&public.to_der(KeyFormat::Pkcs8).unwrap()).is_ok());
    }
}

#[test]
fn bytes_that_are_not_a_key_are_not_taken_for_a_certificate() {
    for bytes in [&b"\x30\x00"[..], b"\x30\x03\x02\x01\x00", b"key"] {
        assert_eq!(reason(VerificationKey::from_der(bytes)), "The key cannot be parsed.");
        assert_eq!(reason(AsymmetricKey::from_der(bytes)), "The key cannot be parsed.");
    }
}

/// Returns a public key of P-256 with `point`, in SPKI.
fn spki(point: &[u8]) -> Vec<u8> {
    const ALGORITHM: &[u8] = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    let length = |bytes: usize| u8::try_from(bytes).unwrap();
    let bits = [&[0x03, length(point.len() + 1), 0], point].concat();
    [&[0x30, length(ALGORITHM.len() + bits.len())], ALGORITHM, &bits].concat()
}

#[test]
fn point_has_the_form_and_the_length_of_its_curve() {
    let der = p256().public_key().to_der(KeyFormat::Pkcs8).unwrap();
    let point = der.get(der.len() - 65..).unwrap();
    assert_eq!(spki(point), **der);
    let compressed = [&[2 + point.last().unwrap() % 2], point.get(1..33).unwrap()].concat();
    assert!(VerificationKey::from_der(&spki(&compressed)).is_ok());
    let with = |first: u8, bytes: usize| [&[first][..], &vec![1; bytes - 1]].concat();
    for other in [with(2, 32), with(2, 34), with(3, 65), with(4, 64), with(4, 66), with(4, 33), with(0, 1), with(5, 65)]
    {
        let expected = "The EC key's point has the wrong form or length for its curve.";
        assert_eq!(reason(VerificationKey::from_der(&spki(&other))), expected, "{other:?}");
    }
}

#[test]
fn only_a_private_rsa_key_of_three_primes_is_refused_for_them() {
    let rsa = |members: &str| format!(r#"{{"kty":"RSA","n":"AQAB","e":"AQAB","oth":[]{members}}}"#);
    let refused = "An RSA key of more than two primes is not supported.";
    assert_eq!(reason(AsymmetricKey::from_jwk(rsa(r#","d":"AQAB""#).as_bytes())), refused);
    let private = r#"{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}"#;
    let ec = r#"{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ","d":"AQ","oth":[]}"#;
    for other in [rsa(""), private.to_owned(), ec.to_owned()] {
        assert_ne!(reason(AsymmetricKey::from_jwk(other.as_bytes())), refused, "{other}");
    }
}
