//! The forms in which a pair is written out: PEM as OpenSSL has it, and the parameters of a JWK. What may be secret is
//! wiped when it is let go.

use pem::{EncodeConfig, LineEnding, Pem};
use zeroize::{Zeroize, Zeroizing};

use crate::encoding::base64url;

/// The parameters of a JWK, each a string, in the order of their RFC.
pub type Parameters = Vec<(&'static str, Zeroizing<String>)>;

/// A form of DER and PEM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// PKCS #8 for a private key (RFC 5958), SPKI for a public one (RFC 5280 §4.1).
    Pkcs8,
    /// OpenSSL's older form: PKCS #1 for RSA (RFC 8017 A.1), SEC 1 for a private EC key (RFC 5915). No other key has one.
    Traditional,
}

/// DER, and the label that it has in PEM.
pub(super) struct Written {
    label: &'static str,
    pub der: Zeroizing<Vec<u8>>,
}

impl Written {
    pub fn new(label: &'static str, der: impl Into<Zeroizing<Vec<u8>>>) -> Self {
        Self { label, der: der.into() }
    }

    /// Lines of 64 columns (RFC 7468 §2), each ended by a line feed.
    pub fn pem(&self) -> Zeroizing<String> {
        let block = Pem::new(self.label, self.der.as_slice());
        let text = pem::encode_config(&block, EncodeConfig::new().set_line_ending(LineEnding::LF));
        block.into_contents().zeroize();
        Zeroizing::new(text)
    }
}

pub(super) fn text(plain: &str) -> Zeroizing<String> {
    Zeroizing::new(plain.to_owned())
}

/// A number that has no fixed length (RFC 7518 §2, `Base64urlUInt`).
pub(super) fn number(big_endian: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(base64url::encode(big_endian))
}
