//! The source of a key set: the URL of a JWK Set, the discovery document of an issuer, or a URL for each `kid`.

mod discovery_document;
mod fetched_keys;
mod issuer;
mod per_kid;
mod wanted_kids;

use reqwest::Url;

pub use discovery_document::DiscoveryDocument;
pub(super) use fetched_keys::{FetchScope, FetchedKeys};
pub(super) use issuer::Issuer;
pub(super) use per_kid::{PerKidUrl, is_possible_kid};
pub(super) use wanted_kids::{WantedKid, WantedKids};

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
    /// A URL at which each key has its own path.
    PerKid(PerKidUrl),
}

impl Location {
    /// Returns the URL that the application configured.
    pub fn configured_url(&self) -> &str {
        match self {
            Self::Url(url) => url.as_str(),
            Self::Issuer(issuer) => issuer.name(),
            Self::PerKid(keys) => keys.url().as_str(),
        }
    }

    /// Returns the URL without query and fragment, for logs: a query may contain a secret.
    pub fn url_without_query(&self) -> String {
        match self {
            Self::Url(url) => without_query(url),
            Self::Issuer(issuer) => issuer.name().to_owned(),
            Self::PerKid(keys) => without_query(keys.url()),
        }
    }

    /// Fetches the keys. `snapshot` is the cached set, for a conditional request.
    ///
    /// # Errors
    /// [`RequestFailure`] unless the keys, or the report that they are unchanged, arrive within the limits.
    pub async fn fetch(
        &self,
        snapshot: &KeySetSnapshot,
        scope: FetchScope,
        requests: &Requests<'_>,
    ) -> Result<FetchedKeys, RequestFailure> {
        match self {
            Self::Url(url) => fetch_key_set(url, snapshot, requests).await,
            Self::Issuer(issuer) => issuer.fetch(snapshot, requests).await,
            Self::PerKid(keys) => Ok(FetchedKeys::PerKid(keys.fetch(snapshot.kept_keys(), scope, requests).await)),
        }
    }
}
