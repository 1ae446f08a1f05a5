//! Converts a `NumericDate` (RFC 7519 §2) to seconds.

use jiter::JsonValue;
use num_bigint::Sign;

/// Returns a JSON number as seconds since the epoch, fractions included; `None` if the value is not a number.
#[expect(clippy::cast_precision_loss, reason = "exact for two hundred million years")]
pub(crate) fn numeric_date_seconds(value: &JsonValue<'_>) -> Option<f64> {
    match value {
        JsonValue::Int(seconds) => Some(*seconds as f64),
        JsonValue::Float(seconds) => Some(*seconds),
        // Beyond 64 bits only the sign matters.
        JsonValue::BigInt(seconds) if seconds.sign() == Sign::Minus => Some(f64::MIN),
        JsonValue::BigInt(_) => Some(f64::MAX),
        _ => None,
    }
}
