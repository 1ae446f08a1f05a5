//! The keys of the first verified claims set, in their order.
//!
//! Tokens of one issuer usually have the same keys in the same order. Comparing the text with the expected key is cheaper
//! than parsing a key and checking that it is unique.

use std::sync::OnceLock;

use super::value::{MAX_FAST_MEMBERS, Member, has_unique_keys};

/// The length of the longest key that is recorded.
const MAX_KEY_BYTES: usize = 64;

/// Unique keys, each as it occurs in a text: with quotation marks and colon.
pub struct ExpectedKeys(OnceLock<Vec<Box<[u8]>>>);

impl ExpectedKeys {
    /// Creates an empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Returns the recorded keys; the list is empty before [`ExpectedKeys::record_once`].
    pub(super) fn quoted_keys(&self) -> &[Box<[u8]>] {
        self.0.get().map_or(&[], Vec::as_slice)
    }

    /// Records the keys of `members` if no keys are recorded yet.
    ///
    /// The members must come from a verified token: an attacker could otherwise record useless keys.
    pub fn record_once(&self, members: &[Member<'_>]) {
        self.0.get_or_init(|| {
            let members = if has_unique_keys(members) { members } else { &[] };
            members.iter().map_while(|(key, _)| quote_key(key)).take(MAX_FAST_MEMBERS).collect()
        });
    }
}

impl Default for ExpectedKeys {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns `"key":`, or `None` if the key needs an escape or is too long.
fn quote_key(key: &str) -> Option<Box<[u8]>> {
    let needs_no_escape = !key.bytes().any(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    (needs_no_escape && key.len() <= MAX_KEY_BYTES).then(|| format!("\"{key}\":").into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::{MAX_KEY_BYTES, quote_key};

    #[test]
    fn key_that_needs_an_escape_or_is_too_long_is_not_recorded() {
        let longest = "k".repeat(MAX_KEY_BYTES);
        assert_eq!(quote_key("iss").as_deref(), Some(&b"\"iss\":"[..]));
        assert_eq!(quote_key(&longest).map(|quoted| quoted.len()), Some(MAX_KEY_BYTES + 3));
        for key in ["a\"b", "a\\b", "a\nb", "\0", "\u{1f}", &(longest + "k")] {
            assert_eq!(quote_key(key), None, "{key:?}");
        }
    }
}
