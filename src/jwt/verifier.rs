//! The pipeline: token → key → signature → claims. Everything that does not depend on a token is decided at construction.

use std::sync::Arc;

use super::claims::{self, ClaimsPolicy, ClaimsSet, ExpectedMember};
use super::header_policy::HeaderPolicy;
use super::key_origin::KeyOrigin;
use super::validity::Validity;
use super::waiting_token::{KeySearch, PlausibleToken, SearchResult, UnresolvedToken, WaitingToken, more_specific};
use crate::algorithms::{Algorithm, AlgorithmSet};
use crate::encoding::json::expected_keys::ExpectedKeys;
use crate::error::{Error, Result};
use crate::jwks::RemoteKeySet;
use crate::jws::compact::{CompactJws, Header, Padding};
use crate::jws::header_cache::HeaderCache;
use crate::jws::limits::TokenLimits;
use crate::jws::verify::verify_signature;
use crate::jwt::revocation::{RevocationKeys, RevocationList};
use crate::keys;
use crate::keys::key_set::KeySet;

/// Options of a verifier.
#[derive(Debug, Clone)]
pub struct VerifierOptions {
    /// The allow-list of algorithms. Defaults to `None`, which requires that every key determines its algorithm.
    pub algorithms: Option<AlgorithmSet>,
    /// The policy that claims must satisfy. Defaults to [`ClaimsPolicy::default`].
    pub policy: ClaimsPolicy,
    /// The accepted `typ` of the header, compared case-insensitively and without `application/` (RFC 7515 §4.1.9). A token
    /// without `typ` counts as `JWT` (RFC 7519 §5.1). Defaults to empty: `typ` is not checked.
    pub types: Vec<String>,
    /// The parameters of the protected header that must have one of some values. Defaults to empty.
    pub header: Vec<ExpectedMember>,
    /// The length of the longest token, in bytes. Defaults to 65,536.
    pub max_token_bytes: usize,
    /// The length of the longest encoded header, in bytes. Defaults to 8,192, which has room for three certificates in `x5c`.
    pub max_header_bytes: usize,
    /// The maximum number of keys of one key set that a signature is tried with. Only keys for the token's `kid` and `alg`
    /// count. Defaults to 8.
    pub max_candidate_keys: usize,
    /// Whether segments may be padded. Defaults to [`Padding::Rejected`].
    pub padding: Padding,
    /// The list of revoked tokens, sessions and users. Defaults to `None`: a token is valid until it expires.
    pub revocations: Option<Arc<RevocationList>>,
}

impl Default for VerifierOptions {
    fn default() -> Self {
        let limits = TokenLimits::default();
        Self {
            algorithms: None,
            policy: ClaimsPolicy::default(),
            types: vec![],
            header: vec![],
            max_token_bytes: limits.token_bytes,
            max_header_bytes: limits.header_bytes,
            max_candidate_keys: limits.candidate_keys,
            padding: Padding::Rejected,
            revocations: None,
        }
    }
}

/// The keys of a verifier.
#[derive(Default)]
pub struct KeySources {
    /// Keys that the application supplies.
    pub local: Arc<KeySet>,
    /// Key sets that are fetched.
    pub remote: Vec<Arc<RemoteKeySet>>,
}

impl From<KeySet> for KeySources {
    fn from(local: KeySet) -> Self {
        Self { local: Arc::new(local), remote: vec![] }
    }
}

/// The problem of a token whose payload is compressed.
const COMPRESSED: &str = "the header has zip, and the payload of a signed token must not be compressed (RFC 7516 section \
                          4.1.3 is for a JWE only)";

/// Verifies tokens with fixed keys and a fixed policy.
pub struct Verifier {
    keys: KeySources,
    algorithms: AlgorithmSet,
    policy: ClaimsPolicy,
    header: HeaderPolicy,
    limits: TokenLimits,
    padding: Padding,
    revocations: Option<Arc<RevocationList>>,
    header_cache: HeaderCache<Header>,
    expected_keys: ExpectedKeys,
}

impl Verifier {
    /// Creates a verifier.
    ///
    /// # Errors
    /// [`Error::Configuration`] if keys and options do not fit together, [`Error::WeakKey`] if a key is too short.
    pub fn new(keys: impl Into<KeySources>, options: VerifierOptions) -> Result<Self> {
        let keys = keys.into();
        let algorithms = resolve_algorithms(&keys, options.algorithms)?;
        let limits = limits_of(&options)?;
        let VerifierOptions { policy, types, header, padding, revocations, .. } = options;
        policy.check()?;
        if revocations.is_some() {
            RevocationList::check_leeway(policy.leeway_seconds)?;
        }
        let header = HeaderPolicy::new(&types, header)?;
        let (header_cache, expected_keys) = (HeaderCache::new(), ExpectedKeys::new());
        Ok(Self { keys, algorithms, policy, header, limits, padding, revocations, header_cache, expected_keys })
    }

