//! One GET of a key set, and what its response means.

use std::time::{Duration, SystemTime};

use headers::{Age, CacheControl, HeaderMapExt};
use reqwest::header::{ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{StatusCode, Url};

use crate::http::client::KeepAlive;
use crate::http::failure::{PROXY_AUTHENTICATION_REQUIRED, RequestFailure};
use crate::http::network::Network;
use crate::http::response::{read_body, retry_after};

/// Limits of one fetch.
#[derive(Debug, Clone, Copy)]
pub struct HttpLimits {
    /// The time for the whole fetch, from name resolution to the last byte. Defaults to 5 s.
    pub timeout: Duration,
    /// The maximum size of the response body after decompression, in bytes. A longer one counts as a failed fetch. Defaults
    /// to 1,048,576.
    pub max_body_bytes: usize,
    /// The maximum number of keys in a set. A larger set counts as a failed fetch, because a part of it may lack the new
    /// key. Defaults to 1,000.
    pub max_keys: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(5), max_body_bytes: 1_048_576, max_keys: 1_000 }
    }
}

/// A usable response of a key server.
pub(super) enum JwksResponse {
    /// The cached set is unchanged (304).
    NotModified {
        /// The time for which the server permits the use of the set.
        max_age: Option<Duration>,
    },
    /// The response contains a set (200).
    Modified {
        /// The body, not yet parsed.
        body: Vec<u8>,
        /// The `ETag`, for the next conditional request.
        etag: Option<HeaderValue>,
        /// The time for which the server permits the use of the set.
        max_age: Option<Duration>,
    },
}

/// Fetches the set at `url`. With `etag`, the server may report that the set is unchanged. `network` adds the
/// headers of the operator if the URL has the origin that may see them.
///
/// # Errors
/// [`RequestFailure`] unless the response is a 200, or a 304 to `etag`, within the limits.
pub(super) async fn fetch_jwks(
    url: &Url,
    etag: Option<&HeaderValue>,
    limits: HttpLimits,
    network: &Network,
) -> Result<JwksResponse, RequestFailure> {
    // Fetches are rare, and a process would share open connections with its children after a `fork()`.
    let HttpLimits { timeout, max_body_bytes, .. } = limits;
    let connection = network.connect(url, timeout, KeepAlive::NONE).await?;
    let mut request = connection.get(url);
    if let Some(etag) = etag {
        request = request.header(IF_NONE_MATCH, etag);
    }
    let response = request.send().await.map_err(|error| connection.failure(&error, timeout))?;
    let (status, max_age) = (response.status(), server_max_age(response.headers()));
    match status {
        StatusCode::OK => {
            let etag = response.headers().get(ETAG).cloned();
            Ok(JwksResponse::Modified { body: read_body(response, max_body_bytes, timeout).await?, etag, max_age })
        }
        StatusCode::NOT_MODIFIED if etag.is_some() => Ok(JwksResponse::NotModified { max_age }),
        _ => {
            let retry_after = retry_after(response.headers(), SystemTime::now());
            Err(failure_of_status(status, retry_after, network.sends_headers_to(url)))
        }
    }
}

/// Returns the failure for a response that does not contain a key set.
fn failure_of_status(status: StatusCode, retry_after: Option<Duration>, has_headers: bool) -> RequestFailure {
    if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        return RequestFailure { reason: PROXY_AUTHENTICATION_REQUIRED.to_owned(), retry_after };
    }
    let remedy = match status.as_u16() {
        300..=399 => ", a redirect, which is not followed; use the URL that it leads to",
        401 | 403 if has_headers => "; check the credential in headers, and what it permits",
        401 | 403 => "; the key set must be readable without authentication, or with a credential in headers",
        404 | 405 | 410 => "; check the path of the URL",
        429 => "; it limits the rate of requests",
        500..=599 => ", an error of the server; look into its log",
        _ => "; the response to a GET must be a JWK Set with status 200",
    };
    RequestFailure { reason: format!("the server responded with status {}{remedy}", status.as_u16()), retry_after }
}

/// Returns the remaining time for which the response may be used (RFC 9111 §4.2). Ignores `s-maxage`, which is for shared
/// caches.
fn server_max_age(headers: &HeaderMap) -> Option<Duration> {
    let control = headers.typed_get::<CacheControl>()?;
    if control.no_store() || control.no_cache() {
        return Some(Duration::ZERO);
    }
    let age_seconds = headers.typed_get::<Age>().map_or(0, |age| age.as_secs());
    control.max_age().map(|max_age| max_age.saturating_sub(Duration::from_secs(age_seconds)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::server_max_age;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn server_max_age_is_max_age_less_age() {
        for (pairs, expected) in [
            (&[("cache-control", "public, max-age=300")][..], Some(300)),
            (&[("cache-control", "max-age=300"), ("age", "100")], Some(200)),
            (&[("cache-control", "max-age=300"), ("age", "400")], Some(0)),
            (&[("cache-control", "s-maxage=300")], None),
            (&[("cache-control", "no-store, max-age=300")], Some(0)),
            (&[("cache-control", "no-cache")], Some(0)),
            (&[("cache-control", "max-age=soon")], None),
            (&[("expires", "0")], None),
        ] {
            assert_eq!(server_max_age(&headers(pairs)), expected.map(Duration::from_secs), "{pairs:?}");
        }
    }
}
