//! The validity of claims that a verifier has accepted: time and a revocation can end it.

use super::claims::ValidityPeriod;
use crate::jwt::revocation::RevocationKeys;

/// The validity of a verified token, which is rechecked whenever the token is found in a cache.
#[derive(Debug, Clone, PartialEq)]
pub struct Validity {
    /// `nbf` and `exp`.
    pub period: ValidityPeriod,
    /// The keys by which the token can be revoked, if the verifier has a list of revocations. In a box, because most
    /// verifiers have none.
    pub revocation_keys: Option<Box<RevocationKeys>>,
}

impl Validity {
    /// Returns the time at which the token was issued, if the verifier has a list of revocations.
    #[must_use]
    pub fn issued_at(&self) -> Option<f64> {
        self.revocation_keys.as_ref().and_then(|keys| keys.issued_at)
    }
}
