//! A cached key set: complete and immutable, so that verification reads it without a lock.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;

use super::http::{Content, Response};
use super::location::KeyAnswer;
use super::refresh_policy::RefreshPolicy;
use super::set_state::{Freshness, SetState};
use crate::error::Result;
use crate::http::failure::RequestFailure;
use crate::keys::key_set::KeySet;

/// A cached key set with its metadata. The default is the state before the first fetch.
#[derive(Clone, Default)]
pub(super) struct KeySetSnapshot {
    pub keys: Arc<KeySet>,
    /// The number of different sets so far: the initial one, if there is one, and those that were fetched.
    pub generation: u64,
    /// The `ETag` of the last response.
    etag: Option<HeaderValue>,
    /// The time at which the set was last fetched or reported as unchanged.
    pub fetched_at: Option<Duration>,
    freshness: Option<Freshness>,
    /// The URL that sent the set.
    url: Option<Url>,
    body: Arc<[u8]>,
}

impl KeySetSnapshot {
    /// Returns the state of the set at `now`: expired before the first fetch.
    pub fn state(&self, now: Duration) -> SetState {
        self.freshness.map_or(SetState::Expired, |freshness| freshness.state(now))
    }

    /// Returns the time until the set becomes refresh-due.
    pub(crate) fn time_until_refresh(&self, now: Duration) -> Duration {
        self.freshness.map_or(Duration::ZERO, |freshness| freshness.refresh_at().saturating_sub(now))
    }

    /// Returns the `ETag` of the cached set if it came from `url`.
    pub(crate) fn etag_of(&self, url: &Url) -> Option<&HeaderValue> {
        self.etag.as_ref().filter(|_| self.url.as_ref() == Some(url))
    }

    /// Returns true if a key may verify a token at `now`, even if only while fetches fail.
    pub fn is_usable(&self, now: Duration) -> bool {
        !self.keys.is_empty() && self.state(now) != SetState::Expired
    }

    /// Returns the snapshot after `response` of `url`, which arrived at `now`.
    ///
    /// Cached results of keys that the new set has, too, remain valid. A body that is byte for byte unchanged is not parsed.
    /// A set of which no member is usable is expired, as before the first fetch: the keys that it replaces are withdrawn.
    ///
    /// # Errors
    /// [`crate::Error::InvalidKey`] if the body is not a JWK Set or has more than `max_keys` keys.
    pub(crate) fn apply_response(
        &self,
        response: Response,
        url: Url,
        max_keys: usize,
        now: Duration,
        policy: &RefreshPolicy,
        jitter: f64,
    ) -> Result<Self> {
        let (snapshot, server_max_age) = match response {
            Response::Modified(Content { body, etag, max_age }) => {
                (Self { etag, url: Some(url), ..self.with_body(&body, max_keys)? }, max_age)
            }
            Response::NotModified { max_age } => (self.clone(), max_age),
            Response::Refused { .. } => (self.clone(), Some(Duration::ZERO)),
        };
        let is_usable = snapshot.keys.check_usable().is_ok();
        let freshness = is_usable.then(|| Freshness::new(now, server_max_age, policy, jitter));
        Ok(Self { freshness, fetched_at: is_usable.then_some(now), ..snapshot })
    }

    /// Returns the snapshot with a set that was not fetched: refresh-due at once, and else as old as a set fetched at `now`.
    ///
    /// # Errors
    /// [`crate::Error::InvalidKey`] if `body` is not a usable key set or has more than `max_keys` keys.
    pub fn with_initial_set(
        &self,
        body: &[u8],
        max_keys: usize,
        now: Duration,
        policy: &RefreshPolicy,
    ) -> Result<Self> {
        let freshness = Some(Freshness::new(now, None, policy, 0.0).refresh_due_at(now));
        let snapshot = self.with_body(body, max_keys)?;
        snapshot.keys.check_usable()?;
        Ok(Self { freshness, ..snapshot })
    }

    fn with_body(&self, body: &[u8], max_keys: usize) -> Result<Self> {
        if self.generation > 0 && *self.body == *body {
            return Ok(self.clone());
        }
        let keys = Arc::new(KeySet::from_remote(body, max_keys)?.keep_keys_of(&self.keys));
        Ok(Self { keys, generation: self.generation + 1, body: body.into(), ..self.clone() })
    }