    /// Returns the allowed algorithms.
    #[must_use]
    pub fn algorithms(&self) -> AlgorithmSet {
        self.algorithms
    }

    /// Returns the length of the longest token that is accepted, in bytes.
    #[must_use]
    pub fn max_token_bytes(&self) -> usize {
        self.limits.token_bytes
    }

    /// Returns the remote sets among its keys.
    #[must_use]
    pub fn remote_key_sets(&self) -> &[Arc<RemoteKeySet>] {
        &self.keys.remote
    }

    /// Returns the number of keys that the application supplied.
    #[must_use]
    pub fn local_key_count(&self) -> usize {
        self.keys.local.iter().count()
    }

    /// Returns the members of JWK Sets that cannot be used, each with the reason. Members for encryption are not listed.
    #[must_use]
    pub fn skipped_keys(&self) -> Vec<String> {
        let local = self.keys.local.skipped().map(ToString::to_string);
        local.chain(self.keys.remote.iter().flat_map(|remote| remote.skipped_keys())).collect()
    }

    /// Parses a token and checks its `alg` against the allow-list. This is the first step.
    ///
    /// # Errors
    /// Those of [`CompactJws::parse`], and [`Error::AlgorithmNotAllowed`].
    pub fn parse<'t>(&self, token: &'t [u8]) -> Result<CompactJws<'t>> {
        let token = CompactJws::parse_with_cache(&self.header_cache, token, self.limits, self.padding)?;
        if self.algorithms.contains(token.header.algorithm) { Ok(token) } else { Err(Error::AlgorithmNotAllowed) }
    }

    /// Verifies the signature with the cached keys. This is the second step.
    ///
    /// # Errors
    /// [`Error::BadSignature`] or [`Error::UnknownKey`]; [`Error::WrongHeader`] if the signature is valid.
    pub fn verify_signature<'t>(&self, token: CompactJws<'t>) -> Result<SignatureCheck<'t>> {
        let local = self.verify_signature_locally(&token);
        if local.is_ok() || self.keys.remote.is_empty() {
            return self.authenticate(token, local?).map(SignatureCheck::Verified);
        }
        let mut search = KeySearch::new(local);
        for (index, remote) in self.keys.remote.iter().enumerate() {
            if search.is_verified() {
                break;
            }
            search.add(index, remote, remote.verify_signature(&token));
        }
        match search.finish()? {
            SearchResult::Verified(origin) => self.authenticate(token, origin).map(SignatureCheck::Verified),
            SearchResult::NeedsFetch(required) => Ok(SignatureCheck::NeedsFetch(UnresolvedToken { token, required })),
        }
    }

    fn verify_signature_locally(&self, token: &CompactJws<'_>) -> Result<KeyOrigin> {
        verify_signature(&self.keys.local, token).map(|_| KeyOrigin::Local)
    }

    /// Rejects a token that its unverified claims rule out, so that it causes neither a fetch nor a wait. `check_further`
    /// is what the caller requires of the claims besides the policy.
    ///
    /// Accepts nothing: the claims are validated again once the signature is verified.
    ///
    /// # Errors
    /// Those of [`Verifier::validate_claims`] and of `check_further`; [`Error::BadSignature`] if a cached key fits the
    /// token.
    pub fn check_unverified<'t>(
        &self,
        unresolved: UnresolvedToken<'t>,
        now: f64,
        check_further: impl FnOnce(&ClaimsSet<'_>) -> Result<()>,
    ) -> Result<PlausibleToken<'t>> {
        let result = self.validate_unverified(&unresolved.token, now, check_further);
        unresolved.unless_ruled_out(result)
    }

    fn validate_unverified(
        &self,
        token: &CompactJws<'_>,
        now: f64,
        check_further: impl FnOnce(&ClaimsSet<'_>) -> Result<()>,
    ) -> Result<()> {
        self.check_header_parameters(token)?;
        self.header.check_typ(token.header.typ.as_deref())?;
        let claims = self.parse_claims(token.unverified_payload())?;
        claims::validate(&claims, &self.policy, now)?;
        check_further(&claims)
    }

    /// Verifies the signature with the keys that are cached after [`WaitingToken::fetch_keys`], which returned `failure`.
    ///
    /// # Errors
    /// Those of [`Verifier::verify_signature`]; [`Error::KeysUnavailable`] if the fetch failed, or if the token was not
    /// allowed to wait.
    pub fn verify_signature_after_fetch(
        &self,
        waiting: WaitingToken<'_>,
        failure: Option<Error>,
    ) -> Result<AuthenticatedPayload> {
        let WaitingToken { token, refusal, .. } = waiting;
        let mut checked = self.verify_signature_locally(&token);
        for (index, remote) in self.keys.remote.iter().enumerate() {
            if checked.is_ok() {
                break;
            }
            let key = remote.verify_signature_cached(&token);
            checked = more_specific(checked, key.map(|key| KeyOrigin::Remote { index, key }));
        }
        let origin = match failure.or(refusal) {
            Some(failure) => more_specific(checked, Err(failure))?,
            None => checked?,
        };
        self.authenticate(token, origin)
    }

    /// Checks the expected parameters of the header here, where its text is available for the last time.
    fn authenticate(&self, token: CompactJws<'_>, origin: KeyOrigin) -> Result<AuthenticatedPayload> {
        if let Some(encoded) = token.uncached_header() {
            self.header_cache.insert(encoded, &token.header);
        }
        self.check_header_parameters(&token)?;
        let (header, bytes) = token.into_header_and_payload();
        Ok(AuthenticatedPayload { bytes, header, origin })
    }

    fn check_header_parameters(&self, token: &CompactJws<'_>) -> Result<()> {
        self.header.check_parameters(|| self.padding.decode(token.encoded_header()))
    }

    /// Validates the header's `typ` and the claims at `now`, in seconds since the epoch, and asks the list of revocations.
    /// This is the last step.
    ///
    /// # Errors
    /// [`Error::WrongTyp`], [`Error::Malformed`], those of [`claims::validate`], or those of [`RevocationList::check`].
    pub fn validate_claims<'p>(
        &self,
        payload: &'p AuthenticatedPayload,
        now: f64,
    ) -> Result<(ClaimsSet<'p>, Validity)> {
        self.header.check_typ(payload.header.typ.as_deref())?;
        let claims = self.parse_claims(&payload.bytes).map_err(|error| match error {
            Error::Malformed(reason) if payload.header.is_compressed => {
                Error::Undecodable { reason, problem: COMPRESSED }
            }
            error => error,
        })?;
        let period = claims::validate(&claims, &self.policy, now)?;
        let revocation_keys = self.check_revocation(&claims, now)?.map(Box::new);
        self.expected_keys.record_once(claims.members());
        self.record_use(payload.origin);
        Ok((claims, Validity { period, revocation_keys }))
    }

    /// Records that a token of the key of `origin` was accepted.
    fn record_use(&self, origin: KeyOrigin) {
        let KeyOrigin::Remote { index, key } = origin else { return };
        if let Some(remote) = self.keys.remote.get(index) {
            remote.record_use(key);
        }
    }

    /// Returns the keys by which a token with these claims can be revoked, unless it is revoked.
    fn check_revocation(&self, claims: &ClaimsSet<'_>, now: f64) -> Result<Option<RevocationKeys>> {
        let Some(revocations) = &self.revocations else { return Ok(None) };
        let keys = revocations.keys_of_claims(claims)?;
        revocations.check(&keys, now)?;
        Ok(Some(keys))
    }

    /// Checks that a user whose id another claim than `sub` has is not revoked: `sub` was checked with the claims.
    ///
    /// # Errors
    /// Those of [`RevocationList::check`].
    pub fn check_user(&self, user_id: &str, issued_at: Option<f64>, now: f64) -> Result<()> {
        self.revocations.as_ref().map_or(Ok(()), |revocations| revocations.check_user(user_id, issued_at, now))
    }

    /// Parses the claims of a payload without validating them.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn parse_claims<'p>(&self, payload: &'p [u8]) -> Result<ClaimsSet<'p>> {
        ClaimsSet::parse_with_keys(&self.expected_keys, payload)
    }

    /// Rechecks the validity of a token whose claims were validated before.
    ///
    /// # Errors
    /// Those of [`ValidityPeriod::check`](claims::ValidityPeriod::check) and of [`RevocationList::check`].
    pub fn recheck_validity(&self, validity: &Validity, now: f64) -> Result<()> {
        validity.period.check(now, self.policy.leeway_seconds)?;
        match (&self.revocations, &validity.revocation_keys) {
            (Some(revocations), Some(keys)) => revocations.check(keys, now),
            _ => Ok(()),
        }
    }

    /// Returns true if the key of `origin` is still in its set, so that a cached result of it may be used.
    ///
    /// Stale sets bypass the cache, so that a frequently used token cannot prevent the refresh.
    #[must_use]
    pub fn is_current(&self, origin: KeyOrigin) -> bool {
        match origin {
            KeyOrigin::Local => true,
            KeyOrigin::Remote { index, key } => {
                self.keys.remote.get(index).is_some_and(|remote| remote.is_current(key))
            }
        }
    }

    /// Verifies `token` at `now`, in seconds since the epoch, with the cached keys.
    ///
    /// # Errors
    /// Those of the three steps; [`Error::UnknownKey`] if a key must be fetched first.
    pub fn verify(&self, token: &[u8], now: f64) -> Result<AuthenticatedPayload> {
        let payload = match self.verify_signature(self.parse(token)?)? {
            SignatureCheck::Verified(payload) => payload,
            SignatureCheck::NeedsFetch(unresolved) => {
                self.check_unverified(unresolved, now, |_| Ok(()))?;
                return Err(Error::UnknownKey);
            }
        };
        self.validate_claims(&payload, now)?;
        Ok(payload)
    }
}

