//! Whatever a caller has for a key, as the core's keys.

use std::sync::{Arc, LazyLock};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyMapping, PyMemoryView, PySequence, PyString};

use super::convert::parse_cache::{Parsed, Source};
use super::key::PyKey;
use super::remote_key_set::PyRemoteKeySet;
use super::{args as convert, python_jose as jose};
use crate::error::{Error, Result};
use crate::jwt::verifier::KeySources as Keys;
use crate::keys::Key;
use crate::keys::key_set::KeySet;

static PARSED: LazyLock<Parsed<Form, KeySet>> = LazyLock::new(Parsed::new);

/// How a text is to be read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Form {
    Text,
    Bytes,
    Jwk,
    JwkSet,
}

/// A secret, PEM, DER, a JWK, a JWK Set, a `Key`, a `jwk.Key` of ours, a `RemoteKeySet`, or a sequence of these.
pub fn keys(material: &Bound<'_, PyAny>) -> PyResult<Keys> {
    let mut keys = Keys::default();
    if is_sequence(material) {
        for item in material.try_iter()? {
            add(&mut keys, &item?)?;
        }
    } else {
        add(&mut keys, material)?;
    }
    Ok(keys)
}

/// Bytes that can change are no key and no sequence of keys.
fn is_sequence(material: &Bound<'_, PyAny>) -> bool {
    let is_text = material.is_instance_of::<PyString>() || material.is_instance_of::<PyBytes>();
    let is_buffer = material.is_instance_of::<PyByteArray>() || material.is_instance_of::<PyMemoryView>();
    !is_text && !is_buffer && material.cast::<PySequence>().is_ok()
}

fn add(keys: &mut Keys, item: &Bound<'_, PyAny>) -> PyResult<()> {
    if let Ok(remote) = item.cast::<PyRemoteKeySet>() {
        keys.remote.push(Arc::clone(&remote.get().0));
        return Ok(());
    }
    if let Ok(key) = item.cast::<PyKey>() {
        Arc::make_mut(&mut keys.local).push(Arc::clone(&key.get().0));
        return Ok(());
    }
    if let Some((key, algorithm)) = jose::prepared(item.py(), item) {
        Arc::make_mut(&mut keys.local).push(Arc::new(key.verification_key(algorithm)?));
        return Ok(());
    }
    let set = local(item)?;
    if keys.local.is_empty() {
        keys.local = set;
    } else {
        let merged = Arc::make_mut(&mut keys.local);
        set.iter().for_each(|key| merged.push(Arc::clone(key)));
    }
    Ok(())
}

fn local(item: &Bound<'_, PyAny>) -> PyResult<Arc<KeySet>> {
    if item.is_instance_of::<PyString>() || item.is_instance_of::<PyBytes>() {
        let form = if item.is_instance_of::<PyBytes>() { Form::Bytes } else { Form::Text };
        return Ok(parsed(form, convert::key_text(item, "keys")?)?);
    }
    let mapping = item.cast::<PyMapping>().map_err(|_| {
        PyTypeError::new_err(
            "keys must be a str, bytes, a JWK or JWK Set dict, a Key, a RemoteKeySet, or a list of these",
        )
    })?;
    let form = if mapping.contains("keys")? { Form::JwkSet } else { Form::Jwk };
    Ok(parsed(form, json_text(mapping)?.as_bytes())?)
}

/// The JSON text of a JWK or JWK Set.
pub fn json_text(mapping: &Bound<'_, PyMapping>) -> PyResult<String> {
    let py = mapping.py();
    let whole = PyDict::from_sequence(mapping.items()?.as_any())?;
    let written = py.import("json")?.call_method1("dumps", (whole,)).and_then(|text| text.extract());
    written.map_err(|_: PyErr| Error::InvalidKey("The JWK or JWK Set cannot be written as JSON.".to_owned()).into())
}

fn parsed(form: Form, text: &[u8]) -> Result<Arc<KeySet>> {
    PARSED.get_or_parse(&Source { form, parts: &[("", text)] }, || parse(form, text))
}

fn parse(form: Form, text: &[u8]) -> Result<KeySet> {
    match form {
        Form::Text => Key::from_text(text).map(KeySet::from),
        Form::Bytes => Key::from_bytes(text).map(KeySet::from),
        Form::Jwk => Key::from_jwk(text).map(KeySet::from),
        Form::JwkSet => KeySet::from_jwk_set(text),
    }
}
