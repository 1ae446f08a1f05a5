//! A reader of JWKs (RFC 7517 §4, RFC 7518 §6) whose keys are those of aws-lc-rs.

use aws_lc_rs::hmac;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self, UnparsedPublicKey};

use super::base64url;
use super::json::Json;
use super::key_signs;

/// The key material of a [`ReferenceKey`].
pub enum Material {
    Secret(Vec<u8>),
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    Ec { algorithm: &'static str, verification: &'static signature::EcdsaVerificationAlgorithm, point: Vec<u8> },
    Ed25519(Vec<u8>),
}

/// A public key or a secret.
pub struct ReferenceKey {
    pub kid: Option<String>,
    pub material: Material,
    pub algorithms: Vec<&'static str>,
}

const RSA_ALGORITHMS: [&str; 6] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

impl ReferenceKey {
    /// Reads a JWK for verification. Returns `None` for one that must be rejected.
    #[must_use]
    pub fn read(jwk: &Json) -> Option<Self> {
        let Json::Object(_) = jwk else { return None };
        let kid = text(jwk, "kid")?.map(str::to_owned);
        if !is_for_verification(jwk)? {
            return None;
        }
        let material = Material::read(jwk)?;
        let mut algorithms = material.algorithms();
        if let Some(alg) = text(jwk, "alg")? {
            let alg = if alg == "Ed25519" { "EdDSA" } else { alg };
            algorithms.retain(|name| *name == alg);
        }
        (!algorithms.is_empty()).then_some(Self { kid, material, algorithms })
    }

    /// Returns true if fastjose may reject the key: a secret with a sign of an asymmetric key, or an Edwards key, because
    /// AWS-LC takes points of small order and points in a second encoding.
    #[must_use]
    pub fn may_be_rejected(&self) -> bool {
        match &self.material {
            Material::Secret(secret) => key_signs::has_sign(secret),
            Material::Ed25519(_) => true,
            Material::Rsa { .. } | Material::Ec { .. } => false,
        }
    }

    /// Verifies with aws-lc-rs alone.
    #[must_use]
    pub fn verify(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        if !self.algorithms.contains(&algorithm) {
            return false;
        }
        match &self.material {
            Material::Secret(secret) => {
                let key = hmac::Key::new(hmac_algorithm(algorithm), secret);
                hmac::verify(&key, message, signature).is_ok()
            }
            Material::Rsa { modulus, exponent } => {
                let key = PublicKeyComponents { n: modulus, e: exponent };
                key.verify(rsa_parameters(algorithm), message, signature).is_ok()
            }
            Material::Ec { verification, point, .. } => {
                UnparsedPublicKey::new(*verification, point).verify(message, signature).is_ok()
            }
            Material::Ed25519(point) => {
                UnparsedPublicKey::new(&signature::ED25519, point).verify(message, signature).is_ok()
            }
        }
    }
}

impl Material {
    fn read(jwk: &Json) -> Option<Self> {
        match text(jwk, "kty")?? {
            "oct" => bytes(jwk, "k").filter(|secret| secret.len() >= 32).map(Self::Secret),
            "RSA" => {
                let (modulus, exponent) = (number(jwk, "n")?, number(jwk, "e")?);
                is_usable_rsa(&modulus, &exponent).then_some(Self::Rsa { modulus, exponent })
            }
            "EC" => Self::read_ec(jwk),
            "OKP" if text(jwk, "crv")?? == "Ed25519" => {
                let point = bytes(jwk, "x").filter(|point| point.len() == 32)?;
                signature::ParsedPublicKey::new(&signature::ED25519, &point).ok()?;
                Some(Self::Ed25519(point))
            }
            _ => None,
        }
    }

    fn read_ec(jwk: &Json) -> Option<Self> {
        let (algorithm, verification, length) = match text(jwk, "crv")?? {
            "P-256" => ("ES256", &signature::ECDSA_P256_SHA256_FIXED, 32),
            "P-384" => ("ES384", &signature::ECDSA_P384_SHA384_FIXED, 48),
            "P-521" => ("ES512", &signature::ECDSA_P521_SHA512_FIXED, 66),
            "secp256k1" => ("ES256K", &signature::ECDSA_P256K1_SHA256_FIXED, 32),
            _ => return None,
        };
        let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
        let point = [&[4], x.as_slice(), y.as_slice()].concat();
        let is_point = signature::ParsedPublicKey::new(verification, &point).is_ok();
        (x.len() == length && y.len() == length && is_point).then_some(Self::Ec { algorithm, verification, point })
    }

    fn algorithms(&self) -> Vec<&'static str> {
        match self {
            Self::Secret(secret) => {
                let names = [("HS256", 32), ("HS384", 48), ("HS512", 64)];
                names.into_iter().filter(|(_, length)| secret.len() >= *length).map(|(name, _)| name).collect()
            }
            Self::Rsa { .. } => RSA_ALGORITHMS.to_vec(),
            Self::Ec { algorithm, .. } => vec![algorithm],
            Self::Ed25519(_) => vec!["EdDSA"],
        }
    }
}

/// Returns the text of a member; the inner `None` for one that is absent, the outer for one of another type.
fn text<'j>(jwk: &'j Json, name: &str) -> Option<Option<&'j str>> {
    match jwk.get(name) {
        None | Some(Json::Null) => Some(None),
        Some(value) => value.as_str().map(Some),
    }
}

fn bytes(jwk: &Json, name: &str) -> Option<Vec<u8>> {
    base64url::decode(text(jwk, name)??.as_bytes()).filter(|bytes| !bytes.is_empty())
}

/// Returns a number without its leading zeros.
fn number(jwk: &Json, name: &str) -> Option<Vec<u8>> {
    bytes(jwk, name).map(|bytes| bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}

fn is_usable_rsa(modulus: &[u8], exponent: &[u8]) -> bool {
    let bits = |number: &[u8]| number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize);
    let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    (2048..=8192).contains(&bits(modulus))
        && is_odd(modulus)
        && is_odd(exponent)
        && (2..=33).contains(&bits(exponent))
        && PublicKeyComponents { n: modulus, e: exponent }
            .to_parsed_public_key(&signature::RSA_PKCS1_2048_8192_SHA256)
            .is_ok()
}

/// Returns whether `use` and `key_ops` allow verifying; `None` if they have the wrong type.
fn is_for_verification(jwk: &Json) -> Option<bool> {
    let allows_use = matches!(text(jwk, "use")?, None | Some("sig" | "jwt-svid"));
    let allows_operation = match jwk.get("key_ops") {
        None | Some(Json::Null) => true,
        Some(Json::Array(operations)) => {
            let names: Vec<_> = operations.iter().map(Json::as_str).collect::<Option<_>>()?;
            let is_set = names.iter().enumerate().all(|(index, name)| !names[..index].contains(name));
            is_set && names.contains(&"verify")
        }
        Some(_) => return None,
    };
    Some(allows_use && allows_operation)
}

fn hmac_algorithm(name: &str) -> hmac::Algorithm {
    match name {
        "HS256" => hmac::HMAC_SHA256,
        "HS384" => hmac::HMAC_SHA384,
        _ => hmac::HMAC_SHA512,
    }
}

fn rsa_parameters(name: &str) -> &'static signature::RsaParameters {
    match name {
        "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
        "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
        "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
        "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
        "PS384" => &signature::RSA_PSS_2048_8192_SHA384,
        _ => &signature::RSA_PSS_2048_8192_SHA512,
    }
}
