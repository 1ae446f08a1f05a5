//! The pipeline: token → key → signature → claims. What can be decided before a token comes is decided at construction.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::algorithms::{Algorithm, AlgorithmSet};
use crate::encoding::json::expected_keys::KnownNames;
use crate::error::{Error, Result};
use crate::jwks::RemoteKeySet;
use crate::jws::compact::{Header, Token};
use crate::jws::header_cache::KnownHeaders;
use crate::jwt::claims::{self, Claims, Policy, Validity};
use crate::keys;
use crate::keys::key_set::KeySet;

/// What a verifier accepts.
#[derive(Debug, Clone)]
pub struct Options {
    /// The allow-list. It may be left out where every key names its own algorithm.
    pub algorithms: Option<AlgorithmSet>,
    /// What the claims must be.
    pub policy: Policy,
    /// What the header's `typ` must be, compared without case and without `application/` (RFC 7515 §4.1.9). Where `JWT` is
    /// expected there need be none: it names no kind of JWT, and only rules the others out (RFC 7519 §5.1).
    pub typ: Option<String>,
    /// The longest token that is read, in bytes.
    pub max_token_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        let policy = Policy::default();
        Self { algorithms: None, policy, typ: None, max_token_bytes: 65_536 }
    }
}

/// Where a verifier's keys come from.
#[derive(Default)]
pub struct Keys {
    /// Those that are given.
    pub local: Arc<KeySet>,
    /// Those that are fetched.
    pub remote: Vec<Arc<RemoteKeySet>>,
}

impl From<KeySet> for Keys {
    fn from(local: KeySet) -> Self {
        Self { local: Arc::new(local), remote: vec![] }
    }
}

/// Verifies tokens under fixed keys and a fixed policy.
pub struct Verifier {
    keys: Keys,
    algorithms: AlgorithmSet,
    policy: Policy,
    typ: Option<String>,
    max_token_bytes: usize,
    headers: KnownHeaders<Header>,
    names: KnownNames,
}

impl Verifier {
    /// A verifier with `keys` and `options`.
    ///
    /// # Errors
    /// [`Error::Configuration`] if they cannot work together; [`Error::WeakKey`] if they would, were the key longer.
    pub fn new(keys: impl Into<Keys>, options: Options) -> Result<Self> {
        let keys = keys.into();
        let algorithms = allowed(&keys, options.algorithms)?;
        let Options { policy, typ, max_token_bytes, .. } = options;
        if !(policy.leeway_seconds >= 0.0 && policy.leeway_seconds.is_finite()) {
            return Err(Error::Configuration("leeway_seconds must be a number of seconds, 0 or more.".to_owned()));
        }
        if typ.as_deref() == Some("") || policy.subject.as_deref() == Some("") {
            return Err(Error::Configuration("typ and subject must not be empty.".to_owned()));
        }
        let typ = typ.map(|typ| media_type(&typ).to_owned());
        let (headers, names) = (KnownHeaders::none(), KnownNames::none());
        Ok(Self { keys, algorithms, policy, typ, max_token_bytes, headers, names })
    }

    /// What it accepts.
    #[must_use]
    pub fn algorithms(&self) -> AlgorithmSet {
        self.algorithms
    }

    /// The longest token that it reads, in bytes.
    #[must_use]
    pub fn max_token_bytes(&self) -> usize {
        self.max_token_bytes
    }

