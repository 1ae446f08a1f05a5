//! Content encryption (RFC 7518 §5): the one table of `enc` values, and how each seals and opens.
//!
//! Nothing below the table enumerates algorithms.

use std::str::FromStr;

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{self, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{constant_time, hmac};

use crate::error::{Error, Result};

/// A content encryption algorithm: what the header's `enc` names (RFC 7518 §5.1).
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

/// The primitives that carry an algorithm out.
enum Scheme {
    /// AES-CBC, then HMAC over what came of it (RFC 7518 §5.2).
    CbcHmac { cipher: &'static cipher::Algorithm, mac: hmac::Algorithm },
    /// AES-GCM (RFC 7518 §5.3).
    Gcm(&'static aead::Algorithm),
}

/// What the primitives say: no more than that it did not work.
type Outcome<T> = std::result::Result<T, Unspecified>;

/// What is to be known of an algorithm.
struct Spec {
    encryption: ContentEncryption,
    name: &'static str,
    scheme: Scheme,
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
) -> Spec {
    let scheme = Scheme::CbcHmac { cipher, mac };
    Spec { encryption, name, scheme, cek_bytes: 2 * half_cek_bytes, iv_bytes: 16, tag_bytes: half_cek_bytes }
}

const fn gcm(
    encryption: ContentEncryption,
    name: &'static str,
    with: &'static aead::Algorithm,
    cek_bytes: usize,
) -> Spec {
    Spec { encryption, name, scheme: Scheme::Gcm(with), cek_bytes, iv_bytes: 12, tag_bytes: 16 }
}

static TABLE: [Spec; 6] = [
    cbc_hmac(ContentEncryption::A128CbcHs256, "A128CBC-HS256", &cipher::AES_128, hmac::HMAC_SHA256, 16),
    cbc_hmac(ContentEncryption::A192CbcHs384, "A192CBC-HS384", &cipher::AES_192, hmac::HMAC_SHA384, 24),
    cbc_hmac(ContentEncryption::A256CbcHs512, "A256CBC-HS512", &cipher::AES_256, hmac::HMAC_SHA512, 32),
    gcm(ContentEncryption::A128Gcm, "A128GCM", &aead::AES_128_GCM, 16),
    gcm(ContentEncryption::A192Gcm, "A192GCM", &aead::AES_192_GCM, 24),
    gcm(ContentEncryption::A256Gcm, "A256GCM", &aead::AES_256_GCM, 32),
];

impl ContentEncryption {
    #[expect(clippy::indexing_slicing, reason = "the table has a row for every variant, in order; a test holds it so")]
    fn spec(self) -> &'static Spec {
        &TABLE[self as usize]
    }

    /// Each of them, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.encryption)
    }

    /// The name that is written into a header.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The length of the content encryption key, in bytes.
    #[must_use]
    pub fn cek_bytes(self) -> usize {
        self.spec().cek_bytes
    }

    /// The length of the initialization vector, in bytes.
    #[must_use]
    pub fn iv_bytes(self) -> usize {
        self.spec().iv_bytes
    }

    /// The length of the authentication tag, in bytes.
    #[must_use]
    pub fn tag_bytes(self) -> usize {
        self.spec().tag_bytes
    }
}

impl FromStr for ContentEncryption {
    type Err = Error;

    /// By its registered name, compared whole and with case.
    fn from_str(name: &str) -> Result<Self> {
        let row = TABLE.iter().find(|row| row.name == name);
        row.map(|row| row.encryption).ok_or(Error::JweAlgorithmNotSupported("enc"))
    }
}

/// What comes of sealing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// As long as the plaintext (GCM), or padded to the next whole block (CBC).
    pub ciphertext: Vec<u8>,
    /// The authentication tag.
    pub tag: Vec<u8>,
}

/// `plaintext`, encrypted and authenticated together with `aad`. The same `iv` must not be used twice under one `cek`.
///
/// # Errors
/// [`Error::InvalidKey`] for a `cek` of another length than [`ContentEncryption::cek_bytes`];
/// [`Error::Configuration`] for such an `iv`; [`Error::JweFailed`] for more plaintext than the primitive takes.
pub fn seal(encryption: ContentEncryption, cek: &[u8], iv: &[u8], aad: &[u8], plaintext: &[u8]) -> Result<Sealed> {
    refuse_wrong_cek(encryption, cek)?;
    let spec = encryption.spec();
    if iv.len() != spec.iv_bytes {
        return Err(Error::Configuration(format!("An IV for {} has {} bytes.", spec.name, spec.iv_bytes)));
    }
    let sealed = match &spec.scheme {
        Scheme::CbcHmac { cipher, mac } => seal_cbc_hmac(cipher, *mac, cek, iv, aad, plaintext),
        Scheme::Gcm(with) => seal_gcm(with, cek, iv, aad, plaintext),
    };
    sealed.map_err(|Unspecified| Error::JweFailed)
}

