//! Verifies the signature of a compact JWS with the keys of a key set.

use super::compact::CompactJws;
use crate::error::{Error, Result};
use crate::keys::key_set::KeySet;
use crate::keys::{KeyInstance, VerificationKey};

/// The result of a signature check that may need keys from a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureStatus {
    /// A cached key verified the signature.
    Verified {
        /// The key.
        key: KeyInstance,
    },
    /// No cached key fits the token. A fetch may bring one.
    NeedsFetch,
    /// A cached key fits the token and does not verify the signature. A fetch may replace the key.
    NeedsRecheck,
}

/// Returns true if `keys` has a candidate for the `kid` and `alg` of `token`.
#[must_use]
pub(crate) fn has_candidate(keys: &KeySet, token: &CompactJws<'_>) -> bool {
    keys.candidates(token.header.kid.as_deref(), token.header.algorithm).next().is_some()
}

/// Verifies the signature of `token` with the candidate keys of `keys` until one succeeds, and returns that key.
///
/// At most [`CompactJws::max_candidate_keys`] keys are tried: a token without `kid` must not cost a verification with each
/// key of a large set.
///
/// # Errors
/// [`Error::UnknownKey`] if no candidate exists, [`Error::BadSignature`] if no candidate verifies the signature.
pub fn verify_signature(keys: &KeySet, token: &CompactJws<'_>) -> Result<KeyInstance> {
    let algorithm = token.header.algorithm;
    let mut candidates =
        keys.candidates(token.header.kid.as_deref(), algorithm).take(token.max_candidate_keys()).peekable();
    if candidates.peek().is_none() {
        return Err(Error::UnknownKey);
    }
    let signing_input = token.signing_input();
    let verifying = candidates.find(|key| key.verify(algorithm, signing_input, token.signature()));
    verifying.map(VerificationKey::instance).ok_or(Error::BadSignature)
}
