//! Key sets: the candidates for a token by `kid` and `alg` (RFC 7515 §6, RFC 7517 §5).

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use jiter::JsonValue;

use super::detection::is_pem;
use super::jwk::{JwkSource, is_for_encryption, jwk_set_keys, kid_of, text_of};
use super::verification_key::{KeyInstance, VerificationKey};
use crate::algorithms::{Algorithm, AlgorithmSet};
use crate::encoding::json::{self, JsonError, Member, Object};
use crate::error::{Error, Result};

/// A set of keys with lookup by `kid` in constant time.
#[derive(Debug, Default, Clone)]
pub struct KeySet {
    keys: Vec<Arc<VerificationKey>>,
    /// The number of each key, side by side in memory: [`KeySet::contains`] reads them for each cached token.
    instances: Vec<KeyInstance>,
    by_kid: HashMap<String, Vec<usize>>,
    without_kid: Vec<usize>,
    skipped: Vec<SkippedKey>,
}

/// A member of a JWK Set that cannot be used, and the reason.
#[derive(Debug, Clone)]
pub struct SkippedKey {
    index: usize,
    kid: Option<String>,
    error: Error,
    is_for_encryption: bool,
}

impl SkippedKey {
    fn new(index: usize, jwk: &JsonValue<'_>, error: Error) -> Self {
        let kid = kid_of(jwk).filter(|kid| is_loggable(kid)).map(str::to_owned);
        Self { index, kid, error, is_for_encryption: is_for_encryption(jwk) }
    }

    fn of_pem(index: usize, kid: &str, error: Error) -> Self {
        let kid = Some(kid).filter(|kid| is_loggable(kid)).map(str::to_owned);
        Self { index, kid, error, is_for_encryption: false }
    }
}

/// Returns true for a `kid` that cannot imitate another part of a log line.
fn is_loggable(kid: &str) -> bool {
    kid.len() <= 64 && kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.=:/+".contains(&byte))
}

impl fmt::Display for SkippedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "keys[{}]", self.index)?;
        if let Some(kid) = &self.kid {
            write!(f, " (kid {kid})")?;
        }
        write!(f, ": {}", self.error)
    }
}

impl KeySet {
    /// Reads the usable keys of a JWK Set in JSON. Members that cannot be used are skipped (RFC 7517 §5).
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if `json` is not a JWK Set, has no usable key, or has two keys that nothing distinguishes.
    pub fn from_jwk_set(json: &[u8]) -> Result<Self> {
        let object = parse_object(json)?;
        let members = jwk_set_keys(&object)?;
        let keys = Self::from_members(members, JwkSource::Local);
        if keys.is_empty() {
            return Err(no_usable_key(&keys.skipped));
        }
        check_kids(members).map(|()| keys)
    }

    /// Reads the usable keys of a set that was fetched: a JWK Set, or Google's object of a PEM for each `kid`. The result
    /// is empty if the issuer has withdrawn every key. See [`Self::check_usable`] for a set whose members cannot be used.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if `json` is neither, has more than `max_keys` members, or has members of which none is a JWK.
    pub fn from_remote(json: &[u8], max_keys: usize) -> Result<Self> {
        let object = parse_object(json)?;
        if let Some(pems) = pems_by_kid(&object) {
            check_count(pems.len(), max_keys)?;
            return Ok(Self::from_pems(pems.into_iter()));
        }
        let members = jwk_set_keys(&object)?;
        check_count(members.len(), max_keys)?;
        let keys = Self::from_members(members, JwkSource::Remote);
        if members.is_empty() || members.iter().any(|member| text_of(member, "kty").is_some()) {
            return Ok(keys);
        }
        Err(no_usable_key(&keys.skipped))
    }

    /// Checks that a set that was fetched has a usable key, or no members at all.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] with the reason for each of the first members, or [`Error::WeakKey`] if each is too weak.
    pub fn check_usable(&self) -> Result<()> {
        if self.is_empty() && !self.skipped.is_empty() { Err(no_usable_key(&self.skipped)) } else { Ok(()) }
    }

