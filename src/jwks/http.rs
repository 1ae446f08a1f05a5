//! The HTTP client of the core: one GET of a key set, with a timeout and a limit for the body, without redirects.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use headers::{Age, CacheControl, HeaderMapExt};
use reqwest::header::{ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

use super::fetch_error::FetchError;
use crate::error::{Error, Result};

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

/// Parses a URL that key sets may be fetched from: https, or http to a loopback address. `allow_http` permits http to every
/// host.
///
/// # Errors
/// [`Error::Configuration`] for any other URL, and for a URL that contains a user name or password.
pub(super) fn parse_allowed_url(text: &str, allow_http: bool) -> Result<Url> {
    let error = |problem: &str| Error::Configuration(format!("The key set's URL {problem}."));
    if text.contains(['{', '}', '<', '>']) {
        return Err(error("must not contain a placeholder such as {tenantid}; replace it with the value"));
    }
    let url = Url::parse(text.trim()).map_err(|_| error("must be a URL such as https://auth.example.com"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(error("must not contain a user name or password"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if allow_http || is_loopback(&url) => Ok(url),
        "http" => Err(error("must use https; plain http requires a loopback address or allow_http")),
        _ => Err(error("must use https")),
    }
}

/// Returns the origin of an http or https URL, in the form that browsers use (RFC 6454 §6.2).
///
/// # Errors
/// [`Error::Configuration`] for any other URL, and for a URL that contains a user name or password.
pub fn url_origin(text: &str) -> Result<String> {
    parse_allowed_url(text, true).map(|url| url.origin().ascii_serialization())
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
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

/// Fetches the set at `url`. With `etag`, the server may report that the set is unchanged.
///
/// # Errors
/// [`FetchError`] unless the response is a 200, or a 304 to `etag`, within the limits.
pub(super) async fn fetch_jwks(
    url: &Url,
    etag: Option<&HeaderValue>,
    limits: HttpLimits,
) -> Result<JwksResponse, FetchError> {
    let mut request = build_client(url, limits)?.get(url.clone());
    if let Some(etag) = etag {
        request = request.header(IF_NONE_MATCH, etag);
    }
    let response = request.send().await.map_err(|error| FetchError::from_transport(&error, limits.timeout))?;
    let (status, max_age) = (response.status(), server_max_age(response.headers()));
    match status {
        StatusCode::OK => {
            let etag = response.headers().get(ETAG).cloned();
            Ok(JwksResponse::Modified { body: read_body(response, limits).await?, etag, max_age })
        }
        StatusCode::NOT_MODIFIED if etag.is_some() => Ok(JwksResponse::NotModified { max_age }),
        _ => Err(FetchError::from_status(status, retry_after(response.headers(), SystemTime::now()))),
    }
}

/// Builds a client for one fetch. Fetches are rare, and a process would share open connections with its children after a
/// `fork()`. For plain http the client loads no CA certificates, so that it works on systems without them.
fn build_client(url: &Url, limits: HttpLimits) -> Result<Client, FetchError> {
    let agent = concat!("fastjose/", env!("CARGO_PKG_VERSION"));
    let client = Client::builder().user_agent(agent).timeout(limits.timeout).redirect(Policy::none()).no_proxy();
    let client = if url.scheme() == "https" { client } else { client.tls_certs_only([]) };
    client.build().map_err(|_| {
        FetchError::from(
            "https requires a store of CA certificates; install one on this machine, and check SSL_CERT_FILE and \
             SSL_CERT_DIR if they are set",
        )
    })
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

/// Returns `Retry-After`, in seconds or as a date (RFC 9110 §10.2.3), or the `x-retry-after` in seconds of Better Auth's
/// rate limiter.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value =
        [RETRY_AFTER.as_str(), "x-retry-after"].into_iter().find_map(|name| headers.get(name)?.to_str().ok())?;
    let value = value.trim();
    let in_seconds = value.parse().ok().map(Duration::from_secs);
    in_seconds.or_else(|| httpdate::parse_http_date(value).ok()?.duration_since(now).ok())
}

/// Reads the body. The limit counts decompressed bytes, so that a small compressed body cannot fill the memory.
async fn read_body(mut response: Response, limits: HttpLimits) -> Result<Vec<u8>, FetchError> {
    let HttpLimits { timeout, max_body_bytes, .. } = limits;
    let mut body = Vec::new();
    let interrupted = |error: reqwest::Error| {
        if error.is_timeout() {
            FetchError::from_transport(&error, timeout)
        } else {
            FetchError::from("the response ended early, or its content encoding is invalid")
        }
    };
    while let Some(chunk) = response.chunk().await.map_err(interrupted)? {
        if body.len() + chunk.len() > max_body_bytes {
            let reason = format!(
                "the response must be at most {max_body_bytes} bytes long; check the URL, or raise max_body_bytes"
            );
            return Err(FetchError { reason, retry_after: None });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{parse_allowed_url, retry_after, server_max_age};

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

    #[test]
    fn retry_after_is_a_number_of_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000); // Sun, 09 Sep 2001 01:46:40 GMT
        for (pairs, expected) in [
            (&[("retry-after", "120")][..], Some(120)),
            (&[("x-retry-after", " 10 ")], Some(10)),
            (&[("retry-after", "Sun, 09 Sep 2001 01:47:40 GMT")], Some(60)),
            (&[("retry-after", "Sun, 09 Sep 2001 01:45:40 GMT")], None),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "soon")], None),
            (&[], None),
        ] {
            assert_eq!(retry_after(&headers(pairs), now), expected.map(Duration::from_secs), "{pairs:?}");
        }
    }

    #[test]
    fn https_and_loopback_urls_are_allowed() {
        for url in ["https://a.example/jwks", "http://localhost:3000/x", "http://127.0.0.9:1/", "http://[::1]:3000/"] {
            assert!(parse_allowed_url(url, false).is_ok(), "{url}");
        }
        assert!(parse_allowed_url("http://auth:3000/api/auth/jwks", true).is_ok());
    }

    #[test]
    fn other_urls_are_rejected() {
        for url in [
            "",
            "auth",
            "/jwks",
            "file:///etc/passwd",
            "ftp://a/",
            "data:,x",
            "http://a.example/",
            "http://10.0.0.1/",
            "http://localhost.example/",
            "https://user@a.example/",
            "https://u:p@a.example/",
            "https://",
            "https://login.example/{tenantid}/keys",
            "https://<tenant>.example/keys",
            "https://a.example/keys?p=${POLICY}",
        ] {
            assert!(parse_allowed_url(url, false).is_err(), "{url}");
        }
    }
}
