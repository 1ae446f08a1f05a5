//! A JWK as a verification key (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2), bound to its `alg`, `use`, `key_ops` and `crv`.

use std::collections::BTreeMap;

use jsonwebtoken::jwk::{AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Key, public_key, secret, unusable};
use crate::algorithms::{AlgorithmSet, Curve};
use crate::encoding::base64url;
use crate::encoding::json;
use crate::error::{Error, Result};

/// Where a JWK comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwkSource {
    /// From the program itself.
    Local,
    /// From the network, where a secret has no place: whoever can read the set could sign.
    Remote,
}

/// The model's own `alg` knows neither ES512 nor Ed25519, so it is read apart.
#[derive(Deserialize)]
struct Named {
    alg: Option<String>,
}

/// The members of a JWK Set (RFC 7517 §5), each as its JSON text.
pub(crate) fn members(json: &[u8]) -> Result<Vec<Box<RawValue>>> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Box<RawValue>>,
    }
    json::parse_object(json).map_err(|_| unusable("The JWK Set is no JSON object."))?;
    let set: Set = serde_json::from_slice(json).map_err(|_| unusable("The JWK Set has no list called keys."))?;
    Ok(set.keys)
}

pub(crate) fn read(json: &[u8], source: JwkSource) -> Result<Key> {
    json::parse_object(json).map_err(|_| unusable("The JWK is no JSON object."))?;
    let jwk: Jwk = serde_json::from_slice(json).map_err(|_| unusable("The JWK's parameters have the wrong type."))?;
    let named: Named = serde_json::from_slice(json).map_err(|_| unusable("The JWK's alg must be a string."))?;
    refuse_other_uses(&jwk.common)?;
    let key = read_material(&jwk.algorithm, source)?.with_kid(jwk.common.key_id);
    match named.alg {
        Some(name) => key.bound_to(own_algorithm(&name)?),
        None => Ok(key),
    }
}

fn own_algorithm(name: &str) -> Result<AlgorithmSet> {
    name.parse().map_err(|_| unusable("The JWK's alg is not supported."))
}

/// `use` and `key_ops` must allow verifying (RFC 7517 §4.2, §4.3). The key that signs verifies too where it is a secret.
fn refuse_other_uses(common: &CommonParameters) -> Result<()> {
    let is_for_signatures = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
    let is_repeated =
        |ops: &[KeyOperations]| ops.iter().enumerate().any(|(i, op)| ops.iter().take(i).any(|one| one == op));
    let verifies = |ops: &Vec<KeyOperations>| ops.contains(&KeyOperations::Verify) && !is_repeated(ops);
    if !is_for_signatures || !common.key_operations.as_ref().is_none_or(verifies) {
        return Err(unusable("The JWK's use or key_ops does not allow verifying signatures."));
    }
    Ok(())
}

fn read_material(parameters: &AlgorithmParameters, source: JwkSource) -> Result<Key> {
    match parameters {
        AlgorithmParameters::RSA(rsa) => public_key::rsa(&octets(&rsa.n)?, &octets(&rsa.e)?),
        AlgorithmParameters::EllipticCurve(ec) => read_ec(curve(&ec.curve)?, &ec.x, &ec.y),
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            public_key::ed25519(&octets(&pair.x)?)
        }
        AlgorithmParameters::OctetKey(_) if source == JwkSource::Remote => {
            Err(unusable("A secret in a remote key set is no secret."))
        }
        AlgorithmParameters::OctetKey(oct) => secret::prepare(&octets(&oct.value)?, secret::LeastSize::OfTheHash),
        AlgorithmParameters::Other(other) => read_secp256k1(&other.fields),
        _ => Err(unsupported()),
    }
}

/// The model has no such curve, and leaves the parameters of what it does not know as they are.
fn read_secp256k1(parameters: &BTreeMap<String, Value>) -> Result<Key> {
    let text = |name| parameters.get(name).and_then(Value::as_str);
    match (text("kty"), text("crv"), text("x"), text("y")) {
        (Some("EC"), Some(crv), Some(x), Some(y)) if crv == Curve::Secp256k1.name() => read_ec(Curve::Secp256k1, x, y),
        _ => Err(unsupported()),
    }
}

fn unsupported() -> Error {
    unusable("The JWK's kty or crv is not supported, or a parameter is missing.")
}

fn read_ec(curve: Curve, x: &str, y: &str) -> Result<Key> {
    public_key::ec(curve, &point(curve, &octets(x)?, &octets(y)?)?)
}

fn octets(text: &str) -> Result<Vec<u8>> {
    let bytes = base64url::decode(text.as_bytes()).filter(|bytes| !bytes.is_empty());
    bytes.ok_or_else(|| unusable("A parameter of the JWK is not base64url."))
}

fn curve(name: &EllipticCurve) -> Result<Curve> {
    match name {
        EllipticCurve::P256 => Ok(Curve::P256),
        EllipticCurve::P384 => Ok(Curve::P384),
        EllipticCurve::P521 => Ok(Curve::P521),
        _ => Err(unusable("The JWK's crv is not supported.")),
    }
}

/// The uncompressed point (SEC 1 §2.3.3); coordinates have the curve's full length (RFC 7518 §6.2.1.2).
fn point(curve: Curve, x: &[u8], y: &[u8]) -> Result<Vec<u8>> {
    if x.len() != curve.coordinate_bytes() || y.len() != curve.coordinate_bytes() {
        return Err(unusable("The JWK's coordinates have the wrong length for its crv."));
    }
    Ok([&[4], x, y].concat())
}
