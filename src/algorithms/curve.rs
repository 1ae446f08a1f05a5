//! The one table of elliptic curves: names, object identifier, length.

use spki::ObjectIdentifier;

use crate::error::Result;
use crate::keys::unusable;

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

struct Row {
    curve: Curve,
    name: &'static str,
    /// Its name in SEC 2 and in OpenSSL.
    sec_name: &'static str,
    /// RFC 5480 §2.1.1.1, SEC 2 A.2.
    identifier: ObjectIdentifier,
    /// Of the order, which is what a hash is held against.
    bits: usize,
}

const fn row(
    curve: Curve,
    name: &'static str,
    sec_name: &'static str,
    identifier: ObjectIdentifier,
    bits: usize,
) -> Row {
    Row { curve, name, sec_name, identifier, bits }
}

static TABLE: [Row; 4] = [
    row(Curve::P256, "P-256", "secp256r1", P256, 256),
    row(Curve::P384, "P-384", "secp384r1", P384, 384),
    row(Curve::P521, "P-521", "secp521r1", P521, 521),
    row(Curve::Secp256k1, "secp256k1", "secp256k1", SECP256K1, 256),
];

impl Curve {
    #[expect(clippy::indexing_slicing, reason = "the table has a row for every variant, in order; a test holds it so")]
    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// Its name in a JWK's `crv`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Its name in SEC 2 and in OpenSSL.
    #[must_use]
    pub fn sec_name(self) -> &'static str {
        self.row().sec_name
    }

    /// The length of its order, in bits.
    #[must_use]
    pub fn bits(self) -> usize {
        self.row().bits
    }

    /// The length of a coordinate, and of the private number, in bytes (RFC 7518 §6.2.1.2, §6.2.2.1).
    #[must_use]
    pub fn coordinate_bytes(self) -> usize {
        self.bits().div_ceil(8)
    }

    pub(crate) fn named(name: &str) -> Result<Self> {
        let row = TABLE.iter().find(|row| row.name == name);
        row.map(|row| row.curve).ok_or_else(|| unusable("The JWK's crv is not supported."))
    }

    pub(crate) fn identified(identifier: Option<ObjectIdentifier>) -> Result<Self> {
        let row = TABLE.iter().find(|row| Some(row.identifier) == identifier);
        row.map(|row| row.curve).ok_or_else(|| unusable("The EC key is not on P-256, P-384, P-521 or secp256k1."))
    }
}

#[cfg(test)]
mod tests {
    use super::{Curve, TABLE};

    #[test]
    fn every_variant_has_its_own_row() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!((row.curve as usize, row.curve.name()), (index, row.name));
            assert_eq!(Curve::named(row.name), Ok(row.curve));
            assert_eq!(Curve::identified(Some(row.identifier)), Ok(row.curve));
        }
    }
}