    /// The first step: reads a token and holds its `alg` against the allow-list.
    ///
    /// # Errors
    /// As [`Token::read`], and [`Error::AlgorithmNotAllowed`].
    pub fn read<'t>(&self, token: &'t [u8]) -> Result<Token<'t>> {
        let token = Token::read_knowing(&self.headers, token, self.max_token_bytes)?;
        if self.algorithms.contains(token.header.algorithm) { Ok(token) } else { Err(Error::AlgorithmNotAllowed) }
    }

    /// The second step: finds the key and checks the signature.
    ///
    /// # Errors
    /// [`Error::BadSignature`], [`Error::UnknownKey`], or [`Error::KeyNotAtHand`] if [`Verifier::fetch`] should be awaited
    /// and the step then be done with what it returns; then [`Error::KeysUnavailable`] where that brought no keys.
    pub fn authenticate(&self, token: Token<'_>, fetched: Fetched) -> Result<Payload> {
        // Taken before the keys are, so that a set which changes meanwhile is never credited with this verdict.
        let generation = self.generation();
        self.check_signature(&token, fetched)?;
        if let Some(encoded) = token.new_header {
            self.headers.keep(encoded, &token.header);
        }
        Ok(Payload { bytes: token.unverified_payload, header: token.header, generation })
    }

    fn check_signature(&self, token: &Token<'_>, fetched: Fetched) -> Result<()> {
        let mut verdict = self.keys.local.verify_signature(token);
        for remote in &self.keys.remote {
            if verdict.is_ok() {
                return verdict;
            }
            let other = match fetched {
                Fetched::No => remote.authenticate(token),
                Fetched::Yes(_) => remote.authenticate_after_fetch(token),
            };
            verdict = more_telling(verdict, other);
        }
        match fetched {
            Fetched::Yes(Some(failure)) => more_telling(verdict, Err(failure)),
            _ => verdict,
        }
    }

    /// Fetches what [`Error::KeyNotAtHand`] asked for, from all sets at once.
    pub async fn fetch(&self, token: &Token<'_>) -> Fetched {
        let wanted = self.keys.remote.iter().filter(|set| set.authenticate(token) == Err(Error::KeyNotAtHand));
        let fetched = join_all(wanted.map(|set| set.fetch_for(token))).await;
        Fetched::Yes(fetched.into_iter().find_map(Result::err))
    }

    /// The last step: holds the claims, and the header's `typ`, against the policy at `now`, in seconds since the epoch.
    ///
    /// # Errors
    /// [`Error::WrongType`], [`Error::Malformed`], or as [`claims::validate`].
    pub fn judge<'p>(&self, payload: &'p Payload, now: f64) -> Result<(Claims<'p>, Validity)> {
        self.check_type(payload.header.typ.as_deref())?;
        let claims = Claims::read_knowing(&self.names, &payload.bytes)?;
        let validity = claims::validate(&claims, &self.policy, now)?;
        self.names.learn(claims.members());
        Ok((claims, validity))
    }

    /// The same for claims that it accepted before, and of which the token's `validity` is kept.
    ///
    /// # Errors
    /// As [`Validity::check`].
    pub fn judge_again(&self, validity: Validity, now: f64) -> Result<()> {
        validity.check(now, self.policy.leeway_seconds)
    }

    fn check_type(&self, typ: Option<&str>) -> Result<()> {
        let Some(expected) = &self.typ else { return Ok(()) };
        let typ = typ.map_or(UNNAMED_TYPE, media_type);
        if typ.eq_ignore_ascii_case(expected) { Ok(()) } else { Err(Error::WrongType) }
    }

    /// The generation of keys whose verdicts of before still hold, if it may be used as it is. Where the keys have aged
    /// there is none, or a token that comes often enough would keep a set from ever being fetched again.
    #[must_use]
    pub fn standing_generation(&self) -> Option<u64> {
        let is_usable = self.keys.remote.iter().all(RemoteKeySet::is_usable);
        is_usable.then(|| self.generation())
    }

    fn generation(&self) -> u64 {
        self.keys.remote.iter().map(|remote| remote.generation()).sum()
    }

    /// All the steps, with the keys that are at hand.
    ///
    /// # Errors
    /// Those of the steps.
    pub fn verify(&self, token: &[u8], now: f64) -> Result<Payload> {
        let payload = self.authenticate(self.read(token)?, Fetched::No)?;
        self.judge(&payload, now)?;
        Ok(payload)
    }
}

/// A payload whose signature was verified.
#[derive(Debug, PartialEq, Eq)]
pub struct Payload {
    /// The decoded payload.
    pub bytes: Vec<u8>,
    /// What the header says.
    pub header: Arc<Header>,
    /// Which generation of the verifier's keys verified it.
    pub generation: u64,
}

/// Whether a fetch has been tried for the token, so that what is at hand must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// Not yet.
    No,
    /// Yes; and why a set could not be had, if one could not.
    Yes(Option<Error>),
}

/// Of two refusals the one that says more: a key to fetch, then a set that could not be had, then a wrong signature.
fn more_telling(one: Result<()>, other: Result<()>) -> Result<()> {
    let weight = |verdict: &Result<()>| match verdict {
        Ok(()) => 4,
        Err(Error::KeyNotAtHand) => 3,
        Err(Error::KeysUnavailable { .. }) => 2,
        Err(Error::BadSignature) => 1,
        Err(_) => 0,
    };
    if weight(&other) > weight(&one) { other } else { one }
}

/// What a token without `typ` is.
const UNNAMED_TYPE: &str = "JWT";

fn media_type(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => typ.get(PREFIX.len()..).unwrap_or(typ),
        _ => typ,
    }
}

/// The allow-list: what was asked for, as far as a key can do it.
fn allowed(keys: &Keys, asked: Option<AlgorithmSet>) -> Result<AlgorithmSet> {
    let (usual, every) = remotely_possible(&keys.remote);
    let local = keys.local.algorithms();
    let possible = local.union(every);
    match asked {
        _ if possible.is_empty() => Err(Error::Configuration("At least one key is needed.".to_owned())),
        None if keys.local.iter().all(|key| key.has_unambiguous_algorithm()) => Ok(local.union(usual)),
        None => Err(Error::Configuration(
            "algorithms is needed: a key here could be used with several, and a token must not choose among them."
                .to_owned(),
        )),
        Some(asked) if asked.is_empty() => Err(Error::Configuration("algorithms must name at least one.".to_owned())),
        Some(asked) if possible.intersection(asked).is_empty() => {
            Err(keys::algorithm_mismatch(possible, asked, Error::Configuration))
        }
        Some(asked) => Ok(possible.intersection(asked)),
    }
}

/// What keys that are yet to be fetched may verify: where nobody says, and at all.
fn remotely_possible(remote: &[Arc<RemoteKeySet>]) -> (AlgorithmSet, AlgorithmSet) {
    if remote.is_empty() {
        return (AlgorithmSet::EMPTY, AlgorithmSet::EMPTY);
    }
    (AlgorithmSet::default_asymmetric(), AlgorithmSet::all().filter(Algorithm::is_asymmetric))
}

/// Verifies one token with `keys` and `options` at `now`, in seconds since the epoch; for many, keep a [`Verifier`].
///
/// # Errors
/// As [`Verifier::new`] and [`Verifier::verify`].
pub fn verify_token(token: &[u8], keys: impl Into<Keys>, options: Options, now: f64) -> Result<Payload> {
    Verifier::new(keys, options)?.verify(token, now)
}
