//! Keys that are published one by one: `{url}/{kid}` is a public key in PEM, as at an AWS Application Load Balancer.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{StatusCode, Url};

use super::fetched_keys::FetchScope;
use crate::error::Error;
use crate::http::failure::RequestFailure;
use crate::http::url::parse_allowed_url;
use crate::jwks::http::{Content, Refusal, Requests, Response};
use crate::jwks::kept_keys::{KeptKey, KeyAnswers};
use crate::keys::VerificationKey;

/// The length of the longest `kid` that is requested.
const MAX_KID_BYTES: usize = 128;

/// The length of the longest key in PEM. An RSA key of 16,384 bits with a certificate is shorter.
const MAX_PEM_BYTES: usize = 16_384;

/// A URL at which each key has its own path.
pub(in crate::jwks) struct PerKidUrl(Url);

enum KeyAnswer {
    Found { pem: Arc<[u8]>, max_age: Option<Duration> },
    Absent,
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
    fn key_url(&self, kid: &str) -> Option<Url> {
        let mut url = self.0.clone();
        if !is_possible_kid(kid) {
            return None;
        }
        url.path_segments_mut().ok()?.pop_if_empty().push(kid);
        Some(url)
    }

    /// Fetches the wanted keys, and those in `kept` if the scope includes them. Each gets an answer of its own, so that one
    /// that fails does not affect the others.
    pub async fn fetch(&self, kept: &[KeptKey], scope: FetchScope, requests: &Requests<'_>) -> KeyAnswers {
        let FetchScope { wanted_kids, includes_cached } = scope;
        let is_kept = |kid: &String| kept.iter().any(|key| key.kid == *kid);
        let mut kids: Vec<_> = kept.iter().map(|key| key.kid.clone()).collect();
        kids.retain(|kid| includes_cached || wanted_kids.contains(kid));
        kids.extend(wanted_kids.into_iter().filter(|kid| !is_kept(kid)));
        let fetches = kids.into_iter().map(|kid| async {
            let answer = self.fetch_key(&kid, is_kept(&kid), requests).await;
            (kid, answer)
        });
        join_all(fetches).await.into_iter().fold(KeyAnswers::default(), add_answer)
    }

    /// Fetches a key. A server that hides its keys for a while (403) must not remove one that is kept.
    async fn fetch_key(&self, kid: &str, is_kept: bool, requests: &Requests<'_>) -> Result<KeyAnswer, RequestFailure> {
        let Some(url) = self.key_url(kid) else { return Ok(KeyAnswer::Absent) };
        match requests.get(&url, None).await? {
            Response::Modified(Content { body, max_age, .. }) => read_key(body, max_age),
            Response::Refused(Refusal { status: StatusCode::NOT_FOUND | StatusCode::GONE, .. }) => {
                Ok(KeyAnswer::Absent)
            }
            Response::Refused(refusal) if refusal.is_absence() && !is_kept => Ok(KeyAnswer::Absent),
            Response::Refused(refusal) => Err(refusal.into_failure("a public key in PEM")),
            Response::NotModified { .. } => Err("it was not requested".into()),
        }
    }
}

fn add_answer(mut answers: KeyAnswers, (kid, answer): (String, Result<KeyAnswer, RequestFailure>)) -> KeyAnswers {
    match answer {
        Ok(KeyAnswer::Found { pem, max_age }) => {
            answers.found.push((kid, pem));
            answers.max_age = answers.max_age.into_iter().chain(max_age).min();
        }
        Ok(KeyAnswer::Absent) => answers.absent.push(kid),
        Err(failure) => answers.failure = Some(failure),
    }
    answers
}

fn read_key(body: Vec<u8>, max_age: Option<Duration>) -> Result<KeyAnswer, RequestFailure> {
    if body.len() > MAX_PEM_BYTES {
        return Err("the response must be a public key in PEM; it is too long, check the URL".into());
    }
    match VerificationKey::from_pem(&body) {
        Ok(_) => Ok(KeyAnswer::Found { pem: body.into(), max_age }),
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
    use std::time::Duration;

    use super::{KeyAnswer, MAX_PEM_BYTES, PerKidUrl, add_answer, is_possible_kid, read_key};
    use crate::jwks::kept_keys::KeyAnswers;

    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn key_may_have_as_many_bytes_as_the_limit() {
        let padded = |bytes: usize| format!("{PEM}{}", " ".repeat(bytes - PEM.len())).into_bytes();
        for bytes in [PEM.len(), MAX_PEM_BYTES] {
            assert!(matches!(read_key(padded(bytes), None), Ok(KeyAnswer::Found { .. })), "{bytes}");
        }
        for bytes in [MAX_PEM_BYTES + 1, 2 * MAX_PEM_BYTES] {
            assert!(read_key(padded(bytes), None).is_err_and(|failure| failure.reason.contains("too long")), "{bytes}");
        }
    }

    #[test]
    fn answers_are_collected_with_the_shortest_age() {
        let found = |seconds| Ok(KeyAnswer::Found { pem: PEM.as_bytes().into(), max_age: seconds });
        let [short, long] = [60, 90].map(Duration::from_secs);
        let answers = [
            ("a", found(Some(long))),
            ("b", found(None)),
            ("c", found(Some(short))),
            ("d", Ok(KeyAnswer::Absent)),
            ("e", Err("it failed".into())),
        ];
        let answers = answers.map(|(kid, answer)| (kid.to_owned(), answer));
        let answers = answers.into_iter().fold(KeyAnswers::default(), add_answer);
        let kids: Vec<&str> = answers.found.iter().map(|(kid, _)| kid.as_str()).collect();
        assert_eq!((kids, answers.max_age), (vec!["a", "b", "c"], Some(short)));
        assert_eq!(answers.absent, ["d"]);
        assert_eq!(answers.failure.map(|failure| failure.reason).as_deref(), Some("it failed"));
    }

    #[test]
    fn a_kid_becomes_the_last_segment_of_the_path_and_nothing_else() {
        for url in ["https://keys.example/a", "https://keys.example/a/"] {
            let keys = PerKidUrl::new(url, false).unwrap();
            assert_eq!(keys.key_url("x-1_2.z").unwrap().as_str(), "https://keys.example/a/x-1_2.z");
        }
        let long = "a".repeat(129);
        for kid in [
            "", ".", "..", "a/b", "../a", "%2e%2e", "a%2fb", "a\\b", "a?b", "a#b", "a b", "a\0", "a\n", "é", "a:b",
            "@", &long,
        ] {
            assert!(!is_possible_kid(kid), "{kid:?}");
            assert_eq!(PerKidUrl::new("https://keys.example/a", false).unwrap().key_url(kid), None);
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
