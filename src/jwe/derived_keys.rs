//! Keys that are derived from the secret of an application, as JavaScript libraries do for the cookies that they encrypt:
//! `alg` is `dir`, and `kid` is the thumbprint of the key, if there is one.

use aws_lc_rs::digest;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use jiter::JsonValue;

use super::content_encryption::ContentEncryption;
use super::decrypt::{DecryptOptions, JweToken};
use super::error::Error;
use super::key::DecryptionKey;
use super::key_management::KeyManagement;
use crate::encoding::{base64url, json};
use crate::error;

/// The length of the longest encoded header. The libraries write at most 160 bytes.
const MAX_HEADER_BYTES: usize = 1_024;

/// A key for `dir` that is derived from a secret.
pub(crate) struct DerivedKey {
    encryption: ContentEncryption,
    /// The thumbprint of the key (RFC 7638).
    pub kid: String,
    pub bytes: Vec<u8>,
}

impl DerivedKey {
    /// Derives a key for `encryption` with HKDF-SHA256 (RFC 5869). `thumbprint` is the hash of its `kid`.
    ///
    /// # Errors
    /// [`error::Error::Configuration`] if the derivation fails.
    pub fn new(
        secret: &[u8],
        salt: &[u8],
        info: &[u8],
        encryption: ContentEncryption,
        thumbprint: &'static digest::Algorithm,
    ) -> error::Result<Self> {
        let mut bytes = vec![0; encryption.cek_bytes()];
        let extracted = Salt::new(HKDF_SHA256, salt).extract(secret);
        let info = [info];
        let filled = extracted.expand(&info, KeyLength(bytes.len())).and_then(|expanded| expanded.fill(&mut bytes));
        filled.map_err(|_| error::Error::Configuration("secrets must be usable with HKDF-SHA256".to_owned()))?;
        let jwk = format!("{{\"k\":\"{}\",\"kty\":\"oct\"}}", base64url::encode(&bytes));
        let kid = base64url::encode(digest::digest(thumbprint, jwk.as_bytes()).as_ref());
        Ok(Self { encryption, kid, bytes })
    }
}

struct KeyLength(usize);

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        self.0
    }
}

/// The reason why no derived key decrypts a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecryptionFailure {
    /// The text is not a token of the expected form.
    Malformed,
    /// The token is encrypted to another key.
    UnknownKey,
    /// The token was changed, or is encrypted to another key and does not name it.
    BadSignature,
}

/// The keys that are derived from the secrets of an application.
pub(crate) struct DerivedKeys(Vec<(ContentEncryption, String, DecryptionKey)>);

impl FromIterator<DerivedKey> for DerivedKeys {
    fn from_iter<I: IntoIterator<Item = DerivedKey>>(keys: I) -> Self {
        let entry = |key: DerivedKey| (key.encryption, key.kid, DecryptionKey::Symmetric(key.bytes));
        Self(keys.into_iter().map(entry).collect())
    }
}

impl DerivedKeys {
    /// Decrypts `token` with the key that its header names. Without a `kid`, every key for its `enc` is tried.
    ///
    /// # Errors
    /// [`DecryptionFailure`]. A token with `zip` is malformed: the libraries do not compress.
    pub fn decrypt(&self, token: &[u8], max_bytes: usize) -> Result<Vec<u8>, DecryptionFailure> {
        let kid = read_kid(token)?;
        let token = JweToken::parse(token, max_bytes).map_err(|_| DecryptionFailure::Malformed)?;
        let mut failure = DecryptionFailure::UnknownKey;
        for (encryption, own_kid, key) in &self.0 {
            if token.enc() != encryption.name() || kid.as_ref().is_some_and(|kid| kid != own_kid) {
                continue;
            }
            let options = DecryptOptions {
                allowed_algs: Some(&[KeyManagement::Dir]),
                allowed_encs: Some(std::slice::from_ref(encryption)),
                max_token_bytes: max_bytes,
                max_plaintext_bytes: max_bytes,
            };
            match token.decrypt(key, options) {
                Ok(plaintext) => return Ok(plaintext),
                Err(Error::AuthenticationFailed) => failure = DecryptionFailure::BadSignature,
                Err(_) => return Err(DecryptionFailure::Malformed),
            }
        }
        Err(failure)
    }
}

/// Returns the `kid` of the unverified header.
fn read_kid(token: &[u8]) -> Result<Option<String>, DecryptionFailure> {
    let encoded = token.split(|byte| *byte == b'.').next().filter(|encoded| encoded.len() <= MAX_HEADER_BYTES);
    let header = encoded.and_then(base64url::decode).ok_or(DecryptionFailure::Malformed)?;
    let members = json::parse_object(&header).map_err(|_| DecryptionFailure::Malformed)?;
    match (json::get(&members, "kid"), json::get(&members, "zip")) {
        (None, None) => Ok(None),
        (Some(JsonValue::Str(kid)), None) => Ok(Some(kid.to_string())),
        _ => Err(DecryptionFailure::Malformed),
    }
}
