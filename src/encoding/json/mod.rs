//! Strict JSON for signed data: UTF-8 only, unique keys in every object, and no number beyond the range of a double.
//!
//! RFC 8259 leaves the meaning of a duplicate key open. An attacker can play parsers that disagree about it against each
//! other (RFC 7515 §4, RFC 7519 §4). A number too large for a double would become infinity.

pub mod expected_keys;
pub mod fast_path;
mod members;
mod value;

use std::sync::Arc;

use jiter::JsonValue;

use expected_keys::ExpectedKeys;

pub(crate) use members::MemberValue;
pub(crate) use value::get_last;
pub use value::{MAX_FAST_MEMBERS, Member, Object, ParsedObject, get, into_owned};

/// The reason why a text is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonError {
    /// The text is not JSON, or it is ambiguous.
    NotJson,
    /// The text is JSON, but not an object.
    NotAnObject,
}

/// Parses `text`, which must be an unambiguous JSON object.
///
/// # Errors
/// [`JsonError`], which contains nothing of the text.
pub fn parse_object(text: &[u8]) -> Result<Object<'_>, JsonError> {
    parse_object_with_keys(&ExpectedKeys::new(), text).map(|parsed| parsed.members)
}

/// Parses `text` faster if it begins with the `expected` keys in their order.
///
/// # Errors
/// See [`parse_object`].
pub fn parse_object_with_keys<'j>(expected: &ExpectedKeys, text: &'j [u8]) -> Result<ParsedObject<'j>, JsonError> {
    let parse = || parse_object_strict(text).map(|members| ParsedObject { members, has_expected_keys: false });
    fast_path::try_parse_object(text, expected).map_or_else(parse, Ok)
}

/// Parses `text` with jiter alone. This is the reference for [`fast_path`].
///
/// # Errors
/// See [`parse_object`].
pub fn parse_object_strict(text: &[u8]) -> Result<Object<'_>, JsonError> {
    let value = JsonValue::parse(text, false).map_err(|_| JsonError::NotJson)?;
    if !value::is_unambiguous(&value, u8::MAX) {
        return Err(JsonError::NotJson);
    }
    into_members(value)
}

/// Returns the values of the members `names`, by the rules of [`parse_object_strict`], without building the others.
///
/// The time is quadratic in the number of members, which the caller must bound.
///
/// # Errors
/// See [`parse_object`].
pub(crate) fn read_members<const N: usize>(
    text: &[u8],
    names: [&str; N],
) -> Result<[Option<MemberValue>; N], JsonError> {
    match text.trim_ascii_start().first() {
        Some(b'{') => members::read_members(text, names).ok_or(JsonError::NotJson),
        _ => Err(parse_object_strict(text).err().unwrap_or(JsonError::NotAnObject)),
    }
}

/// Parses `text` as Python's `json` does, in that a key may occur twice.
///
/// Unlike Python, it rejects `NaN`, the infinities, numbers beyond the range of a double, lone surrogates and nesting
/// beyond jiter's limit.
///
/// # Errors
/// [`JsonError`].
pub fn parse_object_lenient<'j>(expected: &ExpectedKeys, text: &'j [u8]) -> Result<Object<'j>, JsonError> {
    let parse = || {
        let value = JsonValue::parse(text, false).map_err(|_| JsonError::NotJson)?;
        if value::is_finite(&value) { into_members(value) } else { Err(JsonError::NotJson) }
    };
    fast_path::try_parse_object(text, expected).map_or_else(parse, |parsed| Ok(parsed.members))
}

fn into_members(value: JsonValue<'_>) -> Result<Object<'_>, JsonError> {
    match value {
        JsonValue::Object(members) => Ok(Arc::unwrap_or_clone(members)),
        _ => Err(JsonError::NotAnObject),
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonError, get, parse_object};
    use jiter::JsonValue;

    #[test]
    fn parses_an_object() {
        let parsed = parse_object(br#"{"a":1,"b":{"c":[1.5,"\u00e9",null,true]},"d":123456789012345678901234567890}"#);
        assert!(parsed.is_ok_and(|o| get(&o, "a") == Some(&JsonValue::Int(1)) && get(&o, "x").is_none()));
    }

    #[test]
    fn rejects_ambiguous_and_invalid_json() {
        let many = format!("{{{}}}", (0..40).map(|i| format!("\"k{}\":1", i % 39)).collect::<Vec<_>>().join(","));
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
            many.as_str(),
            r#"{"a":1e400}"#,
            r#"{"a":NaN}"#,
            r#"{"a":Infinity}"#,
            r#"{"a":-Infinity}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"a":01}"#,
            r#"{"a":1,}"#,
            r#"{"a":1} x"#,
            "\u{feff}{}",
            "{\"a\":\"\n\"}",
            "",
            "{",
        ] {
            assert_eq!(parse_object(text.as_bytes()).err(), Some(JsonError::NotJson), "{text}");
        }
        for bytes in [&b"{\"a\":\"\xff\"}"[..], b"{\"a\":\"\xed\xa0\x80\"}", b"\xff\xfe{\x00}\x00"] {
            assert_eq!(parse_object(bytes).err(), Some(JsonError::NotJson));
        }
    }

    #[test]
    fn rejects_deep_nesting_without_deep_recursion() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(30_000), "]".repeat(30_000));
        assert_eq!(parse_object(deep.as_bytes()).err(), Some(JsonError::NotJson));
    }

    #[test]
    fn rejects_values_that_are_not_objects() {
        for text in ["[]", "null", "1", "\"a\"", "true"] {
            assert_eq!(parse_object(text.as_bytes()).err(), Some(JsonError::NotAnObject));
        }
    }
}