    /// Reads the usable keys of pairs of a `kid` and a certificate or public key in PEM. PEM names no algorithm: an RSA key
    /// is for RS256 alone, as Google signs, and any other key for the algorithm of its curve.
    pub(crate) fn from_pems<'p>(pems: impl Iterator<Item = (&'p str, &'p [u8])>) -> Self {
        let mut set = Self::default();
        for (index, (kid, pem)) in pems.enumerate() {
            match read_pem_of_set(kid, pem) {
                Ok(key) => set.push(Arc::new(key)),
                Err(error) => set.skipped.push(SkippedKey::of_pem(index, kid, error)),
            }
        }
        set
    }

    fn from_members(members: &[JsonValue<'_>], source: JwkSource) -> Self {
        let mut set = Self::default();
        for (index, member) in members.iter().enumerate() {
            match VerificationKey::from_jwk_value(member, source) {
                Ok(key) => set.push(Arc::new(key)),
                Err(error) => set.skipped.push(SkippedKey::new(index, member, error)),
            }
        }
        set
    }

    /// Adds the keys of `other`, and its skipped keys.
    pub fn extend(&mut self, other: &Self) {
        other.iter().for_each(|key| self.push(Arc::clone(key)));
        self.skipped.extend(other.skipped.iter().cloned());
    }

    /// Iterates over the members of the JWK Set that cannot be used, except those for encryption.
    pub fn skipped(&self) -> impl Iterator<Item = &SkippedKey> {
        self.skipped.iter().filter(|key| !key.is_for_encryption)
    }

    /// Adds `key`.
    pub fn push(&mut self, key: Arc<VerificationKey>) {
        let index = self.keys.len();
        match key.kid() {
            Some(kid) => self.by_kid.entry(kid.to_owned()).or_default().push(index),
            None => self.without_kid.push(index),
        }
        self.instances.push(key.instance());
        self.keys.push(key);
    }

    /// Iterates over the keys.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<VerificationKey>> {
        self.keys.iter()
    }

    /// Replaces each key that is the same in `old` by the instance there, so that results of that key remain valid.
    #[must_use]
    pub fn keep_keys_of(self, old: &Self) -> Self {
        let mut kept = Self { skipped: self.skipped, ..Self::default() };
        for key in self.keys {
            let old_key = old.named(key.kid()).find(|old_key| old_key.is_same_public_key(&key));
            kept.push(old_key.map_or_else(|| Arc::clone(&key), Arc::clone));
        }
        kept
    }

    /// Iterates over the keys with this `kid`, or over those without one.
    fn named(&self, kid: Option<&str>) -> impl Iterator<Item = &Arc<VerificationKey>> {
        let indices = match kid {
            Some(kid) => self.by_kid.get(kid).map_or(&[][..], Vec::as_slice),
            None => &self.without_kid,
        };
        indices.iter().filter_map(|&index| self.keys.get(index))
    }

    /// Returns true if the set has the key of this number.
    #[must_use]
    pub fn contains(&self, instance: KeyInstance) -> bool {
        self.instances.contains(&instance)
    }

    /// Returns true if the set has no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns every algorithm that at least one of the keys may verify.
    #[must_use]
    pub fn algorithms(&self) -> AlgorithmSet {
        self.keys.iter().fold(AlgorithmSet::EMPTY, |all, key| all.union(key.algorithms()))
    }

    /// Returns the keys that may verify a token with `kid` and `algorithm`.
    ///
    /// If a key is named `kid`, these are the keys of that name, else those without a name. For a token without `kid`,
    /// these are all keys. Only keys for `algorithm` are returned.
    pub(crate) fn candidates(&self, kid: Option<&str>, algorithm: Algorithm) -> impl Iterator<Item = &VerificationKey> {
        let with_kid = kid.map(|kid| self.by_kid.get(kid).unwrap_or(&self.without_kid).as_slice());
        let (with_kid, all) = match with_kid {
            Some(indices) => (indices, 0..0),
            None => (&[][..], 0..self.keys.len()),
        };
        let candidates = with_kid.iter().copied().chain(all).filter_map(|index| self.keys.get(index));
        candidates.map(Arc::as_ref).filter(move |key: &&VerificationKey| key.algorithms().contains(algorithm))
    }
}

/// Returns the members of an object that has a PEM for each `kid`, as Google and Firebase publish their certificates.
/// Returns `None` for any other object.
fn pems_by_kid<'o>(object: &'o Object<'_>) -> Option<Vec<(&'o str, &'o [u8])>> {
    let pem = |(kid, value): &'o Member<'_>| match value {
        JsonValue::Str(text) if is_pem(text.as_bytes()) => Some((kid.as_ref(), text.as_bytes())),
        _ => None,
    };
    let is_jwk_set = object.is_empty() || json::get(object, "keys").is_some();
    if is_jwk_set { None } else { object.iter().map(pem).collect() }
}

