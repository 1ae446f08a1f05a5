//! Decryption of a compact JWE (RFC 7516 §5.2).

use std::fmt;

use super::compact::{self, CompactJwe, JweHeader};
use super::compression;
use super::content_encryption::{self, ContentEncryption};
use super::error::{Error, Result};
use super::key::DecryptionKey;
use super::key_management::{KeyManagement, decrypt_cek};
use super::random::random_bytes;

/// The algorithms and sizes that a decryption accepts.
#[derive(Debug, Clone, Copy)]
pub struct DecryptOptions<'o> {
    /// The allow-list for `alg`. Default: `None`, which allows every algorithm that works with the key. Restrict an RSA
    /// key to one algorithm (RFC 8725 §3.1): a key that accepts both `RSA1_5` and RSA-OAEP exposes RSA-OAEP to attacks
    /// on `RSA1_5`.
    pub allowed_algs: Option<&'o [KeyManagement]>,
    /// The allow-list for `enc`. Default: `None`, which allows every algorithm.
    pub allowed_encs: Option<&'o [ContentEncryption]>,
    /// The maximum length of a token, in bytes. Default: 256,000.
    pub max_token_bytes: usize,
    /// The maximum length of a plaintext, in bytes. Decompression stops at this limit. Default: 256,000.
    pub max_plaintext_bytes: usize,
}

/// The limit of python-jose.
const DEFAULT_MAX_BYTES: usize = 256_000;

impl Default for DecryptOptions<'_> {
    fn default() -> Self {
        Self {
            allowed_algs: None,
            allowed_encs: None,
            max_token_bytes: DEFAULT_MAX_BYTES,
            max_plaintext_bytes: DEFAULT_MAX_BYTES,
        }
    }
}

/// A plaintext, and the header that was authenticated with it. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct DecryptedToken {
    /// The plaintext.
    pub plaintext: Vec<u8>,
    /// The protected header, as the JSON text in the token.
    pub header: Vec<u8>,
}

impl fmt::Debug for DecryptedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptedToken").finish_non_exhaustive()
    }
}

/// Decrypts a compact JWE with `key`.
///
/// # Errors
/// The errors of [`JweToken::parse`], then those of [`JweToken::decrypt`].
pub fn decrypt(token: &[u8], key: &DecryptionKey, options: DecryptOptions<'_>) -> Result<DecryptedToken> {
    let token = JweToken::parse(token, options.max_token_bytes)?;
    let plaintext = token.decrypt(key, options)?;
    Ok(DecryptedToken { plaintext, header: token.compact.header })
}

/// A parsed compact JWE. Its contents are unverified until it is decrypted.
pub struct JweToken {
    compact: CompactJwe,
    header: JweHeader,
}

impl JweToken {
    /// Parses a token of at most `max_bytes` bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Malformed`] or [`Error::UnsupportedHeader`].
    pub fn parse(token: &[u8], max_bytes: usize) -> Result<Self> {
        let (compact, header) = CompactJwe::parse(token, max_bytes, JweHeader::from_members)?;
        Ok(Self { compact, header: header? })
    }

    /// Returns the header's `alg`, which may be unsupported.
    #[must_use]
    pub fn alg(&self) -> &str {
        &self.header.alg
    }

    /// Returns the header's `enc`, which may be unsupported.
    #[must_use]
    pub fn enc(&self) -> &str {
        &self.header.enc
    }

    /// Returns the encrypted content encryption key.
    #[must_use]
    pub fn encrypted_key(&self) -> &[u8] {
        &self.compact.encrypted_key
    }

    /// Decrypts the token with `key` and returns the plaintext.
    ///
    /// # Errors
    /// Before the key is used: [`Error::AlgorithmNotSupported`], [`Error::AlgorithmNotAllowed`], or [`Error::Key`] if
    /// the key has the wrong type or length for `alg`. Then [`Error::AuthenticationFailed`] for every failure of the
    /// decryption. After the content is authenticated: [`Error::PlaintextTooLarge`], or [`Error::Malformed`] if it
    /// cannot be decompressed.
    pub fn decrypt(&self, key: &DecryptionKey, options: DecryptOptions<'_>) -> Result<Vec<u8>> {
        let (management, format) = (self.header.alg.parse()?, self.content_format()?);
        check_allowed(management, format.encryption, options)?;
        let cek = decrypt_cek(management, key, self.encrypted_key(), format.encryption)?;
        self.open(format, &cek, options.max_plaintext_bytes)
    }

    /// Decrypts the token with a content encryption key that the caller has decrypted. `None` means that the caller
    /// could not decrypt it. `None` and a `cek` of the wrong length fail like a wrong authentication tag (RFC 7516
    /// §11.5).
    ///
    /// # Errors
    /// [`Error::AlgorithmNotSupported`] for `enc` or `zip`, then [`Error::AuthenticationFailed`],
    /// [`Error::PlaintextTooLarge`], or [`Error::Malformed`] if the content cannot be decompressed.
    pub fn decrypt_with(&self, cek: Option<&[u8]>, max_plaintext_bytes: usize) -> Result<Vec<u8>> {
        let format = self.content_format()?;
        let random = random_bytes(format.encryption.cek_bytes())?;
        let cek = cek.filter(|cek| cek.len() == random.len()).unwrap_or(&random);
        self.open(format, cek, max_plaintext_bytes)
    }

    fn content_format(&self) -> Result<ContentFormat> {
        Ok(ContentFormat { encryption: self.header.enc.parse()?, is_compressed: self.header.is_compressed()? })
    }

    fn open(&self, format: ContentFormat, cek: &[u8], max_bytes: usize) -> Result<Vec<u8>> {
        let CompactJwe { encoded_header, iv, ciphertext, tag, .. } = &self.compact;
        let content = content_encryption::open(format.encryption, cek, iv, encoded_header, ciphertext, tag)?;
        if format.is_compressed {
            return compression::decompress(&content, max_bytes);
        }
        if content.len() > max_bytes {
            return Err(Error::PlaintextTooLarge { max_bytes });
        }
        Ok(content)
    }
}

/// The encryption and compression of the content.
#[derive(Clone, Copy)]
struct ContentFormat {
    encryption: ContentEncryption,
    is_compressed: bool,
}

fn check_allowed(management: KeyManagement, encryption: ContentEncryption, options: DecryptOptions<'_>) -> Result<()> {
    if options.allowed_algs.is_some_and(|allowed| !allowed.contains(&management)) {
        return Err(Error::AlgorithmNotAllowed("alg"));
    }
    if options.allowed_encs.is_some_and(|allowed| !allowed.contains(&encryption)) {
        return Err(Error::AlgorithmNotAllowed("enc"));
    }
    Ok(())
}

/// Returns the unverified protected header of a compact JWE, as the JSON text in the token.
///
/// # Errors
/// [`Error::TooLarge`] or [`Error::Malformed`].
pub fn unverified_header(token: &[u8], max_token_bytes: usize) -> Result<Vec<u8>> {
    compact::parse_header(token, max_token_bytes)
}
