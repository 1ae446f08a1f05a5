//! Key sets: the candidates for a token by `kid` and `alg` (RFC 7515 §6, RFC 7517 §5).

use std::collections::HashMap;
use std::sync::Arc;

use jiter::JsonValue;

use super::jwk::{JwkSource, jwk_set_keys};
use super::verification_key::VerificationKey;
use crate::algorithms::{Algorithm, AlgorithmSet};
use crate::encoding::json::{self, Object};
use crate::error::{Error, Result};

/// A set of keys with lookup by `kid` in constant time.
#[derive(Debug, Default, Clone)]
pub struct KeySet {
    keys: Vec<Arc<VerificationKey>>,
    by_kid: HashMap<String, Vec<usize>>,
    without_kid: Vec<usize>,
}

impl KeySet {
    /// Reads the usable keys of a JWK Set in JSON. Members that cannot be used are skipped (RFC 7517 §5).
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if `json` is not a JWK Set or has no usable key.
    pub fn from_jwk_set(json: &[u8]) -> Result<Self> {
        let keys = Self::from_members(jwk_set_keys(&parse_object(json)?)?, JwkSource::Local);
        if keys.is_empty() { Err(no_usable_key()) } else { Ok(keys) }
    }

    /// Reads the usable keys of a JWK Set that was fetched. An empty set is accepted: its issuer has withdrawn every
    /// key.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if `json` is not a JWK Set, has more than `max_keys` members, or has members of which none
    /// is usable.
    pub(crate) fn from_remote_jwk_set(json: &[u8], max_keys: usize) -> Result<Self> {
        let object = parse_object(json)?;
        let members = jwk_set_keys(&object)?;
        if members.len() > max_keys {
            return Err(Error::InvalidKey(format!("The JWK Set must have at most {max_keys} keys.")));
        }
        let keys = Self::from_members(members, JwkSource::Remote);
        if keys.is_empty() && !members.is_empty() { Err(no_usable_key()) } else { Ok(keys) }
    }

    fn from_members(members: &[JsonValue<'_>], source: JwkSource) -> Self {
        members.iter().filter_map(|member| VerificationKey::from_jwk_value(member, source).ok()).collect()
    }

    /// Adds `key`.
    pub fn push(&mut self, key: Arc<VerificationKey>) {
        let index = self.keys.len();
        match key.kid() {
            Some(kid) => self.by_kid.entry(kid.to_owned()).or_default().push(index),
            None => self.without_kid.push(index),
        }
        self.keys.push(key);
    }

    /// Iterates over the keys.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<VerificationKey>> {
        self.keys.iter()
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

fn parse_object(json: &[u8]) -> Result<Object<'_>> {
    json::parse_object(json).map_err(|_| Error::invalid_key("The JWK Set must be a JSON object."))
}

fn no_usable_key() -> Error {
    Error::invalid_key("The JWK Set has no usable key.")
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
