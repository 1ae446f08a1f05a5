//! Python's `int` of a JSON value, which python-jose applies to times.

use jiter::JsonValue;

use crate::encoding::python_whitespace::is_python_whitespace;
use crate::jwt::numeric_date_seconds;

/// Converts a JSON value as Python's `int` does: fractions are truncated, and a string may contain a number. Returns
/// `None` for `true` and `false`, which are not numbers in JSON.
pub(super) fn python_int_seconds(value: &JsonValue<'_>) -> Option<f64> {
    match value {
        JsonValue::Bool(_) => None,
        JsonValue::Str(text) => parse_python_int(text),
        number => numeric_date_seconds(number).filter(|seconds| seconds.is_finite()).map(f64::trunc),
    }
}

/// Parses ASCII digits with an optional sign, single underscores between digits, and white space around them. Digits of
/// other scripts, which Python's `int` accepts, are rejected.
fn parse_python_int(text: &str) -> Option<f64> {
    let trimmed = text.trim_matches(is_python_whitespace);
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    let is_number = digits.split('_').all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    if is_number && digits.len() <= MAX_DIGITS { trimmed.replace('_', "").parse().ok() } else { None }
}

/// Python's limit (`sys.get_int_max_str_digits`).
const MAX_DIGITS: usize = 4_300;
