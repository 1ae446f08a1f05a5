//! `KeyMaterial`: the native part of the key classes of `fastjose.backends`. Parsed keys are cached by their content.

use std::sync::{Arc, LazyLock};

use pyo3::exceptions::{PyTypeError, PyUserWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyBytesMethods, PyDict, PyString, PyType};

use super::configuration::key_classes;
use super::jwk_restrictions::check_purpose;
use crate::algorithms::{Algorithm, KeyType};
use crate::error::{Error, Result};
use crate::keys::asymmetric_key::KeyFormat;
use crate::python::convert::parse_cache::{CacheKeyRef, ParseCache, ParsedKey, Retention};
use crate::python::process::gil;
use crate::python::{args, pickle};
use crate::python_jose::{CompatKey, MemberTexts, check_kty, jwk_member_names, wrong_member_type};

#[pyclass(frozen, name = "KeyMaterial", module = "fastjose._core")]
pub struct PyKeyMaterial(pub Arc<CompatKey>);

/// The class, and the arguments that create an equal object.
type Reduced<'py> = (Bound<'py, PyType>, (Bound<'py, PyDict>, &'static str));

#[pymethods]
impl PyKeyMaterial {
    #[new]
    #[pyo3(signature = (key, kty, algorithm=None))]
    fn new(key: &Bound<'_, PyAny>, kty: &str, algorithm: Option<&str>) -> PyResult<Self> {
        let key_type =
            KeyType::from_kty(kty).ok_or_else(|| PyValueError::new_err("kty must be oct, RSA, EC or OKP"))?;
        let parsed = parse_key(key, key_type, Retention::PublicKeys)?;
        algorithm.map_or(Ok(()), |algorithm| check_purpose(key, algorithm))?;
        Ok(Self(parsed))
    }

    fn sign<'py>(&self, py: Python<'py>, algorithm: &str, message: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let signature = sign(py, &self.0, signature_algorithm(algorithm)?, message)?;
        Ok(PyBytes::new(py, &signature))
    }

    fn verify(&self, py: Python<'_>, algorithm: &str, message: &[u8], signature: &[u8]) -> PyResult<bool> {
        verify(py, &self.0, signature_algorithm(algorithm)?, message, signature)
    }

    #[getter]
    fn kty(&self) -> &'static str {
        self.0.key_type().kty()
    }

    #[getter]
    fn is_private(&self) -> bool {
        self.0.is_private()
    }

    fn public_key(&self) -> PyResult<Self> {
        Ok(Self(Arc::new(self.0.public_key()?)))
    }

    fn to_pem<'py>(&self, py: Python<'py>, form: &str) -> PyResult<Bound<'py, PyBytes>> {
        let format = match form {
            "PKCS8" => KeyFormat::Pkcs8,
            "traditional" => KeyFormat::Traditional,
            _ => return Err(PyValueError::new_err("form must be PKCS8 or traditional")),
        };
        Ok(PyBytes::new(py, self.0.to_pem(format)?.as_bytes()))
    }

    fn to_jwk<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let members = PyDict::new(py);
        for (name, value) in self.0.to_jwk()? {
            members.set_item(name, value.as_str())?;
        }
        Ok(members)
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    /// A secret can be pickled, as in python-jose; a pickle of an asymmetric key is a `TypeError` there too.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        if self.0.key_type() != KeyType::Oct {
            return Err(pickle::not_picklable("key object", "its to_pem() or to_dict()"));
        }
        Ok((py.get_type::<Self>(), (self.to_jwk(py)?, self.kty())))
    }

    fn __repr__(&self) -> String {
        format!("<fastjose._core.KeyMaterial {:?}>", self.0)
    }
}

/// The encoding of a key, and its expected type.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum KeyEncoding {
    Text(KeyType),
    Jwk(KeyType),
}

impl ParsedKey for CompatKey {
    fn is_public(&self) -> bool {
        self.key_type() != KeyType::Oct && !self.is_private()
    }
}

static PARSED_KEYS: LazyLock<ParseCache<KeyEncoding, CompatKey>> = LazyLock::new(ParseCache::new);

/// Parses a key of type `expected`: a `str`, `bytes`, a JWK `dict`, a `KeyMaterial`, or a key object of another
/// library.
pub fn parse_key(key: &Bound<'_, PyAny>, expected: KeyType, retention: Retention) -> PyResult<Arc<CompatKey>> {
    if key.is_instance_of::<PyString>() || key.is_instance_of::<PyBytes>() {
        return Ok(parse_text(args::key_text(key, "key")?, expected, retention)?);
    }
    if let Ok(jwk) = key.cast::<PyDict>() {
        return parse_jwk(jwk, expected, retention);
    }
    if let Ok(material) = key.cast::<PyKeyMaterial>() {
        return Ok(Arc::clone(&material.get().0));
    }
    match external_key_pem(key, expected)? {
        Some(pem) => Ok(parse_text(pem.as_bytes(), expected, retention)?),
        None => Err(unparseable_key(key, expected).into()),
    }
}

/// Converts a key object of another library to PEM. Returns `None` for any other object.
fn external_key_pem<'py>(key: &Bound<'py, PyAny>, expected: KeyType) -> PyResult<Option<Bound<'py, PyBytes>>> {
    if expected == KeyType::Oct || key.is_none() {
        return Ok(None);
    }
    let pem = key_classes(key.py())?.external_key_pem.bind(key.py()).call1((key, expected.kty()))?;
    Ok(if pem.is_none() { None } else { Some(pem.cast_into()?) })
}

