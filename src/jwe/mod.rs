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
mod content_encryption;
mod key;
mod key_management;

use std::fmt;

use compact::{Compact, Header};
use key_management::NewKey;

use crate::encoding::base64url;
use crate::encoding::json;
use crate::error::{Error, Result};

pub use compression::Deflate;
pub use content_encryption::{ContentEncryption, Sealed, decrypt_cbc, encrypt_cbc, open, seal};
pub use key::{DecryptionKey, EncryptionKey, Material};
pub use key_management::{KeyManagement, unwrap_key, wrap_key};

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
    let Protection { management, encryption, compression } = protection;
    refuse_other_alg(management, header)?;
    let NewKey { cek, encrypted_key } = key_management::new_key(management, key, encryption)?;
    let iv = key_management::random(encryption.iv_bytes())?;
    let made = Made { cek: &cek, encrypted_key: &encrypted_key, iv: &iv };
    encrypt_with(plaintext, made, encryption, compression, header)
}

/// What a caller made for one token.
#[derive(Clone, Copy)]
pub struct Made<'m> {
    /// The content encryption key. It must serve one token alone, unless it is shared (`dir`).
    pub cek: &'m [u8],
    /// The same, encrypted in a way that the header's `alg` names.
    pub encrypted_key: &'m [u8],
    /// The initialization vector, which must not be used twice under one `cek`.
    pub iv: &'m [u8],
}

/// The same with what the caller has `made`.
///
/// # Errors
/// As [`encrypt`]; [`Error::InvalidKey`] for a `cek` of another length than [`ContentEncryption::cek_bytes`];
/// [`Error::Configuration`] for an `iv` of another than [`ContentEncryption::iv_bytes`].
pub fn encrypt_with(
    plaintext: &[u8],
    made: Made<'_>,
    encryption: ContentEncryption,
    compression: Option<Deflate>,
    header: &[u8],
) -> Result<String> {
    let Made { cek, encrypted_key, iv } = made;
    refuse_other_content(encryption, compression, header)?;
    let compressed = compression.map(|form| compression::compress(form, plaintext)).transpose()?;
    let content = compressed.as_deref().unwrap_or(plaintext);
    let encoded_header = base64url::encode(header);
    let sealed = content_encryption::seal(encryption, cek, iv, encoded_header.as_bytes(), content)?;
    Ok(Compact::write(&encoded_header, [encrypted_key, iv, &sealed.ciphertext, &sealed.tag]))
}

fn refuse_other_alg(management: KeyManagement, header: &[u8]) -> Result<()> {
    if Header::read(header)?.alg.parse() == Ok(management) { Ok(()) } else { Err(other_header()) }
}

fn refuse_other_content(encryption: ContentEncryption, compression: Option<Deflate>, header: &[u8]) -> Result<()> {
    let header = Header::read(header)?;
    let is_same = header.enc.parse() == Ok(encryption) && header.is_compressed() == Ok(compression.is_some());
    if is_same { Ok(()) } else { Err(other_header()) }
}

/// A token whose header says something else than what was done could be decrypted by nobody.
fn other_header() -> Error {
    Error::Configuration("The header's alg, enc and zip must be those of the encryption.".to_owned())
}

/// What was encrypted to `key` (RFC 7516 §5.2).
///
/// # Errors
/// Those of [`Token::read`], then those of [`Token::decrypt`].
pub fn decrypt(token: &[u8], key: &DecryptionKey, options: Options<'_>) -> Result<Decrypted> {
    let token = Token::read(token, options.max_token_bytes)?;
    let plaintext = token.decrypt(key, options)?;
    Ok(Decrypted { plaintext, header: token.compact.header })
}

/// A compact JWE whose header is read. Until it is decrypted, nobody has vouched for anything in it.
pub struct Token {
    compact: Compact,
    header: Header,
}

impl Token {
    /// Reads `text` of at most `max_bytes` bytes.
    ///
    /// # Errors
    /// [`Error::JweTooLarge`], [`Error::JweMalformed`] or [`Error::JweUnsupportedHeader`].
    pub fn read(text: &[u8], max_bytes: usize) -> Result<Self> {
        let (compact, header) = Compact::read(text, max_bytes, Header::of)?;
        Ok(Self { compact, header: header? })
    }

