//! Rejects the header parameters that change the meaning of a JWS: `crit` and `b64`.

use jiter::JsonValue;

use crate::encoding::json;
use crate::error::{Error, Result};

/// Rejects `crit`, because no extension is implemented (RFC 7515 §4.1.11), and unencoded payloads, which JWTs must not use
/// (RFC 7797 §7).
pub(crate) fn reject_critical_headers(members: &json::Object<'_>) -> Result<()> {
    let is_encoded = json::get(members, "b64").is_none_or(|b64| *b64 == JsonValue::Bool(true));
    reject_extensions(json::get(members, "crit").is_some(), is_encoded)
}

/// Rejects a header with `crit`, and one whose payload is not encoded. See [`reject_critical_headers`].
pub(super) fn reject_extensions(has_crit: bool, is_encoded: bool) -> Result<()> {
    if has_crit || !is_encoded { Err(Error::UnsupportedHeader) } else { Ok(()) }
}
