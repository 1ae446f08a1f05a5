//! A compact JWS, parsed in python-jose's order: every segment is decoded before the header is checked.

use std::sync::Arc;

use jiter::JsonValue;

use crate::encoding::base64url;
use crate::encoding::json;
use crate::error::{Error, Result};
use crate::jws::compact::split_at_dot;
use crate::jws::critical_headers::reject_critical_headers;
use crate::jws::diagnosis::undecodable;
use crate::jws::header_cache::HeaderCache;

/// The reason why a segment cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseError {
    /// The encoding is invalid, or the JSON is not an object.
    Malformed(Error),
    /// The header is not strict JSON. Contains the header, from which the caller can build a more detailed message.
    InvalidJson(Vec<u8>),
}

impl From<Error> for ParseError {
    fn from(error: Error) -> Self {
        Self::Malformed(error)
    }
}

/// A parsed compact JWS, unverified.
pub struct Token<'t> {
    /// The header.
    pub header: Arc<Header>,
    /// The encoded header, if it was not cached.
    pub uncached_header: Option<&'t [u8]>,
    /// The signed bytes: encoded header, dot, encoded payload.
    pub signing_input: &'t [u8],
    /// The decoded payload, unverified.
    pub unverified_payload: Vec<u8>,
    /// The decoded signature.
    pub signature: Vec<u8>,
}

impl<'t> Token<'t> {
    /// Parses a token. A header that is in `header_cache` is not parsed again.
    ///
    /// # Errors
    /// [`ParseError`] for the first invalid segment: header, payload, signature.
    pub fn parse(token: &'t [u8], header_cache: &HeaderCache<Header>) -> Result<Self, ParseError> {
        let Segments { signing_input, header: encoded, payload, signature } = Segments::split(token)?;
        let (header, uncached_header) = match header_cache.get(encoded) {
            Some(header) => (header, None),
            None => (Arc::new(Header::parse_encoded(encoded)?), Some(encoded)),
        };
        let unverified_payload = decode_payload(payload)?;
        let signature = base64url::decode(signature).ok_or_else(|| undecodable("Invalid crypto padding", signature))?;
        Ok(Self { header, uncached_header, signing_input, unverified_payload, signature })
    }
}

/// Parses the header of a token. The other segments are not checked.
///
/// # Errors
/// [`ParseError`] for the header, or for fewer than three segments.
pub fn parse_unverified_header(token: &[u8]) -> Result<Header, ParseError> {
    Header::parse_encoded(Segments::split(token)?.header)
}

/// Decodes the payload of a token. The other segments are not checked.
///
/// # Errors
/// [`Error::Malformed`] for the payload, or for fewer than three segments.
pub fn decode_unverified_payload(token: &[u8]) -> Result<Vec<u8>> {
    decode_payload(Segments::split(token)?.payload)
}

const NOT_ENOUGH_SEGMENTS: Error = Error::Malformed("Not enough segments");

/// The encoded segments of a token. An additional dot belongs to the payload and makes it invalid.
struct Segments<'t> {
    signing_input: &'t [u8],
    header: &'t [u8],
    payload: &'t [u8],
    signature: &'t [u8],
}

impl<'t> Segments<'t> {
    fn split(token: &'t [u8]) -> Result<Self> {
        let last_dot = memchr::memrchr(b'.', token).ok_or(NOT_ENOUGH_SEGMENTS)?;
        let (signing_input, signature) = token.split_at_checked(last_dot).ok_or(NOT_ENOUGH_SEGMENTS)?;
        let (header, payload) = split_at_dot(signing_input).ok_or(NOT_ENOUGH_SEGMENTS)?;
        Ok(Self { signing_input, header, payload, signature: signature.get(1..).unwrap_or_default() })
    }
}

fn decode_payload(encoded: &[u8]) -> Result<Vec<u8>> {
    base64url::decode(encoded).ok_or_else(|| undecodable("Invalid payload padding", encoded))
}

