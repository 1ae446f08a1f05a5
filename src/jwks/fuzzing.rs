//! Access for the fuzz targets alone: the answers of a server for one key, one after the other, without a request.

use std::time::Duration;

use reqwest::StatusCode;

use super::http::{Content, Refusal, Response};
use super::location::{KeyUrl, PerKidUrl};
use super::refresh_policy::RefreshPolicy;
use super::set_state::SetState;
use super::snapshot::KeySetSnapshot;
use crate::keys::key_set::KeySet;

/// The key `{url}/{kid}`, as the answers so far have left it.
pub struct AnsweredKey {
    url: KeyUrl,
    snapshot: KeySetSnapshot,
}

impl AnsweredKey {
    /// Returns the key `kid` before the first answer, or `None` if the `kid` is not requested.
    #[must_use]
    pub fn new(kid: &str) -> Option<Self> {
        let url = PerKidUrl::new("https://keys.example/keys", false).ok()?.key(kid)?;
        Some(Self { url, snapshot: KeySetSnapshot::default() })
    }

    /// Returns the URL that is requested.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.url().as_str()
    }

    /// Applies a response that arrives at `now`: of status 200 with `body` and `max_age`, of any other without.
    ///
    /// # Errors
    /// The reason for which the fetch counts as failed.
    pub fn apply(
        &mut self,
        status: u16,
        body: &[u8],
        max_age: Option<Duration>,
        now: Duration,
        policy: &RefreshPolicy,
    ) -> Result<(), String> {
        let response = match StatusCode::from_u16(status).map_err(|error| error.to_string())? {
            StatusCode::OK => Response::Modified(Content { body: body.to_vec(), etag: None, max_age }),
            status => Response::Refused(Refusal { status, retry_after: None, has_headers: false }),
        };
        let answer = self.url.read_answer(response);
        let applied = answer.and_then(|answer| self.snapshot.apply_key_answer(answer, now, policy, 0.0));
        self.snapshot = applied.map_err(|failure| failure.reason)?;
        Ok(())
    }

    /// Returns the keys that are cached, whether or not they may be used.
    #[must_use]
    pub fn keys(&self) -> &KeySet {
        &self.snapshot.keys
    }

    /// Returns the state of what is cached.
    #[must_use]
    pub fn state(&self, now: Duration) -> SetState {
        self.snapshot.state(now)
    }

    /// Returns true if the key may verify a token, even if only while fetches fail.
    #[must_use]
    pub fn is_usable(&self, now: Duration) -> bool {
        self.snapshot.is_usable(now)
    }
}
