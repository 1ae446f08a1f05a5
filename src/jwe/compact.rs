//! The compact JWE: split once, its header read once (RFC 7516 §5.2 steps 1 to 5, §7.1).

use jiter::JsonValue;

use super::compression;
use crate::error::{Error, Result};
use crate::{base64url, json};

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
        if text.len() > max_bytes {
            return Err(Error::JweTooLarge { bytes: text.len(), max_bytes });
        }
        let [encoded_header, encrypted_key, iv, ciphertext, tag] = split(text)?;
        // python-jose's words for a header that is no base64url.
        let header = decoded(encoded_header, NOT_COMPACT)?;
        let read = of(&object(&header)?);
        let compact = Self {
            encoded_header: encoded_header.to_vec(),
            header,
            encrypted_key: decoded(encrypted_key, "Invalid encrypted key")?,
            iv: decoded(iv, "Invalid IV")?,
            ciphertext: decoded(ciphertext, "Invalid cyphertext")?,
            tag: decoded(tag, "Invalid auth tag")?,
        };
        Ok((compact, read))
    }

    /// Its compact form.
    pub fn write(encoded_header: &str, parts: [&[u8]; 4]) -> String {
        parts.iter().fold(encoded_header.to_owned(), |text, part| text + "." + &base64url::encode(part))
    }
}

const NOT_COMPACT: &str = "Not enough segments";

fn split(text: &[u8]) -> Result<[&[u8]; 5]> {
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
        if json::member(members, "crit").is_some() {
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
    json::object(header).map_err(|refused| {
        Error::JweMalformed(match refused {
            json::Refused::NotJson => "Invalid header string: must be valid JSON",
            json::Refused::NotAnObject => "Invalid header string: must be a json object",
        })
    })
}

fn required(members: &json::Object<'_>, name: &str) -> Result<String> {
    string(members, name)?.ok_or(Error::JweMalformed("alg and enc headers are required!"))
}

fn string(members: &json::Object<'_>, name: &str) -> Result<Option<String>> {
    match json::member(members, name) {
        None => Ok(None),
        Some(JsonValue::Str(text)) => Ok(Some(text.to_string())),
        Some(_) => Err(Error::JweMalformed("Invalid header string: a parameter has the wrong type")),
    }
}
