//! The reader of JWKs (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).

use std::collections::HashSet;

use jiter::JsonValue;
use zeroize::Zeroizing;

use super::components::{
    CrtParameters, EcComponents, Ed25519Components, KeyComponents, KeyPart, RsaComponents, RsaPrivateComponents,
    SecretBytes,
};
use super::verification_key::VerificationKey;
use crate::algorithms::{Algorithm, Curve, KeyType};
use crate::encoding::base64url;
use crate::encoding::json::{self, Member, Object};
use crate::error::{Error, Result};

/// The origin of a JWK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JwkSource {
    /// The application.
    Local,
    /// The network. Secrets are not accepted from there, since everyone who can read the key set could sign with them.
    Remote,
}

/// Access to the members of a JWK: strict as in RFC 7518, or lenient as in python-jose.
pub(crate) trait JwkMembers {
    /// Returns the text of the member `name`, or `None` if the JWK does not have it.
    fn text(&self, name: &str) -> Result<Option<&[u8]>>;

    /// Decodes the base64url of a member.
    fn decode(&self, text: &[u8]) -> Option<Vec<u8>>;

    /// Brings a coordinate or the private number of an EC key to the length of its curve, if the rules allow that.
    fn fit_to_curve(&self, number: SecretBytes, _curve: Curve) -> SecretBytes {
        number
    }
}

/// The members of a JWK under the strict rules: canonical base64url that is not empty, numbers of full length.
struct StrictMembers<'o, 'j>(&'o [Member<'j>]);

impl StrictMembers<'_, '_> {
    fn str(&self, name: &str) -> Result<Option<&str>> {
        match json::get(self.0, name) {
            None | Some(JsonValue::Null) => Ok(None),
            Some(JsonValue::Str(text)) => Ok(Some(text)),
            Some(_) => Err(wrong_type()),
        }
    }

    fn key_type(&self) -> Result<KeyType> {
        let kty = self.str("kty")?.ok_or_else(member_missing)?;
        KeyType::from_kty(kty).ok_or_else(|| Error::invalid_key("The JWK's kty is not supported."))
    }
}

impl JwkMembers for StrictMembers<'_, '_> {
    fn text(&self, name: &str) -> Result<Option<&[u8]>> {
        Ok(self.str(name)?.map(str::as_bytes))
    }

    fn decode(&self, text: &[u8]) -> Option<Vec<u8>> {
        base64url::decode(text).filter(|bytes| !bytes.is_empty())
    }
}

impl VerificationKey {
    /// Reads a JWK in JSON (RFC 7517 §4). If it names an `alg`, the key is restricted to it.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] or [`Error::WeakKey`].
    pub fn from_jwk(json: &[u8]) -> Result<Self> {
        from_members(&parse_object(json)?, JwkSource::Local)
    }

    /// Reads a JWK that was parsed as a part of a JWK Set.
    pub(super) fn from_jwk_value(jwk: &JsonValue<'_>, source: JwkSource) -> Result<Self> {
        match jwk {
            JsonValue::Object(members) => from_members(members, source),
            _ => Err(not_an_object()),
        }
    }
}

