//! Parsing of tokens and claims from Python, with the messages of Python's `json` for invalid JSON.

use std::borrow::Cow;

use pyo3::exceptions::{PyAttributeError, PyException, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString};

use super::configuration::max_token_bytes;
use crate::encoding::json;
use crate::encoding::json::expected_keys::ExpectedKeys;
use crate::error::Error;
use crate::jws::header_cache::HeaderCache;
use crate::python::errors::{JWSError, JWTError, jws_error, with_malformed_code};
use crate::python_jose::{Header, ParseError, Token};

/// Returns the bytes of a token.
///
/// # Errors
/// `JWSError` for a `str` with a lone surrogate. `AttributeError`, as in python-jose, for a value that is not a `str`,
/// `bytes` or `bytearray`.
pub fn token_bytes<'t>(token: &'t Bound<'_, PyAny>) -> PyResult<Cow<'t, [u8]>> {
    if let Ok(text) = token.cast::<PyString>() {
        let text = text.to_str().map_err(|_| jws_error(&Error::Malformed("Not enough segments")))?;
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    if let Ok(bytes) = token.cast::<PyBytes>() {
        return Ok(Cow::Borrowed(bytes.as_bytes()));
    }
    let bytes = token.cast::<PyByteArray>().map_err(|_| attribute_error(token, "rsplit"))?;
    Ok(Cow::Owned(bytes.to_vec()))
}

/// Returns Python's own error for a value of the wrong type.
pub fn attribute_error(value: &Bound<'_, PyAny>, name: &str) -> PyErr {
    let class = value.get_type();
    class.name().map_or_else(
        |error| error,
        |class| PyAttributeError::new_err(format!("'{class}' object has no attribute '{name}'")),
    )
}

/// The headers of recently verified tokens.
pub static HEADER_CACHE: HeaderCache<Header> = HeaderCache::new();

/// Checks that a token has at most `fastjose.constants.MAX_TOKEN_BYTES`.
pub fn check_length(py: Python<'_>, token: &[u8]) -> PyResult<()> {
    let max_bytes = max_token_bytes(py)?;
    if token.len() > max_bytes { Err(jws_error(&Error::TooLarge { max_bytes })) } else { Ok(()) }
}

/// Parses a token without verifying it.
pub fn parse_token<'t>(py: Python<'_>, token: &'t [u8]) -> PyResult<Token<'t>> {
    check_length(py, token)?;
    Token::parse(token, &HEADER_CACHE).map_err(|error| parse_error(py, error))
}

/// Converts an error of the core to the `JWSError` of python-jose.
pub fn parse_error(py: Python<'_>, error: ParseError) -> PyErr {
    match error {
        ParseError::Malformed(error) => jws_error(&error),
        ParseError::InvalidJson(header) => match python_json_message(py, &header) {
            Ok(message) => with_malformed_code(py, JWSError::new_err(format!("Invalid header string: {message}"))),
            Err(error) => error,
        },
    }
}

/// Parses the claims set in a payload. Error messages call it `description`.
pub fn parse_claims<'p>(
    py: Python<'_>,
    expected_keys: &ExpectedKeys,
    payload: &'p [u8],
    description: &str,
) -> PyResult<json::Object<'p>> {
    let reason = match json::parse_object_lenient(expected_keys, payload) {
        Ok(claims) => return Ok(claims),
        Err(json::JsonError::NotAnObject) => "must be a json object".to_owned(),
        Err(json::JsonError::NotJson) => python_json_message(py, payload)?,
    };
    Err(with_malformed_code(py, JWTError::new_err(format!("Invalid {description} string: {reason}"))))
}

/// Parses rejected JSON with Python's `json` to obtain python-jose's message.
///
/// The message contains positions and at most one byte that is not UTF-8, no other content. If `json` accepts the text,
/// or the text is longer than [`MAX_DETAILED_BYTES`], returns a generic message. The second parse takes ten times as
/// long as the first, so that long texts are not parsed again.
fn python_json_message(py: Python<'_>, text: &[u8]) -> PyResult<String> {
    if text.len() > MAX_DETAILED_BYTES {
        return Ok(GENERIC_MESSAGE.to_owned());
    }
    let decoded = PyBytes::new(py, text).call_method1("decode", ("utf-8",));
    let parsed = decoded.and_then(|text| py.import("json")?.call_method1("loads", (text,)));
    match parsed {
        Err(error) if error.is_instance_of::<PyValueError>(py) => error.value(py).str()?.extract(),
        Err(interrupt) if !interrupt.is_instance_of::<PyException>(py) => Err(interrupt),
        _ => Ok(GENERIC_MESSAGE.to_owned()),
    }
}

const MAX_DETAILED_BYTES: usize = 65_536;
const GENERIC_MESSAGE: &str = "must be valid JSON";
