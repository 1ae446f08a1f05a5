//! A key set at a URL: verifies signatures with the cached keys, and fetches keys that are not cached.
//!
//! If the key of a token is cached, verification reads a snapshot. It takes no lock and starts no task per token.

use std::sync::Arc;
use std::time::Duration;

use super::fetch_policy::FetchReason;
use super::fetch_state::{FetchCounts, FetchState};
use super::http::HttpLimits;
use super::location::{DiscoveryDocument, Issuer, Location, PerKidUrl, WantedKid, is_possible_kid};
use super::refresh_policy::RefreshPolicy;
use super::refresher::{Refresher, fetch_not_permitted};
use super::set_state::SetState;
use super::snapshot::KeySetSnapshot;
use super::waiter_slot::{Waiter, WaiterSlot};
use crate::error::{Error, Result};
use crate::http::network::{Network, NetworkOptions};
use crate::http::url::parse_allowed_url;
use crate::jws::compact::CompactJws;
use crate::jws::verify::{SignatureStatus, has_candidate, verify_signature};
use crate::keys::KeyInstance;

/// A JWK Set that is fetched when it is first needed, when a token needs a key that is not cached, and before it is stale.
pub struct RemoteKeySet {
    refresher: Arc<Refresher>,
}

impl RemoteKeySet {
    /// Returns the key set at `url`. Fetches nothing yet.
    ///
    /// `url` must use https, or plain http to a loopback address. `allow_http` permits plain http to every host.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the URL is not permitted or contains credentials, or if a setting is out of its range.
    pub fn new(url: &str, allow_http: bool, http_limits: HttpLimits, refresh_policy: RefreshPolicy) -> Result<Self> {
        Self::with_network(url, allow_http, http_limits, refresh_policy, NetworkOptions::default())
    }

    /// Returns the key set at `url`, which is fetched with the options `network`. Their headers are sent to the origin of
    /// `url` alone.
    ///
    /// # Errors
    /// See [`RemoteKeySet::new`].
    pub fn with_network(
        url: &str,
        allow_http: bool,
        http_limits: HttpLimits,
        refresh_policy: RefreshPolicy,
        network: NetworkOptions,
    ) -> Result<Self> {
        let url = parse_allowed_url("The key set's URL", url, allow_http)?;
        let network = network.with_headers_for(&url);
        Self::at(Location::Url(url), http_limits, refresh_policy, network)
    }

    /// Returns the key set that the discovery document of `issuer` names. Fetches nothing yet.
    ///
    /// The document is fetched again with each fetch of the set, and its `issuer` must be `issuer` to the letter. It is at
    /// the path of OIDC Discovery 1.0 §4.1, or else of RFC 8414 §3.1. `allow_http` holds for every URL. The
    /// headers of `network` are sent to the origin of `issuer` alone.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the issuer is not a permitted URL, or if a setting is out of its range.
    pub fn of_issuer(
        issuer: &str,
        allow_http: bool,
        http_limits: HttpLimits,
        refresh_policy: RefreshPolicy,
        network: NetworkOptions,
    ) -> Result<Self> {
        let max_document_age = refresh_policy.max_age.saturating_add(refresh_policy.max_stale);
        let issuer = Issuer::new(issuer, allow_http, max_document_age)?;
        let network = network.with_headers_for(issuer.document_url());
        Self::at(Location::Issuer(issuer), http_limits, refresh_policy, network)
    }

    /// Returns the keys below `url`: `{url}/{kid}` is one public key in PEM. Fetches nothing yet.
    ///
    /// Only keys that tokens name are fetched. A `kid` that is not 1 to 128 letters, digits, `.`, `_` and `-` is unknown.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the URL is not permitted, or if a setting is out of its range.
    pub fn per_kid(
        url: &str,
        allow_http: bool,
        http_limits: HttpLimits,
        refresh_policy: RefreshPolicy,
        network: NetworkOptions,
    ) -> Result<Self> {
        let keys = PerKidUrl::new(url, allow_http)?;
        let network = network.with_headers_for(keys.url());
        Self::at(Location::PerKid(keys), http_limits, refresh_policy, network)
    }

    fn at(
        location: Location,
        http_limits: HttpLimits,
        refresh_policy: RefreshPolicy,
        network: Network,
    ) -> Result<Self> {
        refresh_policy.validate()?;
        Ok(Self { refresher: Arc::new(Refresher::new(location, http_limits, refresh_policy, network)) })
    }

