//! Shared secrets: long enough, and no public key in disguise.

use aws_lc_rs::hmac;

use super::{Key, Ready, pem_der, unusable};
use crate::algorithms::{Algorithm, AlgorithmSet, Family, Scheme};
use crate::error::{Error, Result};

/// How long a secret has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LeastSize {
    /// As long as the hash (RFC 7518 §3.2).
    OfTheHash,
    /// Not empty.
    OneByte,
}

pub(super) fn prepare(secret: &[u8], least: LeastSize) -> Result<Key> {
    check(secret)?;
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

/// Refuses what must not be a secret, whether to verify or to sign.
pub(crate) fn check(secret: &[u8]) -> Result<()> {
    if secret.is_empty() {
        return Err(unusable("An empty secret verifies nothing."));
    }
    if is_asymmetric_key(secret) {
        return Err(unusable(
            "The specified key is an asymmetric key or x509 certificate and should not be used as an HMAC secret.",
        ));
    }
    Ok(())
}

/// The HMAC of `algorithm`, keyed with `secret`; `None` if it is no HMAC.
pub(crate) fn keyed(algorithm: Algorithm, secret: &[u8]) -> Option<hmac::Key> {
    match algorithm.spec().scheme {
        Scheme::Hmac(with) => Some(hmac::Key::new(with, secret)),
        _ => None,
    }
}

/// Whether `secret` is key material of another kind in any of the forms in which keys travel: an attacker knows the public
/// ones, and would sign with them (RFC 8725 §2.1; CVE-2024-33663, CVE-2026-48526). A bare modulus or point cannot be told
/// from a secret.
fn is_asymmetric_key(secret: &[u8]) -> bool {
    let text = plain_text(secret);
    let readings = [
        Some(secret.to_vec()),
        Some(secret.trim_ascii_start().to_vec()),
        from_base64(&text),
        from_hex(&text),
        Some(text),
    ];
    readings.iter().flatten().any(|reading| is_key_in_one_form(reading))
}

fn is_key_in_one_form(bytes: &[u8]) -> bool {
    // The SSH names stand in the binary form too; a JWK is told by its one required member (RFC 7517 §4.1), also as Python
    // writes a dict.
    const MARKS: [&[u8]; 9] = [
        b"ssh-rsa",
        b"ssh-dss",
        b"ssh-ed25519",
        b"ecdsa-sha2-",
        b"---- BEGIN SSH2",
        b"\"kty\"",
        b"'kty'",
        b"<RSAKeyValue>",
        b"openssh-key-v1",
    ];
    let is_der = |der| pem_der::is_der(der) || pem_der::is_private_der(der);
    pem_der::is_pem(bytes)
        || pem_der::first_value(bytes).is_some_and(is_der)
        || MARKS.iter().any(|mark| holds(bytes, mark))
}

fn holds(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

/// What an editor would show: without byte order mark, without the zero bytes of UTF-16, without white space around it.
fn plain_text(secret: &[u8]) -> Vec<u8> {
    const MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    let unmarked = MARKS.iter().find_map(|mark| secret.strip_prefix(*mark)).unwrap_or(secret);
    let text: Vec<u8> = unmarked.iter().copied().filter(|byte| *byte != 0).collect();
    text.trim_ascii().to_vec()
}

fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=').collect();
    let alphabets = [base64_simd::STANDARD_NO_PAD, base64_simd::URL_SAFE_NO_PAD];
    alphabets.iter().find_map(|alphabet| alphabet.decode_to_vec(&text).ok())
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some((digit(*high)? << 4) | digit(*low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}