fn read_pem_of_set(kid: &str, pem: &[u8]) -> Result<VerificationKey> {
    let key = VerificationKey::from_pem(pem)?.with_kid(Some(kid.to_owned()));
    let is_rsa = key.algorithms().contains(Algorithm::RS256);
    if is_rsa { key.restrict_to(Algorithm::RS256.into()) } else { Ok(key) }
}

fn check_count(count: usize, max_keys: usize) -> Result<()> {
    if count <= max_keys {
        return Ok(());
    }
    Err(Error::InvalidKey(format!("The JWK Set must have at most {max_keys} keys.")))
}

fn parse_object(json: &[u8]) -> Result<Object<'_>> {
    json::parse_object(json).map_err(|error| {
        Error::invalid_key(match error {
            JsonError::NotJson if starts_with_tag(json) => {
                "The JWK Set must be a JSON object; this is HTML or XML, check the URL."
            }
            JsonError::NotJson => {
                "The JWK Set must be a JSON object; this is not JSON, or a name in it occurs twice. Check the URL."
            }
            JsonError::NotAnObject => "The JWK Set must be a JSON object, with a list named keys.",
        })
    })
}

fn starts_with_tag(text: &[u8]) -> bool {
    text.trim_ascii_start().first() == Some(&b'<')
}

