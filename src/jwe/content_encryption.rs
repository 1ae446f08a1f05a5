//! Content encryption (RFC 7518 §5): the table of `enc` values, and their authenticated encryption.
//!
//! Code after the table does not enumerate algorithms.

use std::str::FromStr;

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{cipher, hmac};

use super::aes_cbc::CbcHmac;
use super::error::{Error, Result};

/// A content encryption algorithm: the header's `enc` (RFC 7518 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the registry's own")]
pub enum ContentEncryption {
    A128CbcHs256,
    A192CbcHs384,
    A256CbcHs512,
    A128Gcm,
    A192Gcm,
    A256Gcm,
}

/// The primitive of an algorithm.
enum ContentPrimitive {
    /// AES-CBC, then HMAC over its output (RFC 7518 §5.2).
    CbcHmac(CbcHmac),
    /// AES-GCM (RFC 7518 §5.3).
    Gcm(&'static aead::Algorithm),
}

/// The name, primitive and sizes of an algorithm.
struct ContentEncryptionSpec {
    encryption: ContentEncryption,
    name: &'static str,
    primitive: ContentPrimitive,
    cek_bytes: usize,
    iv_bytes: usize,
    tag_bytes: usize,
}

const fn cbc_hmac(
    encryption: ContentEncryption,
    name: &'static str,
    cipher: &'static cipher::Algorithm,
    mac: hmac::Algorithm,
    half_cek_bytes: usize,
) -> ContentEncryptionSpec {
    let primitive = ContentPrimitive::CbcHmac(CbcHmac { cipher, mac });
    let (cek_bytes, tag_bytes) = (2 * half_cek_bytes, half_cek_bytes);
    ContentEncryptionSpec { encryption, name, primitive, cek_bytes, iv_bytes: 16, tag_bytes }
}

const fn gcm(
    encryption: ContentEncryption,
    name: &'static str,
    algorithm: &'static aead::Algorithm,
    cek_bytes: usize,
) -> ContentEncryptionSpec {
    let primitive = ContentPrimitive::Gcm(algorithm);
    ContentEncryptionSpec { encryption, name, primitive, cek_bytes, iv_bytes: 12, tag_bytes: 16 }
}

static CONTENT_ENCRYPTIONS: [ContentEncryptionSpec; 6] = [
    cbc_hmac(ContentEncryption::A128CbcHs256, "A128CBC-HS256", &cipher::AES_128, hmac::HMAC_SHA256, 16),
    cbc_hmac(ContentEncryption::A192CbcHs384, "A192CBC-HS384", &cipher::AES_192, hmac::HMAC_SHA384, 24),
    cbc_hmac(ContentEncryption::A256CbcHs512, "A256CBC-HS512", &cipher::AES_256, hmac::HMAC_SHA512, 32),
    gcm(ContentEncryption::A128Gcm, "A128GCM", &aead::AES_128_GCM, 16),
    gcm(ContentEncryption::A192Gcm, "A192GCM", &aead::AES_192_GCM, 24),
    gcm(ContentEncryption::A256Gcm, "A256GCM", &aead::AES_256_GCM, 32),
];

impl ContentEncryption {
    #[expect(clippy::indexing_slicing, reason = "the table has a row for every variant, in order, as a test verifies")]
    fn spec(self) -> &'static ContentEncryptionSpec {
        &CONTENT_ENCRYPTIONS[self as usize]
    }

    /// Returns every algorithm, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        CONTENT_ENCRYPTIONS.iter().map(|row| row.encryption)
    }

    /// Returns the registered name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// Returns the length of the content encryption key, in bytes.
    #[must_use]
    pub fn cek_bytes(self) -> usize {
        self.spec().cek_bytes
    }

    /// Returns the length of the initialization vector, in bytes.
    #[must_use]
    pub fn iv_bytes(self) -> usize {
        self.spec().iv_bytes
    }
}

impl FromStr for ContentEncryption {
    type Err = Error;

