//! Strict JSON for what arrives signed: UTF-8 alone, no name twice in an object at any depth, no number beyond a double.
//!
//! RFC 8259 leaves the meaning of a repeated name open, and readers that disagree on it can be played against each other
//! (RFC 7515 §4, RFC 7519 §4); a number too large for a double would become an infinity.

pub mod expected_keys;
pub mod fast_path;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use jiter::JsonValue;

use self::expected_keys::KnownNames;

/// A name and its value.
pub type Member<'j> = (Cow<'j, str>, JsonValue<'j>);

/// A JSON object: its members in the order in which they stand.
pub type Object<'j> = Vec<Member<'j>>;

/// From this many members on a set finds a repeated name faster than comparing each with each.
const SET_FROM_MEMBERS: usize = 24;

/// Why a text is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is no JSON, or none that is safe to read.
    NotJson,
    /// It is JSON, but no object.
    NotAnObject,
}

/// The object that `text` holds.
///
/// # Errors
/// [`Refused`], which says nothing of the text itself.
pub fn object(text: &[u8]) -> Result<Object<'_>, Refused> {
    object_knowing(&KnownNames::none(), text)
}

/// The same where names are known that it may have.
///
/// # Errors
/// As [`object`].
pub fn object_knowing<'j>(known: &KnownNames, text: &'j [u8]) -> Result<Object<'j>, Refused> {
    fast_path::object(text, known).map_or_else(|| unhurried(text), Ok)
}

/// The same by jiter alone, which has the last word.
///
/// # Errors
/// As [`object`].
pub fn unhurried(text: &[u8]) -> Result<Object<'_>, Refused> {
    let value = JsonValue::parse(text, false).map_err(|_| Refused::NotJson)?;
    if !is_unambiguous(&value, u8::MAX) {
        return Err(Refused::NotJson);
    }
    members(value)
}

fn members(value: JsonValue<'_>) -> Result<Object<'_>, Refused> {
    match value {
        JsonValue::Object(members) => Ok(Arc::unwrap_or_clone(members)),
        _ => Err(Refused::NotAnObject),
    }
}

/// The object that `text` holds, as Python's `json` reads it: `NaN` and the infinities are numbers, and a name may stand
/// twice. A surrogate that stands alone and nesting beyond the reader's limit are refused all the same.
///
/// # Errors
/// [`Refused`].
pub fn loose_object<'j>(known: &KnownNames, text: &'j [u8]) -> Result<Object<'j>, Refused> {
    let unhurried = || members(JsonValue::parse(text, true).map_err(|_| Refused::NotJson)?);
    fast_path::object(text, known).map_or_else(unhurried, Ok)
}

/// `members` without the text that they were read from.
#[must_use]
pub fn owned(members: Object<'_>) -> Object<'static> {
    members.into_iter().map(|(name, value)| (Cow::Owned(name.into_owned()), value.into_static())).collect()
}

/// The member of `object` that counts as `name` for Python: the last of those that are called so.
#[must_use]
pub fn last_member<'o, 'j>(object: &'o [Member<'j>], name: &str) -> Option<&'o JsonValue<'j>> {
    object.iter().rev().find_map(|(key, value)| (key == name).then_some(value))
}

/// The member of `object` called `name`.
#[must_use]
pub fn member<'o, 'j>(object: &'o [Member<'j>], name: &str) -> Option<&'o JsonValue<'j>> {
    object.iter().find_map(|(key, value)| (key == name).then_some(value))
}

/// Whether `value` can be read in one way alone, and nests no deeper than `depth`. The reader's own limit is 200.
pub(crate) fn is_unambiguous(value: &JsonValue<'_>, depth: u8) -> bool {
    let is_unambiguous = |value| depth.checked_sub(1).is_some_and(|depth| is_unambiguous(value, depth));
    match value {
        JsonValue::Object(members) => {
            names_are_unique(members) && members.iter().all(|(_, member)| is_unambiguous(member))
        }
        JsonValue::Array(items) => items.iter().all(is_unambiguous),
        JsonValue::Float(number) => number.is_finite(),
        _ => true,
    }
}

/// Whether no name stands twice.
pub(crate) fn names_are_unique(members: &[Member<'_>]) -> bool {
    if members.len() >= SET_FROM_MEMBERS {
        let mut seen = HashSet::with_capacity(members.len());
        return members.iter().all(|(name, _)| seen.insert(name.as_ref()));
    }
    let mut rest = members.iter();
    while let Some((name, _)) = rest.next() {
        if rest.clone().any(|(other, _)| other == name) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{Refused, member, object};
    use jiter::JsonValue;

    #[test]
    fn reads_an_object() {
        let read = object(br#"{"a":1,"b":{"c":[1.5,"\u00e9",null,true]},"d":123456789012345678901234567890}"#);
        assert!(read.is_ok_and(|o| member(&o, "a") == Some(&JsonValue::Int(1)) && member(&o, "x").is_none()));
    }

    #[test]
    fn refuses_what_can_be_read_in_two_ways() {
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
            assert_eq!(object(text.as_bytes()).err(), Some(Refused::NotJson), "{text}");
        }
        for bytes in [&b"{\"a\":\"\xff\"}"[..], b"{\"a\":\"\xed\xa0\x80\"}", b"\xff\xfe{\x00}\x00"] {
            assert_eq!(object(bytes).err(), Some(Refused::NotJson));
        }
    }

    #[test]
    fn refuses_deep_nesting_without_deep_recursion() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(30_000), "]".repeat(30_000));
        assert_eq!(object(deep.as_bytes()).err(), Some(Refused::NotJson));
    }

    #[test]
    fn refuses_what_is_no_object() {
        for text in ["[]", "null", "1", "\"a\"", "true"] {
            assert_eq!(object(text.as_bytes()).err(), Some(Refused::NotAnObject));
        }
    }
}
