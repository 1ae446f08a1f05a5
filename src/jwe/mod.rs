//! JSON Web Encryption in the compact serialization (RFC 7516).
//!
//! ```
//! use fastjose::jwe::{self, ContentEncryption, DecryptOptions, DecryptionKey, EncryptionKey, EncryptionParams};
//! use fastjose::jwe::KeyManagement;
//!
//! let params = EncryptionParams {
//!     key_management: KeyManagement::A128Kw,
//!     content_encryption: ContentEncryption::A128Gcm,
//!     compression: None,
//! };
//! let header = br#"{"alg":"A128KW","enc":"A128GCM"}"#;
//! let token = jwe::encrypt(b"secret", &EncryptionKey::Symmetric(vec![7; 16]), params, header)?;
//! let key = DecryptionKey::Symmetric(vec![7; 16]);
//! let decrypted = jwe::decrypt(token.as_bytes(), &key, DecryptOptions::default())?;
//! assert_eq!(decrypted.plaintext, b"secret");
//! # Ok::<(), jwe::Error>(())
//! ```

mod aes_cbc;
mod compact;
mod compression;
mod content_encryption;
mod decrypt;
pub(crate) mod derived_keys;
mod encrypt;
mod error;
mod key;
mod key_encryption;
mod key_management;
mod random;

pub use aes_cbc::{decrypt_cbc, encrypt_cbc};
pub use compression::Deflate;
pub use content_encryption::{ContentEncryption, SealedContent, open, seal};
pub use decrypt::{DecryptOptions, DecryptedToken, JweToken, decrypt, unverified_header};
pub use encrypt::{EncryptionInputs, EncryptionParams, encrypt, encrypt_with};
pub use error::{Error, ErrorClass};
pub use key::{DecryptionKey, EncryptionKey, JweKey};
pub use key_management::{KeyManagement, unwrap_key, wrap_key};

#[cfg(feature = "python")]
pub(crate) use compact::parse_header_members;
#[cfg(feature = "python")]
pub(crate) use error::Result;
