//! The result of a fetch.

use reqwest::Url;
use reqwest::header::HeaderValue;

use super::key_answer::KeyAnswer;
use crate::http::failure::RequestFailure;
use crate::jwks::http::{Requests, Response};
use crate::jwks::snapshot::KeySetSnapshot;

/// The result of a fetch.
pub(in crate::jwks) enum FetchedKeys {
    /// The response with a key set, and the URL that sent it.
    Set { response: Response, url: Url },
    /// The answer for one key.
    OneKey(KeyAnswer),
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
