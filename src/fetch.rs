//! The only HTTP: one GET of a key set, with a deadline and a cap on the body, without redirects.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

use crate::error::{Error, Result};

/// What a fetch may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the look-up of the name to the last byte.
    pub timeout: Duration,
    /// The longest body that is read, in bytes.
    pub max_body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(5), max_body_bytes: 1_048_576 }
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

/// The body that `url` answers a GET with.
///
/// # Errors
/// [`Error::KeysUnavailable`] unless the answer is a 200 within the limits.
pub async fn get(url: &Url, limits: Limits) -> Result<Vec<u8>> {
    let failed = |_| unavailable("the server cannot be reached, or not in time");
    let response = client(limits)?.get(url.clone()).send().await.map_err(failed)?;
    if response.status() != StatusCode::OK {
        return Err(unavailable(&format!("the server answered {}", response.status().as_u16())));
    }
    read_body(response, limits.max_body_bytes).await
}

// A client a fetch: fetches are rare, and connections kept across a fork() would be shared with the child.
fn client(limits: Limits) -> Result<Client> {
    let agent = concat!("fastjose/", env!("CARGO_PKG_VERSION"));
    let client = Client::builder().user_agent(agent).timeout(limits.timeout).redirect(Policy::none()).no_proxy();
    client.build().map_err(|_| unavailable("TLS cannot be set up on this machine"))
}

async fn read_body(mut response: Response, max_bytes: usize) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| unavailable("the answer broke off"))? {
        if body.len() + chunk.len() > max_bytes {
            return Err(unavailable(&format!("the answer is longer than {max_bytes} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn unavailable(why: &str) -> Error {
    Error::KeysUnavailable(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::checked_url;

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
