//! A cached key set: complete and immutable, so that verification reads it without a lock.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;

use super::http::{Content, Response};
use super::kept_keys::{KeptKey, KeyAnswers};
use super::refresh_policy::RefreshPolicy;
use super::set_state::{Freshness, SetState};
use crate::error::Result;
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
    kept_keys: Arc<[KeptKey]>,
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

    /// Returns the keys that were fetched one by one.
    pub fn kept_keys(&self) -> &[KeptKey] {
        &self.kept_keys
    }

    /// Returns the snapshot after `response` of `url`, which arrived at `now`.
    ///
    /// Cached results of keys that the new set has, too, remain valid. A body that is byte for byte unchanged is not parsed.
    ///
    /// # Errors
    /// [`crate::Error::InvalidKey`] if the body is not a usable JWK Set or has more than `max_keys` keys.
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
        let freshness = Some(Freshness::new(now, server_max_age, policy, jitter));
        Ok(Self { freshness, fetched_at: Some(now), ..snapshot })
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
        Ok(Self { freshness, ..self.with_body(body, max_keys)? })
    }

    fn with_body(&self, body: &[u8], max_keys: usize) -> Result<Self> {
        if self.generation > 0 && *self.body == *body {
            return Ok(self.clone());
        }
        let keys = Arc::new(KeySet::from_remote(body, max_keys)?.keep_keys_of(&self.keys));
        Ok(Self { keys, generation: self.generation + 1, body: body.into(), ..self.clone() })
    }

    /// Returns the snapshot after `answers` for single keys, which arrived at `now`. It is as old as its oldest key, and may
    /// be used as long as the one with the shortest age, so that an answer about another `kid` does not prolong its use.
    pub(crate) fn apply_answers(
        &self,
        answers: &KeyAnswers,
        now: Duration,
        policy: &RefreshPolicy,
        jitter: f64,
    ) -> Self {
        let kept_keys = answers.update(&self.kept_keys, now);
        let fetched_at = kept_keys.iter().map(|key| key.fetched_at).min().unwrap_or(now);
        let max_age = kept_keys.iter().filter_map(|key| key.max_age).min();
        let (freshness, fetched_at) = (Some(Freshness::new(fetched_at, max_age, policy, jitter)), Some(fetched_at));
        let content =
            |keys: &[KeptKey]| keys.iter().map(|key| (key.kid.clone(), Arc::clone(&key.pem))).collect::<Vec<_>>();
        if self.generation > 0 && content(&kept_keys) == content(&self.kept_keys) {
            return Self { freshness, fetched_at, kept_keys: kept_keys.into(), ..self.clone() };
        }
        let keys = KeySet::from_pems(kept_keys.iter().map(|key| (key.kid.as_str(), &*key.pem)));
        let (keys, generation) = (Arc::new(keys.keep_keys_of(&self.keys)), self.generation + 1);
        Self { keys, generation, freshness, fetched_at, kept_keys: kept_keys.into(), ..self.clone() }
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
    use crate::jwks::kept_keys::KeyAnswers;
    use crate::jwks::refresh_policy::RefreshPolicy;
    use crate::jwks::set_state::SetState;

    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
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
    fn initial_set_is_used_and_refreshed_at_once() {
        let policy = RefreshPolicy::default();
        let initial = KeySetSnapshot::default().with_initial_set(&body("a"), 10, FIRST, &policy).unwrap();
        assert_eq!((kids(&initial), initial.generation, initial.fetched_at), (vec!["a"], 1, None));
        assert_eq!((initial.state(FIRST), initial.state(LATER)), (SetState::RefreshDue, SetState::Stale));
        assert_eq!(initial.time_until_refresh(Duration::from_secs(990)), Duration::from_secs(10));
        assert!(KeySetSnapshot::default().with_initial_set(b"{}", 10, FIRST, &policy).is_err());
        let fetched = apply(&initial, modified(body("a"), "\"1\""), LATER);
        assert!(Arc::ptr_eq(&initial.keys, &fetched.keys));
    }

    #[test]
    fn answers_for_single_keys_change_the_generation_with_the_keys() {
        let answers = |found: &[&str], absent: &[&str]| KeyAnswers {
            found: found.iter().map(|kid| ((*kid).to_owned(), PEM.as_bytes().into())).collect(),
            absent: absent.iter().map(|kid| (*kid).to_owned()).collect(),
            ..KeyAnswers::default()
        };
        let apply = |snapshot: &KeySetSnapshot, answers: KeyAnswers, now| {
            snapshot.apply_answers(&answers, now, &RefreshPolicy::default(), 0.0)
        };
        let none = apply(&KeySetSnapshot::default(), answers(&[], &["x"]), FIRST);
        assert_eq!((kids(&none), none.generation, none.fetched_at), (vec![], 1, Some(FIRST)));
        let first = apply(&none, answers(&["a"], &[]), FIRST);
        assert_eq!((kids(&first), first.generation, first.kept_keys().len()), (vec!["a"], 2, 1));
        assert_eq!((first.fetched_at, first.state(FIRST)), (Some(FIRST), SetState::Fresh));
        let same = apply(&first, answers(&["a"], &[]), LATER);
        assert!(Arc::ptr_eq(&first.keys, &same.keys));
        assert_eq!((same.generation, same.fetched_at, same.state(LATER)), (2, Some(LATER), SetState::Fresh));
        assert_eq!(same.kept_keys().first().map(|key| key.fetched_at), Some(LATER));
        let more = apply(&same, answers(&["b"], &[]), LATER + FIRST);
        assert_eq!((kids(&more), more.generation), (vec!["a", "b"], 3));
        assert_eq!(more.fetched_at, Some(LATER), "as old as its oldest key");
        let less = apply(&more, answers(&[], &["a"]), LATER + FIRST);
        assert_eq!((kids(&less), less.generation), (vec!["b"], 4));
    }

    #[test]
    fn an_answer_about_another_kid_does_not_prolong_the_use_of_a_key() {
        let answer = |found: &[&str], absent: &[&str], seconds: Option<u64>| KeyAnswers {
            found: found.iter().map(|kid| ((*kid).to_owned(), PEM.as_bytes().into())).collect(),
            absent: absent.iter().map(|kid| (*kid).to_owned()).collect(),
            max_age: seconds.map(Duration::from_secs),
            ..KeyAnswers::default()
        };
        let apply = |snapshot: &KeySetSnapshot, answers: KeyAnswers, now| {
            snapshot.apply_answers(&answers, now, &RefreshPolicy::default(), 0.0)
        };
        let at = |seconds| FIRST + Duration::from_secs(seconds);
        let first = apply(&KeySetSnapshot::default(), answer(&["a"], &[], Some(120)), FIRST);
        for other in [answer(&[], &["made-up"], None), answer(&["b"], &[], None), answer(&["b"], &[], Some(300))] {
            let later = apply(&first, other, at(10));
            assert_eq!([at(119), at(120)].map(|now| later.state(now) < SetState::Stale), [true, false]);
        }
        let renewed = apply(&first, answer(&["a"], &[], None), at(10));
        assert!(renewed.state(at(200)) < SetState::Stale);
    }
}
