//! A key set at a URL: verifies signatures with the cached keys, and fetches keys that are not cached.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::fetch_policy::FetchReason;
use super::fetch_state::FetchCounts;
use super::http::HttpLimits;
use super::location::{DiscoveryDocument, Issuer, Location, PerKidUrl, is_possible_kid};
use super::per_kid::{KeyEntry, KeyTable, WantedKid};
use super::refresh_policy::RefreshPolicy;
use super::refresher::{Refresher, fetch_not_permitted};
use super::waiter_slot::{Waiter, WaiterSlot};
use crate::error::{Error, Result};
use crate::http::network::{Network, NetworkOptions};
use crate::http::url::parse_allowed_url;
use crate::jws::compact::CompactJws;
use crate::jws::verify::SignatureStatus;
use crate::keys::KeyInstance;

/// A JWK Set that is fetched when it is first needed, when a token needs a key that is not cached, and before it is stale.
pub struct RemoteKeySet {
    refresher: Arc<Refresher>,
    /// The keys that are fetched one by one. `None` for a set that is fetched as a whole.
    keys_by_kid: Option<KeyTable>,
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
        let set = Self::at(Location::PerKid(keys.clone()), http_limits, refresh_policy, network)?;
        Ok(Self { keys_by_kid: Some(KeyTable::new(keys, Arc::clone(&set.refresher))), ..set })
    }

    fn at(
        location: Location,
        http_limits: HttpLimits,
        refresh_policy: RefreshPolicy,
        network: Network,
    ) -> Result<Self> {
        refresh_policy.validate()?;
        let refresher = Arc::new(Refresher::new(location, http_limits, refresh_policy, network));
        Ok(Self { refresher, keys_by_kid: None })
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
        self.refresher.location().issuer().map(Issuer::name)
    }

    /// Returns the discovery document that was last fetched. `None` before that, once the document is older than `max_age`
    /// and `max_stale`, and for a set at a URL.
    #[must_use]
    pub fn discovery(&self) -> Option<Arc<DiscoveryDocument>> {
        self.refresher.location().document()
    }

    /// Returns the discovery document, and fetches it first if none is cached or if it is too old. The fetch is one for an
    /// unknown key: it counts in the token bucket, and obeys the pauses after failures.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if the document is unavailable; [`Error::Configuration`] for a set at a URL.
    pub async fn fetch_discovery(&self) -> Result<Arc<DiscoveryDocument>> {
        let Some(issuer) = self.refresher.location().issuer() else {
            let reason = "The key set must be one of RemoteKeySet.of_issuer, which has a discovery document.";
            return Err(Error::Configuration(reason.to_owned()));
        };
        // A document that arrives meanwhile is used, however short the permitted age is.
        let (state, called_at) = (self.refresher.fetch_state(), Instant::now());
        let has_document = || issuer.document_since(called_at).is_some();
        let fetched = self.refresher.wait_for_fetch(FetchReason::UnknownKey, has_document, &state).await;
        match (issuer.document_since(called_at), fetched) {
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

    /// Returns the number of the cached set, which increases whenever a different set is fetched. 0: none is cached, or keys
    /// are fetched one by one.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.refresher.snapshot().generation
    }

    /// Returns the time since the cached set was fetched or reported as unchanged. `None` before the first fetch. If keys
    /// are fetched one by one, this is the age of the oldest that has verified an accepted token and may still be used.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        let age = |refresher: &Refresher| {
            let fetched_at = refresher.snapshot().fetched_at?;
            Some(refresher.now().saturating_sub(fetched_at))
        };
        let Some(keys) = &self.keys_by_kid else { return age(&self.refresher) };
        let entries = keys.entries();
        let used = entries.iter().filter(|entry| entry.is_usable() && entry.is_proven());
        used.filter_map(|entry| age(&entry.refresher)).max()
    }

    /// Returns the reason for which the last fetch of this process failed, or `None` if it succeeded.
    #[must_use]
    pub fn last_failure(&self) -> Option<String> {
        self.refresher.fetch_state().last_failure()
    }

    /// Returns the number of cached keys that can verify tokens, whether or not the set has expired. Of keys that are fetched
    /// one by one, those that have expired do not count.
    #[must_use]
    pub fn key_count(&self) -> usize {
        match &self.keys_by_kid {
            Some(keys) => keys.entries().iter().filter(|entry| entry.is_usable()).count(),
            None => self.refresher.snapshot().keys.iter().count(),
        }
    }

    /// Returns true if a cached key may verify a token now, even if only while fetches fail.
    #[must_use]
    pub fn has_usable_keys(&self) -> bool {
        match &self.keys_by_kid {
            Some(keys) => keys.entries().iter().any(|entry| entry.is_usable()),
            None => self.refresher.snapshot().is_usable(self.refresher.now()),
        }
    }

    /// Returns the numbers of fetches of this process. The child of a `fork()` begins at 0.
    #[must_use]
    pub fn fetch_counts(&self) -> FetchCounts {
        self.refresher.fetch_state().fetch_counts()
    }

    /// Returns true if each key has a URL of its own, and is fetched when a token names it.
    #[must_use]
    pub fn is_per_kid(&self) -> bool {
        self.keys_by_kid.is_some()
    }

    /// Returns the members of the cached set that cannot be used, each with the reason. Members for encryption are not
    /// listed.
    #[must_use]
    pub fn skipped_keys(&self) -> Vec<String> {
        self.refreshers().iter().flat_map(|one| skipped_keys_of(one)).collect()
    }

    /// Returns true if the cached set has `key` and can be used without a fetch. Starts the refresh task if the set is
    /// refresh-due or stale.
    #[must_use]
    pub fn is_current(&self, key: KeyInstance) -> bool {
        match &self.keys_by_kid {
            Some(keys) => {
                let is_current = |entry: &KeyEntry| {
                    entry.record_use(self.refresher.now()); // a cached result is that of an accepted token
                    entry.refresher.is_current(key)
                };
                keys.read_entry_of(key, is_current).unwrap_or(false)
            }
            None => self.refresher.is_current(key),
        }
    }

    /// Records that a token which `key` verified was accepted. Of keys that are fetched one by one, those that are used stay.
    pub fn record_use(&self, key: KeyInstance) {
        if let Some(keys) = &self.keys_by_kid {
            keys.record_use(key, self.refresher.now());
        }
    }

    /// Verifies the signature of `token` with the cached keys. If the set is refresh-due, starts a refresh in the
    /// background.
    ///
    /// Returns [`SignatureStatus::NeedsFetch`] or [`SignatureStatus::NeedsRecheck`] if the caller should await
    /// [`RemoteKeySet::fetch_key_for`] first. A token with a symmetric algorithm never needs a fetch, because the set has no
    /// secrets.
    ///
    /// # Errors
    /// See [`verify_signature`](crate::jws::verify::verify_signature).
    pub fn verify_signature(&self, token: &CompactJws<'_>) -> Result<SignatureStatus> {
        if !token.header.algorithm.is_asymmetric() || !self.can_have_key(token) {
            return Err(Error::UnknownKey);
        }
        let Some(keys) = &self.keys_by_kid else { return self.refresher.verify_signature(token) };
        let entry = keys.find(token.header.kid.as_deref());
        entry.map_or(Ok(SignatureStatus::NeedsFetch), |entry| entry.refresher.verify_signature(token))
    }

    /// Verifies the signature of `token` with the cached keys after a fetch attempt, even if the set is stale. Returns the
    /// key.
    ///
    /// # Errors
    /// See [`verify_signature`](crate::jws::verify::verify_signature); [`Error::UnknownKey`] if the set has expired.
    pub fn verify_signature_cached(&self, token: &CompactJws<'_>) -> Result<KeyInstance> {
        let Some(keys) = &self.keys_by_kid else { return self.refresher.verify_signature_cached(token) };
        let entry = keys.find(token.header.kid.as_deref());
        entry.map_or(Err(Error::UnknownKey), |entry| entry.refresher.verify_signature_cached(token))
    }

    /// Reserves a place for a waiter whose token occupies `token_bytes`, until the slot is dropped.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if too many tokens or threads are waiting.
    pub fn reserve_waiter(&self, waiter: Waiter, token_bytes: usize) -> Result<WaiterSlot> {
        let reserved = self.refresher.fetch_state().waiters().reserve(waiter, token_bytes, self.policy());
        reserved.map_err(|error| self.name_url(error))
    }

    /// Keeps the place of the key of `token`, if keys are fetched one by one, until the value is dropped. So no other key takes
    /// its place before the token is verified.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if tokens with too many other keys are waiting.
    pub fn want_key_of(&self, token: &CompactJws<'_>) -> Result<Option<WantedKid>> {
        let kid = token.header.kid.as_deref();
        let (Some(keys), Some(kid)) = (&self.keys_by_kid, kid) else { return Ok(None) };
        let wanted = keys.want(kid).ok_or_else(|| self.name_url(keys.refusal()))?;
        Ok(Some(wanted.1))
    }

    /// Waits for a fetch that may bring the key of `token`, and starts it if necessary. For a token from outside, the
    /// caller holds a slot of [`RemoteKeySet::reserve_waiter`] meanwhile.
    ///
    /// A caller that stops waiting does not cancel the fetch. A failed fetch keeps the cached keys.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if no fetch succeeded, or if none was permitted in time.
    pub async fn fetch_key_for(&self, token: &CompactJws<'_>) -> Result<()> {
        let fetched = match (&self.keys_by_kid, token.header.kid.as_deref()) {
            (Some(keys), Some(kid)) => match keys.want(kid) {
                Some((entry, _wanted)) => entry.refresher.fetch_key_for(token).await,
                None => Err(keys.refusal()),
            },
            (Some(_), None) => Ok(()),
            (None, _) => self.refresher.fetch_key_for(token).await,
        };
        fetched.map_err(|error| self.name_url(error))
    }

    /// Fetches the set now, regardless of its state. Of keys that are fetched one by one, fetches every one that is cached.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if the fetch fails. The cached keys stay, unless it brought a set with members of which
    /// none is usable. If keys are fetched one by one, the failure of a key counts if it has verified an accepted token;
    /// the other keys are fetched nevertheless.
    pub async fn fetch(&self) -> Result<()> {
        let result = match &self.keys_by_kid {
            Some(keys) => keys.fetch().await,
            None => self.refresher.wait_for_fetch(FetchReason::Manual, || false, &self.refresher.fetch_state()).await,
        };
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
        !self.is_per_kid() || token.header.kid.as_deref().is_some_and(is_possible_kid)
    }

    /// Starts a refresh in the background if the set, and the document of its issuer, is not fresh. A set that has expired
    /// or was never fetched is refreshed, too: an issuer of opaque tokens publishes none.
    pub fn refresh_if_due(&self) {
        self.refreshers().iter().for_each(Refresher::refresh_if_due);
    }

    /// Returns the refresher of the set, or that of each key.
    fn refreshers(&self) -> Vec<Arc<Refresher>> {
        match &self.keys_by_kid {
            Some(keys) => keys.entries().iter().map(|entry| Arc::clone(&entry.refresher)).collect(),
            None => vec![Arc::clone(&self.refresher)],
        }
    }

    fn policy(&self) -> &RefreshPolicy {
        self.refresher.refresh_policy()
    }
}

