//! The source of a key set: the URL of a JWK Set, the discovery document of an issuer, or a URL for each `kid`.

mod discovery_document;
mod fetched_keys;
mod issuer;
mod key_answer;
mod per_kid;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;

pub use discovery_document::DiscoveryDocument;
pub(super) use fetched_keys::FetchedKeys;
pub(super) use issuer::Issuer;
pub(super) use key_answer::KeyAnswer;
pub(super) use per_kid::{KeyUrl, PerKidUrl, is_possible_kid};

use fetched_keys::fetch_key_set;

use super::http::Requests;
use super::snapshot::KeySetSnapshot;
use crate::http::failure::RequestFailure;
use crate::http::url::without_query;

/// The source of a key set.
pub(super) enum Location {
    /// A URL with a JWK Set.
    Url(Url),
    /// An issuer, whose discovery document names the URL.
    Issuer(Issuer),
    /// A URL below which each key has its own path. The keys are fetched, not this.
    PerKid(PerKidUrl),
    /// The URL of one key.
    OneKey(KeyUrl),
}

impl Location {
    /// Returns the URL that the application configured.
    pub fn configured_url(&self) -> &str {
        match self {
            Self::Url(url) => url.as_str(),
            Self::Issuer(issuer) => issuer.name(),
            Self::PerKid(keys) => keys.url().as_str(),
            Self::OneKey(key) => key.url().as_str(),
        }
    }

    /// Returns the URL without query and fragment, for logs: a query may contain a secret.
    pub fn url_without_query(&self) -> String {
        match self {
            Self::Url(url) => without_query(url),
            Self::Issuer(issuer) => issuer.name().to_owned(),
            Self::PerKid(keys) => without_query(keys.url()),
            Self::OneKey(key) => without_query(key.url()),
        }
    }

    /// Returns the discovery document of an issuer, unless it is too old. `None` before a fetch, and without an issuer.
    pub fn document(&self) -> Option<Arc<DiscoveryDocument>> {
        self.issuer()?.document()
    }

    /// Returns the age of the document of an issuer that names no key set. `None` before a fetch, and for other sources.
    pub fn age_without_key_set(&self) -> Option<Duration> {
        self.issuer()?.age_without_key_set()
    }

    /// Returns the issuer whose document names the set.
    pub fn issuer(&self) -> Option<&Issuer> {
        match self {
            Self::Issuer(issuer) => Some(issuer),
            Self::Url(_) | Self::PerKid(_) | Self::OneKey(_) => None,
        }
    }

    /// Fetches the keys. `snapshot` is the cached set, for a conditional request.
    ///
    /// # Errors
    /// [`RequestFailure`] unless the keys, or the report that they are unchanged, arrive within the limits.
    pub async fn fetch(
        &self,
        snapshot: &KeySetSnapshot,
        requests: &Requests<'_>,
    ) -> Result<FetchedKeys, RequestFailure> {
        match self {
            Self::Url(url) => fetch_key_set(url, snapshot, requests).await,
            Self::Issuer(issuer) => issuer.fetch(snapshot, requests).await,
            Self::PerKid(_) => Err("a kid must name the key".into()),
            Self::OneKey(key) => key.fetch(requests).await.map(FetchedKeys::OneKey),
        }
    }
}
