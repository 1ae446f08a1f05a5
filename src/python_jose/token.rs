//! The compact token in python-jose's order of checks: everything is decoded before anything is judged.

use std::sync::Arc;

use jiter::JsonValue;

use crate::encoding::base64url;
use crate::encoding::json;
use crate::error::{Error, Result};
use crate::jws::compact::{reject_critical_headers as refuse_extensions, split_at_dot};
use crate::jws::header_cache::HeaderCache;

/// Why a part cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// Its form is wrong, or it is JSON of a form that is wrong.
    Form(Error),
    /// It is no JSON that is safe to read: here it is, for whoever has more words for what is wrong with it.
    NotJson(Vec<u8>),
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        Self::Form(error)
    }
}

/// A compact JWS, read but not verified.
pub struct Token<'t> {
    /// What the header says.
    pub header: Arc<Header>,
    /// The header as it came, if it is one that had to be read.
    pub new_header: Option<&'t [u8]>,
    /// The bytes that were signed: header, dot, payload, as they came.
    pub signing_input: &'t [u8],
    /// The payload, decoded and not yet trusted.
    pub unverified_payload: Vec<u8>,
    /// The signature, decoded.
    pub signature: Vec<u8>,
}

impl<'t> Token<'t> {
    /// Reads `text`; a header that is among the `known` ones need not be.
    ///
    /// # Errors
    /// [`Unread`], for the first part that is wrong: header, payload, signature.
    pub fn read(text: &'t [u8], known: &HeaderCache<Header>) -> Result<Self, Unread> {
        let (signing_input, payload, signature) = split(text).ok_or(NOT_ENOUGH)?;
        let encoded = signing_input.get(..signing_input.len() - payload.len() - 1).unwrap_or_default();
        let (header, new_header) = match known.get(encoded) {
            Some(header) => (header, None),
            None => (Arc::new(Header::read(&base64url::decode(encoded).ok_or(NOT_ENOUGH)?)?), Some(encoded)),
        };
        let unverified_payload = base64url::decode(payload).ok_or(Error::Malformed("Invalid payload padding"))?;
        let signature = base64url::decode(signature).ok_or(Error::Malformed("Invalid crypto padding"))?;
        Ok(Self { header, new_header, signing_input, unverified_payload, signature })
    }
}

const NOT_ENOUGH: Error = Error::Malformed("Not enough segments");

/// Signing input, payload, signature. A further dot belongs to the payload, which it makes unreadable.
fn split(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let last_dot = memchr::memrchr(b'.', text)?;
    let (signing_input, signature) = (text.get(..last_dot)?, text.get(last_dot + 1..)?);
    let (_, payload) = split_at_dot(signing_input)?;
    Some((signing_input, payload, signature))
}

/// The header's parameters, none of which stands twice.
pub struct Header(json::Object<'static>);

impl Header {
    fn read(text: &[u8]) -> Result<Self, Unread> {
        json::parse_object(text).map(|members| Self(json::into_owned(members))).map_err(|refused| match refused {
            json::JsonError::NotJson => Unread::NotJson(text.to_vec()),
            json::JsonError::NotAnObject => Error::Malformed("Invalid header string: must be a json object").into(),
        })
    }

    /// Whether there is an `alg` at all.
    #[must_use]
    pub fn has_algorithm(&self) -> bool {
        json::get(&self.0, "alg").is_some()
    }

    /// `alg`, where it says anything (RFC 7515 §4.1.1).
    ///
    /// # Errors
    /// [`Error::Malformed`] where Python would call it false, [`Error::AlgorithmNotAllowed`] for what is no string.
    pub fn algorithm(&self) -> Result<&str> {
        match json::get(&self.0, "alg") {
            Some(JsonValue::Str(name)) if !name.is_empty() => Ok(name),
            Some(value) if !is_false(value) => Err(Error::AlgorithmNotAllowed),
            _ => Err(NO_ALGORITHM),
        }
    }

    /// `kid`, where it is a string (RFC 7515 §4.1.4).
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        match json::get(&self.0, "kid") {
            Some(JsonValue::Str(kid)) => Some(kid),
            _ => None,
        }
    }

    /// Refuses what would change the meaning of the signature.
    ///
    /// # Errors
    /// [`Error::UnsupportedHeader`].
    pub fn refuse_extensions(&self) -> Result<()> {
        refuse_extensions(&self.0)
    }

    /// Its parameters, in the order in which they stand.
    #[must_use]
    pub fn members(&self) -> &[json::Member<'static>] {
        &self.0
    }
}

