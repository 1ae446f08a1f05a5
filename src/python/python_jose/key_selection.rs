//! The keys in whatever a caller of python-jose's functions has for keys, chosen by `kid`, and what each of them does.

use std::sync::Arc;

use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyIterator, PyList, PyMapping, PyMemoryView, PyString, PyType};

use super::key_material::{material, prepared, sign, verify};
use crate::algorithms::Algorithm;
use crate::error::Error;
use crate::python::errors::{JWKError, JWSError, of_jws};
use crate::python_jose::{Key, Kind, Token};

/// A key and who carries its work out.
pub enum Candidate<'py> {
    /// The core.
    Ours(Arc<Key>, Algorithm),
    /// A class that a program brought along.
    Theirs(Bound<'py, PyAny>),
}

impl<'py> Candidate<'py> {
    /// The key that `item` is, or is material for, under the algorithm called `name`.
    pub fn of(item: &Bound<'py, PyAny>, name: &str) -> PyResult<Self> {
        let py = item.py();
        if is_key(item)? {
            return Ok(Self::prepared(item));
        }
        if let Some(class) = registered(py, name)? {
            return class.call1((item, name)).map(Self::Theirs);
        }
        match name.parse() {
            Ok(algorithm) => Ok(Self::Ours(material(item, algorithm)?, algorithm)),
            Err(_) => Ok(Self::Theirs(py.import("fastjose.jwk")?.call_method1("construct", (item, name))?)),
        }
    }

    fn prepared(key: &Bound<'py, PyAny>) -> Self {
        let ours = prepared(key.py(), key).map(|(key, algorithm)| Self::Ours(key, algorithm));
        ours.unwrap_or_else(|| Self::Theirs(key.clone()))
    }

    pub fn sign(&self, py: Python<'py>, message: &[u8]) -> PyResult<Vec<u8>> {
        match self {
            Self::Ours(key, algorithm) => sign(py, key, *algorithm, message),
            Self::Theirs(key) => {
                let signature = key.call_method1("sign", (PyBytes::new(py, message),))?;
                Ok(signature.cast::<PyBytes>()?.as_bytes().to_vec())
            }
        }
    }

    /// Whether it made the signature of `token`, whose header names `algorithm`. A key that was prepared for one algorithm
    /// does that one, and nothing under the name of another family.
    fn verifies(&self, py: Python<'py>, token: &Token<'_>, algorithm: &str) -> PyResult<bool> {
        match self {
            Self::Ours(key, own) => {
                let is_of_its_family = algorithm.parse().is_ok_and(|named| is_of_one_family(named, *own));
                Ok(is_of_its_family && verify(py, key, *own, token.signing_input, &token.signature)?)
            }
            Self::Theirs(key) => {
                let arguments = (PyBytes::new(py, token.signing_input), PyBytes::new(py, &token.signature));
                unless_it_fails(py, key.call_method1("verify", arguments).and_then(|verdict| verdict.is_truthy()))
            }
        }
    }
}

/// Whether python-jose has one class of keys for both; ES256K, which it does not know, is for itself.
fn is_of_one_family(named: Algorithm, own: Algorithm) -> bool {
    Kind::from(named) == Kind::from(own) && (named == Algorithm::ES256K) == (own == Algorithm::ES256K)
}

/// Refuses `token` unless one of the keys in `key` made its signature.
pub fn authenticate(key: &Bound<'_, PyAny>, token: &Token<'_>, algorithm: &str) -> PyResult<()> {
    let py = key.py();
    let is_authentic = match Keys::read(key, token.header.kid())? {
        Keys::One(key) => {
            let candidate = Candidate::of(&key, algorithm).map_err(|error| not_ours(py, error, algorithm))?;
            candidate.verifies(py, token, algorithm)?
        }
        Keys::Several(keys) => one_verifies(py, &keys, token, algorithm)?,
    };
    if is_authentic { Ok(()) } else { Err(of_jws(&Error::BadSignature)) }
}

