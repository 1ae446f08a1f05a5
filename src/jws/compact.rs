//! Parses a compact JWS: splits it, parses its header and decodes its payload, each once (RFC 7515 §5.2 steps 1 to 7, §7.1).

use std::borrow::Cow;
use std::sync::Arc;

use super::critical_headers::reject_extensions;
use super::diagnosis::{too_few_segments, too_many_segments, undecodable};
use super::header_cache::HeaderCache;
use super::header_structure::check_structure;
use super::limits::TokenLimits;
use crate::algorithms::Algorithm;
use crate::encoding::base64url;
use crate::encoding::json::{self, MemberValue};
use crate::error::{Error, Result};

/// The header parameters that a verifier uses.
///
/// Keys in the header (`jwk`, `jku`, `x5c`, `x5u`) come from the sender and are ignored (RFC 8725 §3.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `alg` (RFC 7515 §4.1.1).
    pub algorithm: Algorithm,
    /// `kid` (RFC 7515 §4.1.4).
    pub kid: Option<String>,
    /// `typ` (RFC 7515 §4.1.9).
    pub typ: Option<String>,
    /// True for a header with `zip`, which only a JWE may have (RFC 7516 §4.1.3).
    pub is_compressed: bool,
}

/// Whether the segments of a token may be padded, contrary to RFC 7515 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Padding {
    /// A padded segment makes the token malformed.
    #[default]
    Rejected,
    /// Each segment may end with complete padding. An AWS Application Load Balancer pads all of them.
    Allowed,
}

impl Padding {
    pub(crate) fn decode(self, segment: &[u8]) -> Option<Vec<u8>> {
        let mut decoded = Vec::new();
        self.decode_append(segment, &mut decoded).then_some(decoded)
    }

    /// Appends the decoded `segment` to `buffer`. Returns false if it is not base64url.
    fn decode_append(self, segment: &[u8], buffer: &mut Vec<u8>) -> bool {
        match self {
            Self::Rejected => base64url::decode_append(segment, buffer),
            Self::Allowed => base64url::decode_append_with_padding(segment, buffer),
        }
    }
}

/// A parsed, unverified compact JWS.
pub struct CompactJws<'t> {
    /// The parsed header.
    pub header: Arc<Header>,
    /// The decoded payload, and the decoded signature behind it: one allocation for both.
    decoded: Vec<u8>,
    payload_len: usize,
    text: Cow<'t, [u8]>,
    header_len: usize,
    signing_input_len: usize,
    is_header_cached: bool,
    max_candidate_keys: usize,
}

impl<'t> CompactJws<'t> {
    /// Parses `text` of at most `max_bytes` bytes, with the default limits of [`TokenLimits`] otherwise.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::HeaderTooLarge`], [`Error::Malformed`], [`Error::UnsupportedHeader`], or [`Error::AlgorithmNotAllowed`] for an
    /// unknown `alg`.
    pub fn parse(text: &'t [u8], max_bytes: usize) -> Result<Self> {
        let limits = TokenLimits { token_bytes: max_bytes, ..TokenLimits::default() };
        Self::parse_with_cache(&HeaderCache::new(), text, limits, Padding::Rejected)
    }

    /// Parses `text` within `limits`; takes the header from `cache` if it is there.
    ///
    /// # Errors
    /// See [`CompactJws::parse`].
    pub(crate) fn parse_with_cache(
        cache: &HeaderCache<Header>,
        text: &'t [u8],
        limits: TokenLimits,
        padding: Padding,
    ) -> Result<Self> {
        limits.check_token(text)?;
        let (encoded, payload, signature) = split(text)?;
        limits.check_header(encoded)?;
        let (header, is_header_cached) = match cache.get(encoded) {
            Some(header) => (header, true),
            None => (Arc::new(parse_header(encoded, padding)?), false),
        };
        let mut decoded = Vec::with_capacity(payload.len() + signature.len());
        if !padding.decode_append(payload, &mut decoded) {
            return Err(undecodable("Invalid payload padding", payload));
        }
        let payload_len = decoded.len();
        if !padding.decode_append(signature, &mut decoded) {
            return Err(undecodable("Invalid crypto padding", signature));
        }
        Ok(Self {
            header,
            decoded,
            payload_len,
            text: Cow::Borrowed(text),
            header_len: encoded.len(),
            signing_input_len: encoded.len() + 1 + payload.len(),
            is_header_cached,
            max_candidate_keys: limits.candidate_keys,
        })
    }

    /// Returns the decoded payload.
    #[must_use]
    pub fn unverified_payload(&self) -> &[u8] {
        self.decoded.get(..self.payload_len).unwrap_or_default()
    }