/// Rejects two keys with one `kid`, `kty` and `alg`, also if one of them is unusable (RFC 7517 §4.5). The application has
/// mistaken one for the other. A set that was fetched is not checked: its issuer would lock out its users.
fn check_kids(members: &[JsonValue<'_>]) -> Result<()> {
    let mut seen = HashSet::new();
    let for_signatures = members.iter().filter(|jwk| !is_for_encryption(jwk));
    let mut names = for_signatures.filter_map(|jwk| Some((kid_of(jwk)?, text_of(jwk, "kty"), text_of(jwk, "alg"))));
    if names.all(|name| seen.insert(name)) {
        return Ok(());
    }
    Err(Error::invalid_key(
        "A JWK Set must not have two keys of one kid, kty and alg: give each key a kid of its own (RFC 7517 section 4.5).",
    ))
}

/// Returns the error for a set without usable keys. Its text has the reasons of the first keys. If each key is too weak, so
/// is the set.
fn no_usable_key(skipped: &[SkippedKey]) -> Error {
    const MAX_REASONS: usize = 5;
    let mut reasons: Vec<_> = skipped.iter().take(MAX_REASONS).map(ToString::to_string).collect();
    if skipped.is_empty() {
        reasons.push("its list is empty.".to_owned());
    }
    if skipped.len() > MAX_REASONS {
        reasons.push(format!("and {} more.", skipped.len() - MAX_REASONS));
    }
    let text = format!("The JWK Set has no usable key: {}", reasons.join(" "));
    let is_weak = !skipped.is_empty() && skipped.iter().all(|key| matches!(key.error, Error::WeakKey(_)));
    if is_weak { Error::WeakKey(text) } else { Error::InvalidKey(text) }
}

impl FromIterator<VerificationKey> for KeySet {
    fn from_iter<I: IntoIterator<Item = VerificationKey>>(keys: I) -> Self {
        let mut set = Self::default();
        keys.into_iter().for_each(|key| set.push(Arc::new(key)));
        set
    }
}

impl From<VerificationKey> for KeySet {
    fn from(key: VerificationKey) -> Self {
        std::iter::once(key).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::KeySet;
    use crate::algorithms::Algorithm;

    const UNUSABLE: &str = r#"{"kty":"RSA","kid":"b","n":"AQ","e":"AQAB"}"#;

    fn secret(members: &str) -> String {
        format!(r#"{{"kty":"oct","k":"YS1zZWNyZXQtdGhhdC1pcy1sb25nLWVub3VnaC1mb3ItSFMyNTY"{members}}}"#)
    }

    fn read(members: &[&str]) -> Result<KeySet, String> {
        let json = format!(r#"{{"keys":[{}]}}"#, members.join(","));
        KeySet::from_jwk_set(json.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn error_names_the_first_five_keys() {
        assert!(read(&[]).unwrap_err().ends_with("its list is empty."));
        for (count, ending) in [(1, false), (5, false), (6, true), (7, true)] {
            let error = read(&vec![UNUSABLE; count]).unwrap_err();
            assert_eq!(error.matches("(kid b)").count(), count.min(5), "{error}");
            assert_eq!(error.ends_with(&format!("and {} more.", count.saturating_sub(5))), ending, "{error}");
        }
    }

    #[test]
    fn skipped_keys_are_those_of_the_new_set() {
        let old = read(&[&secret("")]).unwrap();
        let new = read(&[&secret(""), UNUSABLE]).unwrap().keep_keys_of(&old);
        let skipped: Vec<_> = new.skipped().map(ToString::to_string).collect();
        assert!(matches!(&skipped[..], [one] if one.starts_with("keys[1] (kid b)")), "{skipped:?}");
    }

    #[test]
    fn key_is_kept_if_its_kid_its_algorithms_and_its_material_are_equal() {
        const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        const OTHER_X: &str = "GLSK1jBqAQrvbS8VlcHVxOKg_FFnYKVTBW1FYmO1wuc";
        let key = |members: &str, x: &str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"{members}}}"#);
        let old = read(&[&key(r#","kid":"a""#, X), &key("", X), &secret(r#","kid":"s""#)]).unwrap();
        let instance = |set: &KeySet, index: usize| set.iter().nth(index).unwrap().instance();
        let kept = |member: &str| {
            let new = read(&[member]).unwrap().keep_keys_of(&old);
            (0..3).find(|index| instance(&new, 0) == instance(&old, *index)).inspect(|index| {
                assert!(new.contains(instance(&old, *index)) && old.contains(instance(&new, 0)));
                assert!((0..3).all(|other| other == *index || !new.contains(instance(&old, other))));
            })
        };
        assert_eq!(kept(&key(r#","kid":"a""#, X)), Some(0));
        assert_eq!(kept(&key(r#","use":"sig","kid":"a","other":1"#, X)), Some(0));
        assert_eq!(kept(&key("", X)), Some(1));
        assert_eq!(kept(&key(r#","kid":"b""#, X)), None);
        assert_eq!(kept(&key(r#","kid":"a""#, OTHER_X)), None);
        assert_eq!(kept(&key(r#","kid":"a","alg":"EdDSA""#, X)), None, "the algorithm is named now");
        assert_eq!(kept(&secret(r#","kid":"s""#)), None, "a secret is compared with nothing");
    }

    #[test]
    fn object_without_members_is_not_a_set() {
        let error = KeySet::from_remote(b"{}", 10).unwrap_err().to_string();
        assert!(error.contains("a list named keys; check the URL"), "{error}");
        assert!(KeySet::from_remote(br#"{"keys":[]}"#, 10).is_ok_and(|set| set.is_empty()));
    }

    #[test]
    fn candidates_are_the_keys_of_the_kid_and_the_algorithm() {
        let (a, b, none) = (secret(r#","kid":"a","alg":"HS256""#), secret(r#","kid":"b""#), secret(""));
        let set = read(&[&a, &b, &none]).unwrap();
        let count = |kid, algorithm| set.candidates(kid, algorithm).count();
        assert_eq!(set.iter().count(), 3);
        assert_eq!([count(None, Algorithm::HS256), count(None, Algorithm::ES256)], [3, 0]);
        for (kid, expected) in [("a", Some("a")), ("b", Some("b")), ("c", None)] {
            let kids: Vec<_> = set.candidates(Some(kid), Algorithm::HS256).map(|key| key.kid()).collect();
            assert_eq!(kids, [expected], "{kid}");
        }
    }

    #[test]
    fn two_keys_of_one_kid_kty_and_alg_are_rejected() {
        let named = |alg: &str| secret(&format!(r#","kid":"a","alg":"{alg}""#));
        assert!(read(&[&named("HS256"), &named("HS256")]).unwrap_err().contains("two keys of one kid"));
        assert!(read(&[&secret(r#","kid":"a""#), &secret(r#","kid":"b""#)]).is_ok());
        assert!(read(&[&secret(""), &secret("")]).is_ok());
        let other_type = r#"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        assert!(read(&[&secret(r#","kid":"a""#), other_type]).is_ok());
        assert!(read(&[&named("HS256"), UNUSABLE, UNUSABLE]).is_err());
        let encryption = r#"{"kty":"RSA","kid":"b","use":"enc","n":"AQ","e":"AQAB"}"#;
        let set = read(&[&named("HS256"), UNUSABLE, encryption, encryption]).unwrap();
        let skipped: Vec<_> = set.skipped().map(ToString::to_string).collect();
        assert!(skipped.len() == 1 && skipped[0].starts_with("keys[1] (kid b): "), "{skipped:?}");
    }
}
