//! JSON as Python's `json` writes it, from what it is mostly given: a `dict` of plain values.

use std::fmt::Write;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString};

/// What nests deeper, or holds itself, is declined.
const MAX_DEPTH: u8 = 32;

/// The octets of `json.dumps(value, separators=(",", ":"))`; `None` for what is left to Python: a class of one's own, a name
/// that is no `str`, an `int` beyond 64 bits, a `float` that is no number, a text that is no Unicode.
#[pyfunction]
pub fn json_dumps_bytes<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let mut text = String::with_capacity(512);
    let Ok(object) = value.cast_exact::<PyDict>() else { return Ok(None) };
    let is_written = write_object(&mut text, object, MAX_DEPTH)?.is_some();
    Ok(is_written.then(|| PyBytes::new(value.py(), text.as_bytes())))
}

/// Whether something was written, or else is left to Python.
type Written = PyResult<Option<()>>;

fn write_value(text: &mut String, value: &Bound<'_, PyAny>, depth: u8) -> Written {
    if let Ok(value) = value.cast_exact::<PyString>() {
        return Ok(value.to_str().ok().map(|value| write_text(text, value)));
    }
    if let Ok(number) = value.cast_exact::<PyInt>() {
        return Ok(number.extract::<i64>().ok().and_then(|number| write!(text, "{number}").ok()));
    }
    if let Ok(truth) = value.cast_exact::<PyBool>() {
        text.push_str(if truth.is_true() { "true" } else { "false" });
    } else if value.is_none() {
        text.push_str("null");
    } else if let Ok(number) = value.cast_exact::<PyFloat>() {
        return write_float(text, number);
    } else if let Some(depth) = depth.checked_sub(1) {
        return write_container(text, value, depth);
    } else {
        return Ok(None);
    }
    Ok(Some(()))
}

/// Python's own spelling, which RFC 8785 shares but for exponents.
fn write_float(text: &mut String, number: &Bound<'_, PyFloat>) -> Written {
    if !number.value().is_finite() {
        return Ok(None);
    }
    text.push_str(number.repr()?.to_str()?);
    Ok(Some(()))
}

fn write_container(text: &mut String, value: &Bound<'_, PyAny>, depth: u8) -> Written {
    if let Ok(members) = value.cast_exact::<PyDict>() {
        return write_object(text, members, depth);
    }
    let Ok(items) = value.cast_exact::<PyList>() else { return Ok(None) };
    text.push('[');
    for (index, item) in items.iter().enumerate() {
        separate(text, index);
        if write_value(text, &item, depth)?.is_none() {
            return Ok(None);
        }
    }
    text.push(']');
    Ok(Some(()))
}

/// From a copy, which nobody can change meanwhile.
fn write_object(text: &mut String, members: &Bound<'_, PyDict>, depth: u8) -> Written {
    text.push('{');
    for (index, (name, value)) in members.copy()?.iter().enumerate() {
        separate(text, index);
        if write_member(text, &name, &value, depth)?.is_none() {
            return Ok(None);
        }
    }
    text.push('}');
    Ok(Some(()))
}

fn write_member(text: &mut String, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>, depth: u8) -> Written {
    let Some(name) = name.cast_exact::<PyString>().ok().and_then(|name| name.to_str().ok()) else { return Ok(None) };
    write_text(text, name);
    text.push(':');
    write_value(text, value, depth)
}

fn separate(text: &mut String, index: usize) {
    if index > 0 {
        text.push(',');
    }
}

/// In ASCII: other letters are escaped, as UTF-16 has them.
fn write_text(text: &mut String, value: &str) {
    text.push('"');
    if value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
        text.push_str(value);
    } else {
        value.chars().for_each(|letter| write_letter(text, letter));
    }
    text.push('"');
}

fn write_letter(text: &mut String, letter: char) {
    match letter {
        '"' => text.push_str("\\\""),
        '\\' => text.push_str("\\\\"),
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        '\u{8}' => text.push_str("\\b"),
        '\u{c}' => text.push_str("\\f"),
        ' '..='~' => text.push(letter),
        _ => letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
            // A String takes whatever is written to it.
            let _ = write!(text, "\\u{unit:04x}");
        }),
    }
}