fn from_members(members: &[Member<'_>], source: JwkSource) -> Result<VerificationKey> {
    let jwk = StrictMembers(members);
    let kid = jwk.str("kid")?.map(str::to_owned);
    let alg = jwk.str("alg")?;
    check_use_and_key_ops(&jwk)?;
    let key_type = jwk.key_type()?;
    if (key_type, source) == (KeyType::Oct, JwkSource::Remote) {
        return Err(Error::invalid_key("Symmetric keys (kty oct) are not accepted from a remote JWK Set."));
    }
    let components = read_components(key_type, &jwk, KeyPart::PublicOnly)?;
    let key = VerificationKey::from_components(&components)?.with_kid(kid);
    match alg {
        Some(name) => key.restrict_to(parse_alg(name)?.into()),
        None => Ok(key),
    }
}

fn parse_alg(name: &str) -> Result<Algorithm> {
    name.parse().map_err(|_| Error::invalid_key("The JWK's alg is not supported."))
}

/// Checks that `use` and `key_ops` allow verifying (RFC 7517 §4.2, §4.3).
fn check_use_and_key_ops(jwk: &StrictMembers<'_, '_>) -> Result<()> {
    let is_for_signatures = jwk.str("use")?.is_none_or(is_signature_use);
    let allows_verification = match json::get(jwk.0, "key_ops") {
        None | Some(JsonValue::Null) => true,
        Some(JsonValue::Array(operations)) => is_set_with_verify(operations)?,
        Some(_) => return Err(wrong_type()),
    };
    if !is_for_signatures || !allows_verification {
        return Err(Error::invalid_key("The JWK's use and key_ops must allow verifying signatures."));
    }
    Ok(())
}

/// Returns true if a value of `use` is for signatures: `sig` (RFC 7517 §4.2), or `jwt-svid` (SPIFFE JWT-SVID §5.1).
pub(crate) fn is_signature_use(name: &str) -> bool {
    matches!(name, "sig" | "jwt-svid")
}

fn is_set_with_verify(operations: &[JsonValue<'_>]) -> Result<bool> {
    let names = operations.iter().map(|operation| match operation {
        JsonValue::Str(name) => Ok(name.as_ref()),
        _ => Err(wrong_type()),
    });
    let names: HashSet<&str> = names.collect::<Result<_>>()?;
    Ok(names.contains("verify") && names.len() == operations.len())
}

/// Reads the components of a JWK in JSON. Its `alg`, `use` and `key_ops` are ignored.
pub(super) fn read_jwk(json: &[u8]) -> Result<KeyComponents> {
    let members = parse_object(json)?;
    let jwk = StrictMembers(&members);
    let key_type = jwk.key_type()?;
    let has = |name| !matches!(json::get(&members, name), None | Some(JsonValue::Null));
    if key_type == KeyType::Rsa && has("d") && has("oth") {
        return Err(more_than_two_primes());
    }
    read_components(key_type, &jwk, KeyPart::All)
}

/// Returns the error for an RSA key that AWS-LC does not support (RFC 8017 §3.2).
pub(super) fn more_than_two_primes() -> Error {
    Error::invalid_key("An RSA key of more than two primes is not supported.")
}

fn parse_object(json: &[u8]) -> Result<Object<'_>> {
    json::parse_object(json).map_err(|_| not_an_object())
}

fn not_an_object() -> Error {
    Error::invalid_key("The JWK must be a JSON object.")
}

/// Returns the members of a JWK Set (RFC 7517 §5), which may not be JWKs.
pub(super) fn jwk_set_keys<'o, 'j>(set: &'o Object<'j>) -> Result<&'o [JsonValue<'j>]> {
    match json::get(set, "keys") {
        Some(JsonValue::Array(keys)) => Ok(keys),
        _ => Err(Error::invalid_key("The JWK Set must have a list named keys.")),
    }
}

/// Reads the components of a JWK from its members.
///
/// # Errors
/// [`Error::InvalidKey`] if a member is missing or cannot be decoded.
pub(crate) fn read_components(key_type: KeyType, jwk: &impl JwkMembers, part: KeyPart) -> Result<KeyComponents> {
    for name in required_members(key_type) {
        required(jwk.text(name)?)?;
    }
    match key_type {
        KeyType::Oct => required_bytes(jwk, "k").map(KeyComponents::Oct),
        KeyType::Rsa => read_rsa(jwk, part).map(KeyComponents::Rsa),
        KeyType::Ec => read_ec(jwk, part).map(KeyComponents::Ec),
        KeyType::Okp => read_ed25519(jwk, part).map(KeyComponents::Ed25519),
    }
}

fn required_members(key_type: KeyType) -> &'static [&'static str] {
    match key_type {
        KeyType::Oct => &["k"],
        KeyType::Rsa => &["n", "e"],
        KeyType::Ec => &["x", "y", "crv"],
        KeyType::Okp => &["x", "crv"],
    }
}

