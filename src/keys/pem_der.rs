//! Public keys in PEM and DER: SPKI (RFC 5280 §4.1), PKCS #1 (RFC 8017 A.1.1), X.509 certificates.

use pem::Pem;
use spki::der::asn1::BitString;
use spki::der::{Any, Decode, Encode, Reader, SliceReader, Tag, Tagged};
use spki::{ObjectIdentifier, SubjectPublicKeyInfo};
use x509_cert::Certificate;

use super::{Key, public_key, unusable};
use crate::algorithms::Curve;
use crate::error::{Error, Result};

/// A public key and the name of its kind (RFC 5280 §4.1.2.7).
pub(crate) type Spki = SubjectPublicKeyInfo<Any, BitString>;

pub(crate) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(crate) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// `text` without the byte order mark that some editors write.
pub(crate) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Whether `text` is, or tries to be, PEM. Found anywhere, for a PEM behind other words is still no secret
/// (CVE-2023-48223, CVE-2026-34950).
pub(crate) fn is_pem(text: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN";
    text.windows(BEGIN.len()).any(|window| window == BEGIN)
}

/// Whether `bytes` are DER of a public key or a certificate, whole.
pub(super) fn is_der(bytes: &[u8]) -> bool {
    Spki::from_der(bytes).is_ok() || Certificate::from_der(bytes).is_ok() || is_pkcs1(bytes)
}

/// The first value in `bytes`, if they begin with one in DER, without what follows it: a line feed that an editor put there,
/// say, which cannot be told from the last byte of a key.
pub(super) fn first_value(bytes: &[u8]) -> Option<&[u8]> {
    SliceReader::new(bytes).ok()?.tlv_bytes().ok()
}

pub(crate) fn is_pkcs1(bytes: &[u8]) -> bool {
    aws_lc_rs::rsa::PublicKey::from_der(bytes).is_ok()
}

/// Whether `bytes` are DER of a private key: PKCS #8 (RFC 5958 §2), PKCS #1 (RFC 8017 A.1.2) or SEC 1 (RFC 5915 §3), each a
/// sequence that begins with its version.
pub(crate) fn is_private_der(bytes: &[u8]) -> bool {
    let parts = Vec::<Any>::from_der(bytes).unwrap_or_default();
    let version = parts.first().filter(|first| first.tag() == Tag::Integer).map(Any::value);
    parts.len() > 2 && matches!(version, Some([0 | 1]))
}

pub(super) fn read_pem(text: &[u8]) -> Result<Key> {
    let block = pem::parse(without_mark(text).trim_ascii()).map_err(|_| unusable("The PEM text cannot be parsed."))?;
    read_block(&block)
}

fn read_block(block: &Pem) -> Result<Key> {
    match block.tag() {
        "PUBLIC KEY" => read_spki(&spki_of(block.contents())?),
        "RSA PUBLIC KEY" => public_key::rsa_der(block.contents()),
        "CERTIFICATE" | "X509 CERTIFICATE" => read_certificate(block.contents()),
        tag if tag.ends_with("PRIVATE KEY") => Err(private()),
        _ => Err(unusable("This PEM block is neither a public key nor a certificate.")),
    }
}

fn private() -> Error {
    unusable("This is a private key; a token is verified with its public key.")
}

pub(super) fn read_der(der: &[u8]) -> Result<Key> {
    if let Ok(spki) = Spki::from_der(der) {
        return read_spki(&spki);
    }
    match der {
        _ if is_pkcs1(der) => public_key::rsa_der(der),
        _ if is_private_der(der) => Err(private()),
        _ => read_certificate(der),
    }
}

fn read_certificate(der: &[u8]) -> Result<Key> {
    read_spki(&spki_of_certificate(der)?)
}

/// The public key of an X.509 certificate; nothing else of it is read.
pub(crate) fn spki_of_certificate(der: &[u8]) -> Result<Spki> {
    let certificate = Certificate::from_der(der).map_err(|_| unusable("The certificate cannot be parsed."))?;
    let spki = certificate.tbs_certificate().subject_public_key_info().to_der();
    spki_of(&spki.map_err(|_| unusable("The certificate's key cannot be parsed."))?)
}

pub(crate) fn spki_of(der: &[u8]) -> Result<Spki> {
    Spki::from_der(der).map_err(|_| unusable("The public key cannot be parsed."))
}

fn read_spki(spki: &Spki) -> Result<Key> {
    let bytes = spki.subject_public_key.as_bytes().ok_or_else(|| unusable("The public key cannot be parsed."))?;
    match spki.algorithm.oid {
        RSA => public_key::rsa_der(bytes),
        EC => public_key::ec(Curve::identified(named_curve(spki))?, bytes),
        ED25519 => public_key::ed25519(bytes),
        _ => Err(unusable("The public key is neither RSA, nor EC, nor Ed25519.")),
    }
}

/// The name of the curve that an EC key lies on (RFC 5480 §2.1.1).
pub(crate) fn named_curve(spki: &Spki) -> Option<ObjectIdentifier> {
    spki.algorithm.parameters.as_ref().and_then(|parameters| parameters.decode_as().ok())
}
