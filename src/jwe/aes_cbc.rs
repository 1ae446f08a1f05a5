//! AES-CBC with PKCS #7 padding: with HMAC for `A*CBC-HS*` (RFC 7518 §5.2), and without authentication.

use aws_lc_rs::cipher::{self, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{constant_time, hmac};

use super::error::{Error, Result};

/// The result of a primitive, whose error has no details.
type CryptoResult<T> = std::result::Result<T, Unspecified>;

/// A cipher and the HMAC over its output.
#[derive(Clone, Copy)]
pub(super) struct CbcHmac {
    pub cipher: &'static cipher::Algorithm,
    pub mac: hmac::Algorithm,
}

impl CbcHmac {
    /// Encrypts `plaintext` and returns the ciphertext and the tag.
    pub fn seal(self, cek: &[u8], iv: &[u8], aad: &[u8], plaintext: &[u8]) -> CryptoResult<(Vec<u8>, Vec<u8>)> {
        let (mac_key, encryption_key) = split_cek(cek)?;
        let ciphertext = cbc_encrypt_padded(self.cipher, encryption_key, iv, plaintext)?;
        let tag = truncated_mac(self.mac, mac_key, iv, aad, &ciphertext);
        Ok((ciphertext, tag))
    }

    /// Verifies `tag` and decrypts `ciphertext`.
    pub fn open(self, cek: &[u8], iv: &[u8], aad: &[u8], ciphertext: &[u8], tag: &[u8]) -> CryptoResult<Vec<u8>> {
        let (mac_key, encryption_key) = split_cek(cek)?;
        // Verify the tag before decryption: an attacker who can distinguish wrong padding from a wrong tag can decrypt
        // the content (RFC 7518 §5.2.2.2 step 2).
        constant_time::verify_slices_are_equal(&truncated_mac(self.mac, mac_key, iv, aad, ciphertext), tag)?;
        cbc_decrypt_unpad(self.cipher, encryption_key, iv, ciphertext)
    }
}

fn cbc_encrypt_padded(
    algorithm: &'static cipher::Algorithm,
    key: &[u8],
    iv: &[u8],
    plaintext: &[u8],
) -> CryptoResult<Vec<u8>> {
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, key)?)?;
    let mut ciphertext = plaintext.to_vec();
    key.less_safe_encrypt(&mut ciphertext, cipher::EncryptionContext::Iv128(FixedLength::try_from(iv)?))?;
    Ok(ciphertext)
}

fn cbc_decrypt_unpad(
    algorithm: &'static cipher::Algorithm,
    key: &[u8],
    iv: &[u8],
    ciphertext: &[u8],
) -> CryptoResult<Vec<u8>> {
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, key)?)?;
    let mut in_out = ciphertext.to_vec();
    let length = key.decrypt(&mut in_out, cipher::DecryptionContext::Iv128(FixedLength::try_from(iv)?))?.len();
    in_out.truncate(length);
    Ok(in_out)
}

/// Pads `plaintext` (PKCS #7) and encrypts it with AES-CBC.
///
/// `key` is 16, 24 or 32 bytes long. `iv` is 16 bytes long and must be unpredictable for an attacker. The ciphertext is
/// not authenticated, so that no JWE uses this function.
///
/// # Errors
/// [`Error::CryptoFailure`] if the key or the IV has another length.
pub fn encrypt_cbc(key: &[u8], iv: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
    let algorithm = cipher_for_key(key).ok_or(Error::CryptoFailure)?;
    cbc_encrypt_padded(algorithm, key, iv, plaintext).map_err(|Unspecified| Error::CryptoFailure)
}

/// Decrypts a ciphertext of [`encrypt_cbc`]. If the ciphertext was changed, the result is another plaintext or an
/// error.
///
/// An attacker who learns whether a changed ciphertext is rejected can decrypt it. Authenticate the ciphertext first.
///
/// # Errors
/// [`Error::CryptoFailure`] for every failure.
pub fn decrypt_cbc(key: &[u8], iv: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>> {
    let algorithm = cipher_for_key(key).ok_or(Error::CryptoFailure)?;
    cbc_decrypt_unpad(algorithm, key, iv, ciphertext).map_err(|Unspecified| Error::CryptoFailure)
}

fn cipher_for_key(key: &[u8]) -> Option<&'static cipher::Algorithm> {
    match key.len() {
        16 => Some(&cipher::AES_128),
        24 => Some(&cipher::AES_192),
        32 => Some(&cipher::AES_256),
        _ => None,
    }
}

/// Splits a content encryption key into the MAC key and the encryption key (RFC 7518 §5.2.2.1 step 1).
fn split_cek(cek: &[u8]) -> CryptoResult<(&[u8], &[u8])> {
    cek.split_at_checked(cek.len() / 2).ok_or(Unspecified)
}

/// Returns the first half of the HMAC over `aad`, `iv`, `ciphertext` and the length of `aad` in bits
/// (RFC 7518 §5.2.2.1 step 5).
fn truncated_mac(algorithm: hmac::Algorithm, key: &[u8], iv: &[u8], aad: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    let aad_bits = (aad.len() as u64).wrapping_mul(8).to_be_bytes();
    let mut context = hmac::Context::with_key(&hmac::Key::new(algorithm, key));
    for part in [aad, iv, ciphertext, &aad_bits] {
        context.update(part);
    }
    let mut tag = context.sign().as_ref().to_vec();
    tag.truncate(tag.len() / 2);
    tag
}
