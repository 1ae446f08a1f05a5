//! Detection of asymmetric keys in any encoding, so that such a key is never used as a secret (RFC 8725 §2.1).

use spki::SubjectPublicKeyInfo;
use spki::der::asn1::BitString;
use spki::der::{Any, Decode, Reader, SliceReader, Tag, Tagged};
use x509_cert::Certificate;

/// A public key with its algorithm identifier (RFC 5280 §4.1.2.7).
pub(super) type Spki = SubjectPublicKeyInfo<Any, BitString>;

/// Returns true if `text` contains the beginning of a PEM block. Text before the block does not make it a secret
/// (CVE-2023-48223, CVE-2026-34950).
pub(crate) fn is_pem(text: &[u8]) -> bool {
    contains(text, b"-----BEGIN")
}

/// Returns true if `bytes` as a whole are the DER of a public key or a certificate.
pub(super) fn is_public_der(bytes: &[u8]) -> bool {
    Spki::from_der(bytes).is_ok() || Certificate::from_der(bytes).is_ok() || is_rsa_public_der(bytes)
}

/// Returns true if `bytes` are the DER of an RSA public key, in PKCS #1 or SPKI.
pub(super) fn is_rsa_public_der(bytes: &[u8]) -> bool {
    aws_lc_rs::rsa::PublicKey::from_der(bytes).is_ok()
}

/// Returns true if `bytes` have the form of a private key in DER: a sequence that begins with its version. This holds
/// for PKCS #8 (RFC 5958 §2), PKCS #1 (RFC 8017 A.1.2) and SEC 1 (RFC 5915 §3).
pub(super) fn is_private_der(bytes: &[u8]) -> bool {
    let parts = Vec::<Any>::from_der(bytes).unwrap_or_default();
    let version = parts.first().filter(|first| first.tag() == Tag::Integer).map(Any::value);
    parts.len() > 2 && matches!(version, Some([0 | 1]))
}

/// Returns true if `secret` is an asymmetric key in any encoding in which keys are exchanged. An attacker knows the
/// public key, and could sign with it (RFC 8725 §2.1; CVE-2024-33663, CVE-2026-48526). A bare modulus or point cannot
/// be distinguished from a secret.
pub(super) fn is_asymmetric_key(secret: &[u8]) -> bool {
    let text = strip_text_encoding(secret);
    let decodings = [
        Some(secret.to_vec()),
        Some(secret.trim_ascii_start().to_vec()),
        decode_base64(&text),
        decode_hex(&text),
        Some(text),
    ];
    decodings.iter().flatten().any(|decoded| looks_like_key(decoded))
}

fn looks_like_key(bytes: &[u8]) -> bool {
    // The binary form of an SSH key contains its name, too. A JWK contains its only required member (RFC 7517 §4.1), in
    // JSON or in the repr of a Python dict.
    const KEY_MARKERS: [&[u8]; 9] = [
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
    let is_der = |der| is_public_der(der) || is_private_der(der);
    is_pem(bytes)
        || first_der_value(bytes).is_some_and(is_der)
        || KEY_MARKERS.iter().any(|marker| contains(bytes, marker))
}

/// Returns the DER value at the beginning of `bytes`. An editor may have appended a line feed, which cannot be
/// distinguished from the last byte of a key.
fn first_der_value(bytes: &[u8]) -> Option<&[u8]> {
    SliceReader::new(bytes).ok()?.tlv_bytes().ok()
}

fn contains(bytes: &[u8], marker: &[u8]) -> bool {
    bytes.windows(marker.len()).any(|window| window == marker)
}

/// Returns the text of `secret` as an editor shows it: without byte order mark, the zero bytes of UTF-16, and
/// surrounding white space.
fn strip_text_encoding(secret: &[u8]) -> Vec<u8> {
    const BYTE_ORDER_MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    let unmarked = BYTE_ORDER_MARKS.iter().find_map(|mark| secret.strip_prefix(*mark)).unwrap_or(secret);
    let text: Vec<u8> = unmarked.iter().copied().filter(|byte| *byte != 0).collect();
    text.trim_ascii().to_vec()
}

fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=').collect();
    let alphabets = [base64_simd::STANDARD_NO_PAD, base64_simd::URL_SAFE_NO_PAD];
    alphabets.iter().find_map(|alphabet| alphabet.decode_to_vec(&text).ok())
}

fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, remainder) = text.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some((digit(*high)? << 4) | digit(*low)?));
    if remainder.is_empty() { bytes.collect() } else { None }
}