    /// Returns the snapshot of a single key after `answer` for it, which arrived at `now`.
    ///
    /// # Errors
    /// [`RequestFailure`] if the server refuses to show a key that may still be used: it may hide its keys for a while. Once
    /// the key has expired, a refusal is an absence.
    pub(crate) fn apply_key_answer(
        &self,
        answer: KeyAnswer,
        now: Duration,
        policy: &RefreshPolicy,
        jitter: f64,
    ) -> Result<Self, RequestFailure> {
        let (snapshot, server_max_age) = match answer {
            KeyAnswer::Found { kid, pem, max_age } => (self.with_key(&kid, &pem), max_age),
            KeyAnswer::Refused(failure) if self.is_usable(now) => return Err(failure),
            KeyAnswer::Absent | KeyAnswer::Refused(_) => (self.without_keys(), None),
        };
        let freshness = Some(Freshness::new(now, server_max_age, policy, jitter));
        Ok(Self { freshness, fetched_at: Some(now), ..snapshot })
    }

    fn with_key(&self, kid: &str, pem: &[u8]) -> Self {
        if !self.keys.is_empty() && *self.body == *pem {
            return self.clone();
        }
        let keys = KeySet::from_pems(std::iter::once((kid, pem))).keep_keys_of(&self.keys);
        Self { keys: Arc::new(keys), generation: self.generation + 1, body: pem.into(), ..self.clone() }
    }