    /// Uses the key set in `json` until the first fetch succeeds. It is refresh-due at once, so that its first use starts a
    /// fetch in the background.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if `json` is not a key set that a fetch could bring; [`Error::Configuration`] if keys are
    /// fetched one by one.
    pub fn use_initial_set(&self, json: &[u8]) -> Result<()> {
        if self.is_per_kid() {
            let reason = "initial must be absent for keys that are fetched one by one; pass a Key to the Verifier.";
            return Err(Error::Configuration(reason.to_owned()));
        }
        self.refresher.use_initial_set(json)
    }

    /// Returns the URL that the application configured: of the set, of the issuer, or of keys that have one each.
    #[must_use]
    pub fn url(&self) -> &str {
        self.refresher.location().configured_url()
    }

    /// Returns the issuer whose discovery document names the set, as configured. `None` for a set at a URL.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        match self.refresher.location() {
            Location::Issuer(issuer) => Some(issuer.name()),
            Location::Url(_) | Location::PerKid(_) => None,
        }
    }

    /// Returns the discovery document that was last fetched. `None` before that, and for a set at a URL.
    #[must_use]
    pub fn discovery(&self) -> Option<Arc<DiscoveryDocument>> {
        match self.refresher.location() {
            Location::Issuer(issuer) => issuer.document(),
            Location::Url(_) | Location::PerKid(_) => None,
        }
    }

    /// Returns the discovery document, and fetches it first if none is cached. The fetch is one for an unknown key: it
    /// counts in the token bucket, and obeys the pauses after failures.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if the document is unavailable; [`Error::Configuration`] for a set at a URL.
    pub async fn fetch_discovery(&self) -> Result<Arc<DiscoveryDocument>> {
        if self.issuer().is_none() {
            let reason = "The key set must be one of RemoteKeySet.of_issuer, which has a discovery document.";
            return Err(Error::Configuration(reason.to_owned()));
        }
        let state = self.refresher.fetch_state();
        let has_document = || self.discovery().is_some();
        let fetched = self.refresher.wait_for_fetch(FetchReason::UnknownKey, has_document, &state).await;
        match (self.discovery(), fetched) {
            (Some(document), _) => Ok(document),
            (None, Err(error)) => Err(self.name_url(error)),
            (None, Ok(())) => Err(self.name_url(fetch_not_permitted(&state, Duration::ZERO))),
        }
    }

    /// Returns the URL without query and fragment, for logs: a query may contain a secret.
    #[must_use]
    pub fn url_without_query(&self) -> String {
        self.refresher.location().url_without_query()
    }

    /// Returns the number of the cached set, which increases whenever a different set is fetched. 0: none is cached.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.refresher.snapshot().generation
    }

    /// Returns the time since the cached set was fetched or reported as unchanged. `None` before the first fetch.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        let fetched_at = self.refresher.snapshot().fetched_at?;
        Some(self.refresher.now().saturating_sub(fetched_at))
    }

    /// Returns the reason for which the last fetch of this process failed, or `None` if it succeeded.
    #[must_use]
    pub fn last_failure(&self) -> Option<String> {
        self.refresher.fetch_state().last_failure()
    }

    /// Returns the number of cached keys that can verify tokens, whether or not the set has expired.
    #[must_use]
    pub fn key_count(&self) -> usize {
        self.refresher.snapshot().keys.iter().count()
    }

    /// Returns true if a cached key may verify a token now, even if only while fetches fail.
    #[must_use]
    pub fn has_usable_keys(&self) -> bool {
        let snapshot = self.refresher.snapshot();
        !snapshot.keys.is_empty() && snapshot.state(self.refresher.now()) != SetState::Expired
    }

    /// Returns the numbers of fetches of this process. The child of a `fork()` begins at 0.
    #[must_use]
    pub fn fetch_counts(&self) -> FetchCounts {
        self.refresher.fetch_state().fetch_counts()
    }

    /// Returns true if each key has a URL of its own, and is fetched when a token names it.
    #[must_use]
    pub fn is_per_kid(&self) -> bool {
        matches!(self.refresher.location(), Location::PerKid(_))
    }

    /// Returns the members of the cached set that cannot be used, each with the reason. Members for encryption are not
    /// listed.
    #[must_use]
    pub fn skipped_keys(&self) -> Vec<String> {
        self.refresher.snapshot().keys.skipped().map(ToString::to_string).collect()
    }

    /// Returns true if the cached set has `key` and can be used without a fetch. Starts the refresh task if the set is
    /// refresh-due or stale.
    #[must_use]
    pub fn is_current(&self, key: KeyInstance) -> bool {
        let snapshot = self.refresher.snapshot();
        self.check_snapshot(&snapshot) && snapshot.keys.contains(key)
    }

    /// Verifies the signature of `token` with the cached keys. If the set is refresh-due, starts a refresh in the
    /// background.
    ///
    /// Returns [`SignatureStatus::NeedsFetch`] or [`SignatureStatus::NeedsRecheck`] if the caller should await
    /// [`RemoteKeySet::fetch_key_for`] first. A token with a symmetric algorithm never needs a fetch, because the set has no
    /// secrets.
    ///
    /// # Errors
    /// See [`verify_signature`].
    pub fn verify_signature(&self, token: &CompactJws<'_>) -> Result<SignatureStatus> {
        if !token.header.algorithm.is_asymmetric() || !self.can_have_key(token) {
            return Err(Error::UnknownKey);
        }
        let snapshot = self.refresher.snapshot();
        if !self.check_snapshot(&snapshot) {
            return Ok(SignatureStatus::NeedsFetch);
        }
        match verify_signature(&snapshot.keys, token) {
            Ok(key) => Ok(SignatureStatus::Verified { key }),
            Err(Error::UnknownKey) => Ok(SignatureStatus::NeedsFetch),
            Err(Error::BadSignature) if self.can_recheck() => Ok(SignatureStatus::NeedsRecheck),
            Err(error) => Err(error),
        }
    }

    /// Verifies the signature of `token` with the cached keys after a fetch attempt, even if the set is stale. Returns the
    /// key.
    ///
    /// # Errors
    /// See [`verify_signature`]; [`Error::UnknownKey`] if the set has expired.
    pub fn verify_signature_cached(&self, token: &CompactJws<'_>) -> Result<KeyInstance> {
        let snapshot = self.refresher.snapshot();
        match snapshot.state(self.refresher.now()) {
            SetState::Expired => Err(Error::UnknownKey),
            _ => verify_signature(&snapshot.keys, token),
        }
    }

    /// Reserves a place for a waiter whose token occupies `token_bytes`, until the slot is dropped.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if too many tokens or threads are waiting.
    pub fn reserve_waiter(&self, waiter: Waiter, token_bytes: usize) -> Result<WaiterSlot> {
        let reserved = self.refresher.fetch_state().waiters().reserve(waiter, token_bytes, self.policy());
        reserved.map_err(|error| self.name_url(error))
    }

    /// Waits for a fetch that may bring the key of `token`, and starts it if necessary. For a token from outside, the
    /// caller holds a slot of [`RemoteKeySet::reserve_waiter`] meanwhile.
    ///
    /// A caller that stops waiting does not cancel the fetch. A failed fetch keeps the cached keys.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if no fetch succeeded, or if none was permitted in time.
    pub async fn fetch_key_for(&self, token: &CompactJws<'_>) -> Result<()> {
        let state = self.refresher.fetch_state();
        let _wanted = self.want_kid(token, &state)?; // until the wait ends
        let result = match self.fetch_reason(token) {
            FetchReason::BadSignature => {
                let is_verified = || self.verify_signature_cached(token).is_ok();
                self.refresher.wait_for_fetch(FetchReason::BadSignature, is_verified, &state).await
            }
            reason => {
                let is_cached = || self.fetch_reason(token) == FetchReason::BadSignature;
                let fetched = self.refresher.wait_for_fetch(reason, is_cached, &state).await;
                if fetched.is_ok() && !is_cached() {
                    tokio::time::sleep(state.next_rejection_delay()).await;
                }
                fetched
            }
        };
        result.map_err(|error| self.name_url(error))
    }

    /// Fetches the set now, regardless of its state.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if the fetch fails. The cached keys stay.
    pub async fn fetch(&self) -> Result<()> {
        let result = self.refresher.wait_for_fetch(FetchReason::Manual, || false, &self.refresher.fetch_state()).await;
        result.map_err(|error| self.name_url(error))
    }

    /// Fetches the set unless it has usable keys. The fetch is one for an unknown key: it counts in the token bucket, and
    /// obeys the pauses after failures. Keys that are fetched one by one are not fetched.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if no fetch succeeded, or if none was permitted in time.
    pub async fn fetch_if_needed(&self) -> Result<()> {
        if self.is_per_kid() || self.has_usable_keys() {
            return Ok(());
        }
        let state = self.refresher.fetch_state();
        let result = self.refresher.wait_for_fetch(FetchReason::UnknownKey, || self.has_usable_keys(), &state).await;
        result.map_err(|error| self.name_url(error))
    }

    /// Appends the URL, without query and fragment, to the reason for which keys are unavailable.
    fn name_url(&self, error: Error) -> Error {
        match error {
            Error::KeysUnavailable { reason, retry_after } => {
                Error::KeysUnavailable { reason: format!("{reason} ({})", self.url_without_query()), retry_after }
            }
            other => other,
        }
    }

    /// Returns false if no fetch can bring the key of `token`, because its `kid` cannot be requested.
    fn can_have_key(&self, token: &CompactJws<'_>) -> bool {
        match self.refresher.location() {
            Location::PerKid(_) => token.header.kid.as_deref().is_some_and(is_possible_kid),
            Location::Url(_) | Location::Issuer(_) => true,
        }
    }

    /// Registers the `kid` of `token`, if keys are requested one by one.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if tokens with too many other keys are waiting.
    fn want_kid(&self, token: &CompactJws<'_>, state: &FetchState) -> Result<Option<WantedKid>> {
        let kid = token.header.kid.as_deref().filter(|kid| is_possible_kid(kid));
        let (Location::PerKid(_), Some(kid)) = (self.refresher.location(), kid) else { return Ok(None) };
        let refused = || {
            let reason = "tokens with too many different keys are waiting".to_owned();
            self.name_url(Error::KeysUnavailable { reason, retry_after: self.policy().fetch_interval })
        };
        state.wanted_kids().register(kid).map(Some).ok_or_else(refused)
    }

    /// Starts a refresh in the background if the set, and the document of its issuer, is refresh-due or stale.
    pub fn refresh_if_due(&self) {
        self.check_snapshot(&self.refresher.snapshot());
    }

    /// Returns true if `snapshot` can be used without a fetch, and starts a refresh if it is due.
    fn check_snapshot(&self, snapshot: &KeySetSnapshot) -> bool {
        match snapshot.state(self.refresher.now()) {
            SetState::Fresh => true,
            SetState::RefreshDue => {
                self.refresher.ensure_refresh_task();
                true
            }
            SetState::Stale => {
                self.refresher.ensure_refresh_task();
                self.refresher.fetch_state().lock_policy().is_fetching_or_failing()
            }
            SetState::Expired => false,
        }
    }

    fn can_recheck(&self) -> bool {
        self.refresher.fetch_state().lock_policy().can_recheck(self.refresher.now(), self.policy())
    }

    /// Returns the reason to fetch for `token`: [`FetchReason::BadSignature`] if its key is cached and the set is not
    /// stale, so that only a wrong signature can need a fetch; else [`FetchReason::UnknownKey`].
    fn fetch_reason(&self, token: &CompactJws<'_>) -> FetchReason {
        let snapshot = self.refresher.snapshot();
        let is_current = snapshot.state(self.refresher.now()) < SetState::Stale;
        if is_current && has_candidate(&snapshot.keys, token) {
            FetchReason::BadSignature
        } else {
            FetchReason::UnknownKey
        }
    }

    fn policy(&self) -> &RefreshPolicy {
        self.refresher.refresh_policy()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{FetchState, HttpLimits, RefreshPolicy, RemoteKeySet};
    use crate::encoding::base64url::encode;
    use crate::http::runtime;
    use crate::http::test_server::serve;
    use crate::jws::compact::CompactJws;

    const SET: &str =
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"}]}"#;

    /// Returns the number of tokens that are still rejected without a delay.
    fn rejections_at_once(state: &FetchState) -> usize {
        std::iter::repeat_with(|| state.next_rejection_delay()).take(1_000).take_while(Duration::is_zero).count()
    }

    #[test]
    fn only_a_token_whose_key_a_fetch_did_not_bring_is_delayed() {
        let (url, _requests) = serve(&[(200, SET), (200, SET), (500, "")]);
        let policy = RefreshPolicy { max_wait: Duration::from_millis(1), ..RefreshPolicy::default() };
        let keys = RemoteKeySet::new(&url, false, HttpLimits::default(), policy).unwrap();
        for (kid, is_fetched, delayed) in [("a", true, 0), ("b", true, 1), ("c", false, 0)] {
            let header = format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#);
            let text = format!("{}.e30.{}", encode(header.as_bytes()), encode(&[0; 64]));
            let token = CompactJws::parse(text.as_bytes(), 1_000).unwrap();
            let fetched = runtime::current().unwrap().block_on(keys.fetch_key_for(&token));
            assert_eq!(fetched.is_ok(), is_fetched, "{kid}");
            let left = rejections_at_once(&keys.refresher.fetch_state());
            assert_eq!(rejections_at_once(&FetchState::new()) - left, delayed, "{kid}");
        }
    }
}
