//! Keys that were fetched one by one, and how the answers of a server change them.

use std::sync::Arc;
use std::time::Duration;

use crate::http::failure::RequestFailure;

/// The number of keys that are kept. The one that was first fetched goes first.
const MAX_KEPT_KEYS: usize = 16;

/// A key that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeptKey {
    pub kid: String,
    pub pem: Arc<[u8]>,
    /// The time of the fetch.
    pub fetched_at: Duration,
    /// The shortest time for which the server permitted the use of a key of that fetch.
    pub max_age: Option<Duration>,
}

/// The answers of a server for some `kid`s.
#[derive(Default)]
pub(super) struct KeyAnswers {
    /// The keys in PEM.
    pub found: Vec<(String, Arc<[u8]>)>,
    /// The `kid`s for which the server has no key.
    pub absent: Vec<String>,
    /// The reason why a `kid` has no answer.
    pub failure: Option<RequestFailure>,
    /// The shortest time for which the server permits the use of a key.
    pub max_age: Option<Duration>,
}

impl KeyAnswers {
    /// Returns the keys that are kept at `now`: those in `kept`, replaced by newer answers, without absent ones.
    pub fn update(&self, kept: &[KeptKey], now: Duration) -> Vec<KeptKey> {
        let is_found = |kid: &String| self.found.iter().any(|(found, _)| found == kid);
        let others = kept.iter().filter(|key| !self.absent.contains(&key.kid) && !is_found(&key.kid)).cloned();
        let found = self.found.iter().map(|(kid, pem)| KeptKey {
            kid: kid.clone(),
            pem: Arc::clone(pem),
            fetched_at: now,
            max_age: self.max_age,
        });
        let mut keys: Vec<_> = others.chain(found).collect();
        let surplus = keys.len().saturating_sub(MAX_KEPT_KEYS);
        keys.drain(..surplus);
        keys
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{KeptKey, KeyAnswers};

    fn key(kid: &str, pem: &str, seconds: u64) -> KeptKey {
        let fetched_at = Duration::from_secs(seconds);
        KeptKey { kid: kid.to_owned(), pem: pem.as_bytes().into(), fetched_at, max_age: None }
    }

    fn answers(found: &[(&str, &str)], absent: &[&str]) -> KeyAnswers {
        let found = found.iter().map(|(kid, pem)| ((*kid).to_owned(), pem.as_bytes().into())).collect();
        KeyAnswers { found, absent: absent.iter().map(|kid| (*kid).to_owned()).collect(), ..KeyAnswers::default() }
    }

    #[test]
    fn answers_replace_add_and_remove_keys() {
        let kept = [key("a", "1", 1), key("b", "1", 1), key("c", "1", 1)];
        let updated = answers(&[("b", "2"), ("d", "1")], &["c", "x"]).update(&kept, Duration::from_secs(9));
        assert_eq!(updated, [key("a", "1", 1), key("b", "2", 9), key("d", "1", 9)]);
    }

    #[test]
    fn sixteen_keys_are_kept() {
        let mut kept = vec![];
        for number in 0..20_u64 {
            kept = answers(&[(&number.to_string(), "1")], &[]).update(&kept, Duration::from_secs(number));
        }
        assert_eq!(kept.len(), 16);
        assert_eq!((kept[0].kid.as_str(), kept[15].kid.as_str()), ("4", "19"));
    }

    #[test]
    fn a_key_keeps_the_age_of_its_own_fetch() {
        let minute = Some(Duration::from_secs(60));
        let kept =
            KeyAnswers { max_age: minute, ..answers(&[("a", "1"), ("b", "1")], &[]) }.update(&[], Duration::ZERO);
        let updated = answers(&[("b", "1")], &["x"]).update(&kept, Duration::from_secs(9));
        assert_eq!(updated, [KeptKey { max_age: minute, ..key("a", "1", 0) }, key("b", "1", 9)]);
    }
}
