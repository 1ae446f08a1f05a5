//! The compact JWE: split once, its header read once (RFC 7516 §5.2 steps 1 to 5, §7.1).

use jiter::JsonValue;

use super::compression;
use crate::encoding::base64url;
use crate::encoding::json;
use crate::error::{Error, Result};

/// A compact JWE, read but neither authenticated nor decrypted.
pub(super) struct Compact {
    /// The header as it came: it is authenticated with the content (RFC 7516 §5.1 step 14).
    pub encoded_header: Vec<u8>,
    pub header: Vec<u8>,
    pub encrypted_key: Vec<u8>,
    pub iv: Vec<u8>,
    pub ciphertext: Vec<u8>,
    pub tag: Vec<u8>,
}

impl Compact {
    /// Reads `text` of at most `max_bytes` bytes, and what `of` makes of its header. That this is no JSON is said before
    /// the other segments are looked at, as by python-jose.
    pub fn read<H>(text: &[u8], max_bytes: usize, of: fn(&json::Object<'_>) -> H) -> Result<(Self, H)> {
        let [encoded_header, encrypted_key, iv, ciphertext, tag] = segments(text, max_bytes)?;
        let [bad_key, bad_iv, bad_ciphertext, bad_tag] = UNREADABLE;
        // python-jose's words for a header that is no base64url.
        let header = decoded(encoded_header, NOT_COMPACT)?;
        let read = of(&object(&header)?);
        let compact = Self {
            encoded_header: encoded_header.to_vec(),
            header,
            encrypted_key: decoded(encrypted_key, bad_key)?,
            iv: decoded(iv, bad_iv)?,
            ciphertext: decoded(ciphertext, bad_ciphertext)?,
            tag: decoded(tag, bad_tag)?,
        };
        Ok((compact, read))
    }

    /// The header of `text`, and of the other segments no more than that they are there: who only looks at a header does
    /// not hold the rest against it.
    pub fn header_of(text: &[u8], max_bytes: usize) -> Result<Vec<u8>> {
        let [encoded_header, segments @ ..] = segments(text, max_bytes)?;
        let header = decoded(encoded_header, NOT_COMPACT)?;
        object(&header)?;
        let unread = segments.iter().zip(UNREADABLE).find(|(segment, _)| !base64url::has_valid_alphabet(segment));
        unread.map_or(Ok(header), |(_, reason)| Err(Error::JweMalformed(reason)))
    }

    /// Its compact form.
    pub fn write(encoded_header: &str, parts: [&[u8]; 4]) -> String {
        parts.iter().fold(encoded_header.to_owned(), |text, part| text + "." + &base64url::encode(part))
    }
}

const NOT_COMPACT: &str = "Not enough segments";

/// What is said of the segments behind the header, in their order.
const UNREADABLE: [&str; 4] = ["Invalid encrypted key", "Invalid IV", "Invalid cyphertext", "Invalid auth tag"];

fn segments(text: &[u8], max_bytes: usize) -> Result<[&[u8]; 5]> {
    if text.len() > max_bytes {
        return Err(Error::JweTooLarge { bytes: text.len(), max_bytes });
    }
    let segments: Vec<_> = text.splitn(6, |byte| *byte == b'.').collect();
    let count = segments.len();
    let reason = if count < 5 { NOT_COMPACT } else { "Too many segments" };
    segments.try_into().map_err(|_| Error::JweMalformed(reason))
}

fn decoded(segment: &[u8], reason: &'static str) -> Result<Vec<u8>> {
    base64url::decode(segment).ok_or(Error::JweMalformed(reason))
}

/// What the protected header says of the encryption, in its own words. Nothing else in it is read: keys that a token
/// brings along (`jwk`, `jku`, `x5c`, `x5u`) are the sender's, not ours (RFC 8725 §3.10).
pub(super) struct Header {
    pub alg: String,
    pub enc: String,
    zip: Option<String>,
}

impl Header {
    /// Reads `header`, a JSON object.
    pub fn read(header: &[u8]) -> Result<Self> {
        Self::of(&object(header)?)
    }

    pub fn of(members: &json::Object<'_>) -> Result<Self> {
        // `crit` lists extensions that must be understood (RFC 7516 §4.1.13), and none is.
        if json::get(members, "crit").is_some() {
            return Err(Error::JweUnsupportedHeader);
        }
        let (alg, enc) = (required(members, "alg")?, required(members, "enc")?);
        Ok(Self { alg, enc, zip: string(members, "zip")? })
    }

    pub fn is_compressed(&self) -> Result<bool> {
        match self.zip.as_deref() {
            None => Ok(false),
            Some(compression::NAME) => Ok(true),
            Some(_) => Err(Error::JweAlgorithmNotSupported("zip")),
        }
    }
}

/// The members of `header`, a JSON object.
pub(super) fn object(header: &[u8]) -> Result<json::Object<'_>> {
    json::parse_object(header).map_err(|refused| {
        Error::JweMalformed(match refused {
            json::JsonError::NotJson => "Invalid header string: must be valid JSON",
            json::JsonError::NotAnObject => "Invalid header string: must be a json object",
        })
    })
}

fn required(members: &json::Object<'_>, name: &str) -> Result<String> {
    string(members, name)?.ok_or(Error::JweMalformed("alg and enc headers are required!"))
}

fn string(members: &json::Object<'_>, name: &str) -> Result<Option<String>> {
    match json::get(members, name) {
        None => Ok(None),
        Some(JsonValue::Str(text)) => Ok(Some(text.to_string())),
        Some(_) => Err(Error::JweMalformed("Invalid header string: a parameter has the wrong type")),
    }
}
