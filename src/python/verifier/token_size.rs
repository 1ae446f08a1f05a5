//! The memory that a cached token takes as Python objects.

use jiter::JsonValue;
use pyo3::prelude::*;

use crate::encoding::json::Member;
use crate::python::convert::claims_dict;

/// Estimates the memory that the claims and the user take as Python objects, in bytes, including `CPython`'s overhead; never
/// too low.
pub fn estimate_token_bytes(py: Python<'_>, claims: &[Member<'_>]) -> usize {
    let names = claims.iter().map(|(name, _)| name).filter(|name| !claims_dict::is_interned(py, name));
    let names: usize = names.map(|name| estimate_str_bytes(name)).sum();
    let values: usize = claims.iter().map(|(_, value)| DICT_ENTRY_BYTES + estimate_value_bytes(value)).sum();
    DICT_BYTES + names + values + estimate_user_bytes(claims)
}

/// The fields of a user are strings of their own, and `CPython` keeps a copy in UTF-8 of a string outside ASCII.
fn estimate_user_bytes(claims: &[Member<'_>]) -> usize {
    let fields = claims.iter().filter(|(name, _)| matches!(name.as_ref(), "sub" | "email" | "name"));
    let strings = fields.map(|(_, value)| match value {
        JsonValue::Str(text) if text.is_ascii() => estimate_str_bytes(text),
        JsonValue::Str(text) => estimate_str_bytes(text) + 2 * text.len(),
        _ => 0,
    });
    USER_BYTES + strings.sum::<usize>()
}

/// The memory of a user and of its fields, without their strings.
const USER_BYTES: usize = 768;

/// The memory of an empty dict, and of an entry without key and value.
const DICT_BYTES: usize = 256;
const DICT_ENTRY_BYTES: usize = 64;

fn estimate_dict_bytes(members: &[Member<'_>]) -> usize {
    let entries =
        members.iter().map(|(key, value)| DICT_ENTRY_BYTES + estimate_str_bytes(key) + estimate_value_bytes(value));
    DICT_BYTES + entries.sum::<usize>()
}

fn estimate_value_bytes(value: &JsonValue<'_>) -> usize {
    match value {
        JsonValue::Null | JsonValue::Bool(_) => 0,
        JsonValue::Int(_) | JsonValue::Float(_) => 32,
        JsonValue::BigInt(number) => 48 + usize::try_from(number.bits() / 7).unwrap_or(usize::MAX / 2),
        JsonValue::Str(text) => estimate_str_bytes(text),
        JsonValue::Array(items) => 96 + items.iter().map(|item| 8 + estimate_value_bytes(item)).sum::<usize>(),
        JsonValue::Object(members) => estimate_dict_bytes(members),
    }
}

/// One character outside ASCII makes every character take up to four bytes.
fn estimate_str_bytes(text: &str) -> usize {
    if text.is_ascii() { 64 + text.len() } else { 96 + 4 * text.chars().count() }
}
