//! Key management (RFC 7518 §4): the one table of `alg` values, and how each comes by the content encryption key.
//!
//! Nothing below the table enumerates algorithms.

use std::str::FromStr;

use aes_kw::{KeyInit, KwAes192};
use aws_lc_rs::key_wrap::{self, AesBlockCipher, AesKek, KeyWrap};
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};

use super::content_encryption::{ContentEncryption, refuse_wrong_cek};
use super::key::{DecryptionKey, EncryptionKey, Material};
use crate::error::{Error, Result};

/// A key management algorithm: what the header's `alg` names (RFC 7518 §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the registry's own")]
pub enum KeyManagement {
    Dir,
    Rsa1_5,
    RsaOaep,
    RsaOaep256,
    A128Kw,
    A192Kw,
    A256Kw,
}

/// What carries an algorithm out.
#[derive(Clone, Copy)]
enum Scheme {
    /// The key is the content encryption key (RFC 7518 §4.5).
    Direct,
    Rsa(Padding),
    Wrap(Wrapper),
}

#[derive(Clone, Copy)]
enum Padding {
    /// RFC 7518 §4.2.
    Pkcs1,
    /// RFC 7518 §4.3.
    Oaep(&'static OaepAlgorithm),
}

/// AES key wrap (RFC 7518 §4.4, RFC 3394).
#[derive(Clone, Copy)]
enum Wrapper {
    AwsLc(&'static AesBlockCipher),
    /// AWS-LC offers 128 and 256 bits alone; 192 are `RustCrypto`'s.
    Aes192,
}

/// What is to be known of an algorithm.
struct Spec {
    management: KeyManagement,
    name: &'static str,
    scheme: Scheme,
    /// The length of a symmetric key; `None` where it depends on `enc`, or the key is RSA.
    key_bytes: Option<usize>,
}

const fn rsa(management: KeyManagement, name: &'static str, padding: Padding) -> Spec {
    Spec { management, name, scheme: Scheme::Rsa(padding), key_bytes: None }
}

const fn wrap(management: KeyManagement, name: &'static str, wrapper: Wrapper, key_bytes: usize) -> Spec {
    Spec { management, name, scheme: Scheme::Wrap(wrapper), key_bytes: Some(key_bytes) }
}

static TABLE: [Spec; 7] = [
    Spec { management: KeyManagement::Dir, name: "dir", scheme: Scheme::Direct, key_bytes: None },
    rsa(KeyManagement::Rsa1_5, "RSA1_5", Padding::Pkcs1),
    rsa(KeyManagement::RsaOaep, "RSA-OAEP", Padding::Oaep(&OAEP_SHA1_MGF1SHA1)),
    rsa(KeyManagement::RsaOaep256, "RSA-OAEP-256", Padding::Oaep(&OAEP_SHA256_MGF1SHA256)),
    wrap(KeyManagement::A128Kw, "A128KW", Wrapper::AwsLc(&key_wrap::AES_128), 16),
    wrap(KeyManagement::A192Kw, "A192KW", Wrapper::Aes192, 24),
    wrap(KeyManagement::A256Kw, "A256KW", Wrapper::AwsLc(&key_wrap::AES_256), 32),
];

impl KeyManagement {
    #[expect(clippy::indexing_slicing, reason = "the table has a row for every variant, in order; a test holds it so")]
    fn spec(self) -> &'static Spec {
        &TABLE[self as usize]
    }

    /// Each of them, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.management)
    }

    /// The name that is written into a header.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// Whether it works with an RSA key; otherwise with a symmetric one.
    #[must_use]
    pub fn is_rsa(self) -> bool {
        matches!(self.spec().scheme, Scheme::Rsa(_))
    }

    /// The length of its symmetric key, in bytes; `None` where it depends on `enc` (`dir`), or the key is RSA.
    #[must_use]
    pub fn key_bytes(self) -> Option<usize> {
        self.spec().key_bytes
    }
}

impl FromStr for KeyManagement {
    type Err = Error;

    /// By its registered name, compared whole and with case.
    fn from_str(name: &str) -> Result<Self> {
        let row = TABLE.iter().find(|row| row.name == name);
        row.map(|row| row.management).ok_or(Error::JweAlgorithmNotSupported("alg"))
    }
}

/// A content encryption key, and its encrypted form (RFC 7516 §5.1 steps 2 to 6).
pub(super) struct NewKey {
    pub cek: Vec<u8>,
    pub encrypted_key: Vec<u8>,
}

/// A new content encryption key for `encryption`: the key itself with `dir`, otherwise a random one.
pub(super) fn new_key(management: KeyManagement, key: &EncryptionKey, encryption: ContentEncryption) -> Result<NewKey> {
    if let Scheme::Direct = management.spec().scheme {
        return Ok(NewKey { cek: direct(management, key, encryption)?, encrypted_key: Vec::new() });
    }
    let cek = random(encryption.cek_bytes())?;
    let encrypted_key = wrap_key(management, key, &cek)?;
    Ok(NewKey { cek, encrypted_key })
}

