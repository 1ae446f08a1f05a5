//! The reader of PEM and DER: PKCS #8, PKCS #1, SEC 1, SPKI, X.509 certificates.

use aws_lc_rs::encoding::{AsBigEndian, AsDer, Curve25519SeedBin, EcPrivateKeyBin, PublicKeyX509Der};
use aws_lc_rs::rsa::{PublicKey, PublicKeyComponents};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use pem::Pem;
use pkcs1::RsaPrivateKeyRef;
use pkcs8::PrivateKeyInfoRef;
use sec1::EcPrivateKey;
use spki::ObjectIdentifier;
use spki::der::{Any, Decode, Encode, Tag, TagNumber, Tagged};
use x509_cert::Certificate;
use zeroize::Zeroizing;

use super::components::{
    EcComponents, Ed25519Components, KeyComponents, KeyPart, RsaComponents, RsaPrivateComponents, SecretBytes,
};
use super::detection::{Spki, fitting_label, is_pem, is_private_der, is_public_der, is_rsa_public_der};
use super::diagnosis::{describe_encoded_key, describe_non_key, describe_pem, describe_reference};
use super::jwk::more_than_two_primes;
use super::public_key::point_not_on_curve;
use super::verification_key::VerificationKey;
use crate::algorithms::ecdsa_suites::EcdsaSuite;
use crate::algorithms::{Curve, ecdsa_suites, unsupported_curve};
use crate::error::{Error, Result};

const OID_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const OID_EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const OID_ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

impl VerificationKey {
    /// Reads a public key in PEM, or else takes `text` as a secret.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_pem_or_secret(text: &[u8]) -> Result<Self> {
        if is_pem(text) {
            return Self::from_pem(text);
        }
        if let Some(reason) = describe_reference(text) {
            return Err(Error::invalid_key(reason));
        }
        Self::from_secret(text).map_err(|error| match (error, describe_encoded_key(text)) {
            (Error::InvalidKey(reason), Some(description)) => Error::InvalidKey(format!("{reason} {description}")),
            (error, _) => error,
        })
    }

    /// Reads a public key in PEM or DER, or else takes `bytes` as a secret.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_pem_der_or_secret(bytes: &[u8]) -> Result<Self> {
        if is_der_key(bytes) { Self::from_der(bytes) } else { Self::from_pem_or_secret(bytes) }
    }

    /// Reads a public key in PEM or DER.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`]. The text does not mention secrets.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self> {
        if is_der_key(bytes) { Self::from_der(bytes) } else { Self::from_pem(bytes) }
    }

    /// Reads a public key in PEM: SPKI, PKCS #1 or an X.509 certificate. Of a certificate, only the key is read.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_pem(text: &[u8]) -> Result<Self> {
        Self::from_components(&read_pem(text, KeyPart::PublicOnly)?)
    }

    /// Reads a public key in DER: SPKI, PKCS #1 or an X.509 certificate. Of a certificate, only the key is read.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_der(der: &[u8]) -> Result<Self> {
        Self::from_components(&read_der(der, KeyPart::PublicOnly)?)
    }
}

fn is_der_key(bytes: &[u8]) -> bool {
    is_public_der(bytes) || is_private_der(bytes)
}

/// Reads PEM or DER. A key in DER can contain the text of a PEM block, such as a modulus with it: it is still the key in DER,
/// as in [`VerificationKey::from_pem_or_der`].
pub(super) fn read_pem_or_der(bytes: &[u8]) -> Result<KeyComponents> {
    let is_der = is_der_key(bytes) || !is_pem(bytes);
    if is_der { read_der(bytes, KeyPart::All) } else { read_pem(bytes, KeyPart::All) }
}

/// Reads the first key in PEM. For [`KeyPart::PublicOnly`], a private key is an error.
pub(super) fn read_pem(text: &[u8], part: KeyPart) -> Result<KeyComponents> {
    let block = first_key_block(strip_bom(text).trim_ascii())?;
    let is_encrypted = block.tag() == "ENCRYPTED PRIVATE KEY" || block.headers().get("Proc-Type").is_some();
    let tag = block.tag().to_owned();
    let der = Zeroizing::new(block.into_contents());
    let components = match tag.as_str() {
        tag if tag.ends_with("PRIVATE KEY") && part == KeyPart::PublicOnly => Err(private_key_error()),
        _ if is_encrypted => Err(Error::invalid_key("The private key is encrypted.")),
        tag => read_block(tag, &der),
    };
    components.map_err(|error| label_mismatch(&tag, &der).unwrap_or(error))
}

