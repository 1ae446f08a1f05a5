//! The strategy `compact`: base64url of `{"session":PAYLOAD,"expiresAt":N,"signature":"…"}`.
//!
//! The signature is HMAC-SHA256 over `PAYLOAD` with `expiresAt` as its last member. The signed text is joined from the bytes
//! of the cookie, so that no JSON is written again. JSON is parsed only after the signature is verified.

use super::payload::{SessionDataError, SessionPayload};
use crate::encoding::{base64url, json};
use crate::sessions::better_auth::mac_keys::MacKeys;

/// The length of a signature: base64url of 32 bytes without padding.
const SIGNATURE_BYTES: usize = 43;

pub(super) fn read(value: &[u8], mac_keys: &MacKeys, now: f64) -> Result<SessionPayload, SessionDataError> {
    let text = base64url::decode(value).ok_or(SessionDataError::Malformed)?;
    let parts = Parts::split(&text).ok_or(SessionDataError::Malformed)?;
    let signature = base64url::decode(parts.signature).ok_or(SessionDataError::Malformed)?;
    if !mac_keys.verify(&parts.signed_text(), &signature) {
        return Err(SessionDataError::BadSignature);
    }
    // Better Auth accepts the cookie at this very millisecond.
    if now * 1_000.0 > parts.expires_at_ms().ok_or(SessionDataError::Malformed)? {
        return Err(SessionDataError::Expired);
    }
    let members = json::parse_object(parts.payload).map_err(|_| SessionDataError::Malformed)?;
    SessionPayload::from_members(&members)
}

/// The parts of the text, as bytes of it.
struct Parts<'t> {
    /// The object with `session` and `user`.
    payload: &'t [u8],
    /// The digits of a time in milliseconds since the epoch.
    expires_at: &'t [u8],
    signature: &'t [u8],
}

impl<'t> Parts<'t> {
    fn split(text: &'t [u8]) -> Option<Self> {
        let rest = text.strip_prefix(b"{\"session\":")?.strip_suffix(b"\"}")?;
        let (rest, signature) = rest.split_at_checked(rest.len().checked_sub(SIGNATURE_BYTES)?)?;
        let rest = rest.strip_suffix(b",\"signature\":\"")?;
        let digits = rest.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let (rest, expires_at) = rest.split_at_checked(rest.len() - digits)?;
        let payload = rest.strip_suffix(b",\"expiresAt\":").filter(|payload| payload.ends_with(b"}"))?;
        Some(Self { payload, expires_at, signature })
    }

    /// Returns the payload with `expiresAt` as its last member.
    fn signed_text(&self) -> Vec<u8> {
        let members = self.payload.strip_suffix(b"}").unwrap_or(self.payload);
        [members, b",\"expiresAt\":", self.expires_at, b"}"].concat()
    }

    /// Returns the time in milliseconds.
    fn expires_at_ms(&self) -> Option<f64> {
        std::str::from_utf8(self.expires_at).ok()?.parse().ok()
    }
}
