//! Key components: the numbers and octets of a key, as the readers of JWK, PEM and DER return them.

use zeroize::Zeroizing;

use crate::algorithms::Curve;

/// Octets that may be secret. They are wiped when dropped.
pub(crate) type SecretBytes = Zeroizing<Vec<u8>>;

/// The components of a key. They are decoded and have the right form, but are not checked against each other.
pub(crate) enum KeyComponents {
    Oct(SecretBytes),
    Rsa(RsaComponents),
    Ec(EcComponents),
    Ed25519(Ed25519Components),
}

/// The numbers of an RSA key (RFC 8017 §3), big-endian.
pub(crate) struct RsaComponents {
    pub modulus: Vec<u8>,
    pub exponent: Vec<u8>,
    pub private: Option<RsaPrivateComponents>,
}

/// The private numbers of an RSA key with two primes.
pub(crate) struct RsaPrivateComponents {
    pub exponent: SecretBytes,
    /// `None` if the key was written without them (RFC 7518 §6.3.2).
    pub crt: Option<CrtParameters>,
}

/// The primes `p` and `q`, the exponents `dp` and `dq`, and the coefficient `qi`.
pub(crate) type CrtParameters = [SecretBytes; 5];

/// The components of an EC key.
pub(crate) struct EcComponents {
    pub curve: Curve,
    /// Uncompressed (SEC 1 §2.3.3), with coordinates of the curve's full length.
    pub point: Vec<u8>,
    pub private_number: Option<SecretBytes>,
}

/// The components of an Ed25519 key (RFC 8032 §5.1.5).
pub(crate) struct Ed25519Components {
    pub point: Vec<u8>,
    pub seed: Option<SecretBytes>,
}

/// The part of a key that a reader returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyPart {
    /// The public part, to verify with.
    PublicOnly,
    /// The public part and, if present, the private part.
    All,
}
