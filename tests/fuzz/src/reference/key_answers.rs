//! A reader of the answers for one key, by the rules of the documentation: which key a verifier has after each, and for how
//! long it may be used.

/// The seconds that a verifier keeps a key for.
#[derive(Debug, Clone, Copy)]
pub struct Ages {
    pub max_age: u64,
    pub min_age: u64,
    pub max_stale: u64,
}

/// An answer of the server.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a str,
    /// `max-age` of `Cache-Control`.
    pub max_age: Option<u64>,
}

/// The key after the answers so far.
#[derive(Debug, Default)]
pub struct ReferenceKeyState {
    /// The text of the key, and the first second in which it is stale, and the first in which it must not be used.
    pub key: Option<(String, u64, u64)>,
}

impl ReferenceKeyState {
    /// Applies an answer that arrives in the second `now`. Returns true if the fetch must count as a success, and `is_key`
    /// says whether a text is a public key in PEM.
    pub fn apply(&mut self, answer: Answer<'_>, now: u64, ages: Ages, is_key: impl Fn(&str) -> bool) -> bool {
        match answer.status {
            200 => {
                let is_read = answer.body.len() <= 16 * 1024 && is_key(answer.body);
                if is_read {
                    let longest = ages.max_age;
                    let wanted = answer.max_age.unwrap_or(longest);
                    let raised = if wanted < ages.min_age { ages.min_age } else { wanted };
                    let stale_at = now + if raised > longest { longest } else { raised };
                    self.key = Some((answer.body.to_owned(), stale_at, stale_at + ages.max_stale));
                }
                is_read
            }
            404 | 410 => {
                self.key = None;
                true
            }
            // The server or a proxy is busy, or wants another request: that says nothing of the key.
            407 | 408 | 421 | 425 | 429 => false,
            // The server hides the key. One that may still be used stays.
            400..=499 => {
                let is_usable = self.usable_key(now).is_some();
                if !is_usable {
                    self.key = None;
                }
                !is_usable
            }
            _ => false,
        }
    }

    /// Returns the text of the key, if it may verify a token in the second `now`.
    #[must_use]
    pub fn usable_key(&self, now: u64) -> Option<&str> {
        self.key.as_ref().filter(|(_, _, expiry)| now < *expiry).map(|(text, _, _)| text.as_str())
    }

    /// Returns true if the key is stale in the second `now`: it is used only while fetches fail.
    #[must_use]
    pub fn is_stale(&self, now: u64) -> bool {
        self.key.as_ref().is_some_and(|(_, stale_at, _)| now >= *stale_at)
    }
}

/// Returns true if a key with this `kid` may be requested: 1 to 128 letters, digits, `.`, `_` and `-`, and not a step of a
/// path.
#[must_use]
pub fn is_requested(kid: &str) -> bool {
    let is_allowed = |c: char| matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-');
    let count = kid.chars().count();
    count >= 1 && count <= 128 && kid.chars().all(is_allowed) && kid != "." && kid != ".."
}
