//! Pairs and public keys from PEM and DER: PKCS #8, PKCS #1, SEC 1, SPKI, X.509 certificates.

use ::pem::Pem;
use pkcs1::RsaPrivateKeyRef;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode;
use sec1::EcPrivateKey;
use zeroize::Zeroizing;

use super::Material;
use super::ec::Ec;
use super::ed25519::Ed25519;
use super::rsa::Rsa;
use crate::algorithms::Curve;
use crate::error::{Error, Result};
use crate::keys::pem_der::{self as pem, Spki};
use crate::keys::unusable;

pub(super) fn read_pem(text: &[u8]) -> Result<Material> {
    let text = pem::without_mark(text).trim_ascii();
    let blocks = ::pem::parse_many(text).map_err(|_| unusable("The PEM text cannot be parsed."))?;
    // `openssl ecparam -genkey` writes the curve's name, which the key repeats, as a block of its own.
    let block = blocks.into_iter().find(|block| block.tag() != "EC PARAMETERS");
    read_block(block.ok_or_else(|| unusable("The PEM text holds no key."))?)
}

fn read_block(block: Pem) -> Result<Material> {
    if block.tag() == "ENCRYPTED PRIVATE KEY" || block.headers().get("Proc-Type").is_some() {
        return Err(unusable("The private key is encrypted."));
    }
    let tag = block.tag().to_owned();
    let der = Zeroizing::new(block.into_contents());
    match tag.as_str() {
        "PRIVATE KEY" => read_pkcs8(&der),
        "RSA PRIVATE KEY" => Rsa::private_der(&der).map(Material::Rsa),
        "EC PRIVATE KEY" => read_sec1(&der),
        "PUBLIC KEY" => read_spki(&pem::spki_of(&der)?),
        "RSA PUBLIC KEY" => Rsa::public_der(&der).map(Material::Rsa),
        "CERTIFICATE" | "X509 CERTIFICATE" => read_spki(&pem::spki_of_certificate(&der)?),
        _ => Err(unusable("This PEM block is neither a key nor a certificate.")),
    }
}

pub(super) fn read_der(der: &[u8]) -> Result<Material> {
    match der {
        _ if PrivateKeyInfoRef::from_der(der).is_ok() => read_pkcs8(der),
        _ if RsaPrivateKeyRef::from_der(der).is_ok() => Rsa::private_der(der).map(Material::Rsa),
        _ if EcPrivateKey::from_der(der).is_ok() => read_sec1(der),
        _ if Spki::from_der(der).is_ok() => read_spki(&pem::spki_of(der)?),
        _ if pem::is_pkcs1(der) => Rsa::public_der(der).map(Material::Rsa),
        _ => read_spki(&pem::spki_of_certificate(der).map_err(|_| unusable("The key cannot be parsed."))?),
    }
}

fn read_pkcs8(der: &[u8]) -> Result<Material> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| unusable("The private key cannot be parsed."))?;
    match info.algorithm.oid {
        pem::RSA => Rsa::private_der(info.private_key.as_bytes()).map(Material::Rsa),
        pem::EC => {
            let curve = Curve::identified(info.algorithm.parameters_oid().ok())?;
            Ec::private_der(curve, der).map(Material::Ec)
        }
        pem::ED25519 => Ed25519::private_der(der).map(Material::Ed25519),
        _ => Err(unknown_kind()),
    }
}

fn read_sec1(der: &[u8]) -> Result<Material> {
    let key = EcPrivateKey::from_der(der).map_err(|_| unusable("The EC private key cannot be parsed."))?;
    let curve = Curve::identified(key.parameters.and_then(sec1::EcParameters::named_curve))?;
    Ec::private_der(curve, der).map(Material::Ec)
}

fn read_spki(spki: &Spki) -> Result<Material> {
    let bytes = spki.subject_public_key.as_bytes().ok_or_else(|| unusable("The public key cannot be parsed."))?;
    match spki.algorithm.oid {
        pem::RSA => Rsa::public_der(bytes).map(Material::Rsa),
        pem::EC => Ec::public(Curve::identified(pem::named_curve(spki))?, bytes).map(Material::Ec),
        pem::ED25519 => Ed25519::public(bytes).map(Material::Ed25519),
        _ => Err(unknown_kind()),
    }
}

fn unknown_kind() -> Error {
    unusable("The key is neither RSA, nor EC, nor Ed25519.")
}
