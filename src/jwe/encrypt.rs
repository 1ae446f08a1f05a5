//! Encryption of a compact JWE (RFC 7516 §5.1).

use super::compact::{JweHeader, serialize};
use super::compression::{self, Deflate};
use super::content_encryption::{ContentEncryption, seal};
use super::error::{Error, Result};
use super::key::EncryptionKey;
use super::key_management::{GeneratedCek, KeyManagement, generate_cek};
use super::random::random_bytes;
use crate::encoding::base64url;

/// The algorithms that protect a plaintext.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncryptionParams {
    /// The key management algorithm: the header's `alg`.
    pub key_management: KeyManagement,
    /// The content encryption algorithm: the header's `enc`.
    pub content_encryption: ContentEncryption,
    /// The form of the compressed data, if the header has `zip`. The length of compressed data reveals information
    /// about the plaintext (RFC 8725 §3.6).
    pub compression: Option<Deflate>,
}

/// The keys and the initialization vector that a caller supplies for one token.
#[derive(Clone, Copy)]
pub struct EncryptionInputs<'i> {
    /// The content encryption key. It must be used for one token only, unless it is a shared key (`dir`).
    pub cek: &'i [u8],
    /// The content encryption key, encrypted with the header's `alg`.
    pub encrypted_key: &'i [u8],
    /// The initialization vector. It must not be used twice with one `cek`.
    pub iv: &'i [u8],
}

/// Encrypts `plaintext` to `key` and returns the compact JWE. The JSON object `header` is written unchanged. Its `alg`,
/// `enc` and `zip` must match `params`.
///
/// # Errors
/// [`Error::Key`] if the key has the wrong type or length. [`Error::Configuration`] if the header does not match
/// `params`. [`Error::Malformed`] or [`Error::UnsupportedHeader`] if the header is invalid. [`Error::CryptoFailure`] if
/// a primitive fails.
pub fn encrypt(plaintext: &[u8], key: &EncryptionKey, params: EncryptionParams, header: &[u8]) -> Result<String> {
    let EncryptionParams { key_management, content_encryption, compression } = params;
    check_header_alg(key_management, header)?;
    let GeneratedCek { cek, encrypted_key } = generate_cek(key_management, key, content_encryption)?;
    let iv = random_bytes(content_encryption.iv_bytes())?;
    let inputs = EncryptionInputs { cek: &cek, encrypted_key: &encrypted_key, iv: &iv };
    encrypt_with(plaintext, inputs, content_encryption, compression, header)
}

/// Encrypts `plaintext` with the keys and the initialization vector in `inputs`, and returns the compact JWE. The JSON
/// object `header` is written unchanged. Its `enc` and `zip` must match the arguments.
///
/// # Errors
/// [`Error::Key`] if `cek` is not [`ContentEncryption::cek_bytes`] long. [`Error::Configuration`] if `iv` is not
/// [`ContentEncryption::iv_bytes`] long, or the header does not match. [`Error::Malformed`] or
/// [`Error::UnsupportedHeader`] if the header is invalid. [`Error::CryptoFailure`] if a primitive fails.
pub fn encrypt_with(
    plaintext: &[u8],
    inputs: EncryptionInputs<'_>,
    encryption: ContentEncryption,
    compression: Option<Deflate>,
    header: &[u8],
) -> Result<String> {
    let EncryptionInputs { cek, encrypted_key, iv } = inputs;
    check_header_enc_and_zip(encryption, compression, header)?;
    let compressed = compression.map(|form| compression::compress(form, plaintext)).transpose()?;
    let content = compressed.as_deref().unwrap_or(plaintext);
    let encoded_header = base64url::encode(header);
    let sealed = seal(encryption, cek, iv, encoded_header.as_bytes(), content)?;
    Ok(serialize(&encoded_header, [encrypted_key, iv, &sealed.ciphertext, &sealed.tag]))
}

fn check_header_alg(management: KeyManagement, header: &[u8]) -> Result<()> {
    if JweHeader::parse(header)?.alg.parse() == Ok(management) { Ok(()) } else { Err(header_mismatch()) }
}

fn check_header_enc_and_zip(encryption: ContentEncryption, compression: Option<Deflate>, header: &[u8]) -> Result<()> {
    let header = JweHeader::parse(header)?;
    let matches = header.enc.parse() == Ok(encryption) && header.is_compressed() == Ok(compression.is_some());
    if matches { Ok(()) } else { Err(header_mismatch()) }
}

/// Returns the error for a header that names other algorithms. No recipient could decrypt such a token.
fn header_mismatch() -> Error {
    Error::Configuration("The header's alg, enc and zip must match the algorithms of the encryption.".to_owned())
}
