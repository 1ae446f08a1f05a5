//! Selection of the keys that may verify a token, from the argument `key` of python-jose's functions.

use std::sync::Arc;

use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{
    PyByteArray, PyBytes, PyDict, PyFloat, PyIterator, PyList, PyMapping, PyMemoryView, PyString, PyType,
};

use super::configuration::{key_classes, registry};
use super::jwk_restrictions::{Operation, allows_algorithm, check_operation, wrong_algorithm};
use super::key_mapping::{is_text, keys_in_mapping};
use super::key_material::{native_key, parse_key, sign, verify};
use crate::algorithms::Algorithm;
use crate::error::Error;
use crate::python::convert::parse_cache::Retention;
use crate::python::errors::{JWKError, JWSError, jws_error, with_code_of};
use crate::python_jose::{CompatKey, Token};

/// A key that may have signed the token.
pub enum CandidateKey<'py> {
    /// A key of the core, and the algorithm that it is used with.
    Native(Arc<CompatKey>, Algorithm),
    /// A key object of an application's class.
    PythonObject(Bound<'py, PyAny>),
}

impl<'py> CandidateKey<'py> {
    /// Converts `item` for signing with `algorithm`.
    pub fn for_signing(item: &Bound<'py, PyAny>, algorithm: &str) -> PyResult<Self> {
        check_operation(item, Operation::Sign)?;
        if allows_algorithm(item, algorithm)? {
            Self::from_key_arg(item, algorithm)
        } else {
            Err(wrong_algorithm(algorithm))
        }
    }

    /// Converts `item` for verification with `algorithm`. Returns `None` for a JWK with another `alg`, since the token
    /// selects the algorithm.
    fn for_verification(item: &Bound<'py, PyAny>, algorithm: &str) -> PyResult<Option<Self>> {
        check_operation(item, Operation::Verify)?;
        if allows_algorithm(item, algorithm)? { Self::from_key_arg(item, algorithm).map(Some) } else { Ok(None) }
    }

    /// Converts `item`, a key object or key material, for use with `algorithm`.
    fn from_key_arg(item: &Bound<'py, PyAny>, algorithm: &str) -> PyResult<Self> {
        let py = item.py();
        if is_key(item)? {
            return Ok(Self::from_key_object(item));
        }
        let registry = registry(py)?;
        if let Some(class) = registry.registered_class(py, algorithm)? {
            return class.call1((item, algorithm)).map(Self::PythonObject);
        }
        match algorithm.parse::<Algorithm>() {
            Ok(algorithm) => Ok(Self::Native(parse_key(item, algorithm.key_type(), Retention::All)?, algorithm)),
            Err(_) => Ok(Self::PythonObject(registry.construct.bind(py).call1((item, algorithm))?)),
        }
    }

    fn from_key_object(object: &Bound<'py, PyAny>) -> Self {
        let native = native_key(object).map(|(key, algorithm)| Self::Native(key, algorithm));
        native.unwrap_or_else(|| Self::PythonObject(object.clone()))
    }

    /// Signs `message`.
    pub fn sign(&self, py: Python<'py>, message: &[u8]) -> PyResult<Vec<u8>> {
        match self {
            Self::Native(key, algorithm) => sign(py, key, *algorithm, message),
            Self::PythonObject(key) => {
                let signature = key.call_method1("sign", (PyBytes::new(py, message),))?;
                Ok(signature.cast::<PyBytes>()?.as_bytes().to_vec())
            }
        }
    }

    /// Verifies the signature of `token`, whose header names `algorithm`. A key object with another algorithm does not
    /// verify it (RFC 8725 §3.1).
    fn verify(&self, py: Python<'py>, token: &Token<'_>, algorithm: &str) -> PyResult<bool> {
        match self {
            Self::Native(key, own) => {
                let is_same = algorithm.parse() == Ok(*own);
                Ok(is_same && verify(py, key, *own, token.signing_input, &token.signature)?)
            }
            Self::PythonObject(key) if !may_have_algorithm(key, algorithm) => Ok(false),
            Self::PythonObject(key) => {
                let arguments = (PyBytes::new(py, token.signing_input), PyBytes::new(py, &token.signature));
                false_on_exception(py, key.call_method1("verify", arguments).and_then(|result| result.is_truthy()))
            }
        }
    }
}