fn one_verifies<'py>(
    py: Python<'py>,
    keys: &[Bound<'py, PyAny>],
    token: &Token<'_>,
    algorithm: &str,
) -> PyResult<bool> {
    for key in keys {
        let verdict = Candidate::of(key, algorithm).and_then(|candidate| candidate.verifies(py, token, algorithm));
        if unless_it_fails(py, verdict)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A key of several that cannot be used is passed over (RFC 7517 §5).
fn unless_it_fails(py: Python<'_>, verdict: PyResult<bool>) -> PyResult<bool> {
    match verdict {
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(false),
        settled => settled,
    }
}

/// What a class that was brought along says with a `JWSError` is said in python-jose's words. That a class which signs
/// nothing cannot take the key, as for `dir`, is the token's doing, and no wrong argument of the caller's.
fn not_ours(py: Python<'_>, error: PyErr, algorithm: &str) -> PyErr {
    if error.is_instance_of::<JWSError>(py) {
        return JWSError::new_err(format!("Invalid or unsupported algorithm: {algorithm}"));
    }
    let is_brought_along = registered(py, algorithm).is_ok_and(|class| class.is_some());
    if error.is_instance_of::<PyTypeError>(py) && !is_brought_along {
        return of_jws(&Error::BadSignature);
    }
    error
}

/// One key, whose faults are the caller's; or several, of which some may be of no use.
enum Keys<'py> {
    One(Bound<'py, PyAny>),
    Several(Vec<Bound<'py, PyAny>>),
}

impl<'py> Keys<'py> {
    /// The keys in `key` for a token with this `kid`: those of that name or, where none has it, all.
    fn read(key: &Bound<'py, PyAny>, kid: Option<&str>) -> PyResult<Self> {
        let from_json = container_in_json(key)?;
        let key = from_json.as_ref().unwrap_or(key);
        if is_text(key) || is_buffer(key) || is_key(key)? {
            return Ok(Self::One(key.clone()));
        }
        if let Ok(mapping) = key.cast::<PyMapping>() {
            return Self::of_mapping(mapping, kid);
        }
        match key.try_iter() {
            Ok(keys) => Ok(Self::Several(chosen(keys, kid)?)),
            Err(_) => Ok(Self::One(key.clone())),
        }
    }

    fn of_mapping(mapping: &Bound<'py, PyMapping>, kid: Option<&str>) -> PyResult<Self> {
        if mapping.contains("keys")? {
            return Ok(Self::Several(members(&mapping.get_item("keys")?, kid)?));
        }
        if mapping.contains("kty")? || mapping.is_empty()? {
            return Ok(Self::One(mapping.clone().into_any()));
        }
        refuse_jwk_without_kind(mapping)?;
        match kid {
            Some(kid) if mapping.contains(kid)? => Ok(Self::Several(vec![mapping.get_item(kid)?])),
            _ => Ok(Self::Several(mapping.values()?.iter().collect())),
        }
    }
}

/// The keys of a JWK Set. What is no sequence of keys must not be taken apart into letters or names, each a secret that
/// everybody knows.
fn members<'py>(keys: &Bound<'py, PyAny>, kid: Option<&str>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let listed = keys.try_iter().ok().filter(|_| !is_text(keys) && keys.cast::<PyMapping>().is_err());
    chosen(listed.ok_or_else(|| JWKError::new_err("The JWK Set's keys must be a list."))?, kid)
}

/// Its values must not be taken for secrets: everybody knows `AQAB`, `HS256` and its `kid`.
fn refuse_jwk_without_kind(mapping: &Bound<'_, PyMapping>) -> PyResult<()> {
    const TELLING: [&[&str]; 11] = [
        &["alg"],
        &["use"],
        &["key_ops"],
        &["kid"],
        &["x5c"],
        &["x5t"],
        &["x5t#S256"],
        &["x5u"],
        &["n", "e"],
        &["crv", "x"],
        &["x", "y"],
    ];
    for members in TELLING {
        if members.iter().map(|name| mapping.contains(*name)).collect::<PyResult<Vec<_>>>()?.iter().all(|is_in| *is_in)
        {
            return Err(JWKError::new_err("The JWK has no kty."));
        }
    }
    Ok(())
}

/// Of `keys` those that are called `kid` or, where none is, all.
fn chosen<'py>(keys: Bound<'py, PyIterator>, kid: Option<&str>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let keys = keys.collect::<PyResult<Vec<_>>>()?;
    let Some(kid) = kid else { return Ok(keys) };
    let named: Vec<_> = keys.iter().filter(|key| is_called(key, kid)).cloned().collect();
    Ok(if named.is_empty() { keys } else { named })
}

fn is_called(key: &Bound<'_, PyAny>, kid: &str) -> bool {
    let name = key.cast::<PyDict>().ok().and_then(|jwk| jwk.get_item("kid").ok().flatten());
    name.is_some_and(|name| name.extract::<&str>().is_ok_and(|name| name == kid))
}

/// A JWK, a JWK Set, or a list of keys, written as JSON. A text that is anything else to JSON is a secret as it stands.
fn container_in_json<'py>(key: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if !opens_a_container(key) {
        return Ok(None);
    }
    let py = key.py();
    let numbers_as_text = PyDict::new(py);
    for number in ["parse_int", "parse_float"] {
        numbers_as_text.set_item(number, py.get_type::<PyString>())?;
    }
    let read = py.import("json")?.call_method("loads", (key,), Some(&numbers_as_text));
    Ok(read.ok().filter(|value| value.is_instance_of::<PyDict>() || value.is_instance_of::<PyList>()))
}

fn opens_a_container(key: &Bound<'_, PyAny>) -> bool {
    let opens = |text: &[u8]| matches!(text.trim_ascii_start().first(), Some(b'{' | b'['));
    if let Ok(text) = key.cast::<PyString>() {
        return text.to_str().is_ok_and(|text| opens(text.as_bytes()));
    }
    match key.cast::<PyBytes>() {
        Ok(text) => opens(text.as_bytes()),
        Err(_) => key.cast::<PyByteArray>().is_ok_and(|text| opens(&text.to_vec())),
    }
}

fn is_text(key: &Bound<'_, PyAny>) -> bool {
    key.is_instance_of::<PyString>() || key.is_instance_of::<PyBytes>()
}

/// Whether it holds octets without being text: the caller's mistake, and no set of numbers.
fn is_buffer(key: &Bound<'_, PyAny>) -> bool {
    key.is_instance_of::<PyByteArray>() || key.is_instance_of::<PyMemoryView>()
}

/// Whether it is an instance of `fastjose.jwk.Key`.
fn is_key(item: &Bound<'_, PyAny>) -> PyResult<bool> {
    static BASE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    Ok(!is_text(item) && item.is_instance(BASE.import(item.py(), "fastjose.backends.base", "Key")?)?)
}

/// The class that a program registered for the algorithm called `name`.
fn registered<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    static ALGORITHMS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let algorithms = ALGORITHMS.import(py, "fastjose.constants", "ALGORITHMS")?;
    let classes = algorithms.getattr(pyo3::intern!(py, "KEYS"))?.cast_into::<PyDict>()?;
    if classes.is_empty() { Ok(None) } else { classes.get_item(name) }
}
