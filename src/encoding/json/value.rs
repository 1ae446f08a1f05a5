//! Members of a JSON object, and what makes an object ambiguous.

use std::borrow::Cow;
use std::collections::HashSet;

use ahash::RandomState;
use jiter::JsonValue;

/// A key and its value.
pub type Member<'j> = (Cow<'j, str>, JsonValue<'j>);

/// The members of a JSON object, in the order of the text.
pub type Object<'j> = Vec<Member<'j>>;

/// A parsed object.
pub struct ParsedObject<'j> {
    /// The members.
    pub members: Object<'j>,
    /// True if the keys are known to be exactly the expected ones, in their order.
    pub has_expected_keys: bool,
}

/// The number of members of the largest object that is parsed and converted on the fast paths. They compare every key with
/// every other.
pub const MAX_FAST_MEMBERS: usize = 64;

/// The number of members from which on a hash set finds a duplicate key faster than comparing every pair.
const HASH_SET_THRESHOLD: usize = 24;

/// Copies `members`, so that they no longer borrow the text from which they were parsed.
#[must_use]
pub fn into_owned(members: Object<'_>) -> Object<'static> {
    members.into_iter().map(|(key, value)| (Cow::Owned(key.into_owned()), value.into_static())).collect()
}

/// Returns the value of the member `key`.
#[must_use]
pub fn get<'o, 'j>(members: &'o [Member<'j>], key: &str) -> Option<&'o JsonValue<'j>> {
    members.iter().find_map(|(name, value)| (name == key).then_some(value))
}

/// Returns the value of the last member `key`, which is the one that Python's `json` keeps if a key occurs twice.
#[must_use]
pub(crate) fn get_last<'o, 'j>(members: &'o [Member<'j>], key: &str) -> Option<&'o JsonValue<'j>> {
    members.iter().rev().find_map(|(name, value)| (name == key).then_some(value))
}

/// Returns true if every object in `value` has unique keys, every number is finite, and nesting is at most `max_depth`.
///
/// jiter itself limits nesting to 200 levels.
pub(super) fn is_unambiguous(value: &JsonValue<'_>, max_depth: u8) -> bool {
    let is_unambiguous = |value| max_depth.checked_sub(1).is_some_and(|depth| is_unambiguous(value, depth));
    match value {
        JsonValue::Object(members) => {
            has_unique_keys(members) && members.iter().all(|(_, member)| is_unambiguous(member))
        }
        JsonValue::Array(items) => items.iter().all(is_unambiguous),
        JsonValue::Float(number) => number.is_finite(),
        _ => true,
    }
}

/// Returns true if every number in `value` is finite. jiter limits nesting to 200 levels.
pub(super) fn is_finite(value: &JsonValue<'_>) -> bool {
    match value {
        JsonValue::Object(members) => members.iter().all(|(_, member)| is_finite(member)),
        JsonValue::Array(items) => items.iter().all(is_finite),
        JsonValue::Float(number) => number.is_finite(),
        _ => true,
    }
}

/// Returns true if no two members have the same key.
pub(super) fn has_unique_keys(members: &[Member<'_>]) -> bool {
    if members.len() >= HASH_SET_THRESHOLD {
        let mut seen = HashSet::with_capacity_and_hasher(members.len(), RandomState::new());
        return members.iter().all(|(key, _)| seen.insert(key.as_ref()));
    }
    let mut rest = members.iter();
    while let Some((key, _)) = rest.next() {
        if rest.clone().any(|(other, _)| other == key) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use jiter::JsonValue;

    use super::{HASH_SET_THRESHOLD, has_unique_keys, is_finite};

    #[test]
    fn an_infinite_number_is_found_at_any_depth() {
        for (text, expected) in [
            ("1.5", true),
            (r#"{"a":[1,2.5,"1e400",null,{"b":-1.5}]}"#, true),
            ("1e400", false),
            ("-1e400", false),
            ("[1,1e400]", false),
            (r#"{"a":1,"b":1e400}"#, false),
            (r#"[{"a":[[1e400]]}]"#, false),
        ] {
            let value = JsonValue::parse(text.as_bytes(), true).unwrap();
            assert_eq!(is_finite(&value), expected, "{text}");
        }
    }

    #[test]
    fn a_repeated_key_is_found_in_objects_of_any_size() {
        for size in [1, HASH_SET_THRESHOLD - 1, HASH_SET_THRESHOLD, 100] {
            let unique: Vec<_> = (0..size).map(|number| (number.to_string().into(), JsonValue::Null)).collect();
            assert!(has_unique_keys(&unique), "{size}");
            let repeated: Vec<_> = unique.iter().chain(unique.first()).cloned().collect();
            assert!(!has_unique_keys(&repeated), "{size}");
        }
    }
}