fn parse_text(text: &[u8], expected: KeyType, retention: Retention) -> Result<Arc<CompatKey>> {
    let cache_key = CacheKeyRef { encoding: KeyEncoding::Text(expected), parts: &[("", text)] };
    PARSED_KEYS.get_or_parse(&cache_key, retention, || CompatKey::from_pem_or_secret(text, expected))
}

fn parse_jwk(jwk: &Bound<'_, PyDict>, expected: KeyType, retention: Retention) -> PyResult<Arc<CompatKey>> {
    check_kty(expected, &received_kty(jwk)?)?;
    let members = jwk_members(jwk, expected)?;
    let texts = members.iter().map(|(name, value)| Ok((*name, member_text(name, value)?)));
    let texts = texts.collect::<Result<Vec<_>>>()?;
    Ok(parse_members(&texts, expected, retention)?)
}

fn parse_members(members: &MemberTexts<'_>, expected: KeyType, retention: Retention) -> Result<Arc<CompatKey>> {
    let cache_key = CacheKeyRef { encoding: KeyEncoding::Jwk(expected), parts: members };
    PARSED_KEYS.get_or_parse(&cache_key, retention, || CompatKey::from_jwk(members, expected))
}

fn received_kty(jwk: &Bound<'_, PyDict>) -> PyResult<String> {
    match jwk.get_item(pyo3::intern!(jwk.py(), "kty"))? {
        Some(kty) => Ok(kty.str()?.to_string_lossy().into_owned()),
        None => Ok("None".to_owned()),
    }
}

fn jwk_members<'py>(jwk: &Bound<'py, PyDict>, key_type: KeyType) -> PyResult<Vec<(&'static str, Bound<'py, PyAny>)>> {
    let is_private = jwk.contains("d")?;
    let members = jwk_member_names(key_type, is_private).iter();
    let members = members.map(|name| Ok(jwk.get_item(*name)?.map(|value| (*name, value))));
    members.filter_map(PyResult::transpose).collect()
}

/// Returns the text of a member, which may be `str` or `bytes`, as in python-jose.
fn member_text<'a>(name: &str, value: &'a Bound<'_, PyAny>) -> Result<&'a [u8]> {
    let wrong_type = || wrong_member_type(name);
    match value.cast::<PyString>() {
        Ok(text) => text.to_str().map(str::as_bytes).map_err(|_| wrong_type()),
        Err(_) => value.cast::<PyBytes>().map(PyBytesMethods::as_bytes).map_err(|_| wrong_type()),
    }
}

/// Returns the error of python-jose. Where its text quotes the key, this one names the key's class, since the key may
/// be secret.
fn unparseable_key(key: &Bound<'_, PyAny>, expected: KeyType) -> Error {
    let class = if key.is_none() { "None".to_owned() } else { key.get_type().to_string() };
    Error::InvalidKey(match expected {
        KeyType::Oct => "Expecting a string- or bytes-formatted key.".to_owned(),
        KeyType::Rsa => format!("Unable to parse an RSA_JWK from key: {class}"),
        KeyType::Ec => format!("Unable to parse an ECKey from key: {class}"),
        KeyType::Okp => format!("Unable to parse an OKPKey from key: {class}"),
    })
}

/// Returns the signature algorithm called `name`. An algorithm that encrypts keys is a `TypeError`, as in python-jose.
fn signature_algorithm(name: &str) -> PyResult<Algorithm> {
    name.parse().map_err(|_| PyTypeError::new_err(args::unsupported_algorithm_message(name)))
}

/// Verifies `signature` over `message`. A private key verifies with a warning, as in python-jose.
pub fn verify(
    py: Python<'_>,
    key: &CompatKey,
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> PyResult<bool> {
    if key.is_private() && matches!(key.key_type(), KeyType::Rsa | KeyType::Okp) {
        let text = c"Attempting to verify a message with a private key. This is not recommended.";
        PyErr::warn(py, &py.get_type::<PyUserWarning>(), text, 1)?;
    }
    Ok(gil::detach_for(py, algorithm, message.len(), || key.verify(algorithm, message, signature)))
}

/// Signs `message`.
pub fn sign(py: Python<'_>, key: &CompatKey, algorithm: Algorithm, message: &[u8]) -> PyResult<Vec<u8>> {
    Ok(gil::detach_for(py, algorithm, message.len(), || key.sign(algorithm, message))?)
}

/// Returns the native key and the algorithm of a key object whose class is one of `fastjose.backends` and signs.
///
/// Returns `None` for an instance of a subclass, which may override `sign` and `verify`.
pub fn native_key(object: &Bound<'_, PyAny>) -> Option<(Arc<CompatKey>, Algorithm)> {
    let py = object.py();
    if !key_classes(py).ok()?.native.iter().any(|class| class.bind(py).is(object.get_type())) {
        return None;
    }
    let key = object.getattr(pyo3::intern!(py, "prepared_key")).ok()?;
    let algorithm = object.getattr(pyo3::intern!(py, "_algorithm")).ok()?;
    let algorithm = algorithm.cast::<PyString>().ok()?.to_str().ok()?.parse().ok()?;
    Some((Arc::clone(&key.cast::<PyKeyMaterial>().ok()?.get().0), algorithm))
}