    /// Parses a registered name, case-sensitively.
    fn from_str(name: &str) -> Result<Self> {
        let row = CONTENT_ENCRYPTIONS.iter().find(|row| row.name == name);
        row.map(|row| row.encryption).ok_or(Error::AlgorithmNotSupported("enc"))
    }
}

/// Encrypted content and its authentication tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedContent {
    /// The ciphertext. GCM: as long as the plaintext. CBC: padded to the next whole block.
    pub ciphertext: Vec<u8>,
    /// The authentication tag.
    pub tag: Vec<u8>,
}

/// Encrypts `plaintext` and authenticates it together with `aad`. An `iv` must not be used twice with one `cek`.
///
/// # Errors
/// [`Error::Key`] if `cek` is not [`ContentEncryption::cek_bytes`] long. [`Error::Configuration`] if `iv` is not
/// [`ContentEncryption::iv_bytes`] long. [`Error::CryptoFailure`] if the plaintext is too long for the primitive.
pub fn seal(
    encryption: ContentEncryption,
    cek: &[u8],
    iv: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<SealedContent> {
    check_cek_length(encryption, cek)?;
    let spec = encryption.spec();
    if iv.len() != spec.iv_bytes {
        return Err(Error::Configuration(format!("The IV for {} must be {} bytes long.", spec.name, spec.iv_bytes)));
    }
    let sealed = match &spec.primitive {
        ContentPrimitive::CbcHmac(primitive) => primitive.seal(cek, iv, aad, plaintext),
        ContentPrimitive::Gcm(algorithm) => seal_gcm(algorithm, cek, iv, aad, plaintext),
    };
    let (ciphertext, tag) = sealed.map_err(|Unspecified| Error::CryptoFailure)?;
    Ok(SealedContent { ciphertext, tag })
}

/// Decrypts content of [`seal`] and returns the plaintext. Nothing is unpadded or returned before `tag` is verified.
///
/// # Errors
/// [`Error::Key`] if `cek` is not [`ContentEncryption::cek_bytes`] long. [`Error::AuthenticationFailed`] for every
/// other failure.
pub fn open(
    encryption: ContentEncryption,
    cek: &[u8],
    iv: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
    tag: &[u8],
) -> Result<Vec<u8>> {
    check_cek_length(encryption, cek)?;
    let spec = encryption.spec();
    // Truncated tags are rejected (RFC 7518 §5.2.2.2 step 2, §5.3).
    if iv.len() != spec.iv_bytes || tag.len() != spec.tag_bytes {
        return Err(Error::AuthenticationFailed);
    }
    let opened = match &spec.primitive {
        ContentPrimitive::CbcHmac(primitive) => primitive.open(cek, iv, aad, ciphertext, tag),
        ContentPrimitive::Gcm(algorithm) => open_gcm(algorithm, cek, iv, aad, ciphertext, tag),
    };
    opened.map_err(|Unspecified| Error::AuthenticationFailed)
}

/// Checks that `cek` has the length that `encryption` requires.
pub(super) fn check_cek_length(encryption: ContentEncryption, cek: &[u8]) -> Result<()> {
    let ContentEncryptionSpec { name, cek_bytes, .. } = encryption.spec();
    if cek.len() == *cek_bytes {
        return Ok(());
    }
    Err(Error::invalid_key(format!("Key must be {} bit for alg {name}", cek_bytes * 8)))
}

fn seal_gcm(
    algorithm: &'static aead::Algorithm,
    cek: &[u8],
    iv: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> std::result::Result<(Vec<u8>, Vec<u8>), Unspecified> {
    let key = LessSafeKey::new(UnboundKey::new(algorithm, cek)?);
    let mut ciphertext = plaintext.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(iv)?;
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), &mut ciphertext)?;
    Ok((ciphertext, tag.as_ref().to_vec()))
}

