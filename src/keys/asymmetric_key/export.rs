//! Export of keys: PEM as OpenSSL writes it, and the members of a JWK. Values that may be secret are wiped when
//! dropped.

use pem::{EncodeConfig, LineEnding, Pem};
use zeroize::{Zeroize, Zeroizing};

use crate::encoding::base64url;

/// The members of an exported JWK. Each is a string. They are in the order of their RFC.
pub type JwkMemberList = Vec<(&'static str, Zeroizing<String>)>;

/// A format of DER and PEM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFormat {
    /// PKCS #8 for a private key (RFC 5958), SPKI for a public key (RFC 5280 §4.1).
    Pkcs8,
    /// The older format of OpenSSL: PKCS #1 for RSA (RFC 8017 A.1), SEC 1 for a private EC key (RFC 5915). Other keys
    /// do not have one.
    Traditional,
}

/// A key in DER, and its label in PEM.
pub(super) struct EncodedKey {
    label: &'static str,
    pub der: Zeroizing<Vec<u8>>,
}

impl EncodedKey {
    pub fn new(label: &'static str, der: impl Into<Zeroizing<Vec<u8>>>) -> Self {
        Self { label, der: der.into() }
    }

    /// Encodes the key as PEM in lines of 64 columns (RFC 7468 §2), each terminated by a line feed.
    pub fn pem(&self) -> Zeroizing<String> {
        let block = Pem::new(self.label, self.der.as_slice());
        let text = pem::encode_config(&block, EncodeConfig::new().set_line_ending(LineEnding::LF));
        block.into_contents().zeroize();
        Zeroizing::new(text)
    }
}

pub(super) fn secret_string(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

/// Encodes octets, or a number as `Base64urlUInt` (RFC 7518 §2).
pub(super) fn base64url_string(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(base64url::encode(bytes))
}
