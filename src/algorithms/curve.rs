//! Elliptic curves for ECDSA: names, object identifiers, sizes.

use spki::ObjectIdentifier;

use crate::error::{Error, Result};

/// An elliptic curve by its JOSE name (RFC 7518 §6.2.1.1, RFC 8812 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the registry")]
pub enum Curve {
    P256,
    P384,
    P521,
    Secp256k1,
}

const OID_P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const OID_P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const OID_P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const OID_SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");

struct CurveSpec {
    curve: Curve,
    /// Value of `crv` in a JWK.
    name: &'static str,
    /// Name in SEC 2 and in OpenSSL.
    sec_name: &'static str,
    /// Object identifier (RFC 5480 §2.1.1.1, SEC 2 A.2).
    oid: ObjectIdentifier,
    /// Length of the curve's order.
    order_bits: usize,
}

const fn spec(
    curve: Curve,
    name: &'static str,
    sec_name: &'static str,
    oid: ObjectIdentifier,
    order_bits: usize,
) -> CurveSpec {
    CurveSpec { curve, name, sec_name, oid, order_bits }
}

static CURVES: [CurveSpec; 4] = [
    spec(Curve::P256, "P-256", "secp256r1", OID_P256, 256),
    spec(Curve::P384, "P-384", "secp384r1", OID_P384, 384),
    spec(Curve::P521, "P-521", "secp521r1", OID_P521, 521),
    spec(Curve::Secp256k1, "secp256k1", "secp256k1", OID_SECP256K1, 256),
];

impl Curve {
    #[expect(clippy::indexing_slicing, reason = "the table has a row for every variant, in order; a test checks it")]
    fn spec(self) -> &'static CurveSpec {
        &CURVES[self as usize]
    }

    /// Returns the value of `crv` in a JWK.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// Returns the name in SEC 2 and in OpenSSL.
    #[must_use]
    pub fn sec_name(self) -> &'static str {
        self.spec().sec_name
    }

    /// Returns the length of the curve's order in bits.
    #[must_use]
    pub(crate) fn order_bits(self) -> usize {
        self.spec().order_bits
    }

    /// Returns the length in bytes of a coordinate and of the private number (RFC 7518 §6.2.1.2, §6.2.2.1).
    #[must_use]
    pub(crate) fn coordinate_bytes(self) -> usize {
        self.order_bits().div_ceil(8)
    }

    /// Iterates over all curves.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        CURVES.iter().map(|spec| spec.curve)
    }

    /// Returns the curve for a value of `crv`.
    pub(crate) fn from_name(name: &str) -> Result<Self> {
        let spec = CURVES.iter().find(|spec| spec.name == name);
        spec.map(|spec| spec.curve).ok_or_else(|| Error::invalid_key("The JWK's crv is not supported."))
    }

    /// Returns the curve for an object identifier in DER.
    pub(crate) fn from_oid(oid: Option<ObjectIdentifier>) -> Result<Self> {
        let spec = CURVES.iter().find(|spec| Some(spec.oid) == oid);
        spec.map(|spec| spec.curve).ok_or_else(unsupported_curve)
    }
}

/// Returns the error for an EC key on another curve.
pub(crate) fn unsupported_curve() -> Error {
    Error::invalid_key("The EC key must be on P-256, P-384, P-521 or secp256k1.")
}

#[cfg(test)]
mod tests {
    use super::{CURVES, Curve};

    #[test]
    fn every_variant_has_its_own_row() {
        for (index, spec) in CURVES.iter().enumerate() {
            assert_eq!((spec.curve as usize, spec.curve.name()), (index, spec.name));
            assert_eq!(Curve::from_name(spec.name), Ok(spec.curve));
            assert_eq!(Curve::from_oid(Some(spec.oid)), Ok(spec.curve));
        }
    }

    #[test]
    fn all_curves_are_those_of_the_rows() {
        assert!(Curve::all().eq(CURVES.iter().map(|spec| spec.curve)) && Curve::all().count() == 4);
    }
}