fn open_gcm(
    algorithm: &'static aead::Algorithm,
    cek: &[u8],
    iv: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
    tag: &[u8],
) -> std::result::Result<Vec<u8>, Unspecified> {
    let key = LessSafeKey::new(UnboundKey::new(algorithm, cek)?);
    let mut in_out = [ciphertext, tag].concat();
    let length = key.open_in_place(Nonce::try_assume_unique_for_key(iv)?, Aad::from(aad), &mut in_out)?.len();
    in_out.truncate(length);
    Ok(in_out)
}

#[cfg(test)]
mod tests {
    use super::{CONTENT_ENCRYPTIONS, ContentEncryption, ContentPrimitive, open, seal};
    use crate::error::Error as KeyError;
    use crate::jwe::error::Error;

    #[test]
    fn every_algorithm_has_a_row_in_order() {
        for (index, row) in CONTENT_ENCRYPTIONS.iter().enumerate() {
            assert_eq!(row.encryption as usize, index);
            assert_eq!(row.name.parse(), Ok(row.encryption));
            if let ContentPrimitive::Gcm(algorithm) = row.primitive {
                let expected = (algorithm.key_len(), algorithm.nonce_len(), 16);
                assert_eq!((row.cek_bytes, row.iv_bytes, row.tag_bytes), expected);
            }
        }
    }

    #[test]
    fn names_are_case_sensitive_and_exact() {
        for name in ["a128gcm", "A128GCM ", "A128CBC", "A128CBC+HS256", "", "C20P"] {
            assert_eq!(name.parse::<ContentEncryption>(), Err(Error::AlgorithmNotSupported("enc")));
        }
    }

    #[test]
    fn bytes_that_move_between_ciphertext_and_tag_are_rejected() {
        assert_eq!(ContentEncryption::all().count(), CONTENT_ENCRYPTIONS.len());
        for encryption in ContentEncryption::all() {
            let (cek, iv) = (vec![1; encryption.cek_bytes()], vec![2; encryption.iv_bytes()]);
            let sealed = seal(encryption, &cek, &iv, b"aad", &[3; 64]).unwrap();
            let joined = [&sealed.ciphertext[..], &sealed.tag].concat();
            for end in 1..joined.len() {
                let (ciphertext, tag) = joined.split_at(end);
                let opened = open(encryption, &cek, &iv, b"aad", ciphertext, tag);
                assert_eq!(opened.is_ok(), end == sealed.ciphertext.len(), "{encryption:?} {end}");
            }
        }
    }

    #[test]
    fn rejects_wrong_lengths_of_cek_iv_and_tag() {
        for encryption in ContentEncryption::all() {
            let (cek, iv) = (vec![1; encryption.cek_bytes()], vec![2; encryption.iv_bytes()]);
            let sealed = seal(encryption, &cek, &iv, b"aad", b"content").unwrap();
            assert_eq!(sealed.tag.len(), encryption.spec().tag_bytes);
            let opened = |cek: &[u8], iv: &[u8], tag: &[u8]| open(encryption, cek, iv, b"aad", &sealed.ciphertext, tag);
            assert_eq!(opened(&cek, &iv, &sealed.tag).as_deref(), Ok(&b"content"[..]));
            assert_eq!(opened(&cek, &iv, &sealed.tag[1..]), Err(Error::AuthenticationFailed));
            assert_eq!(opened(&cek, &iv, &[]), Err(Error::AuthenticationFailed));
            assert_eq!(opened(&cek, &iv[1..], &sealed.tag), Err(Error::AuthenticationFailed));
            assert!(matches!(opened(&cek[1..], &iv, &sealed.tag), Err(Error::Key(KeyError::InvalidKey(_)))));
            assert!(matches!(seal(encryption, &[], &iv, b"", b""), Err(Error::Key(KeyError::InvalidKey(_)))));
            assert!(matches!(seal(encryption, &cek, &[], b"", b""), Err(Error::Configuration(_))));
        }
    }
}
