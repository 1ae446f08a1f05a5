//! The compact JWE: split once, its header read once (RFC 7516 §5.2 steps 1 to 5, §7.1).

use jiter::JsonValue;

use super::compression;
use super::content::ContentEncryption;
use super::management::KeyManagement;
use crate::error::{Error, Result};
use crate::{base64url, json};

/// A compact JWE, read but neither authenticated nor decrypted.
pub(super) struct Compact<'t> {
    /// The header as it came: it is authenticated with the content (RFC 7516 §5.1 step 14).
    pub encoded_header: &'t [u8],
    pub header: Vec<u8>,
    pub encrypted_key: Vec<u8>,
    pub iv: Vec<u8>,
    pub ciphertext: Vec<u8>,
    pub tag: Vec<u8>,
}

impl<'t> Compact<'t> {
    /// Reads `text` of at most `max_bytes` bytes.
    pub fn read(text: &'t [u8], max_bytes: usize) -> Result<Self> {
        if text.len() > max_bytes {
            return Err(Error::JweTooLarge { bytes: text.len(), max_bytes });
        }
        let [encoded_header, encrypted_key, iv, ciphertext, tag] = split(text)?;
        Ok(Self {
            encoded_header,
            header: decoded(encoded_header, "Invalid header")?,
            encrypted_key: decoded(encrypted_key, "Invalid encrypted key")?,
            iv: decoded(iv, "Invalid IV")?,
            ciphertext: decoded(ciphertext, "Invalid cyphertext")?,
            tag: decoded(tag, "Invalid auth tag")?,
        })
    }

    /// Its compact form.
    pub fn write(encoded_header: &str, parts: [&[u8]; 4]) -> String {
        parts.iter().fold(encoded_header.to_owned(), |text, part| text + "." + &base64url::encode(part))
    }
}

fn split(text: &[u8]) -> Result<[&[u8]; 5]> {
    let segments: Vec<_> = text.splitn(6, |byte| *byte == b'.').collect();
    let count = segments.len();
    let reason = if count < 5 { "Not enough segments" } else { "Too many segments" };
    segments.try_into().map_err(|_| Error::JweMalformed(reason))
}

fn decoded(segment: &[u8], reason: &'static str) -> Result<Vec<u8>> {
    base64url::decode(segment).ok_or(Error::JweMalformed(reason))
}

/// What the protected header says of the encryption. Nothing else in it is read: keys that a token brings along (`jwk`,
/// `jku`, `x5c`, `x5u`) are the sender's, not ours (RFC 8725 §3.10).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub management: KeyManagement,
    pub encryption: ContentEncryption,
    pub is_compressed: bool,
}

impl Header {
    /// Reads `header`, a JSON object.
    pub fn read(header: &[u8]) -> Result<Self> {
        let members = json::object(header).map_err(|refused| {
            Error::JweMalformed(match refused {
                json::Refused::NotJson => "Invalid header string: must be valid JSON",
                json::Refused::NotAnObject => "Invalid header string: must be a json object",
            })
        })?;
        // `crit` lists extensions that must be understood (RFC 7516 §4.1.13), and none is.
        if json::member(&members, "crit").is_some() {
            return Err(Error::JweUnsupportedHeader);
        }
        let (management, encryption) = (required(&members, "alg")?, required(&members, "enc")?);
        let is_compressed = is_compressed(&members)?;
        Ok(Self { management: management.parse()?, encryption: encryption.parse()?, is_compressed })
    }
}

fn required<'h>(members: &'h json::Object<'_>, name: &str) -> Result<&'h str> {
    string(members, name)?.ok_or(Error::JweMalformed("alg and enc headers are required!"))
}

fn is_compressed(members: &json::Object<'_>) -> Result<bool> {
    match string(members, "zip")? {
        None => Ok(false),
        Some(compression::NAME) => Ok(true),
        Some(_) => Err(Error::JweAlgorithmNotSupported("zip")),
    }
}

fn string<'h>(members: &'h json::Object<'_>, name: &str) -> Result<Option<&'h str>> {
    match json::member(members, name) {
        None => Ok(None),
        Some(JsonValue::Str(text)) => Ok(Some(text)),
        Some(_) => Err(Error::JweMalformed("Invalid header string: a parameter has the wrong type")),
    }
}
