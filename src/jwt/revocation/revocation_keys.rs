//! The claims by which a token can be revoked.

use std::borrow::Cow;

use jiter::JsonValue;

use super::fingerprint::{Fingerprint, Fingerprinter};
use crate::error::{Error, Result};
use crate::jwt::claims::{ClaimsSet, type_errors};
use crate::jwt::numeric_date_seconds;

/// The fingerprints of the claims by which a token can be revoked, and the time at which it was issued.
#[derive(Debug, Clone, PartialEq)]
pub struct RevocationKeys {
    /// The fingerprint of `jti`.
    pub token: Option<Fingerprint>,
    /// The fingerprint of `sid`.
    pub session: Option<Fingerprint>,
    /// The fingerprint of `sub`.
    pub user: Option<Fingerprint>,
    /// `iat`, in seconds since the epoch. A token without it counts as issued before every revocation.
    pub issued_at: Option<f64>,
}

impl RevocationKeys {
    /// The error for a `sid` that identifies no session: it is neither a string, an integer nor null.
    pub const SID_TYPE: Error = Error::InvalidClaim { claim: "sid", reason: "Session ID must be a string." };

    /// Collects the keys of valid claims in one pass.
    ///
    /// # Errors
    /// [`Error::InvalidClaim`] for a `sid` that identifies no session: it is neither a string, an integer nor null.
    pub(super) fn from_claims(claims: &ClaimsSet<'_>, fingerprinter: &Fingerprinter) -> Result<Self> {
        let mut keys = Self { token: None, session: None, user: None, issued_at: None };
        for (name, value) in claims.members() {
            match name.as_bytes() {
                b"jti" => keys.token = fingerprint(value, fingerprinter, || type_errors::JTI)?,
                b"sid" => keys.session = fingerprint(value, fingerprinter, || Self::SID_TYPE)?,
                b"sub" => keys.user = fingerprint(value, fingerprinter, || type_errors::SUB)?,
                b"iat" => keys.issued_at = numeric_date_seconds(value),
                _ => {}
            }
        }
        Ok(keys)
    }
}

fn fingerprint(
    value: &JsonValue<'_>,
    fingerprinter: &Fingerprinter,
    type_error: fn() -> Error,
) -> Result<Option<Fingerprint>> {
    let text = match value {
        JsonValue::Null => return Ok(None),
        JsonValue::Str(text) => Cow::Borrowed(text.as_ref()),
        // The ids of some databases.
        JsonValue::Int(number) => Cow::Owned(number.to_string()),
        JsonValue::BigInt(number) => Cow::Owned(number.to_string()),
        _ => return Err(type_error()),
    };
    Ok(Some(fingerprinter.fingerprint(&text)))
}
