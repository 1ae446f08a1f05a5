//! A set of keys, and the choice from it by `kid` and `alg` (RFC 7515 §6, RFC 7517 §5).

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::algorithms::{Algorithm, AlgorithmSet};
use crate::error::Result;
use crate::keys::{JwkSource, Key, jwk_set_members, read_jwk, unusable};

/// How many keys a token is tried against at the most; a bound on the work that a token without `kid` can ask for.
pub const MAX_CANDIDATE_KEYS: usize = 32;

/// Keys, found by `kid` in constant time.
#[derive(Debug, Default, Clone)]
pub struct KeySet {
    keys: Vec<Arc<Key>>,
    by_kid: HashMap<String, Vec<usize>>,
    without_kid: Vec<usize>,
}

impl KeySet {
    /// The usable keys of a JWK Set in JSON; a member that cannot be used is passed over (RFC 7517 §5).
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if it is no JWK Set or holds no usable key.
    pub fn from_jwk_set(json: &[u8]) -> Result<Self> {
        let keys = read_members(&jwk_set_members(json)?, JwkSource::Local);
        if keys.is_empty() { Err(unusable(NONE_USABLE)) } else { Ok(keys) }
    }

    /// The same of a set that was fetched, which may be empty: then its issuer has withdrawn every key.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if it is no JWK Set, has more than `max_keys` members, or none of its members is usable.
    pub fn from_remote_jwk_set(json: &[u8], max_keys: usize) -> Result<Self> {
        let members = jwk_set_members(json)?;
        if members.len() > max_keys {
            return Err(unusable(&format!("The JWK Set holds more than {max_keys} keys.")));
        }
        let keys = read_members(&members, JwkSource::Remote);
        if keys.is_empty() && !members.is_empty() { Err(unusable(NONE_USABLE)) } else { Ok(keys) }
    }

    /// Adds `key`.
    pub fn push(&mut self, key: Arc<Key>) {
        let index = self.keys.len();
        match key.kid() {
            Some(kid) => self.by_kid.entry(kid.to_owned()).or_default().push(index),
            None => self.without_kid.push(index),
        }
        self.keys.push(key);
    }

    /// Each key.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Key>> {
        self.keys.iter()
    }

    /// Whether it has no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// What its keys can verify together.
    #[must_use]
    pub fn algorithms(&self) -> AlgorithmSet {
        self.keys.iter().fold(AlgorithmSet::EMPTY, |all, key| all.or(key.algorithms()))
    }

    /// The keys for a token with this `kid` and `algorithm`: those of that name; where no key has it, those without a
    /// name; for a token without `kid`, all. Of these, the ones that are bound to `algorithm`.
    pub fn candidates(&self, kid: Option<&str>, algorithm: Algorithm) -> impl Iterator<Item = &Key> {
        let named = kid.map(|kid| self.by_kid.get(kid).unwrap_or(&self.without_kid).as_slice());
        let (named, all) = match named {
            Some(indices) => (indices, 0..0),
            None => (&[][..], 0..self.keys.len()),
        };
        let chosen = named.iter().copied().chain(all).filter_map(|index| self.keys.get(index));
        chosen.map(Arc::as_ref).filter(move |key| key.algorithms().contains(algorithm)).take(MAX_CANDIDATE_KEYS)
    }
}

fn read_members(members: &[Box<RawValue>], source: JwkSource) -> KeySet {
    members.iter().filter_map(|member| read_jwk(member.get().as_bytes(), source).ok()).collect()
}

const NONE_USABLE: &str = "The JWK Set holds no usable key.";

impl FromIterator<Key> for KeySet {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        let mut set = Self::default();
        keys.into_iter().for_each(|key| set.push(Arc::new(key)));
        set
    }
}

impl From<Key> for KeySet {
    fn from(key: Key) -> Self {
        std::iter::once(key).collect()
    }
}
