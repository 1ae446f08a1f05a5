//! The unverified issuer of a token, which chooses the verifier of the token and is trusted for nothing else.

use jiter::JsonValue;

use super::claims::ClaimsSet;
use crate::encoding::base64url;
use crate::jws::compact::split_at_dot;

/// The length of the longest `iss` that is returned, in characters.
pub const MAX_ISSUER_CHARS: usize = 2_048;

/// The length of the longest payload that is parsed, encoded, in bytes.
const MAX_PAYLOAD_BYTES: usize = 1_048_576;

/// Returns `iss` of the payload of `token`, by the strict rules of the verifier. Segments may be padded.
///
/// Returns `None` if the payload is malformed, or if `iss` is missing, not a string, or longer than
/// [`MAX_ISSUER_CHARS`]. Neither the header nor the signature is parsed.
#[must_use]
pub fn unverified_issuer(token: &[u8]) -> Option<String> {
    let (_, rest) = split_at_dot(token)?;
    let (payload, _) = split_at_dot(rest)?;
    if payload.len() > MAX_PAYLOAD_BYTES {
        return None;
    }
    let payload = base64url::decode_with_padding(payload)?;
    let claims = ClaimsSet::parse(&payload).ok()?;
    match claims.get("iss") {
        Some(JsonValue::Str(issuer)) if issuer.chars().count() <= MAX_ISSUER_CHARS => Some(issuer.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_ISSUER_CHARS, MAX_PAYLOAD_BYTES, unverified_issuer};
    use crate::encoding::base64url;

    fn token(payload: &str) -> Vec<u8> {
        format!("e30.{}.c2ln", base64url::encode(payload.as_bytes())).into_bytes()
    }

    fn issuer_of(payload: &str) -> Option<String> {
        unverified_issuer(&token(payload))
    }

    #[test]
    fn unverified_issuer_of_a_string_is_returned() {
        assert_eq!(issuer_of(r#"{"sub":"a","iss":"https://one.example/"}"#).as_deref(), Some("https://one.example/"));
        assert_eq!(issuer_of(r#"{"iss":""}"#).as_deref(), Some(""));
        assert_eq!(issuer_of(r#"{"iss":"\u00fc"}"#).as_deref(), Some("ü"));
    }

    #[test]
    fn unverified_issuer_of_another_type_or_an_ambiguous_payload_is_none() {
        for payload in [
            r#"{"iss":1}"#,
            r#"{"iss":null}"#,
            r#"{"iss":["a"]}"#,
            r#"{"iss":{"a":1}}"#,
            r#"{"sub":"a"}"#,
            "[]",
            "1",
            "",
            "{",
            r#"{"iss":"a","iss":"b"}"#,
            r#"{"iss":"a"} "#,
            r#"{"iss":"\ud800"}"#,
            r#"{"a":{"iss":"a"}}"#,
            r#"{"iss":"a","b":NaN}"#,
        ] {
            let expected = (payload == r#"{"iss":"a"} "#).then(|| "a".to_owned());
            assert_eq!(issuer_of(payload), expected, "{payload}");
        }
        for token in [&b""[..], b".", b"..", b"a.b", b"e30.*.c2ln", b"\xff.\xff.\xff"] {
            assert_eq!(unverified_issuer(token), None);
        }
    }

    #[test]
    fn unverified_issuer_that_is_too_long_is_none() {
        let issuer = "ü".repeat(MAX_ISSUER_CHARS);
        assert_eq!(issuer_of(&format!(r#"{{"iss":"{issuer}"}}"#)), Some(issuer.clone()));
        assert_eq!(issuer_of(&format!(r#"{{"iss":"{issuer}ü"}}"#)), None);
        assert_eq!(issuer_of(&format!(r#"{{"iss":"{}"}}"#, "a".repeat(60_000))), None);
        assert_eq!(issuer_of(&format!(r#"{{"iss":"a","b":"{}"}}"#, "b".repeat(1_000_000))), None);
        let padded = |bytes: usize| format!(r#"{{"iss":"a"{}}}"#, " ".repeat(bytes - r#"{"iss":"a"}"#.len()));
        let longest = MAX_PAYLOAD_BYTES / 4 * 3;
        assert_eq!(issuer_of(&padded(longest)).as_deref(), Some("a"));
        assert_eq!(issuer_of(&padded(longest + 1)), None);
    }
}