/// The plaintext that [`seal`] was given: only what `tag` authenticates is ever unpadded or handed out.
///
/// # Errors
/// [`Error::InvalidKey`] for a `cek` of another length than [`ContentEncryption::cek_bytes`]; for everything else
/// [`Error::JweAuthentication`], which does not say what was wrong.
pub fn open(
    encryption: ContentEncryption,
    cek: &[u8],
    iv: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
    tag: &[u8],
) -> Result<Vec<u8>> {
    refuse_wrong_cek(encryption, cek)?;
    let spec = encryption.spec();
    // A tag is never taken for less than its whole length (RFC 7518 §5.2.2.2 step 2, §5.3).
    if iv.len() != spec.iv_bytes || tag.len() != spec.tag_bytes {
        return Err(Error::JweAuthentication);
    }
    let opened = match &spec.scheme {
        Scheme::CbcHmac { cipher, mac } => open_cbc_hmac(cipher, *mac, cek, iv, aad, ciphertext, tag),
        Scheme::Gcm(with) => open_gcm(with, cek, iv, aad, ciphertext, tag),
    };
    opened.map_err(|Unspecified| Error::JweAuthentication)
}

/// Whether `cek` has the length that `encryption` needs.
pub(super) fn refuse_wrong_cek(encryption: ContentEncryption, cek: &[u8]) -> Result<()> {
    let Spec { name, cek_bytes, .. } = encryption.spec();
    if cek.len() == *cek_bytes {
        return Ok(());
    }
    Err(Error::InvalidKey(format!("Key must be {} bit for alg {name}", cek_bytes * 8)))
}

fn seal_gcm(with: &'static aead::Algorithm, cek: &[u8], iv: &[u8], aad: &[u8], plaintext: &[u8]) -> Outcome<Sealed> {
    let key = LessSafeKey::new(UnboundKey::new(with, cek)?);
    let mut ciphertext = plaintext.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(iv)?;
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), &mut ciphertext)?;
    Ok(Sealed { ciphertext, tag: tag.as_ref().to_vec() })
}

fn open_gcm(
    with: &'static aead::Algorithm,
    cek: &[u8],
    iv: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
    tag: &[u8],
) -> Outcome<Vec<u8>> {
    let key = LessSafeKey::new(UnboundKey::new(with, cek)?);
    let mut in_out = [ciphertext, tag].concat();
    let length = key.open_in_place(Nonce::try_assume_unique_for_key(iv)?, Aad::from(aad), &mut in_out)?.len();
    in_out.truncate(length);
    Ok(in_out)
}

fn seal_cbc_hmac(
    cipher: &'static cipher::Algorithm,
    mac: hmac::Algorithm,
    cek: &[u8],
    iv: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Outcome<Sealed> {
    let (mac_key, encryption_key) = halves(cek)?;
    let ciphertext = padded_and_encrypted(cipher, encryption_key, iv, plaintext)?;
    let tag = truncated_mac(mac, mac_key, iv, aad, &ciphertext);
    Ok(Sealed { ciphertext, tag })
}

fn open_cbc_hmac(
    cipher: &'static cipher::Algorithm,
    mac: hmac::Algorithm,
    cek: &[u8],
    iv: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
    tag: &[u8],
) -> Outcome<Vec<u8>> {
    let (mac_key, encryption_key) = halves(cek)?;
    // Before anything is decrypted: whoever can tell a wrong padding from a wrong tag can read the content
    // (RFC 7518 §5.2.2.2 step 2).
    constant_time::verify_slices_are_equal(&truncated_mac(mac, mac_key, iv, aad, ciphertext), tag)?;
    decrypted_and_unpadded(cipher, encryption_key, iv, ciphertext)
}

fn padded_and_encrypted(with: &'static cipher::Algorithm, key: &[u8], iv: &[u8], plaintext: &[u8]) -> Outcome<Vec<u8>> {
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(with, key)?)?;
    let mut ciphertext = plaintext.to_vec();
    key.less_safe_encrypt(&mut ciphertext, cipher::EncryptionContext::Iv128(FixedLength::try_from(iv)?))?;
    Ok(ciphertext)
}

fn decrypted_and_unpadded(
    with: &'static cipher::Algorithm,
    key: &[u8],
    iv: &[u8],
    ciphertext: &[u8],
) -> Outcome<Vec<u8>> {
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(with, key)?)?;
    let mut in_out = ciphertext.to_vec();
    let length = key.decrypt(&mut in_out, cipher::DecryptionContext::Iv128(FixedLength::try_from(iv)?))?.len();
    in_out.truncate(length);
    Ok(in_out)
}