/// The parameters of a header, without repeated names.
pub struct Header(json::Object<'static>);

impl Header {
    fn parse_encoded(encoded: &[u8]) -> Result<Self, ParseError> {
        Self::parse(&base64url::decode(encoded).ok_or_else(|| undecodable("Not enough segments", encoded))?)
    }

    /// Parses a decoded header.
    ///
    /// # Errors
    /// [`ParseError`].
    pub(crate) fn parse(header: &[u8]) -> Result<Self, ParseError> {
        json::parse_object(header).map(|members| Self(json::into_owned(members))).map_err(|error| match error {
            json::JsonError::NotJson => ParseError::InvalidJson(header.to_vec()),
            json::JsonError::NotAnObject => Error::Malformed("Invalid header string: must be a json object").into(),
        })
    }

    /// Returns true if the header has an `alg`.
    #[must_use]
    pub fn has_algorithm(&self) -> bool {
        json::get(&self.0, "alg").is_some()
    }

    /// Returns `alg` (RFC 7515 §4.1.1).
    ///
    /// # Errors
    /// [`Error::Malformed`] if `alg` is missing or falsy in Python. [`Error::AlgorithmNotAllowed`] if it is another
    /// value that is not a string.
    pub fn algorithm(&self) -> Result<&str> {
        match json::get(&self.0, "alg") {
            Some(JsonValue::Str(name)) if !name.is_empty() => Ok(name),
            Some(value) if !is_falsy(value) => Err(Error::AlgorithmNotAllowed),
            _ => Err(NO_ALGORITHM),
        }
    }

    /// Returns `kid` if it is a string (RFC 7515 §4.1.4).
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        match json::get(&self.0, "kid") {
            Some(JsonValue::Str(kid)) => Some(kid),
            _ => None,
        }
    }

    /// Rejects parameters that change the meaning of the signature.
    ///
    /// # Errors
    /// [`Error::UnsupportedHeader`].
    pub fn reject_critical_headers(&self) -> Result<()> {
        reject_critical_headers(&self.0)
    }

    /// Returns the parameters, in the order of the header.
    #[must_use]
    pub fn members(&self) -> &[json::Member<'static>] {
        &self.0
    }
}

/// The header has no usable `alg`.
pub const NO_ALGORITHM: Error = Error::Malformed("No algorithm was specified in the JWS header.");

/// Returns true if Python's `bool` of the value is false.
fn is_falsy(value: &JsonValue<'_>) -> bool {
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
    use super::{NO_ALGORITHM, ParseError, Token, decode_unverified_payload, parse_unverified_header};
    use crate::encoding::base64url::encode;
    use crate::error::{Error, Result};
    use crate::jws::header_cache::HeaderCache;

    fn parse_error(text: &str) -> Option<ParseError> {
        Token::parse(text.as_bytes(), &HeaderCache::new()).err()
    }

    fn parse_algorithm(header: &str) -> Result<String, ParseError> {
        let text = format!("{}.e30.AA", encode(header.as_bytes()));
        let token = Token::parse(text.as_bytes(), &HeaderCache::new())?;
        Ok(token.header.algorithm()?.to_owned())
    }

    #[test]
    fn parses_the_segments() {
        let text = format!("{}.e30.AQI", encode(br#"{"alg":"any","kid":"k"}"#));
        let token = Token::parse(text.as_bytes(), &HeaderCache::new());
        assert!(token.is_ok_and(|token| {
            token.signing_input == text.as_bytes().strip_suffix(b".AQI").unwrap_or_default()
                && (token.unverified_payload.as_slice(), token.signature.as_slice()) == (b"{}", &[1, 2])
                && (token.header.algorithm(), token.header.kid()) == (Ok("any"), Some("k"))
        }));
    }

    #[test]
    fn reports_the_first_invalid_segment() {
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
            let Some(ParseError::Malformed(error)) = parse_error(text) else { panic!("{text}") };
            assert!(error.code() == "malformed" && error.to_string().starts_with(reason), "{text}: {error}");
        }
        assert_eq!(parse_error(&format!("{}.!.!", encode(b"{"))), Some(ParseError::InvalidJson(b"{".to_vec())));
        assert!(matches!(
            parse_error(&format!("{}.e30.AA", encode(br#"{"a":1,"a":1}"#))),
            Some(ParseError::InvalidJson(_))
        ));
    }

    #[test]
    fn alg_must_be_a_non_empty_string() {
        for header in [
            "{}",
            r#"{"alg":""}"#,
            r#"{"alg":null}"#,
            r#"{"alg":0}"#,
            r#"{"alg":[]}"#,
            r#"{"alg":-0.0}"#,
            r#"{"alg":{}}"#,
        ] {
            assert_eq!(parse_algorithm(header), Err(NO_ALGORITHM.into()), "{header}");
        }
        for header in [r#"{"alg":["HS256"]}"#, r#"{"alg":1}"#, r#"{"alg":true}"#, r#"{"alg":{"a":1}}"#] {
            assert_eq!(parse_algorithm(header), Err(Error::AlgorithmNotAllowed.into()), "{header}");
        }
    }

    #[test]
    fn unverified_parts_are_read_without_the_others() {
        let header = encode(br#"{"alg":"any","crit":["b64"],"b64":false}"#);
        let text = format!("{header}.e30.!");
        let read = parse_unverified_header(text.as_bytes()).unwrap();
        let names: Vec<_> = read.members().iter().map(|(name, _)| name.as_ref()).collect();
        assert_eq!((read.has_algorithm(), names), (true, vec!["alg", "crit", "b64"]));
        assert_eq!(read.reject_critical_headers(), Err(Error::UnsupportedHeader));
        let plain = parse_unverified_header(b"e30.!.!").unwrap();
        assert_eq!((plain.has_algorithm(), plain.reject_critical_headers()), (false, Ok(())));
        assert_eq!(decode_unverified_payload(b"!.e30.!"), Ok(b"{}".to_vec()));
        assert!(decode_unverified_payload(b"e30.!.!").is_err() && decode_unverified_payload(b"e30.e30").is_err());
    }
}