/// Reads the content of the PEM block that is labelled `tag`.
fn read_block(tag: &str, der: &[u8]) -> Result<KeyComponents> {
    match tag {
        "PRIVATE KEY" => read_pkcs8(der),
        "RSA PRIVATE KEY" => read_rsa_private(der),
        "EC PRIVATE KEY" => read_sec1(der),
        "PUBLIC KEY" => read_spki(&parse_spki(der)?),
        "RSA PUBLIC KEY" => read_rsa_public(der),
        "CERTIFICATE" | "X509 CERTIFICATE" => read_certificate(der),
        _ => Err(Error::invalid_key("This PEM block must be a key or a certificate.")),
    }
}

/// Returns the error for a PEM block that contains a key of another format than its label names.
fn label_mismatch(tag: &str, der: &[u8]) -> Option<Error> {
    const LABELS: [&str; 6] =
        ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"];
    let label = LABELS.into_iter().find(|label| *label == tag)?;
    let fitting = fitting_label(der).filter(|fitting| *fitting != label)?;
    let reason = format!("The key does not fit its PEM label {label}: the label of its format is {fitting}.");
    Some(Error::InvalidKey(reason))
}

/// Removes the byte order mark that some editors write.
fn strip_bom(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

fn first_key_block(text: &[u8]) -> Result<Pem> {
    // `openssl ecparam -genkey` writes the curve's name as a separate block before the key, which repeats it.
    const PARAMETERS: &str = "EC PARAMETERS";
    let cannot_be_parsed =
        || Error::invalid_key(if is_pem(text) { describe_pem(text) } else { describe_non_key(text) });
    let first = pem::parse(text).map_err(|_| cannot_be_parsed())?;
    if first.tag() != PARAMETERS {
        return Ok(first);
    }
    let blocks = pem::parse_many(text).map_err(|_| cannot_be_parsed())?;
    let key = blocks.into_iter().find(|block| block.tag() != PARAMETERS);
    key.ok_or_else(|| Error::invalid_key("The PEM text must contain a key."))
}

fn private_key_error() -> Error {
    Error::invalid_key(
        "This is a private key; a token is verified with its public key. Export the public key with openssl pkey -pubout.",
    )
}

/// Reads a key in DER. For [`KeyPart::PublicOnly`], a private key is an error.
pub(super) fn read_der(der: &[u8], part: KeyPart) -> Result<KeyComponents> {
    match der {
        _ if part == KeyPart::PublicOnly && is_private_der(der) => Err(private_key_error()),
        _ if PrivateKeyInfoRef::from_der(der).is_ok() => read_pkcs8(der),
        _ if RsaPrivateKeyRef::from_der(der).is_ok() => read_rsa_private(der),
        _ if EcPrivateKey::from_der(der).is_ok() || is_sec1_with_explicit_curve(der) => read_sec1(der),
        _ if Spki::from_der(der).is_ok() => read_spki(&parse_spki(der)?),
        _ if is_rsa_public_der(der) => read_rsa_public(der),
        _ if Certificate::from_der(der).is_ok() => read_certificate(der),
        _ => Err(Error::invalid_key("The key cannot be parsed.")),
    }
}

fn read_pkcs8(der: &[u8]) -> Result<KeyComponents> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| Error::invalid_key("The private key cannot be parsed."))?;
    match info.algorithm.oid {
        OID_RSA => read_rsa_private(info.private_key.as_bytes()),
        OID_EC if info.algorithm.parameters.is_some_and(|parameters| parameters.tag() == Tag::Sequence) => {
            read_ec_private(explicit_curve_of_private_key(der)?, der)
        }
        OID_EC => read_ec_private(Curve::from_oid(info.algorithm.parameters_oid().ok())?, der),
        OID_ED25519 => read_ed25519_private(der),
        oid => Err(unsupported_key_type(oid)),
    }
}