fn skipped_keys_of(refresher: &Refresher) -> Vec<String> {
    refresher.snapshot().keys.skipped().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{HttpLimits, NetworkOptions, RefreshPolicy, RemoteKeySet};
    use crate::encoding::base64url::encode;
    use crate::http::runtime;
    use crate::http::test_server::serve;
    use crate::jwks::fetch_state::FetchState;
    use crate::jws::compact::CompactJws;

    const SET: &str =
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"}]}"#;

    /// Returns the number of tokens that are still rejected without a delay.
    fn rejections_at_once(state: &FetchState) -> usize {
        std::iter::repeat_with(|| state.next_rejection_delay()).take(1_000).take_while(Duration::is_zero).count()
    }

    #[test]
    fn the_document_of_an_issuer_without_a_key_set_is_refreshed_as_often_as_a_set() {
        const DOCUMENT: &str = r#"{"issuer":"{url}"}"#;
        const DOCUMENT_OF_KEYS: &str = r#"{"issuer":"{url}","jwks_uri":"{url}/jwks"}"#;
        const RESPONSES: [&[(u16, &str)]; 3] =
            [&[(200, DOCUMENT)], &[(200, DOCUMENT_OF_KEYS), (503, "")], &[(200, DOCUMENT_OF_KEYS), (200, SET)]];
        let delays = RESPONSES.map(|responses| {
            let (url, _requests) = serve(responses);
            let (limits, policy) = (HttpLimits::default(), RefreshPolicy::default());
            let keys = RemoteKeySet::of_issuer(&url, false, limits, policy, NetworkOptions::default()).unwrap();
            let fetched = runtime::current().unwrap().block_on(keys.fetch());
            assert_eq!(fetched.is_ok(), keys.has_usable_keys());
            assert!(!keys.refresher.fetch_state().claim_refresh_task(), "the document must be refreshed");
            keys.refresher.time_until_refresh()
        });
        let is_long = |delay: &Duration| (300..=540).contains(&delay.as_secs());
        assert_eq!(delays.each_ref().map(is_long), [true, false, true], "{delays:?}");
        assert_eq!(delays[1], Duration::ZERO);
    }

    #[test]
    fn an_issuer_without_a_document_is_not_refreshed() {
        let (url, _requests) = serve(&[(404, ""), (404, "")]);
        let (limits, policy) = (HttpLimits::default(), RefreshPolicy::default());
        let keys = RemoteKeySet::of_issuer(&url, false, limits, policy, NetworkOptions::default()).unwrap();
        assert!(runtime::current().unwrap().block_on(keys.fetch()).is_err());
        assert!(keys.refresher.fetch_state().claim_refresh_task());
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
