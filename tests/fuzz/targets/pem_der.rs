//! Keys in PEM and DER, against aws-lc-rs and jsonwebtoken, and the rule that a key is never a secret (RFC 8725 §2.1).
//!
//! Mode `P`: text, as it is. Mode `D`: DER. Mode `B`: DER that the target writes as PEM, with a label before the first NUL.
#![no_main]

use aws_lc_rs::signature::{self, ParsedPublicKey};
use fastjose::VerificationKey;
use fastjose::keys::asymmetric_key::{AsymmetricKey, KeyFormat};
use fastjose_fuzz::{echo, input, memory};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (mode, rest) = input::split_mode(data);
    match mode {
        b'D' => check(rest, is_public_key(rest)),
        b'B' => {
            let (label, der) = input::split_pair(rest);
            let is_label = !label.is_empty() && label.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b' ');
            if is_label {
                check(&write_pem(label, der), label == b"PUBLIC KEY" && is_public_key(der));
            }
        }
        _ => check(rest, false),
    }
});

/// Returns true if AWS-LC reads `der` as a public key with an algorithm identifier.
fn is_public_key(der: &[u8]) -> bool {
    ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, der).is_ok_and(|_| der.first() == Some(&0x30))
        || ParsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, der).is_ok_and(|_| der.first() == Some(&0x30))
        || ParsedPublicKey::new(&signature::ED25519, der).is_ok_and(|_| der.len() > 32)
        || ParsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, der).is_ok()
}

fn check(bytes: &[u8], is_key: bool) {
    let key = memory::bounded(bytes.len(), 400, || VerificationKey::from_pem_or_der(bytes));
    let secret = VerificationKey::from_pem_der_or_secret(bytes);
    let has_hmac = |key: &VerificationKey| key.algorithms().iter().any(|algorithm| !algorithm.is_asymmetric());
    match &key {
        Ok(key) => {
            assert!(!has_hmac(key), "a reader of public keys returned a secret");
            assert!(VerificationKey::from_secret(bytes).is_err(), "a public key is accepted as a secret");
            assert!(secret.as_ref().is_ok_and(|key| !has_hmac(key)));
        }
        Err(error) => echo::check_error(&error.to_string(), bytes, &[]),
    }
    if is_key {
        assert!(secret.as_ref().map_or(true, |key| !has_hmac(key)), "AWS-LC reads this secret as a public key");
        assert!(VerificationKey::from_secret(bytes).is_err(), "AWS-LC reads this secret as a public key");
    }
    if let Err(error) = &secret {
        echo::check_error(&error.to_string(), bytes, &[]);
    }
    match AsymmetricKey::from_pem_or_der(bytes) {
        Ok(asymmetric) => check_asymmetric(&asymmetric, bytes, key.is_ok()),
        Err(error) => {
            assert!(key.is_err(), "a key verifies that cannot be exported: {error}");
            echo::check_error(&error.to_string(), bytes, &[]);
        }
    }
}

/// Checks that AWS-LC reads the exported key, that it is read again, and that a private key is not taken for a public one.
fn check_asymmetric(key: &AsymmetricKey, bytes: &[u8], is_verification_key: bool) {
    assert!(!key.is_private() || !is_verification_key, "a private key is accepted as a public one");
    assert!(VerificationKey::from_secret(bytes).is_err(), "a key is accepted as a secret");
    let public = key.public_key();
    let der = public.to_der(KeyFormat::Pkcs8).expect("a public key is exported");
    assert!(VerificationKey::from_der(&der).is_ok(), "an exported key is rejected");
    if key.is_private() {
        let again = VerificationKey::from_der(&der).expect("an exported key is read");
        let algorithm = again.algorithms().iter().next().expect("a key has a use");
        let signature = key.sign(algorithm, b"message").expect("a private key signs");
        assert!(again.verify(algorithm, b"message", &signature), "the keys are not a pair");
    }
}

fn write_pem(label: &[u8], der: &[u8]) -> Vec<u8> {
    let label = String::from_utf8_lossy(label);
    let mut text = format!("-----BEGIN {label}-----\n");
    let body = fastjose_fuzz::reference::base64url::encode(der).replace('-', "+").replace('_', "/");
    let padded = body.clone() + &"=".repeat((4 - body.len() % 4) % 4);
    for line in padded.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text.into_bytes()
}