/// Reads PKCS #1 (RFC 8017 A.1.2).
fn read_rsa_private(der: &[u8]) -> Result<KeyComponents> {
    let key = RsaPrivateKeyRef::from_der(der);
    let key = key.map_err(|_| Error::invalid_key("The RSA private key cannot be parsed."))?;
    if key.other_prime_infos.is_some() {
        return Err(more_than_two_primes());
    }
    let crt = [key.prime1, key.prime2, key.exponent1, key.exponent2, key.coefficient];
    let private = RsaPrivateComponents {
        exponent: secret_bytes(key.private_exponent.as_bytes()),
        crt: Some(crt.map(|number| secret_bytes(number.as_bytes()))),
    };
    Ok(KeyComponents::Rsa(RsaComponents {
        modulus: key.modulus.as_bytes().to_vec(),
        exponent: key.public_exponent.as_bytes().to_vec(),
        private: Some(private),
    }))
}

fn secret_bytes(bytes: &[u8]) -> SecretBytes {
    Zeroizing::new(bytes.to_vec())
}

/// Reads SEC 1 (RFC 5915 §3). The curve must be present; it cannot be derived from the key's length.
fn read_sec1(der: &[u8]) -> Result<KeyComponents> {
    if is_sec1_with_explicit_curve(der) {
        return read_ec_private(explicit_curve_of_private_key(der)?, der);
    }
    let key = EcPrivateKey::from_der(der).map_err(|_| Error::invalid_key("The EC private key cannot be parsed."))?;
    read_ec_private(Curve::from_oid(key.parameters.and_then(sec1::EcParameters::named_curve))?, der)
}

/// Returns true for SEC 1 that contains the numbers of its curve (RFC 3279 §2.3.5) instead of the name.
fn is_sec1_with_explicit_curve(der: &[u8]) -> bool {
    let is_explicit = |part: &Any| {
        part.tag() == Tag::ContextSpecific { constructed: true, number: TagNumber(0) }
            && Any::from_der(part.value()).is_ok_and(|parameters| parameters.tag() == Tag::Sequence)
    };
    Vec::<Any>::from_der(der).is_ok_and(|parts| parts.iter().any(is_explicit))
}

fn explicit_curve_of_private_key(der: &[u8]) -> Result<Curve> {
    find_explicit_curve(|suite| EcdsaKeyPair::from_private_key_der(suite.signing, der).is_ok())
}

/// Returns the curve whose numbers a key contains. AWS-LC compares all of them with those of the curve, so that a key
/// cannot replace the generator (CVE-2020-0601).
fn find_explicit_curve(can_parse: impl Fn(EcdsaSuite) -> bool) -> Result<Curve> {
    let curve = Curve::all().find(|curve| ecdsa_suites::suites_for(*curve).next().is_some_and(&can_parse));
    curve.ok_or_else(unsupported_curve)
}

/// Reads PKCS #8 or SEC 1. Both may leave the point out, which is then computed.
fn read_ec_private(curve: Curve, der: &[u8]) -> Result<KeyComponents> {
    let cannot_be_parsed =
        || Error::invalid_key("The EC private key cannot be parsed, or does not fit its public key.");
    let suite = ecdsa_suites::suites_for(curve).next().ok_or_else(cannot_be_parsed)?;
    let pair = EcdsaKeyPair::from_private_key_der(suite.signing, der).map_err(|_| cannot_be_parsed())?;
    let number: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().map_err(|_| cannot_be_parsed())?;
    let (point, private_number) = (pair.public_key().as_ref().to_vec(), Some(secret_bytes(number.as_ref())));
    Ok(KeyComponents::Ec(EcComponents { curve, point, private_number }))
}

/// Reads PKCS #8 (RFC 8410 §7). The point is computed, and compared with one in the key.
fn read_ed25519_private(der: &[u8]) -> Result<KeyComponents> {
    let cannot_be_parsed =
        || Error::invalid_key("The Ed25519 private key cannot be parsed, or does not fit its public key.");
    let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|_| cannot_be_parsed())?;
    let seed = pair.seed().map_err(|_| cannot_be_parsed())?;
    let seed: Curve25519SeedBin<'_> = seed.as_be_bytes().map_err(|_| cannot_be_parsed())?;
    let (point, seed) = (pair.public_key().as_ref().to_vec(), Some(secret_bytes(seed.as_ref())));
    Ok(KeyComponents::Ed25519(Ed25519Components { point, seed }))
}

/// Reads the public key of an X.509 certificate and nothing else of it.
fn read_certificate(der: &[u8]) -> Result<KeyComponents> {
    let certificate = Certificate::from_der(der);
    let certificate = certificate.map_err(|_| Error::invalid_key("The certificate cannot be parsed."))?;
    let spki = certificate.tbs_certificate().subject_public_key_info().to_der();
    read_spki(&parse_spki(&spki.map_err(|_| Error::invalid_key("The certificate's key cannot be parsed."))?)?)
}