    /// Returns the decoded signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.decoded.get(self.payload_len..).unwrap_or_default()
    }

    /// Returns the header and the decoded payload.
    pub(crate) fn into_header_and_payload(mut self) -> (Arc<Header>, Vec<u8>) {
        self.decoded.truncate(self.payload_len);
        (self.header, self.decoded)
    }

    /// Returns the signed bytes: encoded header, dot, encoded payload.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.text.get(..self.signing_input_len).unwrap_or_default()
    }

    /// Returns the whole token.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Returns the memory that the token occupies once it owns its text: text, payload, signature and header, in bytes.
    #[must_use]
    pub(crate) fn owned_bytes(&self) -> usize {
        let texts = [self.header.kid.as_ref(), self.header.typ.as_ref()];
        let header = size_of::<Header>() + texts.into_iter().flatten().map(String::capacity).sum::<usize>();
        self.text.len() + self.decoded.capacity() + header
    }

    /// Returns the maximum number of keys that the signature is tried with.
    pub(crate) fn max_candidate_keys(&self) -> usize {
        self.max_candidate_keys
    }

    /// Returns the encoded header.
    pub(crate) fn encoded_header(&self) -> &[u8] {
        self.text.get(..self.header_len).unwrap_or_default()
    }

    /// Returns the encoded header if it was parsed and not taken from the cache.
    pub(crate) fn uncached_header(&self) -> Option<&[u8]> {
        if self.is_header_cached { None } else { Some(self.encoded_header()) }
    }

    /// Copies the text of the token, so that the token can wait for a fetch.
    #[must_use]
    pub fn into_owned(self) -> CompactJws<'static> {
        CompactJws { text: Cow::Owned(self.text.into_owned()), ..self }
    }
}

fn split(text: &[u8]) -> Result<(&[u8], &[u8], &[u8])> {
    let (header, rest) = split_at_dot(text).ok_or_else(|| too_few_segments(text))?;
    let (payload, signature) = split_at_dot(rest).ok_or_else(|| too_few_segments(text))?;
    match split_at_dot(signature) {
        None => Ok((header, payload, signature)),
        Some(_) => Err(too_many_segments(text)),
    }
}

/// Returns the bytes before and after the first dot.
pub(crate) fn split_at_dot(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = memchr::memchr(b'.', text)?;
    Some((text.get(..dot)?, text.get(dot + 1..)?))
}

fn parse_header(encoded: &[u8], padding: Padding) -> Result<Header> {
    #[cfg(test)]
    header_parses::count();
    let header = padding.decode(encoded).ok_or_else(|| undecodable("Not enough segments", encoded))?;
    check_structure(&header)?;
    let [alg, kid, typ, crit, b64, zip] =
        json::read_members(&header, ["alg", "kid", "typ", "crit", "b64", "zip"]).map_err(invalid_header)?;
    reject_extensions(crit.is_some(), b64.is_none_or(|b64| b64 == MemberValue::Bool(true)))?;
    let name = optional_string("alg", alg)?.filter(|name| !name.is_empty());
    let name = name.ok_or(Error::Malformed("No algorithm was specified in the JWS header."))?;
    let (kid, typ) = (optional_string("kid", kid)?, optional_string("typ", typ)?);
    Ok(Header { algorithm: name.parse()?, kid, typ, is_compressed: zip.is_some() })
}

/// The number of headers that the current thread has parsed.
#[cfg(test)]
pub(crate) mod header_parses {
    use std::cell::Cell;

    thread_local!(static COUNT: Cell<usize> = const { Cell::new(0) });

    /// Counts one header.
    pub(super) fn count() {
        COUNT.set(COUNT.get() + 1);
    }

    /// Returns the number of headers that `work` parses on this thread, and its result.
    pub(crate) fn during<T>(work: impl FnOnce() -> T) -> (usize, T) {
        let before = COUNT.get();
        let result = work();
        (COUNT.get() - before, result)
    }
}

fn invalid_header(error: json::JsonError) -> Error {
    Error::Malformed(match error {
        json::JsonError::NotJson => "Invalid header string: must be valid JSON",
        json::JsonError::NotAnObject => "Invalid header string: must be a json object",
    })
}

