//! The reader of JWKs (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).

use std::collections::HashSet;

use jiter::JsonValue;
use zeroize::Zeroizing;

use super::components::{
    CrtParameters, EcComponents, Ed25519Components, KeyComponents, KeyPart, RsaComponents, RsaPrivateComponents,
    SecretBytes,
};
use super::diagnosis::{describe_base64url, describe_missing_members, describe_wrong_type, find_ignoring_case};
use super::verification_key::VerificationKey;
use crate::algorithms::{Algorithm, AlgorithmSet, Curve, KeyType};
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
            Some(_) => Err(wrong_type(name)),
        }
    }

    fn has(&self, name: &str) -> bool {
        !matches!(json::get(self.0, name), None | Some(JsonValue::Null))
    }

    /// Returns `kty`, and checks that the members which it requires are present.
    fn key_type(&self) -> Result<KeyType> {
        let kty = self.str("kty")?;
        let key_type = kty.map(|kty| KeyType::from_kty(kty).ok_or_else(|| unknown_kty(kty))).transpose()?;
        let required = key_type.map_or(&["kty"][..], required_members);
        let missing: Vec<_> = required.iter().copied().filter(|name| !self.has(name)).collect();
        match key_type {
            Some(key_type) if missing.is_empty() => Ok(key_type),
            _ => Err(Error::InvalidKey(describe_missing_members(&missing, |name| self.has(name)))),
        }
    }

    /// Returns true if the JWK is for encryption, by its `use` or `alg`.
    fn is_for_encryption(&self) -> bool {
        const PREFIXES: [&str; 4] = ["RSA-OAEP", "RSA1_5", "ECDH-ES", "dir"];
        let alg = self.str("alg").ok().flatten().unwrap_or_default();
        self.str("use") == Ok(Some("enc")) || PREFIXES.iter().any(|prefix| alg.starts_with(prefix))
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

/// Returns true if `jwk` is for encryption, so that a set whose tokens are verified passes it over by design.
pub(super) fn is_for_encryption(jwk: &JsonValue<'_>) -> bool {
    matches!(jwk, JsonValue::Object(members) if StrictMembers(members).is_for_encryption())
}

/// Returns `kid` of a JWK that may be invalid.
pub(super) fn kid_of<'j>(jwk: &'j JsonValue<'_>) -> Option<&'j str> {
    text_of(jwk, "kid")
}

/// Returns the member `name` of a JWK that may be invalid, if it is text.
pub(super) fn text_of<'j>(jwk: &'j JsonValue<'_>, name: &str) -> Option<&'j str> {
    match jwk {
        JsonValue::Object(members) => match json::get(members, name) {
            Some(JsonValue::Str(text)) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn parse_alg(name: &str) -> Result<Algorithm> {
    let names = AlgorithmSet::all().iter().flat_map(|algorithm| algorithm.names().iter().copied());
    name.parse().map_err(|_| {
        Error::InvalidKey(match find_ignoring_case(name, names) {
            Some(known) => format!("The JWK's alg must be {known}: names are case-sensitive."),
            None => "The JWK's alg is not supported.".to_owned(),
        })
    })
}

fn unknown_kty(kty: &str) -> Error {
    Error::InvalidKey(match find_ignoring_case(kty, ["RSA", "EC", "OKP", "oct"]) {
        Some(known) => format!("The JWK's kty must be {known}: names are case-sensitive."),
        None => "The JWK's kty is not supported.".to_owned(),
    })
}

/// Checks that `use` and `key_ops` allow verifying (RFC 7517 §4.2, §4.3).
fn check_use_and_key_ops(jwk: &StrictMembers<'_, '_>) -> Result<()> {
    let key_use = jwk.str("use")?;
    if key_use.is_some_and(|key_use| find_ignoring_case(key_use, ["sig"]).is_some()) {
        return Err(Error::invalid_key("The JWK's use must be sig: names are case-sensitive."));
    }
    let is_for_signatures = key_use.is_none_or(is_signature_use);
    let allows_verification = match json::get(jwk.0, "key_ops") {
        None | Some(JsonValue::Null) => true,
        Some(JsonValue::Array(operations)) => is_set_with_verify(operations)?,
        Some(_) => return Err(wrong_type("key_ops")),
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
        _ => Err(wrong_type("key_ops")),
    });
    let names: HashSet<&str> = names.collect::<Result<_>>()?;
    Ok(names.contains("verify") && names.len() == operations.len())
}

/// Reads the components of a JWK in JSON. Its `alg`, `use` and `key_ops` are ignored.
pub(super) fn read_jwk(json: &[u8]) -> Result<KeyComponents> {
    let members = parse_object(json)?;
    let jwk = StrictMembers(&members);
    let key_type = jwk.key_type()?;
    if key_type == KeyType::Rsa && jwk.has("d") && jwk.has("oth") {
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
        _ if json::get(set, "jwks_uri").is_some() => Err(Error::invalid_key(
            "The JWK Set must have a list named keys; this is a discovery document, pass its issuer to \
             RemoteKeySet.of_issuer.",
        )),
        _ if json::get(set, "kty").is_some() => {
            Err(Error::invalid_key("The JWK Set must have a list named keys; this is a single JWK."))
        }
        _ => Err(Error::invalid_key("The JWK Set must have a list named keys; check the URL or the argument.")),
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
    bytes.map(Some).ok_or_else(|| Error::InvalidKey(describe_base64url(name, text)))
}

fn required<T>(member: Option<T>) -> Result<T> {
    member.ok_or_else(member_missing)
}

fn member_missing() -> Error {
    Error::invalid_key("Mandatory parameters are missing")
}

fn wrong_type(name: &str) -> Error {
    Error::InvalidKey(describe_wrong_type(name))
}
