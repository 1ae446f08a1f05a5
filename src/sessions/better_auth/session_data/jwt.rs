//! The strategy `jwt`: a JWS with HS256 under the secret, and the form of the one under a key of the JWK Set.

use super::payload::{SessionDataError, SessionPayload};
use crate::jws::compact::CompactJws;
use crate::sessions::better_auth::mac_keys::MacKeys;
use crate::transport::cookies::MAX_COOKIE_BYTES;

/// The only header that Better Auth writes: `{"alg":"HS256"}`. A JWT with a `typ` serves another purpose (RFC 8725 §3.12).
const HEADER: &[u8] = b"eyJhbGciOiJIUzI1NiJ9.";

/// Reads the session. The e-mail verification token has the same header and key, but neither a session nor a user.
pub(super) fn read(value: &[u8], mac_keys: &MacKeys, now: f64) -> Result<SessionPayload, SessionDataError> {
    let token = parse(value)?;
    if token.header.algorithm.is_asymmetric() {
        return Err(SessionDataError::OtherStrategy);
    }
    if !value.starts_with(HEADER) {
        return Err(SessionDataError::Malformed);
    }
    if !mac_keys.verify(token.signing_input(), token.signature()) {
        return Err(SessionDataError::BadSignature);
    }
    SessionPayload::from_claims(token.unverified_payload(), now)
}

/// Checks that a public key can verify `value`.
pub(super) fn check_is_asymmetric(value: &[u8]) -> Result<(), SessionDataError> {
    let is_asymmetric = parse(value)?.header.algorithm.is_asymmetric();
    if is_asymmetric { Ok(()) } else { Err(SessionDataError::OtherStrategy) }
}

fn parse(value: &[u8]) -> Result<CompactJws<'_>, SessionDataError> {
    CompactJws::parse(value, MAX_COOKIE_BYTES).map_err(|_| SessionDataError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::HEADER;
    use crate::algorithms::Algorithm;
    use crate::encoding::base64url;

    #[test]
    fn header_names_the_algorithm_alone() {
        let header = format!("{{\"alg\":\"{}\"}}", Algorithm::HS256.name());
        assert_eq!(HEADER, format!("{}.", base64url::encode(header.as_bytes())).as_bytes());
    }
}
