//! The compact serialization of a JWE: its segments and its header (RFC 7516 §5.2 steps 1 to 5, §7.1).

use jiter::JsonValue;

use super::compression;
use super::error::{Error, Result};
use crate::encoding::base64url;
use crate::encoding::json;

/// A compact JWE with decoded segments, neither authenticated nor decrypted.
pub(super) struct CompactJwe {
    /// The header segment, unchanged: it is authenticated with the content (RFC 7516 §5.1 step 14).
    pub encoded_header: Vec<u8>,
    pub header: Vec<u8>,
    pub encrypted_key: Vec<u8>,
    pub iv: Vec<u8>,
    pub ciphertext: Vec<u8>,
    pub tag: Vec<u8>,
}

impl CompactJwe {
    /// Parses a token of at most `max_bytes` bytes, and applies `read_header` to the members of its header. A header
    /// that is not JSON is reported before the other segments are decoded, as in python-jose.
    pub fn parse<H>(token: &[u8], max_bytes: usize, read_header: fn(&json::Object<'_>) -> H) -> Result<(Self, H)> {
        let [encoded_header, encrypted_key, iv, ciphertext, tag] = split_segments(token, max_bytes)?;
        let [bad_key, bad_iv, bad_ciphertext, bad_tag] = INVALID_SEGMENT;
        // python-jose's message for a header that is not base64url.
        let header = decode_segment(encoded_header, NOT_ENOUGH_SEGMENTS)?;
        let read = read_header(&parse_header_members(&header)?);
        let compact = Self {
            encoded_header: encoded_header.to_vec(),
            header,
            encrypted_key: decode_segment(encrypted_key, bad_key)?,
            iv: decode_segment(iv, bad_iv)?,
            ciphertext: decode_segment(ciphertext, bad_ciphertext)?,
            tag: decode_segment(tag, bad_tag)?,
        };
        Ok((compact, read))
    }
}

/// Returns the decoded header of a token. The other segments must be present and use the base64url alphabet. They are
/// not decoded, because the caller only inspects the header.
pub(super) fn parse_header(token: &[u8], max_bytes: usize) -> Result<Vec<u8>> {
    let [encoded_header, segments @ ..] = split_segments(token, max_bytes)?;
    let header = decode_segment(encoded_header, NOT_ENOUGH_SEGMENTS)?;
    parse_header_members(&header)?;
    let invalid = segments.iter().zip(INVALID_SEGMENT).find(|(segment, _)| !base64url::has_valid_alphabet(segment));
    invalid.map_or(Ok(header), |(_, reason)| Err(Error::Malformed(reason)))
}

/// Returns the compact serialization of an encoded header and the other segments.
pub(super) fn serialize(encoded_header: &str, segments: [&[u8]; 4]) -> String {
    segments.iter().fold(encoded_header.to_owned(), |token, segment| token + "." + &base64url::encode(segment))
}

const NOT_ENOUGH_SEGMENTS: &str = "Not enough segments";

/// The messages for the segments after the header, in their order.
const INVALID_SEGMENT: [&str; 4] = ["Invalid encrypted key", "Invalid IV", "Invalid cyphertext", "Invalid auth tag"];

fn split_segments(token: &[u8], max_bytes: usize) -> Result<[&[u8]; 5]> {
    if token.len() > max_bytes {
        return Err(Error::TooLarge { size_bytes: token.len(), max_bytes });
    }
    let segments: Vec<_> = token.splitn(6, |byte| *byte == b'.').collect();
    let count = segments.len();
    let reason = if count < 5 { NOT_ENOUGH_SEGMENTS } else { "Too many segments" };
    segments.try_into().map_err(|_| Error::Malformed(reason))
}

fn decode_segment(segment: &[u8], reason: &'static str) -> Result<Vec<u8>> {
    base64url::decode(segment).ok_or(Error::Malformed(reason))
}

/// The encryption parameters of the protected header, as strings. Keys in a token (`jwk`, `jku`, `x5c`, `x5u`) are
/// ignored, because the sender controls them (RFC 8725 §3.10).
pub(super) struct JweHeader {
    pub alg: String,
    pub enc: String,
    zip: Option<String>,
}

impl JweHeader {
    /// Parses a header, which must be a JSON object.
    pub fn parse(header: &[u8]) -> Result<Self> {
        Self::from_members(&parse_header_members(header)?)
    }

    /// Reads the encryption parameters from the members of a header.
    pub fn from_members(members: &json::Object<'_>) -> Result<Self> {
        // `crit` lists extensions that must be understood (RFC 7516 §4.1.13). No extension is supported.
        if json::get(members, "crit").is_some() {
            return Err(Error::UnsupportedHeader);
        }
        let (alg, enc) = (required_string(members, "alg")?, required_string(members, "enc")?);
        Ok(Self { alg, enc, zip: optional_string(members, "zip")? })
    }

    /// Returns true if the content is compressed.
    pub(crate) fn is_compressed(&self) -> Result<bool> {
        match self.zip.as_deref() {
            None => Ok(false),
            Some(compression::ZIP_DEFLATE) => Ok(true),
            Some(_) => Err(Error::AlgorithmNotSupported("zip")),
        }
    }
}

/// Parses the members of a decoded header, which must be a JSON object.
pub(crate) fn parse_header_members(header: &[u8]) -> Result<json::Object<'_>> {
    json::parse_object(header).map_err(|error| {
        Error::Malformed(match error {
            json::JsonError::NotJson => "Invalid header string: must be valid JSON",
            json::JsonError::NotAnObject => "Invalid header string: must be a json object",
        })
    })
}

fn required_string(members: &json::Object<'_>, name: &str) -> Result<String> {
    optional_string(members, name)?.ok_or(Error::Malformed("alg and enc headers are required!"))
}

fn optional_string(members: &json::Object<'_>, name: &str) -> Result<Option<String>> {
    match json::get(members, name) {
        None => Ok(None),
        Some(JsonValue::Str(value)) => Ok(Some(value.to_string())),
        Some(_) => Err(Error::Malformed("Invalid header string: a parameter has the wrong type")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, parse_header, split_segments};

    #[test]
    fn token_has_five_segments() {
        assert_eq!(split_segments(b"a.b..d.e", 8), Ok([&b"a"[..], b"b", b"", b"d", b"e"]));
        for (token, reason) in [
            ("", "Not enough segments"),
            ("a", "Not enough segments"),
            ("a.b.c.d", "Not enough segments"),
            ("a.b.c.d.e.f", "Too many segments"),
            ("a.b.c.d.e.f.g", "Too many segments"),
            ("......", "Too many segments"),
        ] {
            assert_eq!(split_segments(token.as_bytes(), 100), Err(Error::Malformed(reason)), "{token}");
        }
        assert_eq!(split_segments(b"a.b..d.e", 7), Err(Error::TooLarge { size_bytes: 8, max_bytes: 7 }));
    }

    #[test]
    fn header_is_read_if_the_other_segments_may_be_decoded() {
        assert_eq!(parse_header(b"e30.AA..AA.AA", 100).as_deref(), Ok(&b"{}"[..]));
        for (token, reason) in [
            ("e30.!.AA.AA.AA", "Invalid encrypted key"),
            ("e30.AA.!.AA.AA", "Invalid IV"),
            ("e30.AA.AA.!.AA", "Invalid cyphertext"),
            ("e30.AA.AA.AA.!", "Invalid auth tag"),
            ("!.AA.AA.AA.AA", "Not enough segments"),
        ] {
            assert_eq!(parse_header(token.as_bytes(), 100), Err(Error::Malformed(reason)), "{token}");
        }
    }
}