    fn without_keys(&self) -> Self {
        Self { generation: self.generation + 1, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use reqwest::Url;
    use reqwest::header::HeaderValue;

    use super::KeySetSnapshot;
    use crate::jwks::http::{Content, Response};
    use crate::jwks::location::KeyAnswer;
    use crate::jwks::refresh_policy::RefreshPolicy;
    use crate::jwks::set_state::SetState;

    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
    const OTHER_PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA2Q5CZMSuyj3d6d3g2Eh6CdCQdRH+I4J5qIrlQRBxYzY=\n-----END PUBLIC KEY-----\n";
    const FIRST: Duration = Duration::from_secs(1_000);
    const LATER: Duration = Duration::from_secs(2_000);

    fn body(kid: &str) -> Vec<u8> {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"{x}"}}]}}"#).into_bytes()
    }

    fn url(path: &str) -> Url {
        Url::parse("https://keys.example/").unwrap().join(path).unwrap()
    }

    fn apply(snapshot: &KeySetSnapshot, response: Response, now: Duration) -> KeySetSnapshot {
        snapshot.apply_response(response, url("a"), 10, now, &RefreshPolicy::default(), 0.0).unwrap()
    }

    fn modified(body: Vec<u8>, etag: &'static str) -> Response {
        Response::Modified(Content { body, etag: Some(HeaderValue::from_static(etag)), max_age: None })
    }

    fn kids(snapshot: &KeySetSnapshot) -> Vec<&str> {
        snapshot.keys.iter().filter_map(|key| key.kid()).collect()
    }

    #[test]
    fn set_that_changes_has_another_generation() {
        let empty = KeySetSnapshot::default();
        assert_eq!((empty.generation, empty.state(FIRST)), (0, SetState::Expired));
        let first = apply(&empty, modified(body("a"), "\"1\""), FIRST);
        assert_eq!((kids(&first), first.generation, first.fetched_at), (vec!["a"], 1, Some(FIRST)));
        assert_eq!(first.state(FIRST), SetState::Fresh);
        let same = apply(&first, modified(body("a"), "\"2\""), LATER);
        assert!(Arc::ptr_eq(&first.keys, &same.keys));
        assert_eq!((same.generation, same.fetched_at, same.state(LATER)), (1, Some(LATER), SetState::Fresh));
        let other = apply(&same, modified(body("b"), "\"3\""), LATER);
        assert_eq!((kids(&other), other.generation), (vec!["b"], 2));
        assert_eq!(apply(&other, modified(body("a"), "\"1\""), LATER).generation, 3);
    }

    #[test]
    fn key_is_the_same_until_a_set_comes_without_it() {
        let x = ["11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "GLSK1jBqAQrvbS8VlcHVxOKg_FFnYKVTBW1FYmO1wuc"];
        let set = |members: &[(&str, usize)]| {
            let key = |(kid, x_of): &(&str, usize)| {
                format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"{}"}}"#, x[*x_of])
            };
            let keys = members.iter().map(key).collect::<Vec<_>>().join(",");
            modified(format!(r#"{{"keys":[{keys}]}}"#).into_bytes(), "\"1\"")
        };
        let first = apply(&KeySetSnapshot::default(), set(&[("a", 0)]), FIRST);
        let key = first.keys.iter().next().unwrap().instance();
        let rotated = apply(&first, set(&[("b", 1), ("a", 0)]), LATER);
        assert!(rotated.keys.contains(key));
        for other in [set(&[("b", 1)]), set(&[("b", 1), ("a", 1)]), set(&[])] {
            let without = apply(&rotated, other, LATER);
            assert!(!without.keys.contains(key));
            assert!(!apply(&without, set(&[("a", 0)]), LATER).keys.contains(key), "a key that returns is another one");
        }
    }

    #[test]
    fn set_that_is_reported_as_unchanged_is_as_new_as_the_report() {
        let first = apply(&KeySetSnapshot::default(), modified(body("a"), "\"1\""), FIRST);
        let same = apply(&first, Response::NotModified { max_age: None }, LATER);
        assert_eq!((kids(&same), same.generation, same.fetched_at), (vec!["a"], 1, Some(LATER)));
        assert_eq!((first.state(LATER), same.state(LATER)), (SetState::Stale, SetState::Fresh));
    }

    #[test]
    fn etag_belongs_to_the_url_that_sent_the_set() {
        let first = apply(&KeySetSnapshot::default(), modified(body("a"), "\"1\""), FIRST);
        assert_eq!(first.etag_of(&url("a")), Some(&HeaderValue::from_static("\"1\"")));
        assert_eq!(first.etag_of(&url("b")), None);
    }

    #[test]
    fn empty_body_is_not_a_set() {
        let response = modified(Vec::new(), "\"1\"");
        let policy = RefreshPolicy::default();
        assert!(KeySetSnapshot::default().apply_response(response, url("a"), 10, FIRST, &policy, 0.0).is_err());
    }

    #[test]
    fn set_without_a_usable_key_withdraws_the_keys_that_it_replaces() {
        let first = apply(&KeySetSnapshot::default(), modified(body("a"), "\"1\""), FIRST);
        for members in [
            r#"{"kty":"OKP","kid":"a"}"#,
            r#"{"kty":"OKP","kid":"e","use":"enc"}"#,
            r#"1,{"kty":""}"#,
            r#"{"kty":"oct","kid":"a","k":"AAAA"}"#,
        ] {
            let unusable = modified(format!(r#"{{"keys":[{members}]}}"#).into_bytes(), "\"2\"");
            let replaced = apply(&first, unusable, LATER);
            let unchanged = apply(&replaced, Response::NotModified { max_age: None }, LATER);
            for snapshot in [replaced, unchanged] {
                assert_eq!((kids(&snapshot), snapshot.generation, snapshot.fetched_at), (vec![], 2, None));
                assert!(snapshot.keys.check_usable().is_err(), "{members}");
                assert_eq!(snapshot.state(LATER), SetState::Expired);
                let restored = apply(&snapshot, modified(body("a"), "\"1\""), LATER);
                assert_eq!((kids(&restored), restored.state(LATER)), (vec!["a"], SetState::Fresh));
            }
        }
    }

    #[test]
    fn initial_set_is_used_and_refreshed_at_once() {
        let policy = RefreshPolicy::default();
        let initial = KeySetSnapshot::default().with_initial_set(&body("a"), 10, FIRST, &policy).unwrap();
        assert_eq!((kids(&initial), initial.generation, initial.fetched_at), (vec!["a"], 1, None));
        assert_eq!((initial.state(FIRST), initial.state(LATER)), (SetState::RefreshDue, SetState::Stale));
        assert_eq!(initial.time_until_refresh(Duration::from_secs(990)), Duration::from_secs(10));
        for unusable in ["{}", r#"{"keys":[{"kty":"OKP"}]}"#] {
            assert!(KeySetSnapshot::default().with_initial_set(unusable.as_bytes(), 10, FIRST, &policy).is_err());
        }
        let fetched = apply(&initial, modified(body("a"), "\"1\""), LATER);
        assert!(Arc::ptr_eq(&initial.keys, &fetched.keys));
    }

    fn found(pem: &str, max_age: Option<u64>) -> KeyAnswer {
        let (kid, pem) = ("a".to_owned(), pem.as_bytes().to_vec());
        KeyAnswer::Found { kid, pem, max_age: max_age.map(Duration::from_secs) }
    }

    fn answered(snapshot: &KeySetSnapshot, answer: KeyAnswer, now: Duration) -> Result<KeySetSnapshot, String> {
        let policy = RefreshPolicy { min_age: Duration::ZERO, ..RefreshPolicy::default() };
        snapshot.apply_key_answer(answer, now, &policy, 0.0).map_err(|failure| failure.reason)
    }

    #[test]
    fn key_is_the_one_of_the_last_answer() {
        let first = answered(&KeySetSnapshot::default(), found(PEM, None), FIRST).unwrap();
        assert_eq!((kids(&first), first.fetched_at, first.state(FIRST)), (vec!["a"], Some(FIRST), SetState::Fresh));
        assert_eq!(first.generation, 1);
        let same = answered(&first, found(PEM, None), LATER).unwrap();
        assert!(Arc::ptr_eq(&first.keys, &same.keys));
        assert_eq!((same.fetched_at, same.state(LATER)), (Some(LATER), SetState::Fresh));
        let key = first.keys.iter().next().unwrap().instance();
        let longer = answered(&same, found(&format!("{PEM}\n"), None), LATER).unwrap();
        assert!(longer.keys.contains(key), "the same key in another text");
        let other = answered(&longer, found(OTHER_PEM, None), LATER).unwrap();
        assert!(!other.keys.contains(key) && other.is_usable(LATER));
        assert_eq!((same.generation, other.generation), (1, 3));
        assert_eq!(answered(&other, KeyAnswer::Absent, LATER).unwrap().generation, 4);
        for snapshot in [KeySetSnapshot::default(), other] {
            let without = answered(&snapshot, KeyAnswer::Absent, LATER).unwrap();
            assert_eq!((kids(&without), without.is_usable(LATER)), (vec![], false));
            let again = answered(&without, found(PEM, None), LATER).unwrap();
            assert!(again.is_usable(LATER) && !again.keys.contains(key), "a key that returns is another one");
        }
    }

    #[test]
    fn key_is_used_up_to_its_own_expiry_however_often_the_server_refuses_it() {
        let at = |seconds| FIRST + Duration::from_secs(seconds);
        for (max_age, stale_at) in [(None, 600), (Some(120), 120), (Some(0), 0), (Some(9_999), 600)] {
            let snapshot = answered(&KeySetSnapshot::default(), found(PEM, max_age), FIRST).unwrap();
            let expiry = stale_at + 86_400;
            assert_eq!(snapshot.state(at(stale_at)), SetState::Stale, "{max_age:?}");
            for seconds in [1, stale_at, expiry - 1] {
                let refused = answered(&snapshot, KeyAnswer::Refused("403".into()), at(seconds));
                assert_eq!(refused.err().as_deref(), Some("403"), "{max_age:?}");
            }
            assert_eq!([expiry - 1, expiry].map(|seconds| snapshot.is_usable(at(seconds))), [true, false]);
            let refused = answered(&snapshot, KeyAnswer::Refused("403".into()), at(expiry)).unwrap();
            assert_eq!((kids(&refused), refused.is_usable(at(expiry))), (vec![], false), "{max_age:?}");
        }
        let never = answered(&KeySetSnapshot::default(), KeyAnswer::Refused("403".into()), FIRST).unwrap();
        assert!(!never.is_usable(FIRST));
    }
}
