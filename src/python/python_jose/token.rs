//! A token that Python hands in, read; and Python's own words for JSON that cannot be.

use std::borrow::Cow;

use pyo3::exceptions::{PyAttributeError, PyException, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString};

use crate::encoding::json;
use crate::encoding::json::expected_keys::ExpectedKeys;
use crate::error::Error;
use crate::jws::header_cache::HeaderCache;
use crate::python::errors::{JWSError, JWTError, malformed, of_jws};
use crate::python_jose::token::Header;
use crate::python_jose::{Token, Unread};

/// The bytes of a token.
///
/// A `str` that is no Unicode text is no token; what is neither text nor bytes is the caller's mistake, and fails as it does
/// in python-jose.
pub fn text<'t>(token: &'t Bound<'_, PyAny>) -> PyResult<Cow<'t, [u8]>> {
    if let Ok(text) = token.cast::<PyString>() {
        let text = text.to_str().map_err(|_| of_jws(&Error::Malformed("Not enough segments")))?;
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    if let Ok(bytes) = token.cast::<PyBytes>() {
        return Ok(Cow::Borrowed(bytes.as_bytes()));
    }
    let bytes = token.cast::<PyByteArray>().map_err(|_| no_attribute(token, "rsplit"))?;
    Ok(Cow::Owned(bytes.to_vec()))
}

/// Python's own error for a value of a wrong class.
pub fn no_attribute(value: &Bound<'_, PyAny>, name: &str) -> PyErr {
    let class = value.get_type();
    class.name().map_or_else(
        |error| error,
        |class| PyAttributeError::new_err(format!("'{class}' object has no attribute '{name}'")),
    )
}

/// The headers of the last tokens whose signatures were right.
pub static HEADERS: HeaderCache<Header> = HeaderCache::new();

/// A token, read but not verified.
pub fn read<'t>(py: Python<'_>, text: &'t [u8]) -> PyResult<Token<'t>> {
    Token::read(text, &HEADERS).map_err(|unread| match unread {
        Unread::Form(error) => of_jws(&error),
        Unread::NotJson(text) => match words(py, &text) {
            Ok(words) => malformed(py, JWSError::new_err(format!("Invalid header string: {words}"))),
            Err(error) => error,
        },
    })
}

/// The claims set in a payload, which `what` is the name of; its names may be `known`.
pub fn claims<'p>(py: Python<'_>, known: &ExpectedKeys, payload: &'p [u8], what: &str) -> PyResult<json::Object<'p>> {
    let why = match json::parse_object_lenient(known, payload) {
        Ok(claims) => return Ok(claims),
        Err(json::JsonError::NotAnObject) => "must be a json object".to_owned(),
        Err(json::JsonError::NotJson) => words(py, payload)?,
    };
    Err(malformed(py, JWTError::new_err(format!("Invalid {what} string: {why}"))))
}

/// What Python's `json` says of `text`: positions, and of its contents no more than a byte that is not UTF-8; where it
/// would take it, that we do not. A text that is too long for an honest token is not read once more, in ten times the
/// time, for the sake of its words.
fn words(py: Python<'_>, text: &[u8]) -> PyResult<String> {
    if text.len() > WORDED_BYTES {
        return Ok(UNWORDED.to_owned());
    }
    let decoded = PyBytes::new(py, text).call_method1("decode", ("utf-8",));
    let read = decoded.and_then(|text| py.import("json")?.call_method1("loads", (text,)));
    match read {
        Err(error) if error.is_instance_of::<PyValueError>(py) => error.value(py).str()?.extract(),
        Err(interrupt) if !interrupt.is_instance_of::<PyException>(py) => Err(interrupt),
        _ => Ok(UNWORDED.to_owned()),
    }
}

const WORDED_BYTES: usize = 65_536;
const UNWORDED: &str = "must be valid JSON";
