//! A fast path of Python's `json.dumps` for a `dict` of plain values.

use std::fmt::Write;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString};

/// The maximum depth of nesting. The limit also stops at a container that contains itself.
const MAX_DEPTH: u8 = 32;

/// Returns the bytes of `json.dumps(value, separators=(",", ":"))`.
///
/// Returns `None` if the value is outside the fast path, so that the caller uses `json.dumps`: a subclass, a key that
/// is not a `str`, an `int` of more than 64 bits, a `float` that is not finite, a lone surrogate, or nesting beyond
/// [`MAX_DEPTH`].
#[pyfunction]
pub fn json_dumps_bytes<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let Ok(object) = value.cast_exact::<PyDict>() else { return Ok(None) };
    Ok(dict_to_json(object)?.map(|output| PyBytes::new(value.py(), output.as_bytes())))
}

/// Returns the text of [`json_dumps_bytes`]. No object of Python, whose memory is not wiped, contains it.
pub fn dict_to_json(object: &Bound<'_, PyDict>) -> PyResult<Option<String>> {
    let mut output = String::with_capacity(512);
    Ok(write_object(&mut output, object, MAX_DEPTH)?.map(|()| output))
}

/// `Some` if the value was written, `None` if it is outside the fast path.
type WriteResult = PyResult<Option<()>>;

fn write_value(output: &mut String, value: &Bound<'_, PyAny>, depth: u8) -> WriteResult {
    if let Ok(value) = value.cast_exact::<PyString>() {
        return Ok(value.to_str().ok().map(|value| write_string(output, value)));
    }
    if let Ok(number) = value.cast_exact::<PyInt>() {
        return Ok(number.extract::<i64>().ok().and_then(|number| write!(output, "{number}").ok()));
    }
    if let Ok(boolean) = value.cast_exact::<PyBool>() {
        output.push_str(if boolean.is_true() { "true" } else { "false" });
    } else if value.is_none() {
        output.push_str("null");
    } else if let Ok(number) = value.cast_exact::<PyFloat>() {
        return write_float(output, number);
    } else if let Some(depth) = depth.checked_sub(1) {
        return write_container(output, value, depth);
    } else {
        return Ok(None);
    }
    Ok(Some(()))
}

/// Writes a float as Python's `repr` does, which differs from RFC 8785 in exponents.
fn write_float(output: &mut String, number: &Bound<'_, PyFloat>) -> WriteResult {
    if !number.value().is_finite() {
        return Ok(None);
    }
    output.push_str(number.repr()?.to_str()?);
    Ok(Some(()))
}

fn write_container(output: &mut String, value: &Bound<'_, PyAny>, depth: u8) -> WriteResult {
    if let Ok(members) = value.cast_exact::<PyDict>() {
        return write_object(output, members, depth);
    }
    let Ok(items) = value.cast_exact::<PyList>() else { return Ok(None) };
    output.push('[');
    for (index, item) in items.iter().enumerate() {
        write_separator(output, index);
        if write_value(output, &item, depth)?.is_none() {
            return Ok(None);
        }
    }
    output.push(']');
    Ok(Some(()))
}

/// Writes a copy of the dict, because another thread can change the dict.
fn write_object(output: &mut String, members: &Bound<'_, PyDict>, depth: u8) -> WriteResult {
    output.push('{');
    for (index, (name, value)) in members.copy()?.iter().enumerate() {
        write_separator(output, index);
        if write_member(output, &name, &value, depth)?.is_none() {
            return Ok(None);
        }
    }
    output.push('}');
    Ok(Some(()))
}

fn write_member(output: &mut String, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>, depth: u8) -> WriteResult {
    let Some(name) = name.cast_exact::<PyString>().ok().and_then(|name| name.to_str().ok()) else { return Ok(None) };
    write_string(output, name);
    output.push(':');
    write_value(output, value, depth)
}

fn write_separator(output: &mut String, index: usize) {
    if index > 0 {
        output.push(',');
    }
}

/// Writes a string in ASCII. Other characters are escaped as UTF-16 code units.
fn write_string(output: &mut String, value: &str) {
    output.push('"');
    if value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
        output.push_str(value);
    } else {
        value.chars().for_each(|character| write_char(output, character));
    }
    output.push('"');
}

fn write_char(output: &mut String, character: char) {
    match character {
        '"' => output.push_str("\\\""),
        '\\' => output.push_str("\\\\"),
        '\n' => output.push_str("\\n"),
        '\r' => output.push_str("\\r"),
        '\t' => output.push_str("\\t"),
        '\u{8}' => output.push_str("\\b"),
        '\u{c}' => output.push_str("\\f"),
        ' '..='~' => output.push(character),
        _ => character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
            // Writing to a String does not fail.
            let _ = write!(output, "\\u{unit:04x}");
        }),
    }
}
