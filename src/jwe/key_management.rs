//! Key management (RFC 7518 §4): the table of `alg` values, and how each provides the content encryption key.
//!
//! Code after the table does not enumerate algorithms.

use std::str::FromStr;

use aws_lc_rs::key_wrap;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256};

use super::content_encryption::{ContentEncryption, check_cek_length};
use super::error::{Error, Result};
use super::key::{DecryptionKey, EncryptionKey, JweKey};
use super::key_encryption::{AesKeyWrap, RsaPadding};
use super::random::random_bytes;

/// A key management algorithm: the header's `alg` (RFC 7518 §4.1).
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

/// The way in which an algorithm provides the content encryption key.
#[derive(Clone, Copy)]
enum KeyManagementMode {
    /// The shared key is the content encryption key (RFC 7518 §4.5).
    Direct,
    Rsa(RsaPadding),
    AesKeyWrap(AesKeyWrap),
}

/// The name, mode and key length of an algorithm.
struct KeyManagementSpec {
    management: KeyManagement,
    name: &'static str,
    mode: KeyManagementMode,
    /// The length of the symmetric key. `None` if it depends on `enc`, or if the key is RSA.
    key_bytes: Option<usize>,
}

const fn direct(management: KeyManagement, name: &'static str) -> KeyManagementSpec {
    KeyManagementSpec { management, name, mode: KeyManagementMode::Direct, key_bytes: None }
}

const fn rsa(management: KeyManagement, name: &'static str, padding: RsaPadding) -> KeyManagementSpec {
    KeyManagementSpec { management, name, mode: KeyManagementMode::Rsa(padding), key_bytes: None }
}

const fn aes_key_wrap(
    management: KeyManagement,
    name: &'static str,
    key_wrap: AesKeyWrap,
    key_bytes: usize,
) -> KeyManagementSpec {
    KeyManagementSpec { management, name, mode: KeyManagementMode::AesKeyWrap(key_wrap), key_bytes: Some(key_bytes) }
}

static KEY_MANAGEMENT_ALGORITHMS: [KeyManagementSpec; 7] = [
    direct(KeyManagement::Dir, "dir"),
    rsa(KeyManagement::Rsa1_5, "RSA1_5", RsaPadding::Pkcs1),
    rsa(KeyManagement::RsaOaep, "RSA-OAEP", RsaPadding::Oaep(&OAEP_SHA1_MGF1SHA1)),
    rsa(KeyManagement::RsaOaep256, "RSA-OAEP-256", RsaPadding::Oaep(&OAEP_SHA256_MGF1SHA256)),
    aes_key_wrap(KeyManagement::A128Kw, "A128KW", AesKeyWrap::AwsLc(&key_wrap::AES_128), 16),
    aes_key_wrap(KeyManagement::A192Kw, "A192KW", AesKeyWrap::Aes192, 24),
    aes_key_wrap(KeyManagement::A256Kw, "A256KW", AesKeyWrap::AwsLc(&key_wrap::AES_256), 32),
];

impl KeyManagement {
    #[expect(clippy::indexing_slicing, reason = "the table has a row for every variant, in order, as a test verifies")]
    fn spec(self) -> &'static KeyManagementSpec {
        &KEY_MANAGEMENT_ALGORITHMS[self as usize]
    }

    /// Returns every algorithm, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        KEY_MANAGEMENT_ALGORITHMS.iter().map(|row| row.management)
    }

    /// Returns the registered name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// Returns true if the algorithm works with an RSA key. All other algorithms work with a symmetric key.
    #[must_use]
    pub fn is_rsa(self) -> bool {
        matches!(self.spec().mode, KeyManagementMode::Rsa(_))
    }

    /// Returns the length of the symmetric key, in bytes. `None` if it depends on `enc` (`dir`), or if the key is RSA.
    #[must_use]
    pub fn key_bytes(self) -> Option<usize> {
        self.spec().key_bytes
    }
}

