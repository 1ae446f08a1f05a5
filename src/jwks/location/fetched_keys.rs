//! The keys that a fetch requests, and its result.

use reqwest::Url;
use reqwest::header::HeaderValue;

use crate::http::failure::RequestFailure;
use crate::jwks::http::{Requests, Response};
use crate::jwks::kept_keys::KeyAnswers;
use crate::jwks::snapshot::KeySetSnapshot;

/// The keys that a fetch requests.
pub(in crate::jwks) struct FetchScope {
    /// The `kid`s that tokens wait for. Only [`Location::PerKid`] requests them one by one.
    pub wanted_kids: Vec<String>,
    /// Whether the cached keys are fetched again, too.
    pub includes_cached: bool,
}

/// The result of a fetch.
pub(in crate::jwks) enum FetchedKeys {
    /// The response with a key set, and the URL that sent it.
    Set { response: Response, url: Url },
    /// The answers for each `kid`.
    PerKid(KeyAnswers),
}

/// Fetches the set at `url`, unless it is the cached one and unchanged.
pub(super) async fn fetch_key_set(
    url: &Url,
    snapshot: &KeySetSnapshot,
    requests: &Requests<'_>,
) -> Result<FetchedKeys, RequestFailure> {
    let etag: Option<&HeaderValue> = snapshot.etag_of(url);
    match requests.get(url, etag).await? {
        Response::Refused(refusal) => Err(refusal.into_failure("a JWK Set")),
        response => Ok(FetchedKeys::Set { response, url: url.clone() }),
    }
}