fn optional_string(name: &str, value: Option<MemberValue>) -> Result<Option<String>> {
    match value {
        None => Ok(None),
        Some(MemberValue::Str(text)) => Ok(Some(text)),
        Some(_) => Err(Error::Malformed(match name {
            "alg" => "Invalid header string: a parameter has the wrong type: alg must be a string",
            "kid" => "Invalid header string: a parameter has the wrong type: kid must be a string",
            _ => "Invalid header string: a parameter has the wrong type: typ must be a string",
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::{CompactJws, Header, HeaderCache, Padding, TokenLimits};
    use crate::algorithms::Algorithm;
    use crate::encoding::base64url::encode;
    use crate::error::{Error, Result};

    fn parse_with_header(header: &str) -> Result<Header> {
        let text = format!("{}.e30.AA", encode(header.as_bytes()));
        CompactJws::parse(text.as_bytes(), 10_000).map(|token| Header::clone(&token.header))
    }

    #[test]
    fn parses_the_parts() {
        let text = format!("{}.e30.AQI", encode(br#"{"alg":"ES256","kid":"k","typ":"JWT","x":[1]}"#));
        let token = CompactJws::parse(text.as_bytes(), 1_000);
        assert!(token.is_ok_and(|token| {
            token.signing_input() == text.as_bytes().strip_suffix(b".AQI").unwrap_or_default()
                && token.unverified_payload() == b"{}"
                && token.signature() == [1, 2]
                && *token.header
                    == Header {
                        algorithm: Algorithm::ES256,
                        kid: Some("k".into()),
                        typ: Some("JWT".into()),
                        is_compressed: false,
                    }
        }));
    }

    #[test]
    fn keeps_its_whole_text_and_counts_the_memory_of_each_part() {
        let (kid, typ) = ("k".repeat(3_000), "t".repeat(5_000));
        let header = encode(format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"{typ}"}}"#).as_bytes());
        let (payload, signature) = (encode(&[b' '; 9_000]), encode(&[0; 1_500]));
        let text = format!("{header}.{payload}.{signature}");
        let token = CompactJws::parse(text.as_bytes(), 100_000);
        assert_eq!(token.as_ref().err(), Some(&Error::HeaderTooLarge { max_bytes: 8_192 }));
        let limits = TokenLimits { header_bytes: 20_000, ..TokenLimits::default() };
        let token = CompactJws::parse_with_cache(&HeaderCache::new(), text.as_bytes(), limits, Padding::Rejected);
        let token = token.unwrap().into_owned();
        assert_eq!((token.text(), token.encoded_header()), (text.as_bytes(), header.as_bytes()));
        let bytes = text.len() + 9_000 + 1_500 + kid.len() + typ.len() + size_of::<Header>();
        // What was reserved for the decoded parts has the length that they have in base64, a third more.
        assert!((bytes..bytes + 3_600).contains(&token.owned_bytes()), "{bytes}: {}", token.owned_bytes());
    }

    #[test]
    fn header_that_was_not_cached_is_returned_once() {
        let cache = HeaderCache::new();
        let (header, limits) = (encode(br#"{"alg":"ES256"}"#), TokenLimits::default());
        let text = format!("{header}.e30.AA");
        let parse = || CompactJws::parse_with_cache(&cache, text.as_bytes(), limits, Padding::Rejected).unwrap();
        let token = parse();
        assert_eq!(token.uncached_header(), Some(header.as_bytes()));
        cache.insert(header.as_bytes(), &token.header);
        assert_eq!(parse().uncached_header(), None);
    }

    #[test]
    fn rejects_malformed_tokens() {
        let cases: [(&[u8], &str); 9] = [
            (b"", "Not enough segments"),
            (b"a", "Not enough segments"),
            (b"a.b", "Not enough segments"),
            (b"a.b.c.d", "Too many segments"),
            (b"a.b.c.d.e", "Too many segments"),
            (b"!.e30.AA", "Not enough segments"),
            (b"eyJhbGciOiJIUzI1NiJ9.e30=.AA", "Invalid payload padding"),
            (b"eyJhbGciOiJIUzI1NiJ9.e30.AB", "Invalid crypto padding"),
            (b"e30.e30.AA", "No algorithm was specified in the JWS header."),
        ];
        for (text, reason) in cases {
            let error = CompactJws::parse(text, 1_000).err().map(|error| (error.code(), error.to_string()));
            assert!(error.is_some_and(|(code, text)| code == "malformed" && text.starts_with(reason)), "{reason}");
        }
        let dots = vec![b'.'; 1_000_000];
        assert_eq!(CompactJws::parse(&dots, 65_536).err(), Some(Error::TooLarge { max_bytes: 65_536 }));
        assert!(CompactJws::parse(&dots, 2_000_000).is_err());
        assert_eq!(CompactJws::parse(b"a.b.c", 4).err(), Some(Error::TooLarge { max_bytes: 4 }));
    }

    #[test]
    fn rejects_critical_headers_and_wrong_types() {
        for header in [
            r#"{"alg":"HS256","crit":["exp"]}"#,
            r#"{"alg":"HS256","crit":[]}"#,
            r#"{"alg":"HS256","crit":null}"#,
            r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#,
            r#"{"alg":"HS256","b64":false}"#,
            r#"{"alg":"HS256","b64":null}"#,
        ] {
            assert_eq!(parse_with_header(header).err(), Some(Error::UnsupportedHeader), "{header}");
        }
        for header in [
            r#"{"alg":["HS256"]}"#,
            r#"{"alg":null}"#,
            r#"{"alg":"HS256","kid":5}"#,
            r#"{"alg":"HS256","typ":{}}"#,
            r#"{"alg":"HS256","alg":"none"}"#,
            "[]",
            "null",
            "{",
        ] {
            assert!(matches!(parse_with_header(header), Err(Error::Malformed(_))), "{header}");
        }
        for name in ["alg", "kid", "typ"] {
            let header = format!(r#"{{"alg":"HS256","{name}":5}}"#).replace(r#""alg":"HS256","alg""#, r#""alg""#);
            let error = parse_with_header(&header).unwrap_err().to_string();
            assert!(error.ends_with(&format!(": {name} must be a string")), "{error}");
        }
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"hs256"}"#, r#"{"alg":"*"}"#] {
            assert_eq!(parse_with_header(header).err(), Some(Error::AlgorithmNotAllowed), "{header}");
        }
        assert!(parse_with_header(r#"{"alg":"HS256","b64":true,"zip":"DEF"}"#).is_ok());
    }
}