    /// The header's `alg`, whether it is supported or not.
    #[must_use]
    pub fn alg(&self) -> &str {
        &self.header.alg
    }

    /// The header's `enc`, whether it is supported or not.
    #[must_use]
    pub fn enc(&self) -> &str {
        &self.header.enc
    }

    /// The content encryption key in its encrypted form, as `alg` has it.
    #[must_use]
    pub fn encrypted_key(&self) -> &[u8] {
        &self.compact.encrypted_key
    }

    /// What was encrypted to `key`.
    ///
    /// # Errors
    /// [`Error::JweAlgorithmNotSupported`] or [`Error::JweAlgorithmNotAllowed`] for what can be read without a key;
    /// [`Error::InvalidKey`] for a key of another kind or length than `alg` needs; then [`Error::JweAuthentication`],
    /// whatever is wrong. Once the content is authentic, [`Error::JwePlaintextTooLarge`], or [`Error::JweMalformed`] if
    /// it cannot be decompressed.
    pub fn decrypt(&self, key: &DecryptionKey, options: Options<'_>) -> Result<Vec<u8>> {
        let (management, content) = (self.header.alg.parse()?, self.content()?);
        refuse_not_allowed(management, content.encryption, options)?;
        let cek = key_management::content_key(management, key, self.encrypted_key(), content.encryption)?;
        self.open(content, &cek, options.max_plaintext_bytes)
    }

    /// What was encrypted under `cek`, which the caller has decrypted in a way of its own; `None` if that failed, which
    /// is then answered like a wrong tag, as is a `cek` of a wrong length (RFC 7516 §11.5).
    ///
    /// # Errors
    /// As [`Token::decrypt`], without those about the key.
    pub fn decrypt_with(&self, cek: Option<&[u8]>, max_plaintext_bytes: usize) -> Result<Vec<u8>> {
        let content = self.content()?;
        let random = key_management::random(content.encryption.cek_bytes())?;
        let cek = cek.filter(|cek| cek.len() == random.len()).unwrap_or(&random);
        self.open(content, cek, max_plaintext_bytes)
    }

    fn content(&self) -> Result<Content> {
        Ok(Content { encryption: self.header.enc.parse()?, is_compressed: self.header.is_compressed()? })
    }

    fn open(&self, content: Content, cek: &[u8], max_bytes: usize) -> Result<Vec<u8>> {
        let Compact { encoded_header, iv, ciphertext, tag, .. } = &self.compact;
        let opened = content_encryption::open(content.encryption, cek, iv, encoded_header, ciphertext, tag)?;
        if content.is_compressed {
            return compression::decompress(&opened, max_bytes);
        }
        if opened.len() > max_bytes {
            return Err(Error::JwePlaintextTooLarge { max_bytes });
        }
        Ok(opened)
    }
}

/// How the content is protected.
#[derive(Clone, Copy)]
struct Content {
    encryption: ContentEncryption,
    is_compressed: bool,
}

fn refuse_not_allowed(management: KeyManagement, encryption: ContentEncryption, options: Options<'_>) -> Result<()> {
    if options.managements.is_some_and(|allowed| !allowed.contains(&management)) {
        return Err(Error::JweAlgorithmNotAllowed("alg"));
    }
    if options.encryptions.is_some_and(|allowed| !allowed.contains(&encryption)) {
        return Err(Error::JweAlgorithmNotAllowed("enc"));
    }
    Ok(())
}

/// The protected header of `token`, JSON as it came, which nobody has vouched for.
///
/// # Errors
/// [`Error::JweTooLarge`] or [`Error::JweMalformed`].
pub fn unverified_header(token: &[u8], max_token_bytes: usize) -> Result<Vec<u8>> {
    Compact::header_of(token, max_token_bytes)
}

/// The members of such a header.
///
/// # Errors
/// [`Error::JweMalformed`].
pub fn header_members(header: &[u8]) -> Result<json::Object<'_>> {
    compact::object(header)
}
