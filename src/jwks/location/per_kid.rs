//! Keys that are published one by one: `{url}/{kid}` is a public key in PEM, as at an AWS Application Load Balancer.

use std::time::Duration;

use reqwest::{StatusCode, Url};

use super::key_answer::KeyAnswer;
use crate::error::Error;
use crate::http::failure::RequestFailure;
use crate::http::url::parse_allowed_url;
use crate::jwks::http::{Content, Refusal, Requests, Response};
use crate::keys::VerificationKey;

/// The length of the longest `kid` that is requested.
const MAX_KID_BYTES: usize = 128;

/// The length of the longest key in PEM. An RSA key of 16,384 bits with a certificate is shorter.
const MAX_PEM_BYTES: usize = 16_384;

/// A URL below which each key has its own path.
#[derive(Clone)]
pub(in crate::jwks) struct PerKidUrl(Url);

/// The URL of one key.
pub(in crate::jwks) struct KeyUrl {
    kid: String,
    url: Url,
}

impl PerKidUrl {
    /// Returns the location of keys below `url`.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the URL is not permitted, or has a query or a fragment.
    pub fn new(url: &str, allow_http: bool) -> crate::error::Result<Self> {
        let url = parse_allowed_url("The URL of the keys", url, allow_http)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Error::Configuration("The URL of the keys must not have a query or a fragment.".to_owned()));
        }
        Ok(Self(url))
    }

    /// Returns the URL below which the keys are.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Returns the URL of the key `kid`, or `None` if the `kid` must not be a part of a URL.
    pub fn key(&self, kid: &str) -> Option<KeyUrl> {
        let mut url = self.0.clone();
        if !is_possible_kid(kid) {
            return None;
        }
        url.path_segments_mut().ok()?.pop_if_empty().push(kid);
        Some(KeyUrl { kid: kid.to_owned(), url })
    }
}

impl KeyUrl {
    /// Returns the URL.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Fetches the key.
    ///
    /// # Errors
    /// [`RequestFailure`] unless the server says that it has the key, that it has not, or that it does not show it.
    pub async fn fetch(&self, requests: &Requests<'_>) -> Result<KeyAnswer, RequestFailure> {
        self.read_answer(requests.get(&self.url, None).await?)
    }

    /// Returns the answer for the key in `response`.
    ///
    /// # Errors
    /// See [`KeyUrl::fetch`].
    pub fn read_answer(&self, response: Response) -> Result<KeyAnswer, RequestFailure> {
        match response {
            Response::Modified(Content { body, max_age, .. }) => read_key(&self.kid, body, max_age),
            Response::Refused(Refusal { status: StatusCode::NOT_FOUND | StatusCode::GONE, .. }) => {
                Ok(KeyAnswer::Absent)
            }
            Response::Refused(refusal) => {
                let is_absence = refusal.is_absence();
                let failure = refusal.into_failure("a public key in PEM");
                if is_absence { Ok(KeyAnswer::Refused(failure)) } else { Err(failure) }
            }
            Response::NotModified { .. } => Err("it was not requested".into()),
        }
    }
}

fn read_key(kid: &str, pem: Vec<u8>, max_age: Option<Duration>) -> Result<KeyAnswer, RequestFailure> {
    if pem.len() > MAX_PEM_BYTES {
        return Err("the response must be a public key in PEM; it is too long, check the URL".into());
    }
    match VerificationKey::from_pem(&pem) {
        Ok(_) => Ok(KeyAnswer::Found { kid: kid.to_owned(), pem, max_age }),
        Err(error) => {
            let reason =
                format!("the response must be a public key in PEM: {}", error.to_string().trim_end_matches('.'));
            Err(reason.as_str().into())
        }
    }
}

/// Returns true if `kid` may become a part of a URL: a token from outside has no other influence on the request.
pub(in crate::jwks) fn is_possible_kid(kid: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=MAX_KID_BYTES).contains(&kid.len()) && kid.bytes().all(is_allowed) && kid != "." && kid != ".."
}

#[cfg(test)]
mod tests {
    use super::{KeyAnswer, MAX_PEM_BYTES, PerKidUrl, is_possible_kid, read_key};

    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn key_may_have_as_many_bytes_as_the_limit() {
        let padded = |bytes: usize| format!("{PEM}{}", " ".repeat(bytes - PEM.len())).into_bytes();
        for bytes in [PEM.len(), MAX_PEM_BYTES] {
            assert!(matches!(read_key("a", padded(bytes), None), Ok(KeyAnswer::Found { .. })), "{bytes}");
        }
        for bytes in [MAX_PEM_BYTES + 1, 2 * MAX_PEM_BYTES] {
            assert!(
                read_key("a", padded(bytes), None).is_err_and(|failure| failure.reason.contains("too long")),
                "{bytes}"
            );
        }
    }

    #[test]
    fn a_kid_becomes_the_last_segment_of_the_path_and_nothing_else() {
        for url in ["https://keys.example/a", "https://keys.example/a/"] {
            let keys = PerKidUrl::new(url, false).unwrap();
            assert_eq!(keys.key("x-1_2.z").unwrap().url().as_str(), "https://keys.example/a/x-1_2.z");
        }
        let long = "a".repeat(129);
        for kid in [
            "", ".", "..", "a/b", "../a", "%2e%2e", "a%2fb", "a\\b", "a?b", "a#b", "a b", "a\0", "a\n", "é", "a:b",
            "@", &long,
        ] {
            assert!(!is_possible_kid(kid), "{kid:?}");
            assert!(PerKidUrl::new("https://keys.example/a", false).unwrap().key(kid).is_none());
        }
        assert!(["...", "a", "-", "_", &long[1..]].into_iter().all(is_possible_kid));
    }

    #[test]
    fn a_url_with_a_query_or_without_tls_is_rejected() {
        for url in ["https://keys.example/?a", "https://keys.example/#a", "http://keys.example/", "keys.example"] {
            assert!(PerKidUrl::new(url, false).is_err(), "{url}");
        }
    }
}
