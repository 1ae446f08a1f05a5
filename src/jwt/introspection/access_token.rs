//! An access token that can be introspected.

use std::sync::Arc;

/// The longest token that is introspected, in bytes. An opaque token has some dozens, a JWT with many groups some thousands.
const MAX_TOKEN_BYTES: usize = 16_384;

/// A token of visible ASCII (RFC 6749 §A.12, without the space, which no Authorization header can have).
#[derive(Clone)]
pub struct AccessToken(Arc<str>);

impl AccessToken {
    /// Returns the token, or `None` if it is empty, too long, or not visible ASCII.
    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        let is_token =
            (1..=MAX_TOKEN_BYTES).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
        is_token.then(|| Self(token.into()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{AccessToken, MAX_TOKEN_BYTES};

    #[test]
    fn a_token_is_visible_ascii_of_bounded_length() {
        for token in ["a", "ory_at_x.y-_~+/==", "eyJ.e30.c2ln", &"a".repeat(MAX_TOKEN_BYTES)] {
            assert_eq!(AccessToken::parse(token).as_ref().map(AccessToken::as_str), Some(token));
        }
        let long = "a".repeat(MAX_TOKEN_BYTES + 1);
        for token in ["", " ", "a b", "a\r\nx: y", "a\n", "a\0", "a\t", "é", "a\u{7f}", "\u{feff}a", long.as_str()] {
            assert!(AccessToken::parse(token).is_none(), "{token:?}");
        }
    }
}