/// What is said where there is no `alg`.
pub const NO_ALGORITHM: Error = Error::Malformed("No algorithm was specified in the JWS header.");

fn is_false(value: &JsonValue<'_>) -> bool {
    match value {
        JsonValue::Null | JsonValue::Bool(false) | JsonValue::Int(0) => true,
        JsonValue::Float(number) => *number == 0.0,
        JsonValue::Str(text) => text.is_empty(),
        JsonValue::Array(items) => items.is_empty(),
        JsonValue::Object(members) => members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{NO_ALGORITHM, Token, Unread};
    use crate::encoding::base64url::encode;
    use crate::error::{Error, Result};
    use crate::jws::header_cache::HeaderCache;

    fn unread(text: &str) -> Option<Unread> {
        Token::read(text.as_bytes(), &HeaderCache::new()).err()
    }

    fn algorithm(header: &str) -> Result<String, Unread> {
        let text = format!("{}.e30.AA", encode(header.as_bytes()));
        let token = Token::read(text.as_bytes(), &HeaderCache::new())?;
        Ok(token.header.algorithm()?.to_owned())
    }

    #[test]
    fn reads_the_parts() {
        let text = format!("{}.e30.AQI", encode(br#"{"alg":"any","kid":"k"}"#));
        let token = Token::read(text.as_bytes(), &HeaderCache::new());
        assert!(token.is_ok_and(|token| {
            token.signing_input == text.as_bytes().strip_suffix(b".AQI").unwrap_or_default()
                && (token.unverified_payload.as_slice(), token.signature.as_slice()) == (b"{}", &[1, 2])
                && (token.header.algorithm(), token.header.kid()) == (Ok("any"), Some("k"))
        }));
    }

    #[test]
    fn the_first_part_that_is_wrong_is_named() {
        let cases = [
            ("", "Not enough segments"),
            ("a", "Not enough segments"),
            ("a.b", "Not enough segments"),
            ("!.e30.AA", "Not enough segments"),
            ("W10.!.!", "Invalid header string: must be a json object"),
            ("e30.!.!", "Invalid payload padding"),
            ("e30.e30.e30.AA", "Invalid payload padding"),
            ("e30.e30.A", "Invalid crypto padding"),
        ];
        for (text, reason) in cases {
            assert_eq!(unread(text), Some(Unread::Form(Error::Malformed(reason))), "{text}");
        }
        assert_eq!(unread(&format!("{}.!.!", encode(b"{"))), Some(Unread::NotJson(b"{".to_vec())));
        assert!(matches!(unread(&format!("{}.e30.AA", encode(br#"{"a":1,"a":1}"#))), Some(Unread::NotJson(_))));
    }

    #[test]
    fn an_algorithm_is_a_string_that_says_something() {
        for header in ["{}", r#"{"alg":""}"#, r#"{"alg":null}"#, r#"{"alg":0}"#, r#"{"alg":[]}"#, r#"{"alg":-0.0}"#] {
            assert_eq!(algorithm(header), Err(NO_ALGORITHM.into()), "{header}");
        }
        for header in [r#"{"alg":["HS256"]}"#, r#"{"alg":1}"#, r#"{"alg":true}"#] {
            assert_eq!(algorithm(header), Err(Error::AlgorithmNotAllowed.into()), "{header}");
        }
    }
}
