//! The only HTTP: one GET of a key set, with a deadline and a cap on the body, without redirects.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use headers::{Age, CacheControl, HeaderMapExt};
use reqwest::header::{ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

use crate::error::{Error, Result};

/// What a fetch may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the look-up of the name to the last byte.
    pub timeout: Duration,
    /// The longest body that is read, in bytes, decompressed.
    pub max_body_bytes: usize,
    /// The most members that a set may have. A longer one is refused whole: nobody knows which of its keys is the new one.
    pub max_keys: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(5), max_body_bytes: 1_048_576, max_keys: 1_000 }
    }
}

/// An address that key sets may be fetched from: https, or http to this machine or where `allow_http` says so.
///
/// # Errors
/// [`Error::Configuration`] for anything else, and for an address with a user name or a password in it.
pub fn checked_url(text: &str, allow_http: bool) -> Result<Url> {
    let refused = |why: &str| Error::Configuration(format!("The key set's URL {why}."));
    let url = Url::parse(text.trim()).map_err(|_| refused("is no URL; https://auth.example.com is one"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("must not hold a user name or a password"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if allow_http || is_this_machine(&url) => Ok(url),
        "http" => Err(refused("must be https: plain http is for this machine, or where it is allowed (allow_http)")),
        _ => Err(refused("must be https")),
    }
}

/// The origin of an http or https address, as a browser writes it (RFC 6454 §6.2).
///
/// # Errors
/// [`Error::Configuration`] for anything else, and for an address with a user name or a password in it.
pub fn origin(text: &str) -> Result<String> {
    checked_url(text, true).map(|url| url.origin().ascii_serialization())
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// What a key server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The set is the one that is at hand.
    Unchanged {
        /// How long it may be used, if the server says so.
        max_age: Option<Duration>,
    },
    /// This is the set.
    Set {
        /// The body, in JSON as far as the server says.
        body: Vec<u8>,
        /// The name of this version of it, to ask for a later one with.
        etag: Option<HeaderValue>,
        /// How long it may be used, if the server says so.
        max_age: Option<Duration>,
    },
}

/// Why there is no answer to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// For a log: nothing in it comes from the server but its status.
    pub why: String,
    /// How long the server wants to be left alone, if it says so.
    pub retry_after: Option<Duration>,
}

impl From<&str> for Failure {
    fn from(why: &str) -> Self {
        Self { why: why.to_owned(), retry_after: None }
    }
}

/// Asks `url` for its set; for one later than `etag`, if that is at hand.
///
/// # Errors
/// [`Failure`] unless the answer is a 200, or a 304 to `etag`, within the limits.
pub async fn get(url: &Url, etag: Option<&HeaderValue>, limits: Limits) -> Result<Answer, Failure> {
    let mut request = client(url, limits)?.get(url.clone());
    if let Some(etag) = etag {
        request = request.header(IF_NONE_MATCH, etag);
    }
    let response = request.send().await.map_err(|_| Failure::from("the server cannot be reached, or not in time"))?;
    let (status, max_age) = (response.status(), said_age(response.headers()));
    match status {
        StatusCode::OK => {
            let etag = response.headers().get(ETAG).cloned();
            Ok(Answer::Set { body: read_body(response, limits.max_body_bytes).await?, etag, max_age })
        }
        StatusCode::NOT_MODIFIED if etag.is_some() => Ok(Answer::Unchanged { max_age }),
        _ => Err(Failure {
            why: format!("the server answered {}", status.as_u16()),
            retry_after: retry_after(response.headers(), SystemTime::now()),
        }),
    }
}

/// A client a fetch: fetches are rare, and connections kept across a `fork()` would be shared with the child. One for
/// plain http needs no certificates, and so works where there are none.
fn client(url: &Url, limits: Limits) -> Result<Client, Failure> {
    let agent = concat!("fastjose/", env!("CARGO_PKG_VERSION"));
    let client = Client::builder().user_agent(agent).timeout(limits.timeout).redirect(Policy::none()).no_proxy();
    let client = if url.scheme() == "https" { client } else { client.tls_certs_only([]) };
    client.build().map_err(|_| Failure::from("https cannot be used: this machine has no store of CA certificates"))
}

/// What is left of the time for which an answer may be used (RFC 9111 §4.2): no `s-maxage`, for nobody shares our copy.
fn said_age(headers: &HeaderMap) -> Option<Duration> {
    let control = headers.typed_get::<CacheControl>()?;
    if control.no_store() || control.no_cache() {
        return Some(Duration::ZERO);
    }
    let spent = headers.typed_get::<Age>().map_or(0, |age| age.as_secs());
    control.max_age().map(|age| age.saturating_sub(Duration::from_secs(spent)))
}

/// `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), or the `x-retry-after` in seconds of Better Auth's limiter.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let said = [RETRY_AFTER.as_str(), "x-retry-after"].into_iter().find_map(|name| headers.get(name)?.to_str().ok())?;
    let said = said.trim();
    let in_seconds = said.parse().ok().map(Duration::from_secs);
    in_seconds.or_else(|| httpdate::parse_http_date(said).ok()?.duration_since(now).ok())
}

/// The cap counts what a compressed body unfolds to.
async fn read_body(mut response: Response, max_bytes: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Failure::from("the answer broke off"))? {
        if body.len() + chunk.len() > max_bytes {
            let why = format!("the answer is longer than {max_bytes} bytes");
            return Err(Failure { why, retry_after: None });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{checked_url, retry_after, said_age};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn an_age_is_what_the_server_says_less_what_it_has_lain() {
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
            assert_eq!(said_age(&headers(pairs)), expected.map(Duration::from_secs), "{pairs:?}");
        }
    }

    #[test]
    fn a_server_says_when_to_come_back() {
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
    fn takes_https_and_this_machine() {
        for url in ["https://a.example/jwks", "http://localhost:3000/x", "http://127.0.0.9:1/", "http://[::1]:3000/"] {
            assert!(checked_url(url, false).is_ok(), "{url}");
        }
        assert!(checked_url("http://auth:3000/api/auth/jwks", true).is_ok());
    }

    #[test]
    fn refuses_the_rest() {
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
        ] {
            assert!(checked_url(url, false).is_err(), "{url}");
        }
    }
}