fn parse_spki(der: &[u8]) -> Result<Spki> {
    Spki::from_der(der).map_err(|_| public_key_error())
}

fn public_key_error() -> Error {
    Error::invalid_key("The public key cannot be parsed.")
}

fn read_spki(spki: &Spki) -> Result<KeyComponents> {
    let bytes = spki.subject_public_key.as_bytes().ok_or_else(public_key_error)?;
    match spki.algorithm.oid {
        OID_RSA => read_rsa_public(bytes),
        OID_EC => read_ec_public(curve_of_public_key(spki)?, bytes),
        OID_ED25519 => Ok(KeyComponents::Ed25519(Ed25519Components { point: bytes.to_vec(), seed: None })),
        oid => Err(unsupported_key_type(oid)),
    }
}

/// Returns the curve of an EC key, which is named (RFC 5480 §2.1.1) or given by its numbers (RFC 3279 §2.3.5).
fn curve_of_public_key(spki: &Spki) -> Result<Curve> {
    let parameters = spki.algorithm.parameters.as_ref();
    if parameters.is_some_and(|parameters| parameters.tag() == Tag::Sequence) {
        let der = spki.to_der().map_err(|_| public_key_error())?;
        return find_explicit_curve(|suite| ParsedPublicKey::new(suite.verification, &der).is_ok());
    }
    Curve::from_oid(parameters.and_then(|parameters| parameters.decode_as().ok()))
}

/// Reads PKCS #1 (RFC 8017 A.1.1).
fn read_rsa_public(der: &[u8]) -> Result<KeyComponents> {
    let key = PublicKey::from_der(der).map_err(|_| Error::invalid_key("The RSA key cannot be parsed."))?;
    let PublicKeyComponents { n: modulus, e: exponent } = PublicKeyComponents::<Vec<u8>>::from(&key);
    Ok(KeyComponents::Rsa(RsaComponents { modulus, exponent, private: None }))
}

/// Reads a point (SEC 1 §2.3.3), compressed or not.
fn read_ec_public(curve: Curve, point: &[u8]) -> Result<KeyComponents> {
    let point = match point {
        [2 | 3, ..] if point.len() == 1 + curve.coordinate_bytes() => {
            uncompressed_point(curve, point).ok_or_else(point_not_on_curve)?
        }
        [4, ..] if point.len() == 1 + 2 * curve.coordinate_bytes() => point.to_vec(),
        _ => return Err(Error::invalid_key("The EC key's point has the wrong form or length for its curve.")),
    };
    Ok(KeyComponents::Ec(EcComponents { curve, point, private_number: None }))
}

/// Returns a compressed point in uncompressed form, as AWS-LC writes every point.
fn uncompressed_point(curve: Curve, point: &[u8]) -> Option<Vec<u8>> {
    let suite = ecdsa_suites::suites_for(curve).next()?;
    let der: PublicKeyX509Der<'_> = ParsedPublicKey::new(suite.verification, point).ok()?.as_der().ok()?;
    let spki = Spki::from_der(der.as_ref()).ok()?;
    spki.subject_public_key.as_bytes().map(<[u8]>::to_vec)
}

fn unsupported_key_type(oid: ObjectIdentifier) -> Error {
    const NAMES: [(ObjectIdentifier, &str); 6] = [
        (
            ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10"),
            " It is restricted to RSA-PSS (id-RSASSA-PSS); PS256 verifies with a common RSA key (rsaEncryption), too.",
        ),
        (ObjectIdentifier::new_unwrap("1.2.840.10040.4.1"), " It is a DSA key."),
        (ObjectIdentifier::new_unwrap("1.2.840.113549.1.3.1"), " It is a Diffie-Hellman key, which does not sign."),
        (ObjectIdentifier::new_unwrap("1.3.101.110"), " It is an X25519 key, which does not sign."),
        (ObjectIdentifier::new_unwrap("1.3.101.111"), " It is an X448 key, which does not sign."),
        (ObjectIdentifier::new_unwrap("1.3.101.113"), " It is an Ed448 key."),
    ];
    let description = NAMES.iter().find(|(known, _)| *known == oid).map_or("", |(_, description)| description);
    Error::InvalidKey(format!("The key must be RSA, EC or Ed25519.{description}"))
}