/// A payload whose signature is verified. Its claims are not validated yet.
#[derive(Debug, PartialEq, Eq)]
pub struct AuthenticatedPayload {
    /// The decoded payload.
    pub bytes: Vec<u8>,
    /// The header of the token.
    pub header: Arc<Header>,
    /// The key that verified the signature.
    pub origin: KeyOrigin,
}

/// The result of a signature check with the cached keys.
pub enum SignatureCheck<'t> {
    /// A cached key verified the signature.
    Verified(AuthenticatedPayload),
    /// No cached key verifies the signature. The caller continues with [`Verifier::check_unverified`],
    /// [`PlausibleToken::reserve_wait`], [`WaitingToken::fetch_keys`] and [`Verifier::verify_signature_after_fetch`].
    NeedsFetch(UnresolvedToken<'t>),
}

fn limits_of(options: &VerifierOptions) -> Result<TokenLimits> {
    if options.max_candidate_keys == 0 {
        return Err(Error::Configuration("max_candidate_keys must be at least 1.".to_owned()));
    }
    Ok(TokenLimits {
        token_bytes: options.max_token_bytes,
        header_bytes: options.max_header_bytes,
        candidate_keys: options.max_candidate_keys,
    })
}

/// Returns the allow-list: the requested algorithms that some key supports.
fn resolve_algorithms(keys: &KeySources, requested: Option<AlgorithmSet>) -> Result<AlgorithmSet> {
    let (default, all) = remote_algorithms(&keys.remote);
    let local = keys.local.algorithms();
    let possible = local.union(all);
    match requested {
        _ if possible.is_empty() => Err(Error::Configuration("keys must contain at least one key.".to_owned())),
        None if keys.local.iter().all(|key| key.has_unambiguous_algorithm()) => Ok(local.union(default)),
        None => Err(Error::Configuration(
            "algorithms must be given: a key here works with several, and a token must not choose among them."
                .to_owned(),
        )),
        Some(requested) if requested.is_empty() => {
            Err(Error::Configuration("algorithms must name at least one algorithm.".to_owned()))
        }
        Some(requested) if possible.intersection(requested).is_empty() => {
            Err(keys::algorithm_mismatch(possible, requested, Error::Configuration))
        }
        Some(requested) => Ok(possible.intersection(requested)),
    }
}

/// Returns the algorithms that keys of remote sets may use: by default, and if the caller requests them.
fn remote_algorithms(remote: &[Arc<RemoteKeySet>]) -> (AlgorithmSet, AlgorithmSet) {
    if remote.is_empty() {
        return (AlgorithmSet::EMPTY, AlgorithmSet::EMPTY);
    }
    (AlgorithmSet::default_asymmetric(), AlgorithmSet::all().filter(Algorithm::is_asymmetric))
}

/// Verifies one token at `now`, in seconds since the epoch. An application that verifies many keeps a [`Verifier`].
///
/// # Errors
/// Those of [`Verifier::new`] and [`Verifier::verify`].
pub fn verify_token(
    token: &[u8],
    keys: impl Into<KeySources>,
    options: VerifierOptions,
    now: f64,
) -> Result<AuthenticatedPayload> {
    Verifier::new(keys, options)?.verify(token, now)
}
