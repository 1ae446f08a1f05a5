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

#[cfg(test)]
mod tests {
    use super::reject_critical_headers;
    use crate::encoding::json;
    use crate::error::Error;

    #[test]
    fn rejects_extensions_and_unencoded_payloads() {
        let check = |header: &str| reject_critical_headers(&json::parse_object(header.as_bytes()).unwrap());
        for header in ["{}", r#"{"b64":true}"#, r#"{"Crit":["exp"],"critical":1}"#] {
            assert_eq!(check(header), Ok(()), "{header}");
        }
        for header in [
            r#"{"crit":["exp"]}"#,
            r#"{"crit":[],"b64":true}"#,
            r#"{"crit":null}"#,
            r#"{"b64":false}"#,
            r#"{"b64":null}"#,
            r#"{"b64":"true"}"#,
        ] {
            assert_eq!(check(header), Err(Error::UnsupportedHeader), "{header}");
        }
    }
}
