//! `Key`, and the conversion of the argument `keys` to key sets of the core.

use std::sync::{Arc, LazyLock};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMapping, PyMemoryView, PySequence, PyString};

use super::convert::parse_cache::{CacheKeyRef, ParseCache, ParsedKey, Retention};
use super::python_jose::native_key;
use super::remote::PyRemoteKeySet;
use super::{args, pickle};
use crate::algorithms::{Algorithm, AlgorithmSet};
use crate::error::Result;
use crate::jwt::verifier::KeySources;
use crate::keys::VerificationKey;
use crate::keys::key_set::KeySet;

/// A verification key that several verifiers can share.
#[pyclass(frozen, weakref, name = "Key", module = "fastjose")]
pub struct PyKey(pub Arc<VerificationKey>);

#[pymethods]
impl PyKey {
    #[new]
    #[pyo3(signature = (material, *, kid=None, algorithm=None, allow_short_secret=false))]
    fn new(
        material: &Bound<'_, PyAny>,
        kid: Option<String>,
        algorithm: Option<&str>,
        allow_short_secret: bool,
    ) -> PyResult<Self> {
        let algorithm = algorithm.map(args::algorithm).transpose()?;
        let mut key = parse_key_arg(material, allow_short_secret, can_be_secret(algorithm.map(Into::into)))?;
        if let Some(algorithm) = algorithm {
            key = key.restrict_to(algorithm.into())?;
        }
        let kid = kid.or_else(|| key.kid().map(str::to_owned));
        Ok(Self(Arc::new(key.with_kid(kid))))
    }

    #[getter]
    fn kid(&self) -> Option<&str> {
        self.0.kid()
    }

    #[getter]
    fn algorithms(&self) -> Vec<&'static str> {
        self.0.algorithms().iter().map(Algorithm::name).collect()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(pickle::not_picklable("Key", "the key material"))
    }

    fn __repr__(&self) -> String {
        let kid = self.kid().map(|kid| format!("kid={kid:?} ")).unwrap_or_default();
        format!("<fastjose.Key {kid}algorithms={:?}>", self.0.algorithms())
    }
}

/// Returns true if a text may be a secret: no algorithms are given, or one of them is an HMAC. Otherwise it is a public key,
/// and an error about it does not mention secrets.
fn can_be_secret(algorithms: Option<AlgorithmSet>) -> bool {
    algorithms.is_none_or(|algorithms| algorithms.iter().any(|algorithm| !algorithm.is_asymmetric()))
}

fn parse_key_arg(
    material: &Bound<'_, PyAny>,
    allow_short_secret: bool,
    can_be_secret: bool,
) -> PyResult<VerificationKey> {
    if let Ok(mapping) = material.cast::<PyMapping>() {
        if allow_short_secret {
            return Err(PyValueError::new_err("allow_short_secret is for a secret that is a str or bytes"));
        }
        return Ok(VerificationKey::from_jwk(args::mapping_to_json(mapping)?.as_bytes())?);
    }
    let Some(encoding) = KeyEncoding::of_text(material, can_be_secret) else {
        return Err(wrong_type(material, "material must be a str, bytes or a JWK dict"));
    };
    let text = args::key_text(material, "material")?;
    if allow_short_secret {
        return Ok(VerificationKey::from_short_secret(text)?);
    }
    Ok(parse_text(encoding, text)?)
}

fn parse_text(encoding: KeyEncoding, text: &[u8]) -> Result<VerificationKey> {
    match encoding {
        KeyEncoding::PublicText => VerificationKey::from_pem(text),
        KeyEncoding::PublicBytes => VerificationKey::from_pem_or_der(text),
        KeyEncoding::Bytes => VerificationKey::from_pem_der_or_secret(text),
        KeyEncoding::Text | KeyEncoding::Jwk | KeyEncoding::JwkSet => VerificationKey::from_pem_or_secret(text),
    }
}

/// Returns the error for an argument of the wrong type, with its class and what to pass in place of it.
fn wrong_type(value: &Bound<'_, PyAny>, requirement: &str) -> PyErr {
    let class = value.get_type().name().map_or_else(|_| String::new(), |class| format!(", not {class}"));
    let has = |name: &str| value.hasattr(name).unwrap_or(false);
    let remedy = match () {
        () if has("read_bytes") => "; pass path.read_bytes()",
        () if has("read") => "; pass the content of the file",
        () if has("unicode_string") => "; to fetch a JWK Set from a URL, pass RemoteKeySet(url)",
        () if has("public_bytes") || has("private_bytes") || has("public_key") => "; export the public key as PEM",
        () => "",
    };
    PyTypeError::new_err(format!("{requirement}{class}{remedy}"))
}

