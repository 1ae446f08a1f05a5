//! Pairs and public keys from a JWK (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2). Its `alg`, `use` and `key_ops` bind nothing
//! here: who signs with it says with what.

use pkcs1::RsaPrivateKeyRef;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::Material;
use super::ec::Ec;
use super::okp::Ed25519;
use super::rsa::{Rsa, uint};
use crate::algorithm::Curve;
use crate::error::{Error, Result};
use crate::key::unusable;
use crate::{base64url, json};

/// A parameter, wiped when it is let go.
struct Text(Zeroizing<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Zeroizing::new(text)))
    }
}

type Octets = Zeroizing<Vec<u8>>;

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    n: Option<Text>,
    e: Option<Text>,
    x: Option<Text>,
    y: Option<Text>,
    d: Option<Text>,
    p: Option<Text>,
    q: Option<Text>,
    dp: Option<Text>,
    dq: Option<Text>,
    qi: Option<Text>,
    oth: Option<IgnoredAny>,
}

pub(super) fn read(text: &[u8]) -> Result<Material> {
    json::object(text).map_err(|_| unusable("The JWK is no JSON object."))?;
    let jwk: Jwk = serde_json::from_slice(text).map_err(|_| unusable("The JWK's parameters have the wrong type."))?;
    match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => read_rsa(&jwk).map(Material::Rsa),
        ("EC", Some(name)) => read_ec(&jwk, Curve::named(name)?).map(Material::Ec),
        ("OKP", Some("Ed25519")) => read_ed25519(&jwk).map(Material::Ed25519),
        _ => Err(unusable("The JWK's kty or crv is not supported.")),
    }
}

fn read_rsa(jwk: &Jwk) -> Result<Rsa> {
    let (modulus, exponent) = (octets(jwk.n.as_ref())?, octets(jwk.e.as_ref())?);
    if jwk.d.is_none() {
        return Rsa::public(&modulus, &exponent);
    }
    if jwk.oth.is_some() {
        return Err(unusable("An RSA key of more than two primes is not supported."));
    }
    let private_exponent = octets(jwk.d.as_ref())?;
    let [p, q, dp, dq, qi] = precomputed(jwk)?;
    Rsa::private(&RsaPrivateKeyRef {
        modulus: uint(&modulus)?,
        public_exponent: uint(&exponent)?,
        private_exponent: uint(&private_exponent)?,
        prime1: uint(&p)?,
        prime2: uint(&q)?,
        exponent1: uint(&dp)?,
        exponent2: uint(&dq)?,
        coefficient: uint(&qi)?,
        other_prime_infos: None,
    })
}

/// All five or none (RFC 7518 §6.3.2); without them the primes would have to be found anew, for which there is no primitive.
fn precomputed(jwk: &Jwk) -> Result<[Octets; 5]> {
    let all @ [p, q, dp, dq, qi] = [&jwk.p, &jwk.q, &jwk.dp, &jwk.dq, &jwk.qi].map(Option::as_ref);
    match all.iter().flatten().count() {
        5 => Ok([octets(p)?, octets(q)?, octets(dp)?, octets(dq)?, octets(qi)?]),
        0 => Err(unusable("An RSA private key needs its primes: the JWK has d, but not p, q, dp, dq and qi.")),
        _ => Err(unusable("Precomputed private key parameters are incomplete.")),
    }
}

/// Coordinates and the private number have the curve's full length (RFC 7518 §6.2.1.2, §6.2.2.1).
fn read_ec(jwk: &Jwk, curve: Curve) -> Result<Ec> {
    let (x, y) = (octets(jwk.x.as_ref())?, octets(jwk.y.as_ref())?);
    if x.len() != curve.coordinate_bytes() || y.len() != curve.coordinate_bytes() {
        return Err(unusable("The JWK's coordinates have the wrong length for its crv."));
    }
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    if jwk.d.is_none() { Ec::public(curve, &point) } else { Ec::private(curve, &octets(jwk.d.as_ref())?, &point) }
}

fn read_ed25519(jwk: &Jwk) -> Result<Ed25519> {
    let x = octets(jwk.x.as_ref())?;
    if jwk.d.is_none() { Ed25519::public(&x) } else { Ed25519::private(&octets(jwk.d.as_ref())?, &x) }
}

fn octets(parameter: Option<&Text>) -> Result<Octets> {
    let Text(text) = parameter.ok_or_else(|| unusable("Mandatory parameters are missing"))?;
    let bytes = base64url::decode(text.as_bytes()).filter(|bytes| !bytes.is_empty());
    bytes.map(Zeroizing::new).ok_or_else(unreadable)
}

fn unreadable() -> Error {
    unusable("A parameter of the JWK is not base64url.")
}
