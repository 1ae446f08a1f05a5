//! The signed form of a session token: `TOKEN.SIGNATURE`, as cookies and the header `set-auth-token` have it.
//!
//! The signature is the base64 of HMAC-SHA256 over the token, with padding. Better Auth percent-encodes the whole in
//! cookies, and up to version 1.4 in the header.

use std::borrow::Cow;
use std::fmt;

use base64_simd::STANDARD;
use percent_encoding::percent_decode;

use super::mac_keys::MacKeys;
use crate::error::Result;

/// The length of the longest token. Better Auth creates 32 characters.
const MAX_TOKEN_BYTES: usize = 128;

/// The length of a signature in base64.
const SIGNATURE_BYTES: usize = 44;

/// The length of the longest value, if every character of it is percent-encoded.
const MAX_VALUE_BYTES: usize = 3 * (MAX_TOKEN_BYTES + 1 + SIGNATURE_BYTES);

/// The reason why a session token is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionTokenError {
    /// The value does not have the form of a session token.
    #[error("The value must be a session token of Better Auth.")]
    Malformed,
    /// The token has no signature, and unsigned tokens are not allowed.
    #[error("The session token must be signed.")]
    Unsigned,
    /// None of the secrets verifies the signature.
    #[error("The signature of the session token is not valid.")]
    BadSignature,
}

impl SessionTokenError {
    /// Returns the stable code of the error.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed_session_token",
            Self::Unsigned => "unsigned_session_token",
            Self::BadSignature => "bad_session_signature",
        }
    }
}

/// Reads session tokens of Authorization headers. `Debug` shows nothing of the secrets.
pub struct SessionTokenReader {
    mac_keys: MacKeys,
    allow_unsigned: bool,
}

impl SessionTokenReader {
    /// Creates a reader that accepts a signature by any of `secrets`. Without a secret, only the form of the signature is
    /// checked.
    ///
    /// # Errors
    /// [`crate::Error::Configuration`] for a secret that cannot be used.
    pub fn new<S: AsRef<str>>(secrets: &[S], allow_unsigned: bool) -> Result<Self> {
        Ok(Self { mac_keys: MacKeys::new(secrets)?, allow_unsigned })
    }

    /// Returns true if unsigned tokens are accepted.
    #[must_use]
    pub fn allows_unsigned(&self) -> bool {
        self.allow_unsigned
    }

    /// Returns the unsigned token in `value`, which may be percent-encoded.
    ///
    /// # Errors
    /// [`SessionTokenError`].
    pub fn read(&self, value: &[u8]) -> Result<String, SessionTokenError> {
        let decoded = if value.len() > MAX_VALUE_BYTES { None } else { Some(Cow::from(percent_decode(value))) };
        let decoded = decoded.ok_or(SessionTokenError::Malformed)?;
        match SignedSessionToken::parse(&decoded) {
            Some(signed) => signed.verify(&self.mac_keys),
            None if !self.allow_unsigned && is_token(&decoded) => Err(SessionTokenError::Unsigned),
            None if is_token(&decoded) => to_token(&decoded),
            None => Err(SessionTokenError::Malformed),
        }
    }
}

impl fmt::Debug for SessionTokenReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionTokenReader").field("allow_unsigned", &self.allow_unsigned).finish_non_exhaustive()
    }
}

/// A token and its signature, which is not verified yet.
pub(super) struct SignedSessionToken<'v> {
    token: &'v [u8],
    signature: Vec<u8>,
}

impl<'v> SignedSessionToken<'v> {
    /// Parses a value that is not percent-encoded. Splits it at the last dot.
    pub fn parse(value: &'v [u8]) -> Option<Self> {
        let dot = memchr::memrchr(b'.', value)?;
        let (token, signature) = (value.get(..dot)?, value.get(dot + 1..)?);
        if !is_token(token) || signature.len() != SIGNATURE_BYTES {
            return None;
        }
        Some(Self { token, signature: STANDARD.decode_to_vec(signature).ok()? })
    }

    /// Returns the token if one of `mac_keys` verifies the signature, or if there is not a key.
    pub fn verify(&self, mac_keys: &MacKeys) -> Result<String, SessionTokenError> {
        if mac_keys.is_empty() || mac_keys.verify(self.token, &self.signature) {
            return to_token(self.token);
        }
        Err(SessionTokenError::BadSignature)
    }
}

