//! Encryption of content encryption keys: RSA (RFC 7518 §4.2, §4.3) and AES key wrap (RFC 7518 §4.4, RFC 3394).

use aes_kw::{KeyInit, KwAes192};
use aws_lc_rs::key_wrap::{AesBlockCipher, AesKek, KeyWrap};
use aws_lc_rs::rsa::{
    OaepAlgorithm, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, Pkcs1PrivateDecryptingKey,
    Pkcs1PublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};

/// The padding of an RSA encryption.
#[derive(Clone, Copy)]
pub(super) enum RsaPadding {
    /// PKCS #1 v1.5 (RFC 7518 §4.2).
    Pkcs1,
    /// OAEP (RFC 7518 §4.3).
    Oaep(&'static OaepAlgorithm),
}

impl RsaPadding {
    /// Encrypts `cek`. Returns `None` if it is too long for the key.
    pub fn encrypt(self, key: &PublicEncryptingKey, cek: &[u8]) -> Option<Vec<u8>> {
        let mut output = vec![0; key.key_size_bytes()];
        let key = key.clone();
        let length = match self {
            Self::Pkcs1 => Pkcs1PublicEncryptingKey::new(key).ok()?.encrypt(cek, &mut output).ok()?.len(),
            Self::Oaep(algorithm) => {
                OaepPublicEncryptingKey::new(key).ok()?.encrypt(algorithm, cek, &mut output, None).ok()?.len()
            }
        };
        output.truncate(length);
        Some(output)
    }

    /// Decrypts `encrypted_key`. Returns `None` if the decryption fails.
    pub fn decrypt(self, key: &PrivateDecryptingKey, encrypted_key: &[u8]) -> Option<Vec<u8>> {
        let mut output = vec![0; key.key_size_bytes()];
        let key = key.clone();
        let length = match self {
            Self::Pkcs1 => Pkcs1PrivateDecryptingKey::new(key).ok()?.decrypt(encrypted_key, &mut output).ok()?.len(),
            Self::Oaep(algorithm) => {
                let key = OaepPrivateDecryptingKey::new(key).ok()?;
                key.decrypt(algorithm, encrypted_key, &mut output, None).ok()?.len()
            }
        };
        output.truncate(length);
        Some(output)
    }
}

/// An implementation of AES key wrap for one key length.
#[derive(Clone, Copy)]
pub(super) enum AesKeyWrap {
    /// AWS-LC, which supports keys of 128 and 256 bits only.
    AwsLc(&'static AesBlockCipher),
    /// `RustCrypto`, for keys of 192 bits.
    Aes192,
}

/// The block size of AES key wrap, which is also the growth of the output (RFC 3394 §2.2.1).
const SEMIBLOCK_BYTES: usize = 8;

impl AesKeyWrap {
    /// Wraps `cek`. Returns `None` if its length is not supported.
    pub fn wrap(self, key: &[u8], cek: &[u8]) -> Option<Vec<u8>> {
        check_semiblocks(cek, 2)?;
        let mut output = vec![0; cek.len() + SEMIBLOCK_BYTES];
        match self {
            Self::AwsLc(cipher) => AesKek::new(cipher, key).ok()?.wrap(cek, &mut output).ok().map(|_| ())?,
            Self::Aes192 => KwAes192::new_from_slice(key).ok()?.wrap_key(cek, &mut output).ok().map(|_| ())?,
        }
        Some(output)
    }

    /// Unwraps `encrypted_key`. Returns `None` if it was not wrapped with `key`.
    pub fn unwrap(self, key: &[u8], encrypted_key: &[u8]) -> Option<Vec<u8>> {
        check_semiblocks(encrypted_key, 3)?;
        let mut output = vec![0; encrypted_key.len() - SEMIBLOCK_BYTES];
        match self {
            Self::AwsLc(cipher) => {
                AesKek::new(cipher, key).ok()?.unwrap(encrypted_key, &mut output).ok().map(|_| ())?;
            }
            Self::Aes192 => {
                KwAes192::new_from_slice(key).ok()?.unwrap_key(encrypted_key, &mut output).ok().map(|_| ())?;
            }
        }
        Some(output)
    }
}

/// Checks that `bytes` are at least `min` whole semiblocks (RFC 3394 §2). Only one of the two implementations checks
/// this.
fn check_semiblocks(bytes: &[u8], min: usize) -> Option<()> {
    (bytes.len().is_multiple_of(SEMIBLOCK_BYTES) && bytes.len() / SEMIBLOCK_BYTES >= min).then_some(())
}
