//! The compact token: split once, its header read once, its payload decoded once (RFC 7515 §5.2 steps 1 to 7, §7.1).

use std::sync::Arc;

use jiter::JsonValue;

use crate::algorithms::Algorithm;
use crate::encoding::base64url;
use crate::encoding::json;
use crate::error::{Error, Result};
use crate::jws::header_cache::KnownHeaders;

/// What the header says of the token. Nothing else in it is read: keys that a token brings along (`jwk`, `jku`, `x5c`,
/// `x5u`) are the sender's, not ours (RFC 8725 §3.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `alg` (RFC 7515 §4.1.1).
    pub algorithm: Algorithm,
    /// `kid` (RFC 7515 §4.1.4).
    pub kid: Option<String>,
    /// `typ` (RFC 7515 §4.1.9).
    pub typ: Option<String>,
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
    /// Reads `text` of at most `max_bytes` bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Malformed`], [`Error::UnsupportedHeader`], or [`Error::AlgorithmNotAllowed`] for an
    /// `alg` that is not in the table.
    pub fn read(text: &'t [u8], max_bytes: usize) -> Result<Self> {
        Self::read_knowing(&KnownHeaders::none(), text, max_bytes)
    }

    /// The same where some headers are `known`.
    ///
    /// # Errors
    /// As [`Token::read`].
    pub fn read_knowing(known: &KnownHeaders<Header>, text: &'t [u8], max_bytes: usize) -> Result<Self> {
        if text.len() > max_bytes {
            return Err(Error::TooLarge { max_bytes });
        }
        let (encoded, payload, signature) = split(text)?;
        let signing_input = text.get(..encoded.len() + 1 + payload.len()).unwrap_or_default();
        let (header, new_header) = match known.find(encoded) {
            Some(header) => (header, None),
            None => (Arc::new(read_header(encoded)?), Some(encoded)),
        };
        let unverified_payload = base64url::decode(payload).ok_or(Error::Malformed("Invalid payload padding"))?;
        let signature = base64url::decode(signature).ok_or(Error::Malformed("Invalid crypto padding"))?;
        Ok(Self { header, new_header, signing_input, unverified_payload, signature })
    }
}

fn split(text: &[u8]) -> Result<(&[u8], &[u8], &[u8])> {
    const NOT_ENOUGH: Error = Error::Malformed("Not enough segments");
    let (header, rest) = split_at_dot(text).ok_or(NOT_ENOUGH)?;
    let (payload, signature) = split_at_dot(rest).ok_or(NOT_ENOUGH)?;
    match split_at_dot(signature) {
        None => Ok((header, payload, signature)),
        Some(_) => Err(Error::Malformed("Too many segments")),
    }
}

/// What stands before and after the first dot.
pub(crate) fn split_at_dot(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = memchr::memchr(b'.', text)?;
    Some((text.get(..dot)?, text.get(dot + 1..)?))
}

fn header_members(header: &[u8]) -> Result<json::Object<'_>> {
    json::object(header).map_err(|refused| {
        Error::Malformed(match refused {
            json::Refused::NotJson => "Invalid header string: must be valid JSON",
            json::Refused::NotAnObject => "Invalid header string: must be a json object",
        })
    })
}

fn read_header(encoded: &[u8]) -> Result<Header> {
    let header = base64url::decode(encoded).ok_or(Error::Malformed("Not enough segments"))?;
    let members = &header_members(&header)?;
    refuse_extensions(members)?;
    let name = string(members, "alg")?.filter(|name| !name.is_empty());
    let name = name.ok_or(Error::Malformed("No algorithm was specified in the JWS header."))?;
    let kid = string(members, "kid")?.map(str::to_owned);
    let typ = string(members, "typ")?.map(str::to_owned);
    Ok(Header { algorithm: name.parse()?, kid, typ })
}

/// `crit` lists extensions that must be understood (RFC 7515 §4.1.11), and none is; an unencoded payload is not for
/// JWTs (RFC 7797 §7).
pub(crate) fn refuse_extensions(members: &json::Object<'_>) -> Result<()> {
    let is_encoded = json::member(members, "b64").is_none_or(|b64| *b64 == JsonValue::Bool(true));
    if json::member(members, "crit").is_some() || !is_encoded {
        return Err(Error::UnsupportedHeader);
    }
    Ok(())
}

fn string<'h>(members: &'h json::Object<'_>, name: &str) -> Result<Option<&'h str>> {
    match json::member(members, name) {
        None => Ok(None),
        Some(JsonValue::Str(text)) => Ok(Some(text)),
        Some(_) => Err(Error::Malformed("Invalid header string: a parameter has the wrong type")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Header, Token};
    use crate::algorithms::Algorithm;
    use crate::encoding::base64url::encode;
    use crate::error::{Error, Result};

    fn read_with_header(header: &str) -> Result<Header> {
        let text = format!("{}.e30.AA", encode(header.as_bytes()));
        Token::read(text.as_bytes(), 10_000).map(|token| Header::clone(&token.header))
    }

    #[test]
    fn reads_the_parts() {
        let text = format!("{}.e30.AQI", encode(br#"{"alg":"ES256","kid":"k","typ":"JWT","x":[1]}"#));
        let token = Token::read(text.as_bytes(), 1_000);
        assert!(token.is_ok_and(|token| {
            token.signing_input == text.as_bytes().strip_suffix(b".AQI").unwrap_or_default()
                && token.unverified_payload == b"{}"
                && token.signature == [1, 2]
                && *token.header
                    == Header { algorithm: Algorithm::ES256, kid: Some("k".into()), typ: Some("JWT".into()) }
        }));
    }

    #[test]
    fn refuses_other_shapes() {
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
            assert_eq!(Token::read(text, 1_000).err(), Some(Error::Malformed(reason)));
        }
        let dots = vec![b'.'; 1_000_000];
        assert_eq!(Token::read(&dots, 65_536).err(), Some(Error::TooLarge { max_bytes: 65_536 }));
        assert!(Token::read(&dots, 2_000_000).is_err());
    }

    #[test]
    fn refuses_extensions_and_wrong_types() {
        for header in [
            r#"{"alg":"HS256","crit":["exp"]}"#,
            r#"{"alg":"HS256","crit":[]}"#,
            r#"{"alg":"HS256","crit":null}"#,
            r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#,
            r#"{"alg":"HS256","b64":false}"#,
            r#"{"alg":"HS256","b64":null}"#,
        ] {
            assert_eq!(read_with_header(header).err(), Some(Error::UnsupportedHeader), "{header}");
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
            assert!(matches!(read_with_header(header), Err(Error::Malformed(_))), "{header}");
        }
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"hs256"}"#, r#"{"alg":"*"}"#] {
            assert_eq!(read_with_header(header).err(), Some(Error::AlgorithmNotAllowed), "{header}");
        }
        assert!(read_with_header(r#"{"alg":"HS256","b64":true,"zip":"DEF"}"#).is_ok());
    }
}
