//! Key types: the registered values of a JWK's `kty`.

/// A key type (RFC 7518 §6.1, RFC 8037 §2). The curve of an EC key is a [`Curve`](super::Curve).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// A shared secret.
    Oct,
    /// An RSA key, for PKCS #1 v1.5 and for PSS.
    Rsa,
    /// A key on a short Weierstrass curve.
    Ec,
    /// An octet key pair. Ed25519 is the only supported curve.
    Okp,
}

impl KeyType {
    const ALL: [Self; 4] = [Self::Oct, Self::Rsa, Self::Ec, Self::Okp];

    /// Returns the value of `kty`.
    #[must_use]
    pub fn kty(self) -> &'static str {
        match self {
            Self::Oct => "oct",
            Self::Rsa => "RSA",
            Self::Ec => "EC",
            Self::Okp => "OKP",
        }
    }

    /// Returns the key type for a value of `kty`, or `None` if it is not supported.
    #[must_use]
    pub fn from_kty(kty: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key_type| key_type.kty() == kty)
    }
}