/// `plaintext`, padded (PKCS #7) and encrypted with AES-CBC under a key of 16, 24 or 32 bytes and an IV of 16, which
/// nobody can foretell.
///
/// No JWE is made so: nothing tells whether the ciphertext was changed.
///
/// # Errors
/// [`Error::JweFailed`] for a key or IV of another length.
pub fn encrypt_cbc(key: &[u8], iv: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
    let with = cbc_cipher(key).ok_or(Error::JweFailed)?;
    padded_and_encrypted(with, key, iv, plaintext).map_err(|Unspecified| Error::JweFailed)
}

/// The plaintext that [`encrypt_cbc`] was given, or some other if the ciphertext was changed.
///
/// Who can learn of changed ciphertexts whether they are refused can read the plaintext: authenticate the ciphertext
/// first.
///
/// # Errors
/// [`Error::JweFailed`], which does not say what is wrong.
pub fn decrypt_cbc(key: &[u8], iv: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>> {
    let with = cbc_cipher(key).ok_or(Error::JweFailed)?;
    decrypted_and_unpadded(with, key, iv, ciphertext).map_err(|Unspecified| Error::JweFailed)
}

fn cbc_cipher(key: &[u8]) -> Option<&'static cipher::Algorithm> {
    match key.len() {
        16 => Some(&cipher::AES_128),
        24 => Some(&cipher::AES_192),
        32 => Some(&cipher::AES_256),
        _ => None,
    }
}

/// The MAC key and the encryption key (RFC 7518 §5.2.2.1 step 1).
fn halves(cek: &[u8]) -> Outcome<(&[u8], &[u8])> {
    cek.split_at_checked(cek.len() / 2).ok_or(Unspecified)
}

/// The first half of the HMAC over `aad`, `iv`, `ciphertext` and the length of `aad` in bits
/// (RFC 7518 §5.2.2.1 step 5).
fn truncated_mac(with: hmac::Algorithm, key: &[u8], iv: &[u8], aad: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    let aad_bits = (aad.len() as u64).wrapping_mul(8).to_be_bytes();
    let mut context = hmac::Context::with_key(&hmac::Key::new(with, key));
    for part in [aad, iv, ciphertext, &aad_bits] {
        context.update(part);
    }
    let mut tag = context.sign().as_ref().to_vec();
    tag.truncate(tag.len() / 2);
    tag
}

#[cfg(test)]
mod tests {
    use super::{ContentEncryption, Scheme, TABLE, open, seal};
    use crate::error::Error;

    #[test]
    fn every_variant_has_its_own_row() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.encryption as usize, index);
            assert_eq!(row.name.parse(), Ok(row.encryption));
            if let Scheme::Gcm(with) = row.scheme {
                assert_eq!((row.cek_bytes, row.iv_bytes, row.tag_bytes), (with.key_len(), with.nonce_len(), 16));
            }
        }
    }

    #[test]
    fn names_are_compared_whole_and_with_case() {
        for name in ["a128gcm", "A128GCM ", "A128CBC", "A128CBC+HS256", "", "C20P"] {
            assert_eq!(name.parse::<ContentEncryption>(), Err(Error::JweAlgorithmNotSupported("enc")));
        }
    }

    #[test]
    fn lengths_are_held() {
        for encryption in ContentEncryption::all() {
            let (cek, iv) = (vec![1; encryption.cek_bytes()], vec![2; encryption.iv_bytes()]);
            let sealed = seal(encryption, &cek, &iv, b"aad", b"content").unwrap();
            assert_eq!(sealed.tag.len(), encryption.tag_bytes());
            let opened = |cek: &[u8], iv: &[u8], tag: &[u8]| open(encryption, cek, iv, b"aad", &sealed.ciphertext, tag);
            assert_eq!(opened(&cek, &iv, &sealed.tag).as_deref(), Ok(&b"content"[..]));
            assert_eq!(opened(&cek, &iv, &sealed.tag[1..]), Err(Error::JweAuthentication));
            assert_eq!(opened(&cek, &iv, &[]), Err(Error::JweAuthentication));
            assert_eq!(opened(&cek, &iv[1..], &sealed.tag), Err(Error::JweAuthentication));
            assert!(matches!(opened(&cek[1..], &iv, &sealed.tag), Err(Error::InvalidKey(_))));
            assert!(matches!(seal(encryption, &[], &iv, b"", b""), Err(Error::InvalidKey(_))));
            assert!(matches!(seal(encryption, &cek, &[], b"", b""), Err(Error::Configuration(_))));
        }
    }
}