/// The content encryption key (RFC 7516 §5.2 steps 6 to 13).
///
/// An encrypted key that cannot be decrypted, or to a wrong length, gives a random key, made beforehand, so that what
/// follows, the error included, is that of a wrong tag (RFC 7516 §11.5).
pub(super) fn content_key(
    management: KeyManagement,
    key: &DecryptionKey,
    encrypted_key: &[u8],
    encryption: ContentEncryption,
) -> Result<Vec<u8>> {
    if let Scheme::Direct = management.spec().scheme {
        if !encrypted_key.is_empty() {
            return Err(Error::JweMalformed("Invalid encrypted key"));
        }
        return direct(management, key, encryption);
    }
    refuse_unfit(management, key)?;
    let random = random(encryption.cek_bytes())?;
    let unwrapped = unwrap(management, key, encrypted_key);
    Ok(unwrapped.filter(|cek| cek.len() == random.len()).unwrap_or(random))
}

/// `cek`, encrypted to `key`.
///
/// # Errors
/// [`Error::InvalidKey`] for a key of the wrong kind or length; [`Error::Configuration`] for `dir`, which wraps
/// nothing; [`Error::JweFailed`] for a `cek` that is too long for the key or, with AES key wrap, no multiple of 8 bytes.
pub fn wrap_key(management: KeyManagement, key: &EncryptionKey, cek: &[u8]) -> Result<Vec<u8>> {
    refuse_unfit(management, key)?;
    let wrapped = match (management.spec().scheme, key) {
        (Scheme::Rsa(padding), Material::Rsa(key)) => rsa_encrypt(padding, key, cek),
        (Scheme::Wrap(wrapper), Material::Symmetric(key)) => aes_wrap(wrapper, key, cek),
        _ => return Err(wraps_nothing(management)),
    };
    wrapped.ok_or(Error::JweFailed)
}

/// The content encryption key in `encrypted_key`.
///
/// For tokens there is [`super::decrypt`]: whoever tells a sender that this failed gives with `RSA1_5` the oracle of
/// RFC 3218.
///
/// # Errors
/// [`Error::InvalidKey`] for a key of the wrong kind or length; [`Error::Configuration`] for `dir`, which wraps
/// nothing; [`Error::JweAuthentication`] if `key` cannot decrypt it.
pub fn unwrap_key(management: KeyManagement, key: &DecryptionKey, encrypted_key: &[u8]) -> Result<Vec<u8>> {
    refuse_unfit(management, key)?;
    if let Scheme::Direct = management.spec().scheme {
        return Err(wraps_nothing(management));
    }
    unwrap(management, key, encrypted_key).ok_or(Error::JweAuthentication)
}

fn unwrap(management: KeyManagement, key: &DecryptionKey, encrypted_key: &[u8]) -> Option<Vec<u8>> {
    match (management.spec().scheme, key) {
        (Scheme::Rsa(padding), Material::Rsa(key)) => rsa_decrypt(padding, key, encrypted_key),
        (Scheme::Wrap(wrapper), Material::Symmetric(key)) => aes_unwrap(wrapper, key, encrypted_key),
        _ => None,
    }
}

/// `length` bytes that nobody can foretell.
pub(super) fn random(length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    rand::fill(&mut bytes).map_err(|_| Error::JweFailed)?;
    Ok(bytes)
}

fn direct<R>(management: KeyManagement, key: &Material<R>, encryption: ContentEncryption) -> Result<Vec<u8>> {
    let Material::Symmetric(cek) = key else { return Err(wrong_kind(management)) };
    refuse_wrong_cek(encryption, cek)?;
    Ok(cek.clone())
}

/// Said before the key is used: whether it is of the kind and length that `management` needs.
fn refuse_unfit<R>(management: KeyManagement, key: &Material<R>) -> Result<()> {
    match key {
        Material::Rsa(_) if management.is_rsa() => Ok(()),
        Material::Symmetric(bytes) if !management.is_rsa() => match management.key_bytes() {
            Some(expected) if bytes.len() != expected => {
                Err(Error::InvalidKey(format!("Key must be {} bit for alg {}", expected * 8, management.name())))
            }
            _ => Ok(()),
        },
        _ => Err(wrong_kind(management)),
    }
}

fn wrong_kind(management: KeyManagement) -> Error {
    let kind = if management.is_rsa() { "an RSA" } else { "a symmetric" };
    Error::InvalidKey(format!("The alg {} needs {kind} key.", management.name()))
}

