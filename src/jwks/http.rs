//! The requests of one fetch, and what a response means.

use std::time::{Duration, Instant, SystemTime};

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

/// A response of a key server.
pub(super) enum Response {
    /// The content is unchanged since the `ETag` of the request (304).
    NotModified {
        /// The time for which the server permits the use of the content.
        max_age: Option<Duration>,
    },
    /// The response has a content (200).
    Modified(Content),
    /// Any other status.
    Refused(Refusal),
}

/// A response with another status than 200 and 304.
pub(super) struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// The time for which the server asks to wait.
    pub retry_after: Option<Duration>,
    /// Whether the request had headers of the operator.
    pub has_headers: bool,
}

/// The content of a response, not yet parsed.
pub(super) struct Content {
    /// The body.
    pub body: Vec<u8>,
    /// The `ETag`, for the next conditional request.
    pub etag: Option<HeaderValue>,
    /// The time for which the server permits the use of the content.
    pub max_age: Option<Duration>,
}

/// The requests of one fetch, which share its time.
pub(super) struct Requests<'n> {
    limits: HttpLimits,
    network: &'n Network,
    started_at: Instant,
}

impl<'n> Requests<'n> {
    /// Starts the time of a fetch.
    pub fn start(limits: HttpLimits, network: &'n Network) -> Self {
        Self { limits, network, started_at: Instant::now() }
    }

    /// Requests `url` in the time that is left. With `etag`, the server may report that the content is unchanged. The
    /// headers of the operator are added if the URL has the origin that may see them.
    ///
    /// # Errors
    /// [`RequestFailure`] if no complete response arrives within the limits.
    pub async fn get(&self, url: &Url, etag: Option<&HeaderValue>) -> Result<Response, RequestFailure> {
        // Fetches are rare, and a process would share open connections with its children after a `fork()`.
        let HttpLimits { timeout, max_body_bytes, .. } = self.limits;
        let time_left = timeout.saturating_sub(self.started_at.elapsed());
        let connection = self.network.connect(url, time_left, KeepAlive::NONE).await?;
        let mut request = connection.get(url);
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let response = request.send().await.map_err(|error| connection.failure(&error, timeout))?;
        let (status, max_age) = (response.status(), server_max_age(response.headers()));
        match status {
            StatusCode::OK => {
                let etag = response.headers().get(ETAG).cloned();
                let body = read_body(response, max_body_bytes, timeout).await?;
                Ok(Response::Modified(Content { body, etag, max_age }))
            }
            StatusCode::NOT_MODIFIED if etag.is_some() => Ok(Response::NotModified { max_age }),
            _ => {
                let retry_after = retry_after(response.headers(), SystemTime::now());
                let has_headers = self.network.sends_headers_to(url);
                Ok(Response::Refused(Refusal { status, retry_after, has_headers }))
            }
        }
    }
}

impl Refusal {
    /// Returns true if the server says that it has nothing at this URL. A server that is overloaded or fails says nothing
    /// about it, nor does a proxy.
    pub fn is_absence(&self) -> bool {
        self.status.is_client_error() && !matches!(self.status.as_u16(), 407 | 408 | 421 | 425 | 429)
    }

    /// Returns the failure for a response that is not `expected`, such as "a JWK Set".
    pub fn into_failure(self, expected: &str) -> RequestFailure {
        let Self { status, retry_after, has_headers } = self;
        if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return RequestFailure { reason: PROXY_AUTHENTICATION_REQUIRED.to_owned(), retry_after };
        }
        let remedy = match status.as_u16() {
            401 | 403 if has_headers => "; check the credential in headers, and what it permits",
            401 | 403 => "; the URL must be readable without authentication, or with a credential in headers",
            404 | 405 | 410 => "; check the path of the URL",
            429 => "; it limits the rate of requests",
            _ => &format!("; the response to a GET must be {expected} with status 200"),
        };
        RequestFailure::from_status(status, retry_after, remedy)
    }
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

    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{Refusal, server_max_age};

    fn refusal(status: u16, has_headers: bool) -> Refusal {
        Refusal { status: StatusCode::from_u16(status).unwrap(), retry_after: None, has_headers }
    }

    #[test]
    fn absence_is_an_error_of_the_request_that_says_something_of_the_key() {
        for status in 100..600 {
            let expected = (400..500).contains(&status) && ![407, 408, 421, 425, 429].contains(&status);
            assert_eq!(refusal(status, false).is_absence(), expected, "{status}");
        }
    }

    #[test]
    fn refusal_says_what_to_check() {
        for (status, has_headers, expected) in [
            (401, true, "check the credential in headers"),
            (403, true, "check the credential in headers"),
            (401, false, "readable without authentication"),
            (403, false, "readable without authentication"),
            (404, true, "check the path of the URL"),
            (405, false, "check the path of the URL"),
            (410, false, "check the path of the URL"),
            (429, false, "limits the rate of requests"),
            (500, false, "an error of the server"),
            (204, true, "must be a JWK Set with status 200"),
        ] {
            let reason = refusal(status, has_headers).into_failure("a JWK Set").reason;
            assert!(reason.contains(expected), "{status}: {reason}");
        }
        let proxy = refusal(407, false).into_failure("a JWK Set").reason;
        assert!(proxy.contains("proxy"), "{proxy}");
    }

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
