//! Shared secrets: long enough, and no public key in disguise.

use aws_lc_rs::hmac;

use super::{Key, Ready, pem, unusable};
use crate::algorithm::{Algorithm, AlgorithmSet, Family, Scheme};
use crate::error::{Error, Result};
use crate::json;

/// How long a secret has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LeastSize {
    /// As long as the hash (RFC 7518 §3.2).
    OfTheHash,
    /// Not empty.
    OneByte,
}

pub(super) fn prepare(secret: &[u8], least: LeastSize) -> Result<Key> {
    if secret.is_empty() {
        return Err(unusable("An empty secret verifies nothing."));
    }
    if is_asymmetric_key(secret) {
        return Err(unusable(
            "The specified key is an asymmetric key or x509 certificate and should not be used as an HMAC secret.",
        ));
    }
    prepare_bytes(secret, least)
}

/// The same for bytes that are a secret by declaration (a JWK of kty `oct`).
pub(super) fn prepare_bytes(secret: &[u8], least: LeastSize) -> Result<Key> {
    let ready: Vec<_> = AlgorithmSet::of(Family::Hmac)
        .iter()
        .filter(|algorithm| least == LeastSize::OneByte || secret.len() * 8 >= algorithm.least_key_bits())
        .filter_map(|algorithm| Some((algorithm, Ready::Hmac(keyed(algorithm, secret)?))))
        .collect();
    if ready.is_empty() {
        let bytes = Algorithm::HS256.least_key_bits() / 8;
        return Err(Error::WeakKey(format!(
            "A secret for HS256 needs at least {bytes} bytes (RFC 7518 section 3.2); this one has {}.",
            secret.len()
        )));
    }
    Ok(Key::new(ready))
}

fn keyed(algorithm: Algorithm, secret: &[u8]) -> Option<hmac::Key> {
    match algorithm.spec().scheme {
        Scheme::Hmac(with) => Some(hmac::Key::new(with, secret)),
        _ => None,
    }
}

/// Whether `secret` is key material of another kind in any of the forms in which public keys travel: an attacker knows
/// those, and would sign with them (RFC 8725 §2.1; CVE-2024-33663, CVE-2026-48526).
fn is_asymmetric_key(secret: &[u8]) -> bool {
    // A UTF-16 text has a zero byte in every character.
    let text: Vec<u8> = secret.iter().copied().filter(|byte| *byte != 0).collect();
    let text = pem::without_mark(&text).trim_ascii();
    pem::is_pem(text) || pem::is_der(secret) || is_ssh(text) || is_jwk(text) || is_encoded_der(text)
}

fn is_ssh(text: &[u8]) -> bool {
    const KINDS: [&[u8]; 5] = [b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-", b"---- BEGIN SSH2"];
    KINDS.iter().any(|kind| text.starts_with(kind))
}

fn is_jwk(text: &[u8]) -> bool {
    json::object(text).is_ok_and(|o| json::member(&o, "kty").is_some() || json::member(&o, "keys").is_some())
}

fn is_encoded_der(text: &[u8]) -> bool {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=').collect();
    let readings = [base64_simd::STANDARD_NO_PAD, base64_simd::URL_SAFE_NO_PAD];
    readings.iter().any(|reading| reading.decode_to_vec(&text).is_ok_and(|der| pem::is_der(&der) || pem::is_pem(&der)))
}