impl FromStr for KeyManagement {
    type Err = Error;

    /// Parses a registered name, case-sensitively.
    fn from_str(name: &str) -> Result<Self> {
        let row = KEY_MANAGEMENT_ALGORITHMS.iter().find(|row| row.name == name);
        row.map(|row| row.management).ok_or(Error::AlgorithmNotSupported("alg"))
    }
}

/// A content encryption key, and its encrypted form (RFC 7516 §5.1 steps 2 to 6).
pub(super) struct GeneratedCek {
    pub cek: Vec<u8>,
    pub encrypted_key: Vec<u8>,
}

/// Generates a random content encryption key and encrypts it to `key`. For `dir`, returns `key` itself.
pub(super) fn generate_cek(
    management: KeyManagement,
    key: &EncryptionKey,
    encryption: ContentEncryption,
) -> Result<GeneratedCek> {
    if let KeyManagementMode::Direct = management.spec().mode {
        return Ok(GeneratedCek { cek: shared_cek(management, key, encryption)?, encrypted_key: Vec::new() });
    }
    let cek = random_bytes(encryption.cek_bytes())?;
    let encrypted_key = wrap_key(management, key, &cek)?;
    Ok(GeneratedCek { cek, encrypted_key })
}

/// Returns the content encryption key of a token (RFC 7516 §5.2 steps 6 to 13).
///
/// If `encrypted_key` cannot be decrypted, or the decrypted key has the wrong length, returns a random key. The random
/// key is generated before the decryption. The token then fails like a token with a wrong tag (RFC 7516 §11.5).
pub(super) fn decrypt_cek(
    management: KeyManagement,
    key: &DecryptionKey,
    encrypted_key: &[u8],
    encryption: ContentEncryption,
) -> Result<Vec<u8>> {
    if let KeyManagementMode::Direct = management.spec().mode {
        if !encrypted_key.is_empty() {
            return Err(Error::Malformed("Invalid encrypted key"));
        }
        return shared_cek(management, key, encryption);
    }
    check_key_type_and_length(management, key)?;
    let random = random_bytes(encryption.cek_bytes())?;
    let cek = try_unwrap_key(management, key, encrypted_key);
    Ok(cek.filter(|cek| cek.len() == random.len()).unwrap_or(random))
}

/// Encrypts a content encryption key to `key`.
///
/// # Errors
/// [`Error::Key`] if the key has the wrong type or length. [`Error::Configuration`] for `dir`, which does not encrypt
/// keys. [`Error::CryptoFailure`] if `cek` is too long for the key, or if AES key wrap does not support its length.
pub fn wrap_key(management: KeyManagement, key: &EncryptionKey, cek: &[u8]) -> Result<Vec<u8>> {
    check_key_type_and_length(management, key)?;
    let encrypted_key = match (management.spec().mode, key) {
        (KeyManagementMode::Rsa(padding), JweKey::Rsa(key)) => padding.encrypt(key, cek),
        (KeyManagementMode::AesKeyWrap(key_wrap), JweKey::Symmetric(key)) => key_wrap.wrap(key, cek),
        _ => return Err(cannot_wrap(management)),
    };
    encrypted_key.ok_or(Error::CryptoFailure)
}

/// Decrypts a content encryption key.
///
/// Do not use it for tokens, use `jwe::decrypt`: if a sender learns that this function failed, `RSA1_5` is
/// open to the attack of RFC 3218.
///
/// # Errors
/// [`Error::Key`] if the key has the wrong type or length. [`Error::Configuration`] for `dir`, which does not encrypt
/// keys. [`Error::AuthenticationFailed`] if `key` cannot decrypt `encrypted_key`.
pub fn unwrap_key(management: KeyManagement, key: &DecryptionKey, encrypted_key: &[u8]) -> Result<Vec<u8>> {
    check_key_type_and_length(management, key)?;
    if let KeyManagementMode::Direct = management.spec().mode {
        return Err(cannot_wrap(management));
    }
    try_unwrap_key(management, key, encrypted_key).ok_or(Error::AuthenticationFailed)
}

