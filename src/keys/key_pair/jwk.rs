//! Pairs and public keys from a JWK (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2). Its `alg`, `use` and `key_ops` bind nothing
//! here: who signs with it says with what.

use pkcs1::RsaPrivateKeyRef;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::Material;
use super::ec::Ec;
use super::ed25519::Ed25519;
use super::rsa::{Rsa, uint};
use super::rsa_recovery as primes;
use crate::algorithms::Curve;
use crate::encoding::base64url;
use crate::encoding::json;
use crate::error::Result;
use crate::keys::unusable;

/// A parameter, wiped when it is let go.
struct Text(Zeroizing<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Zeroizing::new(text)))
    }
}

/// A decoded parameter.
pub type Octets = Zeroizing<Vec<u8>>;

/// What decodes the parameter of a name, if the JWK has it.
pub type Decode<'a> = dyn Fn(&str) -> Result<Option<Octets>> + 'a;

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

impl Jwk {
    fn octets(&self, name: &str) -> Result<Option<Octets>> {
        let parameter = match name {
            "n" => &self.n,
            "e" => &self.e,
            "x" => &self.x,
            "y" => &self.y,
            "d" => &self.d,
            "p" => &self.p,
            "q" => &self.q,
            "dp" => &self.dp,
            "dq" => &self.dq,
            "qi" => &self.qi,
            _ => &None,
        };
        parameter.as_ref().map(decoded).transpose()
    }
}

fn decoded(Text(text): &Text) -> Result<Octets> {
    let bytes = base64url::decode(text.as_bytes()).filter(|bytes| !bytes.is_empty());
    bytes.map(Zeroizing::new).ok_or_else(|| unusable("A parameter of the JWK is not base64url."))
}

pub(super) fn read(text: &[u8]) -> Result<Material> {
    json::parse_object(text).map_err(|_| unusable("The JWK is no JSON object."))?;
    let jwk: Jwk = serde_json::from_slice(text).map_err(|_| unusable("The JWK's parameters have the wrong type."))?;
    if jwk.kty == "RSA" && jwk.d.is_some() && jwk.oth.is_some() {
        return Err(unusable("An RSA key of more than two primes is not supported."));
    }
    material(&jwk.kty, jwk.crv.as_deref(), &|name| jwk.octets(name))
}

pub(super) fn material(kty: &str, crv: Option<&str>, decode: &Decode<'_>) -> Result<Material> {
    match (kty, crv) {
        ("RSA", _) => read_rsa(decode).map(Material::Rsa),
        ("EC", Some(name)) => read_ec(decode, Curve::named(name)?).map(Material::Ec),
        ("OKP", Some("Ed25519")) => read_ed25519(decode).map(Material::Ed25519),
        _ => Err(unusable("The JWK's kty or crv is not supported.")),
    }
}

fn required(decode: &Decode<'_>, name: &str) -> Result<Octets> {
    decode(name)?.ok_or_else(|| unusable("Mandatory parameters are missing"))
}

fn read_rsa(decode: &Decode<'_>) -> Result<Rsa> {
    let (modulus, exponent) = (required(decode, "n")?, required(decode, "e")?);
    let Some(private_exponent) = decode("d")? else { return Rsa::public(&modulus, &exponent) };
    let [p, q, dp, dq, qi] = match precomputed(decode)? {
        Some(numbers) => numbers,
        None => recovered(&modulus, &exponent, &private_exponent)?,
    };
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

/// All five or none (RFC 7518 §6.3.2).
fn precomputed(decode: &Decode<'_>) -> Result<Option<[Octets; 5]>> {
    match [decode("p")?, decode("q")?, decode("dp")?, decode("dq")?, decode("qi")?] {
        [Some(p), Some(q), Some(dp), Some(dq), Some(qi)] => Ok(Some([p, q, dp, dq, qi])),
        [None, None, None, None, None] => Ok(None),
        _ => Err(unusable("Precomputed private key parameters are incomplete.")),
    }
}

fn recovered(modulus: &[u8], exponent: &[u8], private_exponent: &[u8]) -> Result<[Octets; 5]> {
    // Its size is checked before the work, which grows with it.
    Rsa::public(modulus, exponent)?;
    let numbers = primes::recovered(modulus, exponent, private_exponent);
    numbers.ok_or_else(|| unusable("The numbers of the RSA private key do not fit each other."))
}

/// Coordinates and the private number have the curve's full length (RFC 7518 §6.2.1.2, §6.2.2.1).
fn read_ec(decode: &Decode<'_>, curve: Curve) -> Result<Ec> {
    let (x, y) = (required(decode, "x")?, required(decode, "y")?);
    if x.len() != curve.coordinate_bytes() || y.len() != curve.coordinate_bytes() {
        return Err(unusable("The JWK's coordinates have the wrong length for its crv."));
    }
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    match decode("d")? {
        Some(scalar) => Ec::private(curve, &scalar, &point),
        None => Ec::public(curve, &point),
    }
}

fn read_ed25519(decode: &Decode<'_>) -> Result<Ed25519> {
    let x = required(decode, "x")?;
    match decode("d")? {
        Some(seed) => Ed25519::private(&seed, &x),
        None => Ed25519::public(&x),
    }
}
