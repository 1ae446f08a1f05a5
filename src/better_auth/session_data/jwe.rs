//! The strategy `jwe`: `dir` with A256CBC-HS512, whose key is derived from the secret (RFC 5869), and named by its
//! thumbprint (RFC 7638).

use aws_lc_rs::digest;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use jiter::JsonValue;

use super::payload::{SessionDataError, SessionPayload};
use crate::encoding::{base64url, json};
use crate::error::{Error, Result};
use crate::jwe::{
    self, ContentEncryption, DecryptOptions, DecryptionKey, EncryptionKey, EncryptionParams, JweToken, KeyManagement,
};
use crate::transport::cookies::MAX_COOKIE_BYTES;

/// The salt of the keys of `session_data`.
const SALT: &[u8] = b"better-auth-session";

/// The context of every key that Better Auth derives.
const INFO: &[u8] = b"BetterAuth.js Generated Encryption Key";

/// The length of the key: 32 bytes for HMAC, then 32 for AES.
const KEY_BYTES: usize = 64;

/// The only algorithms that Better Auth writes. It would also accept A256GCM, for which the key is too long.
const ENCRYPTION: ContentEncryption = ContentEncryption::A256CbcHs512;

/// The length of the longest encoded header. That of Better Auth has 116 bytes.
const MAX_HEADER_BYTES: usize = 1_024;

/// The keys that are derived from the secrets, each with its thumbprint.
pub(in crate::better_auth) struct EncryptionKeys(Vec<(String, DecryptionKey)>);

impl EncryptionKeys {
    /// Derives the keys of `secrets`.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the derivation fails.
    pub fn new<S: AsRef<str>>(secrets: &[S]) -> Result<Self> {
        let keys = secrets.iter().map(|secret| {
            let key = derive_key(secret.as_ref())?;
            Ok((thumbprint(&key), DecryptionKey::Symmetric(key)))
        });
        keys.collect::<Result<_>>().map(Self)
    }

    /// Returns the keys that `kid` names, which is optional.
    fn candidates(&self, kid: Option<&str>) -> impl Iterator<Item = &DecryptionKey> {
        self.0.iter().filter(move |(own, _)| kid.is_none_or(|kid| kid == own)).map(|(_, key)| key)
    }
}

/// Decrypts the session with the key that the header names. Without a `kid`, every key is tried.
pub(super) fn read(value: &[u8], keys: &EncryptionKeys, now: f64) -> Result<SessionPayload, SessionDataError> {
    let kid = read_kid(value)?;
    let token = JweToken::parse(value, MAX_COOKIE_BYTES).map_err(|_| SessionDataError::Malformed)?;
    let mut failure = SessionDataError::UnknownKey;
    for key in keys.candidates(kid.as_deref()) {
        match token.decrypt(key, DECRYPT_OPTIONS) {
            Ok(payload) => return SessionPayload::from_claims(&payload, now),
            Err(jwe::Error::AuthenticationFailed) => failure = SessionDataError::BadSignature,
            Err(_) => return Err(SessionDataError::Malformed),
        }
    }
    Err(failure)
}

/// Encrypts `payload` to the key of `secret`, as Better Auth does, for tests.
///
/// # Errors
/// [`Error::Configuration`] if the secret is empty, or a primitive fails.
pub fn encrypt(payload: &[u8], secret: &str) -> Result<String> {
    let key = derive_key(secret)?;
    let header = format!("{{\"alg\":\"dir\",\"enc\":\"{}\",\"kid\":\"{}\"}}", ENCRYPTION.name(), thumbprint(&key));
    let params =
        EncryptionParams { key_management: KeyManagement::Dir, content_encryption: ENCRYPTION, compression: None };
    jwe::encrypt(payload, &EncryptionKey::Symmetric(key), params, header.as_bytes())
        .map_err(|_| Error::Configuration("payload must be short enough to be encrypted".to_owned()))
}

const DECRYPT_OPTIONS: DecryptOptions<'static> = DecryptOptions {
    allowed_algs: Some(&[KeyManagement::Dir]),
    allowed_encs: Some(&[ENCRYPTION]),
    max_token_bytes: MAX_COOKIE_BYTES,
    max_plaintext_bytes: MAX_COOKIE_BYTES,
};

/// Returns the `kid` of the unverified header. A header with `zip` is malformed: Better Auth does not compress.
fn read_kid(value: &[u8]) -> Result<Option<String>, SessionDataError> {
    let encoded = value.split(|byte| *byte == b'.').next().filter(|encoded| encoded.len() <= MAX_HEADER_BYTES);
    let header = encoded.and_then(base64url::decode).ok_or(SessionDataError::Malformed)?;
    let members = json::parse_object(&header).map_err(|_| SessionDataError::Malformed)?;
    match (json::get(&members, "kid"), json::get(&members, "zip")) {
        (None, None) => Ok(None),
        (Some(JsonValue::Str(kid)), None) => Ok(Some(kid.to_string())),
        _ => Err(SessionDataError::Malformed),
    }
}

/// Derives the key of a secret with HKDF-SHA256.
pub(super) fn derive_key(secret: &str) -> Result<Vec<u8>> {
    struct KeyLength;
    impl KeyType for KeyLength {
        fn len(&self) -> usize {
            KEY_BYTES
        }
    }
    let mut key = vec![0; KEY_BYTES];
    let extracted = Salt::new(HKDF_SHA256, SALT).extract(secret.as_bytes());
    let filled = extracted.expand(&[INFO], KeyLength).and_then(|expanded| expanded.fill(&mut key));
    filled.map_err(|_| Error::Configuration("secrets must be usable with HKDF-SHA256".to_owned()))?;
    Ok(key)
}

/// Returns the thumbprint of a symmetric key (RFC 7638 §3, RFC 7518 §6.4).
pub(super) fn thumbprint(key: &[u8]) -> String {
    let jwk = format!("{{\"k\":\"{}\",\"kty\":\"oct\"}}", base64url::encode(key));
    base64url::encode(digest::digest(&digest::SHA256, jwk.as_bytes()).as_ref())
}