/// Returns true if a key object of an application's class has this algorithm, or does not name its own in the attribute
/// `_algorithm` of python-jose's classes.
fn may_have_algorithm(key: &Bound<'_, PyAny>, algorithm: &str) -> bool {
    let own = key.getattr(pyo3::intern!(key.py(), "_algorithm")).ok();
    let own = own.as_ref().and_then(|own| own.extract::<&str>().ok());
    own.is_none_or(|own| own == algorithm || own.parse::<Algorithm>().is_ok_and(|own| algorithm.parse() == Ok(own)))
}

/// Verifies the signature of `token` with the keys in the argument `key`.
pub fn verify_signature(key: &Bound<'_, PyAny>, token: &Token<'_>, algorithm: &str) -> PyResult<()> {
    let py = key.py();
    let is_verified = match SelectedKeys::from_key_arg(key, token.header.kid())? {
        SelectedKeys::Single(key) => {
            let candidate = CandidateKey::for_verification(&key, algorithm);
            let candidate = candidate.map_err(|error| translate_key_error(py, error, algorithm))?;
            candidate.map_or(Ok(false), |candidate| candidate.verify(py, token, algorithm))?
        }
        SelectedKeys::Multiple(keys) => any_key_verifies(py, &keys, token, algorithm)?,
    };
    if is_verified { Ok(()) } else { Err(jws_error(&Error::BadSignature)) }
}

fn any_key_verifies<'py>(
    py: Python<'py>,
    keys: &[Bound<'py, PyAny>],
    token: &Token<'_>,
    algorithm: &str,
) -> PyResult<bool> {
    for key in keys {
        let candidate = CandidateKey::for_verification(key, algorithm);
        let verify = |candidate: Option<CandidateKey<'py>>| {
            candidate.map_or(Ok(false), |candidate| candidate.verify(py, token, algorithm))
        };
        if false_on_exception(py, candidate.and_then(verify))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Treats an exception of a key as a failed verification, so that the other keys are tried (RFC 7517 §5).
fn false_on_exception(py: Python<'_>, result: PyResult<bool>) -> PyResult<bool> {
    match result {
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(false),
        result => result,
    }
}

/// Translates the error of a single key to the one of python-jose.
///
/// A `JWSError` means that the algorithm is not supported. A `TypeError` by a class of this package, as for `dir`,
/// means that the algorithm does not sign. The token is then wrong, not the argument of the caller.
fn translate_key_error(py: Python<'_>, error: PyErr, algorithm: &str) -> PyErr {
    if error.is_instance_of::<JWSError>(py) {
        let unsupported = JWSError::new_err(format!("Invalid or unsupported algorithm: {algorithm}"));
        return with_code_of(py, unsupported, &Error::AlgorithmNotAllowed);
    }
    let class = registry(py).and_then(|registry| registry.registered_class(py, algorithm));
    let is_registered = class.is_ok_and(|class| class.is_some());
    if error.is_instance_of::<PyTypeError>(py) && !is_registered {
        return jws_error(&Error::BadSignature);
    }
    error
}

/// The keys that are tried for a token.
enum SelectedKeys<'py> {
    /// One key. If it cannot be used, the caller made an error.
    Single(Bound<'py, PyAny>),
    /// Several keys. Those that cannot be used are skipped.
    Multiple(Vec<Bound<'py, PyAny>>),
}

impl<'py> SelectedKeys<'py> {
    /// Selects the keys for a token with `kid`: those with this id or, if there are none, all.
    fn from_key_arg(key: &Bound<'py, PyAny>, kid: Option<&str>) -> PyResult<Self> {
        let container = parse_json_container(key)?;
        let key = container.as_ref().unwrap_or(key);
        if is_text(key) || is_buffer(key) || is_key(key)? {
            return Ok(Self::Single(key.clone()));
        }
        if let Ok(mapping) = key.cast::<PyMapping>() {
            return Self::from_mapping(mapping, kid);
        }
        match key.try_iter() {
            Ok(keys) => Ok(Self::Multiple(filter_by_kid(keys, kid)?)),
            Err(_) => Ok(Self::Single(key.clone())),
        }
    }

    /// Selects from a JWK Set, a JWK, or a mapping of `kid` to key.
    fn from_mapping(mapping: &Bound<'py, PyMapping>, kid: Option<&str>) -> PyResult<Self> {
        if mapping.contains("keys")? {
            return Ok(Self::Multiple(jwk_set_keys(&mapping.get_item("keys")?, kid)?));
        }
        if mapping.contains("kty")? || mapping.is_empty()? {
            return Ok(Self::Single(mapping.clone().into_any()));
        }
        keys_in_mapping(mapping, kid).map(Self::Multiple)
    }
}

/// Selects from the keys of a JWK Set. A text or mapping in place of the list is rejected: its characters or names
/// would be used as secrets that an attacker knows.
fn jwk_set_keys<'py>(keys: &Bound<'py, PyAny>, kid: Option<&str>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let list = keys.try_iter().ok().filter(|_| !is_text(keys) && keys.cast::<PyMapping>().is_err());
    filter_by_kid(list.ok_or_else(|| JWKError::new_err("The JWK Set's keys must be a list."))?, kid)
}

/// Returns the keys with id `kid` or, if there are none, all.
fn filter_by_kid<'py>(keys: Bound<'py, PyIterator>, kid: Option<&str>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let keys = keys.collect::<PyResult<Vec<_>>>()?;
    let Some(kid) = kid else { return Ok(keys) };
    let with_kid: Vec<_> = keys.iter().filter(|key| has_kid(key, kid)).cloned().collect();
    Ok(if with_kid.is_empty() { keys } else { with_kid })
}