fn try_unwrap_key(management: KeyManagement, key: &DecryptionKey, encrypted_key: &[u8]) -> Option<Vec<u8>> {
    match (management.spec().mode, key) {
        (KeyManagementMode::Rsa(padding), JweKey::Rsa(key)) => padding.decrypt(key, encrypted_key),
        (KeyManagementMode::AesKeyWrap(key_wrap), JweKey::Symmetric(key)) => key_wrap.unwrap(key, encrypted_key),
        _ => None,
    }
}

fn shared_cek<R>(management: KeyManagement, key: &JweKey<R>, encryption: ContentEncryption) -> Result<Vec<u8>> {
    let JweKey::Symmetric(cek) = key else { return Err(wrong_key_type(management)) };
    check_cek_length(encryption, cek)?;
    Ok(cek.clone())
}

/// Checks that the key has the type and length that `management` requires. Called before the key is used.
fn check_key_type_and_length<R>(management: KeyManagement, key: &JweKey<R>) -> Result<()> {
    match key {
        JweKey::Rsa(_) if management.is_rsa() => Ok(()),
        JweKey::Symmetric(bytes) if !management.is_rsa() => match management.key_bytes() {
            Some(expected) if bytes.len() != expected => {
                Err(Error::invalid_key(format!("Key must be {} bit for alg {}", expected * 8, management.name())))
            }
            _ => Ok(()),
        },
        _ => Err(wrong_key_type(management)),
    }
}

fn wrong_key_type(management: KeyManagement) -> Error {
    let key_type = if management.is_rsa() { "an RSA" } else { "a symmetric" };
    Error::invalid_key(format!("Algorithm {} requires {key_type} key.", management.name()))
}

fn cannot_wrap(management: KeyManagement) -> Error {
    Error::Configuration(format!("Algorithm {} does not support key wrapping.", management.name()))
}

#[cfg(test)]
mod tests {
    use super::{KEY_MANAGEMENT_ALGORITHMS, KeyManagement, unwrap_key, wrap_key};
    use crate::jwe::error::Error;
    use crate::jwe::key::{DecryptionKey, EncryptionKey};

    #[test]
    fn every_algorithm_has_a_row_in_order() {
        for (index, row) in KEY_MANAGEMENT_ALGORITHMS.iter().enumerate() {
            assert_eq!(row.management as usize, index);
            assert_eq!(row.name.parse(), Ok(row.management));
        }
    }

    #[test]
    fn rejects_unsupported_algorithms() {
        let unsupported = ["ECDH-ES", "ECDH-ES+A128KW", "A128GCMKW", "A256GCMKW", "PBES2-HS256+A128KW", "RSA-OAEP-384"];
        for name in unsupported.into_iter().chain(["DIR", "none", "", "rsa1_5", "A128KW "]) {
            assert_eq!(name.parse::<KeyManagement>(), Err(Error::AlgorithmNotSupported("alg")), "{name}");
        }
    }

    #[test]
    fn rejects_lengths_that_aes_key_wrap_does_not_support() {
        assert_eq!(KeyManagement::all().count(), KEY_MANAGEMENT_ALGORITHMS.len());
        for management in KeyManagement::all().filter(|management| management.key_bytes().is_some()) {
            let key = vec![7; management.key_bytes().unwrap_or_default()];
            let (wrapping, unwrapping) = (EncryptionKey::Symmetric(key.clone()), DecryptionKey::Symmetric(key));
            for length in [0, 1, 8, 15, 17] {
                assert_eq!(wrap_key(management, &wrapping, &vec![0; length]), Err(Error::CryptoFailure));
                let unwrapped = unwrap_key(management, &unwrapping, &vec![0; length]);
                assert_eq!(unwrapped, Err(Error::AuthenticationFailed));
            }
        }
    }
}