impl ParsedKey for KeySet {
    fn is_public(&self) -> bool {
        self.algorithms().iter().all(Algorithm::is_asymmetric)
    }
}

/// The encoding of a local key or key set.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum KeyEncoding {
    /// A secret or a public key.
    Text,
    Bytes,
    /// A public key.
    PublicText,
    PublicBytes,
    Jwk,
    JwkSet,
}

impl KeyEncoding {
    fn of_text(material: &Bound<'_, PyAny>, can_be_secret: bool) -> Option<Self> {
        if material.is_instance_of::<PyBytes>() {
            return Some(if can_be_secret { Self::Bytes } else { Self::PublicBytes });
        }
        let text = if can_be_secret { Self::Text } else { Self::PublicText };
        material.is_instance_of::<PyString>().then_some(text)
    }
}

/// Converts a secret, PEM, DER, a JWK, a JWK Set, a `Key`, a key object of `fastjose.jwk`, a `RemoteKeySet`, or a
/// sequence of these. If `algorithms` has no HS*, a text is not taken as a secret.
pub fn parse_keys_arg(
    material: &Bound<'_, PyAny>,
    algorithms: Option<AlgorithmSet>,
    retention: Retention,
) -> PyResult<KeySources> {
    let mut keys = KeySources::default();
    let can_be_secret = can_be_secret(algorithms);
    if is_sequence(material) {
        for item in material.try_iter()? {
            add_item(&mut keys, &item?, can_be_secret, retention)?;
        }
    } else {
        add_item(&mut keys, material, can_be_secret, retention)?;
    }
    Ok(keys)
}

/// Returns true for a sequence of keys. Mutable bytes are neither a key nor a sequence of keys.
fn is_sequence(material: &Bound<'_, PyAny>) -> bool {
    let is_buffer = material.is_instance_of::<PyByteArray>() || material.is_instance_of::<PyMemoryView>();
    KeyEncoding::of_text(material, true).is_none() && !is_buffer && material.cast::<PySequence>().is_ok()
}

fn add_item(keys: &mut KeySources, item: &Bound<'_, PyAny>, can_be_secret: bool, retention: Retention) -> PyResult<()> {
    if let Ok(remote) = item.cast::<PyRemoteKeySet>() {
        keys.remote.push(Arc::clone(&remote.get().0));
        return Ok(());
    }
    if let Ok(key) = item.cast::<PyKey>() {
        Arc::make_mut(&mut keys.local).push(Arc::clone(&key.get().0));
        return Ok(());
    }
    if let Some((key, algorithm)) = native_key(item) {
        Arc::make_mut(&mut keys.local).push(Arc::new(key.verification_key(algorithm)?));
        return Ok(());
    }
    let set = local_key_set(item, can_be_secret, retention)?;
    if keys.local.is_empty() {
        keys.local = set;
    } else {
        Arc::make_mut(&mut keys.local).extend(&set);
    }
    Ok(())
}

fn local_key_set(item: &Bound<'_, PyAny>, can_be_secret: bool, retention: Retention) -> PyResult<Arc<KeySet>> {
    if let Some(encoding) = KeyEncoding::of_text(item, can_be_secret) {
        return Ok(get_or_parse(encoding, args::key_text(item, "keys")?, retention)?);
    }
    let mapping = item.cast::<PyMapping>().map_err(|_| {
        let forms = "keys must be a str, bytes, a JWK or JWK Set dict, a Key, a RemoteKeySet, or a list of these";
        wrong_type(item, forms)
    })?;
    let encoding = if mapping.contains("keys")? { KeyEncoding::JwkSet } else { KeyEncoding::Jwk };
    Ok(get_or_parse(encoding, args::mapping_to_json(mapping)?.as_bytes(), retention)?)
}

fn get_or_parse(encoding: KeyEncoding, text: &[u8], retention: Retention) -> Result<Arc<KeySet>> {
    static PARSED_KEYS: LazyLock<ParseCache<KeyEncoding, KeySet>> = LazyLock::new(ParseCache::new);
    PARSED_KEYS.get_or_parse(&CacheKeyRef { encoding, parts: &[("", text)] }, retention, || parse(encoding, text))
}

fn parse(encoding: KeyEncoding, text: &[u8]) -> Result<KeySet> {
    match encoding {
        KeyEncoding::Jwk => VerificationKey::from_jwk(text).map(KeySet::from),
        KeyEncoding::JwkSet => KeySet::from_jwk_set(text),
        encoding => parse_text(encoding, text).map(KeySet::from),
    }
}
