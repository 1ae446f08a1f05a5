//! JSON Web Encryption in the compact form (RFC 7516): here the steps are ordered, the rooms below carry them out.
//!
//! ```
//! use fastjose::jwe::{self, ContentEncryption, DecryptionKey, EncryptionKey, KeyManagement, Options, Protection};
//!
//! let protection = Protection {
//!     management: KeyManagement::A128Kw,
//!     encryption: ContentEncryption::A128Gcm,
//!     compression: None,
//! };
//! let header = br#"{"alg":"A128KW","enc":"A128GCM"}"#;
//! let token = jwe::encrypt(b"secret", &EncryptionKey::Symmetric(vec![7; 16]), protection, header)?;
//! let decrypted = jwe::decrypt(token.as_bytes(), &DecryptionKey::Symmetric(vec![7; 16]), Options::default())?;
//! assert_eq!(decrypted.plaintext, b"secret");
//! # Ok::<(), fastjose::Error>(())
//! ```

mod compact;
mod compression;
mod content;
mod key;
mod management;

use std::fmt;

use compact::{Compact, Header};

use crate::base64url;
use crate::error::{Error, Result};

pub use compression::Deflate;
pub use content::{ContentEncryption, Sealed, open, seal};
pub use key::{DecryptionKey, EncryptionKey, Material};
pub use management::{KeyManagement, unwrap_key, wrap_key};

/// How a plaintext is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protection {
    /// `alg`.
    pub management: KeyManagement,
    /// `enc`.
    pub encryption: ContentEncryption,
    /// `zip`, and in which form it is written. Compression tells by its length something of what is encrypted
    /// (RFC 8725 §3.6).
    pub compression: Option<Deflate>,
}

/// What a decryption takes, and how much of it.
#[derive(Debug, Clone, Copy)]
pub struct Options<'o> {
    /// The allow-list for `alg`; `None` is whatever works with the key. An RSA key should be for one of them
    /// (RFC 8725 §3.1): one that serves `RSA1_5` beside RSA-OAEP lends the weakness of the first to the second.
    pub managements: Option<&'o [KeyManagement]>,
    /// The allow-list for `enc`; `None` is every one.
    pub encryptions: Option<&'o [ContentEncryption]>,
    /// The longest token that is read, in bytes.
    pub max_token_bytes: usize,
    /// The longest plaintext that is handed out, in bytes; nothing is decompressed beyond it.
    pub max_plaintext_bytes: usize,
}

/// python-jose's limit.
const DEFAULT_MAX_BYTES: usize = 256_000;

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            managements: None,
            encryptions: None,
            max_token_bytes: DEFAULT_MAX_BYTES,
            max_plaintext_bytes: DEFAULT_MAX_BYTES,
        }
    }
}

/// What was encrypted, and the header that was authenticated with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Decrypted {
    /// What was encrypted.
    pub plaintext: Vec<u8>,
    /// The protected header: JSON, as it came.
    pub header: Vec<u8>,
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decrypted").finish_non_exhaustive()
    }
}

/// The compact JWE of `plaintext` under `header`, which is JSON, written as it comes, and must say the same as
/// `protection` (RFC 7516 §5.1).
///
/// # Errors
/// [`Error::InvalidKey`] for a key of the wrong kind or length; [`Error::Configuration`] for a header that says
/// something else; what [`decrypt`] would say of the header; [`Error::JweFailed`].
pub fn encrypt(plaintext: &[u8], key: &EncryptionKey, protection: Protection, header: &[u8]) -> Result<String> {
    refuse_other_header(protection, header)?;
    let Protection { management, encryption, compression } = protection;
    let new = management::new_key(management, key, encryption)?;
    let iv = management::random(encryption.iv_bytes())?;
    let compressed = compression.map(|form| compression::compress(form, plaintext)).transpose()?;
    let content = compressed.as_deref().unwrap_or(plaintext);
    let encoded_header = base64url::encode(header);
    let sealed = content::seal(encryption, &new.cek, &iv, encoded_header.as_bytes(), content)?;
    Ok(Compact::write(&encoded_header, [&new.encrypted_key, &iv, &sealed.ciphertext, &sealed.tag]))
}

/// A token whose header says something else than what was done could be decrypted by nobody.
fn refuse_other_header(protection: Protection, header: &[u8]) -> Result<()> {
    let Protection { management, encryption, compression } = protection;
    if Header::read(header)? == (Header { management, encryption, is_compressed: compression.is_some() }) {
        return Ok(());
    }
    Err(Error::Configuration("The header's alg, enc and zip must be those of the encryption.".to_owned()))
}

/// What was encrypted to `key` (RFC 7516 §5.2).
///
/// # Errors
/// [`Error::JweTooLarge`], [`Error::JweMalformed`], [`Error::JweUnsupportedHeader`],
/// [`Error::JweAlgorithmNotSupported`] or [`Error::JweAlgorithmNotAllowed`] for what can be read without a key;
/// [`Error::InvalidKey`] for a key of another kind or length than `alg` needs; then [`Error::JweAuthentication`],
/// whatever is wrong. Once the content is authentic, [`Error::JwePlaintextTooLarge`], or [`Error::JweMalformed`] if it
/// cannot be decompressed.
pub fn decrypt(token: &[u8], key: &DecryptionKey, options: Options<'_>) -> Result<Decrypted> {
    let compact = Compact::read(token, options.max_token_bytes)?;
    let header = Header::read(&compact.header)?;
    refuse_not_allowed(&header, options)?;
    let cek = management::content_key(header.management, key, &compact.encrypted_key, header.encryption)?;
    let Compact { encoded_header, iv, ciphertext, tag, .. } = &compact;
    let content = content::open(header.encryption, &cek, iv, encoded_header, ciphertext, tag)?;
    let plaintext = uncompressed(&header, content, options.max_plaintext_bytes)?;
    Ok(Decrypted { plaintext, header: compact.header })
}

fn refuse_not_allowed(header: &Header, options: Options<'_>) -> Result<()> {
    if options.managements.is_some_and(|allowed| !allowed.contains(&header.management)) {
        return Err(Error::JweAlgorithmNotAllowed("alg"));
    }
    if options.encryptions.is_some_and(|allowed| !allowed.contains(&header.encryption)) {
        return Err(Error::JweAlgorithmNotAllowed("enc"));
    }
    Ok(())
}

fn uncompressed(header: &Header, content: Vec<u8>, max_bytes: usize) -> Result<Vec<u8>> {
    if header.is_compressed {
        return compression::decompress(&content, max_bytes);
    }
    if content.len() > max_bytes {
        return Err(Error::JwePlaintextTooLarge { max_bytes });
    }
    Ok(content)
}

/// The protected header of `token`, JSON as it came, which nobody has vouched for.
///
/// # Errors
/// [`Error::JweTooLarge`] or [`Error::JweMalformed`].
pub fn unverified_header(token: &[u8], max_token_bytes: usize) -> Result<Vec<u8>> {
    Ok(Compact::read(token, max_token_bytes)?.header)
}