fn read_rsa(jwk: &impl JwkMembers, part: KeyPart) -> Result<RsaComponents> {
    let (modulus, exponent) = (required_bytes(jwk, "n")?.to_vec(), required_bytes(jwk, "e")?.to_vec());
    let private = match private_bytes(jwk, "d", part)? {
        Some(exponent) => Some(RsaPrivateComponents { exponent, crt: read_crt_parameters(jwk)? }),
        None => None,
    };
    Ok(RsaComponents { modulus, exponent, private })
}

/// Reads all five CRT parameters or none of them (RFC 7518 §6.3.2).
fn read_crt_parameters(jwk: &impl JwkMembers) -> Result<Option<CrtParameters>> {
    let bytes = |name| optional_bytes(jwk, name);
    match [bytes("p")?, bytes("q")?, bytes("dp")?, bytes("dq")?, bytes("qi")?] {
        [Some(p), Some(q), Some(dp), Some(dq), Some(qi)] => Ok(Some([p, q, dp, dq, qi])),
        [None, None, None, None, None] => Ok(None),
        _ => Err(Error::invalid_key("Precomputed private key parameters are incomplete.")),
    }
}

/// Reads an EC key, whose numbers must have the curve's full length (RFC 7518 §6.2.1.2, §6.2.2.1).
fn read_ec(jwk: &impl JwkMembers, part: KeyPart) -> Result<EcComponents> {
    let curve = Curve::from_name(crv(jwk)?)?;
    let coordinate = |name| Ok::<_, Error>(jwk.fit_to_curve(required_bytes(jwk, name)?, curve));
    let (x, y) = (coordinate("x")?, coordinate("y")?);
    if x.len() != curve.coordinate_bytes() || y.len() != curve.coordinate_bytes() {
        return Err(Error::invalid_key("The JWK's coordinates have the wrong length for its crv."));
    }
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    let private_number = private_bytes(jwk, "d", part)?.map(|number| jwk.fit_to_curve(number, curve));
    Ok(EcComponents { curve, point, private_number })
}

fn read_ed25519(jwk: &impl JwkMembers, part: KeyPart) -> Result<Ed25519Components> {
    if crv(jwk)? != "Ed25519" {
        return Err(Error::invalid_key("The JWK's crv is not supported."));
    }
    let (point, seed) = (required_bytes(jwk, "x")?.to_vec(), private_bytes(jwk, "d", part)?);
    Ok(Ed25519Components { point, seed })
}

/// Returns the curve's name. A name that is not UTF-8 is not supported, just as an unknown one.
fn crv(jwk: &impl JwkMembers) -> Result<&str> {
    Ok(std::str::from_utf8(required(jwk.text("crv")?)?).unwrap_or_default())
}

fn private_bytes(jwk: &impl JwkMembers, name: &str, part: KeyPart) -> Result<Option<SecretBytes>> {
    match part {
        KeyPart::PublicOnly => Ok(None),
        KeyPart::All => optional_bytes(jwk, name),
    }
}

fn required_bytes(jwk: &impl JwkMembers, name: &str) -> Result<SecretBytes> {
    required(optional_bytes(jwk, name)?)
}

fn optional_bytes(jwk: &impl JwkMembers, name: &str) -> Result<Option<SecretBytes>> {
    let Some(text) = jwk.text(name)? else { return Ok(None) };
    let bytes = jwk.decode(text).map(Zeroizing::new);
    bytes.map(Some).ok_or_else(|| Error::invalid_key("A parameter of the JWK is not base64url."))
}

fn required<T>(member: Option<T>) -> Result<T> {
    member.ok_or_else(member_missing)
}

fn member_missing() -> Error {
    Error::invalid_key("Mandatory parameters are missing")
}

fn wrong_type() -> Error {
    Error::invalid_key("A parameter of the JWK has the wrong type.")
}