fn wraps_nothing(management: KeyManagement) -> Error {
    Error::Configuration(format!("The alg {} wraps no key.", management.name()))
}

fn rsa_encrypt(padding: Padding, key: &PublicEncryptingKey, cek: &[u8]) -> Option<Vec<u8>> {
    let mut output = vec![0; key.key_size_bytes()];
    let key = key.clone();
    let written = match padding {
        Padding::Pkcs1 => Pkcs1PublicEncryptingKey::new(key).ok()?.encrypt(cek, &mut output).ok()?.len(),
        Padding::Oaep(with) => {
            OaepPublicEncryptingKey::new(key).ok()?.encrypt(with, cek, &mut output, None).ok()?.len()
        }
    };
    output.truncate(written);
    Some(output)
}

fn rsa_decrypt(padding: Padding, key: &PrivateDecryptingKey, encrypted_key: &[u8]) -> Option<Vec<u8>> {
    let mut output = vec![0; key.key_size_bytes()];
    let key = key.clone();
    let written = match padding {
        Padding::Pkcs1 => Pkcs1PrivateDecryptingKey::new(key).ok()?.decrypt(encrypted_key, &mut output).ok()?.len(),
        Padding::Oaep(with) => {
            OaepPrivateDecryptingKey::new(key).ok()?.decrypt(with, encrypted_key, &mut output, None).ok()?.len()
        }
    };
    output.truncate(written);
    Some(output)
}

/// What AES key wrap works in, and what it adds (RFC 3394 §2.2.1).
const SEMIBLOCK_BYTES: usize = 8;

fn aes_wrap(wrapper: Wrapper, key: &[u8], cek: &[u8]) -> Option<Vec<u8>> {
    refuse_odd_length(cek, 2)?;
    let mut output = vec![0; cek.len() + SEMIBLOCK_BYTES];
    match wrapper {
        Wrapper::AwsLc(cipher) => AesKek::new(cipher, key).ok()?.wrap(cek, &mut output).ok().map(|_| ())?,
        Wrapper::Aes192 => KwAes192::new_from_slice(key).ok()?.wrap_key(cek, &mut output).ok().map(|_| ())?,
    }
    Some(output)
}

fn aes_unwrap(wrapper: Wrapper, key: &[u8], encrypted_key: &[u8]) -> Option<Vec<u8>> {
    refuse_odd_length(encrypted_key, 3)?;
    let mut output = vec![0; encrypted_key.len() - SEMIBLOCK_BYTES];
    match wrapper {
        Wrapper::AwsLc(cipher) => AesKek::new(cipher, key).ok()?.unwrap(encrypted_key, &mut output).ok().map(|_| ())?,
        Wrapper::Aes192 => {
            KwAes192::new_from_slice(key).ok()?.unwrap_key(encrypted_key, &mut output).ok().map(|_| ())?;
        }
    }
    Some(output)
}

/// A whole number of semiblocks, `least` or more (RFC 3394 §2): the crates differ in whether they say so themselves.
fn refuse_odd_length(bytes: &[u8], least: usize) -> Option<()> {
    (bytes.len().is_multiple_of(SEMIBLOCK_BYTES) && bytes.len() / SEMIBLOCK_BYTES >= least).then_some(())
}

#[cfg(test)]
mod tests {
    use super::{KeyManagement, TABLE, unwrap_key, wrap_key};
    use crate::error::Error;
    use crate::jwe::{DecryptionKey, EncryptionKey};

    #[test]
    fn every_variant_has_its_own_row() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.management as usize, index);
            assert_eq!(row.name.parse(), Ok(row.management));
        }
    }

    #[test]
    fn other_families_are_not_supported() {
        let others = ["ECDH-ES", "ECDH-ES+A128KW", "A128GCMKW", "A256GCMKW", "PBES2-HS256+A128KW", "RSA-OAEP-384"];
        for name in others.into_iter().chain(["DIR", "none", "", "rsa1_5", "A128KW "]) {
            assert_eq!(name.parse::<KeyManagement>(), Err(Error::JweAlgorithmNotSupported("alg")), "{name}");
        }
    }

    #[test]
    fn odd_lengths_are_not_wrapped() {
        for management in KeyManagement::all().filter(|management| management.key_bytes().is_some()) {
            let key = vec![7; management.key_bytes().unwrap_or_default()];
            let (wrapping, unwrapping) = (EncryptionKey::Symmetric(key.clone()), DecryptionKey::Symmetric(key));
            for length in [0, 1, 8, 15, 17] {
                assert_eq!(wrap_key(management, &wrapping, &vec![0; length]), Err(Error::JweFailed));
                let unwrapped = unwrap_key(management, &unwrapping, &vec![0; length]);
                assert_eq!(unwrapped, Err(Error::JweAuthentication));
            }
        }
    }
}
