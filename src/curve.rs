//! The one table of elliptic curves: JOSE name, object identifier, length of a coordinate.

use spki::ObjectIdentifier;

use crate::error::Result;
use crate::key::unusable;

/// A curve by its JOSE name (RFC 7518 §6.2.1.1, RFC 8812 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the registry's own")]
pub enum Curve {
    P256,
    P384,
    P521,
    Secp256k1,
}

const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");

/// Curve, JOSE name, object identifier (RFC 5480 §2.1.1.1, SEC 2 A.2), bytes of a coordinate.
const TABLE: [(Curve, &str, ObjectIdentifier, usize); 4] = [
    (Curve::P256, "P-256", P256, 32),
    (Curve::P384, "P-384", P384, 48),
    (Curve::P521, "P-521", P521, 66),
    (Curve::Secp256k1, "secp256k1", SECP256K1, 32),
];

impl Curve {
    /// Its name in a JWK's `crv`.
    #[must_use]
    pub fn name(self) -> &'static str {
        TABLE.iter().find(|row| row.0 == self).map(|row| row.1).unwrap_or_default()
    }

    /// The length of a coordinate, and of the private number, in bytes (RFC 7518 §6.2.1.2, §6.2.2.1).
    #[must_use]
    pub fn coordinate_bytes(self) -> usize {
        TABLE.iter().find(|row| row.0 == self).map(|row| row.3).unwrap_or_default()
    }

    pub(crate) fn named(name: &str) -> Result<Self> {
        let row = TABLE.iter().find(|row| row.1 == name);
        row.map(|row| row.0).ok_or_else(|| unusable("The JWK's crv is not supported."))
    }

    pub(crate) fn identified(identifier: Option<ObjectIdentifier>) -> Result<Self> {
        let row = TABLE.iter().find(|row| Some(row.2) == identifier);
        row.map(|row| row.0).ok_or_else(|| unusable("The EC key is not on P-256, P-384, P-521 or secp256k1."))
    }
}
