//! A key set behind a URL: what was fetched last, and the fetch when something is wanted that is not at hand.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use reqwest::Url;

use crate::error::{Error, Result};
use crate::fetch;
use crate::jwks::{Decision, Freshness, Limits};
use crate::key::JwkSource;
use crate::keyset::KeySet;
use crate::runtime;
use crate::token::Token;

/// A JWK Set that is fetched when first needed, when a token names a key that it does not have, and when it has aged.
pub struct RemoteKeySet {
    url: Url,
    http: fetch::Limits,
    limits: Limits,
    started: Instant,
    state: RwLock<State>,
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    keys: Arc<KeySet>,
    freshness: Freshness,
    /// Counts the sets that were fetched; 0 before the first.
    generation: u64,
    /// Counts the fetches that ended, well or not.
    fetches: u64,
    /// Why the last fetch brought no set, if it brought none.
    failure: Option<Error>,
}

impl RemoteKeySet {
    /// The set at `url`; nothing is fetched yet. Plain http is taken to this machine, or anywhere with `allow_http`.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a URL that is none, or not to be trusted.
    pub fn new(url: &str, allow_http: bool, http: fetch::Limits, limits: Limits) -> Result<Self> {
        let url = fetch::checked_url(url, allow_http)?;
        let (state, fetching) = (RwLock::default(), tokio::sync::Mutex::default());
        Ok(Self { url, http, limits, started: Instant::now(), state, fetching })
    }

    /// Where it is fetched from.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The same without its query, which may hold what is not for a log.
    #[must_use]
    pub fn address(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        url.to_string()
    }

    /// Which set is at hand: another number, another set.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.read().generation
    }

    /// Whether the set at hand may be used as it is, for a token whose key it has.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.read().freshness.decide(true, self.now(), self.limits) == Decision::Use
    }

    /// The keys for `token`, if those at hand are the ones to ask; where these have aged, they are fetched meanwhile.
    ///
    /// # Errors
    /// [`Error::KeyNotAtHand`] if [`RemoteKeySet::fetch_for`] should be awaited first; [`Error::KeysUnavailable`] if that
    /// has failed a moment ago.
    pub fn keys_for(self: &Arc<Self>, token: &Token<'_>) -> Result<Arc<KeySet>> {
        let state = self.read();
        let (decision, keys) = (self.decide(&state, token), Arc::clone(&state.keys));
        match decision {
            Decision::Use => Ok(keys),
            Decision::Fetch => Err(Error::KeyNotAtHand),
            Decision::Unavailable => Err(state.why_unavailable()),
            Decision::Refresh => {
                drop(state);
                self.refresh();
                Ok(keys)
            }
        }
    }

    fn decide(&self, state: &State, token: &Token<'_>) -> Decision {
        state.freshness.decide(state.keys.has_key_for(token), self.now(), self.limits)
    }

    /// Fetches on the runtime of this process, unless somebody else has just begun to.
    fn refresh(self: &Arc<Self>) {
        let mut state = self.write();
        if state.freshness.decide(true, self.now(), self.limits) != Decision::Refresh {
            return;
        }
        state.freshness.begin_refresh(self.now());
        drop(state);
        if let Ok(runtime) = runtime::current() {
            let this = Arc::clone(self);
            runtime.spawn(async move { this.fetch_now().await });
        }
    }

    /// The keys for `token` after a fetch: those at hand, old or new.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if the fetch failed and no earlier one brought the key.
    pub fn keys_after_fetch(&self, token: &Token<'_>) -> Result<Arc<KeySet>> {
        let state = self.read();
        let is_at_hand = state.keys.has_key_for(token) && state.freshness.is_trusted(self.now(), self.limits);
        if state.failure.is_some() && !is_at_hand { Err(state.why_unavailable()) } else { Ok(Arc::clone(&state.keys)) }
    }

    /// Fetches the set for `token`; whoever comes while a fetch is under way waits for that one. A failure keeps the keys.
    pub async fn fetch_for(&self, token: &Token<'_>) {
        let seen = self.read().fetches;
        // Nobody holds the turn for longer than a fetch may take, save a thread that was lost in a fork().
        let patience = self.http.timeout.saturating_mul(2);
        let _turn = tokio::time::timeout(patience, self.fetching.lock()).await;
        if self.is_still_needed(token, seen) {
            self.fetch_now().await;
        }
    }

    // One guard for both questions: a second one behind a waiting writer would never be given.
    fn is_still_needed(&self, token: &Token<'_>, seen: u64) -> bool {
        let state = self.read();
        state.fetches == seen && self.decide(&state, token) == Decision::Fetch
    }

    async fn fetch_now(&self) {
        let fetched = self.fetch_keys().await;
        let now = self.now();
        self.write().settle(fetched, now);
    }

    async fn fetch_keys(&self) -> Result<KeySet> {
        let body = fetch::get(&self.url, self.http).await?;
        KeySet::from_jwk_set(&body, JwkSource::Remote)
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    // Nothing panics under this lock, and a state is whole at every moment, so a poisoned one is as good as any.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn settle(&mut self, fetched: Result<KeySet>, now: Duration) {
        self.fetches += 1;
        match fetched {
            Ok(keys) => {
                self.freshness.succeed(now);
                self.failure = None;
                self.generation += 1;
                self.keys = Arc::new(keys);
            }
            Err(error) => {
                self.freshness.fail(now);
                self.failure = Some(unavailable(error));
            }
        }
    }

    fn why_unavailable(&self) -> Error {
        self.failure.clone().unwrap_or_else(|| Error::KeysUnavailable("it was not fetched yet".to_owned()))
    }
}

/// An answer that is no usable key set is the key server's fault, and not the caller's key material.
fn unavailable(error: Error) -> Error {
    match error {
        Error::KeysUnavailable(_) => error,
        other => Error::KeysUnavailable(other.to_string()),
    }
}
