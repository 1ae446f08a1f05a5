//! The URLs that may be requested.

use std::net::IpAddr;

use reqwest::Url;

use crate::error::{Error, Result};

/// Parses a URL that may be requested: https, or http to a loopback address. `allow_http` permits http to every host.
/// Errors call the URL `name`.
///
/// # Errors
/// [`Error::Configuration`] for any other URL, and for a URL that contains a user name or password.
pub(crate) fn parse_allowed_url(name: &str, text: &str, allow_http: bool) -> Result<Url> {
    let error = |problem: &str| Error::Configuration(format!("{name} {problem}."));
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
    parse_allowed_url("The URL", text, true).map(|url| url.origin().ascii_serialization())
}

/// Returns `url` without query and fragment, for logs: a query may contain a secret.
pub(crate) fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::parse_allowed_url;

    #[test]
    fn https_and_loopback_urls_are_allowed() {
        for url in ["https://a.example/jwks", "http://localhost:3000/x", "http://127.0.0.9:1/", "http://[::1]:3000/"] {
            assert!(parse_allowed_url("The URL", url, false).is_ok(), "{url}");
        }
        assert!(parse_allowed_url("The URL", "http://auth:3000/api/auth/jwks", true).is_ok());
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
            assert!(parse_allowed_url("The URL", url, false).is_err(), "{url}");
        }
        for (url, expected) in [
            ("http://a.example/", "The URL must use https; plain http requires a loopback address or allow_http."),
            ("ftp://127.0.0.1/", "The URL must use https."),
        ] {
            assert_eq!(parse_allowed_url("The URL", url, false).unwrap_err().to_string(), expected);
        }
    }
}