fn has_kid(key: &Bound<'_, PyAny>, kid: &str) -> bool {
    let own = key.cast::<PyDict>().ok().and_then(|jwk| jwk.get_item("kid").ok().flatten());
    own.is_some_and(|own| own.extract::<&str>().is_ok_and(|own| own == kid))
}

/// Parses a JWK, a JWK Set, or a list or mapping of keys in JSON. Returns `None` for any other text, which is a secret or
/// PEM. Numbers are read as text, as in python-jose, except in a mapping of keys: a number is not a secret there.
fn parse_json_container<'py>(key: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if !starts_json_container(key) {
        return Ok(None);
    }
    let py = key.py();
    let value = parse_json(key, &py.get_type::<PyString>())?;
    let mapping = value.as_ref().and_then(|value| value.cast::<PyDict>().ok());
    match mapping {
        Some(mapping) if !mapping.contains("keys")? && !mapping.contains("kty")? => {
            parse_json(key, &py.get_type::<PyFloat>())
        }
        _ => Ok(value),
    }
}

/// Parses a dict or list in JSON, with its numbers as `number_type`.
fn parse_json<'py>(text: &Bound<'py, PyAny>, number_type: &Bound<'py, PyType>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let options = PyDict::new(text.py());
    for number in ["parse_int", "parse_float"] {
        options.set_item(number, number_type)?;
    }
    let value = text.py().import("json")?.call_method("loads", (text,), Some(&options));
    Ok(value.ok().filter(|value| value.is_instance_of::<PyDict>() || value.is_instance_of::<PyList>()))
}

fn starts_json_container(key: &Bound<'_, PyAny>) -> bool {
    let starts = |text: &[u8]| matches!(text.trim_ascii_start().first(), Some(b'{' | b'['));
    if let Ok(text) = key.cast::<PyString>() {
        return text.to_str().is_ok_and(|text| starts(text.as_bytes()));
    }
    match key.cast::<PyBytes>() {
        Ok(text) => starts(text.as_bytes()),
        Err(_) => key.cast::<PyByteArray>().is_ok_and(|text| starts(&text.to_vec())),
    }
}

/// Returns true for octets that are not a key argument. Their numbers must not be used as a list of keys.
fn is_buffer(key: &Bound<'_, PyAny>) -> bool {
    key.is_instance_of::<PyByteArray>() || key.is_instance_of::<PyMemoryView>()
}

/// Returns true if `item` is an instance of `fastjose.jwk.Key`.
fn is_key(item: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(!is_text(item) && item.is_instance(key_classes(item.py())?.base.bind(item.py()))?)
}