fn is_token(text: &[u8]) -> bool {
    (1..=MAX_TOKEN_BYTES).contains(&text.len())
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn to_token(text: &[u8]) -> Result<String, SessionTokenError> {
    String::from_utf8(text.to_vec()).map_err(|_| SessionTokenError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::{MAX_TOKEN_BYTES, SessionTokenError, SessionTokenReader};

    const SECRET: &str = "a-secret-of-at-least-thirty-two-bytes";
    const TOKEN: &str = "kQ3mZtY8vB1nLxW5rJ7pHs2dFgA9uCeE";
    /// The value that Better Auth 1.7.25 signs for the token: `signCookieValue` of better-call.
    const SIGNED: &str = "kQ3mZtY8vB1nLxW5rJ7pHs2dFgA9uCeE.m8IWyZUrd8hte7WvE3hXDYThDxVo7Q6/lkcpSbZOOOk=";

    fn read(value: &str, secrets: &[&str], allow_unsigned: bool) -> Result<String, SessionTokenError> {
        SessionTokenReader::new(secrets, allow_unsigned).unwrap().read(value.as_bytes())
    }

    fn percent_encode(text: &str) -> String {
        text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
    }

    #[test]
    fn reads_a_signed_token_raw_and_percent_encoded() {
        for value in [SIGNED.to_owned(), percent_encode(SIGNED), SIGNED.replace('.', "%2e")] {
            assert_eq!(read(&value, &[SECRET], false).as_deref(), Ok(TOKEN), "{value}");
            assert_eq!(read(&value, &["another secret", SECRET], false).as_deref(), Ok(TOKEN));
            assert_eq!(read(&value, &["another secret"], true), Err(SessionTokenError::BadSignature));
            assert_eq!(read(&value, &[], false).as_deref(), Ok(TOKEN));
        }
        let encoded_twice = percent_encode(SIGNED).replace('%', "%25");
        assert_eq!(read(&encoded_twice, &[SECRET], true), Err(SessionTokenError::Malformed));
    }

    #[test]
    fn longest_token_may_be_percent_encoded_as_a_whole() {
        let percent_encoded =
            |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat() };
        let (token, signature) = ("a".repeat(MAX_TOKEN_BYTES), SIGNED.split_once('.').unwrap().1);
        let value = percent_encoded(&format!("{token}.{signature}"));
        assert_eq!(read(&value, &[], false), Ok(token));
        assert_eq!(read(&format!("{value}%3D"), &[], false), Err(SessionTokenError::Malformed));
    }

    #[test]
    fn reader_says_whether_it_allows_unsigned_tokens() {
        for allow_unsigned in [true, false] {
            let reader = SessionTokenReader::new(&[SECRET], allow_unsigned).unwrap();
            assert_eq!(reader.allows_unsigned(), allow_unsigned);
            assert!(format!("{reader:?}").contains(&format!("allow_unsigned: {allow_unsigned}")));
        }
    }

    #[test]
    fn unsigned_token_must_be_allowed() {
        assert_eq!(read(TOKEN, &[SECRET], false), Err(SessionTokenError::Unsigned));
        assert_eq!(read(TOKEN, &[], false), Err(SessionTokenError::Unsigned));
        assert_eq!(read(TOKEN, &[SECRET], true).as_deref(), Ok(TOKEN));
        assert_eq!(read(&"a".repeat(128), &[], true), Ok("a".repeat(128)));
    }

    #[test]
    fn rejects_every_cut_and_every_changed_character() {
        for end in 0..SIGNED.len() {
            assert!(read(&SIGNED[..end], &[SECRET], false).is_err(), "{end}");
        }
        for start in 1..SIGNED.len() {
            assert!(read(&SIGNED[start..], &[SECRET], false).is_err(), "{start}");
        }
        for index in 0..SIGNED.len() {
            let mut changed = SIGNED.as_bytes().to_vec();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let error = SessionTokenReader::new(&[SECRET], false).unwrap().read(&changed).err();
            assert!(error.is_some(), "{index}");
        }
    }

    #[test]
    fn rejects_values_of_another_form() {
        let long = "a".repeat(129);
        let signature = SIGNED.split_once('.').unwrap().1;
        for value in [
            "",
            ".",
            "a.b",
            "a.b.c",
            "a b",
            " abc",
            "abc\n",
            "\u{e4}",
            "a%00",
            "%",
            "abc%",
            "a=",
            &long,
            &format!(".{signature}"),
            &format!("{TOKEN}..{signature}"),
            &format!("{TOKEN}.{signature}="),
            &format!("{TOKEN}.{}", signature.trim_end_matches('=')),
            &format!("{TOKEN}.{}", signature.replace('+', "-").replace('/', "_")),
            &format!("{TOKEN}.{signature}.{signature}"),
            &format!("{long}.{signature}"),
            &"%41".repeat(10_000),
            &".".repeat(100_000),
        ] {
            for secrets in [&[][..], &[SECRET]] {
                assert_eq!(read(value, secrets, true), Err(SessionTokenError::Malformed), "{value:?}");
            }
        }
    }

    #[test]
    fn rejects_secrets_that_cannot_be_used() {
        for secret in ["", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----"] {
            let message = SessionTokenReader::new(&[SECRET, secret], false).unwrap_err().to_string();
            assert!(message.starts_with("secrets must be"));
        }
        let debug = format!("{:?}", SessionTokenReader::new(&[SECRET], false).unwrap());
        assert!(!debug.contains(SECRET));
    }
}
