//! `KeyMaterial`: the native part of the key classes of `fastjose.backends`. Whatever is parsed is kept and found by its
//! content.

use std::sync::{Arc, LazyLock};

use pyo3::exceptions::{PyTypeError, PyUserWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyBytesMethods, PyDict, PyString, PyType};

use crate::algorithms::Algorithm;
use crate::error::{Error, Result};
use crate::keys::key_pair::Form;
use crate::python::convert::parse_cache::{Parsed, Source};
use crate::python::{args as convert, gil};
use crate::python_jose::{Key, Kind, Members};

#[pyclass(frozen, name = "KeyMaterial", module = "fastjose._core")]
pub struct PyKeyMaterial(pub Arc<Key>);

#[pymethods]
impl PyKeyMaterial {
    #[new]
    fn new(key: &Bound<'_, PyAny>, kty: &str) -> PyResult<Self> {
        let kind = Kind::named(kty).ok_or_else(|| PyValueError::new_err("kty must be oct, RSA, EC or OKP"))?;
        material(key, kind).map(Self)
    }

    fn sign<'py>(&self, py: Python<'py>, algorithm: &str, message: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let signature = sign(py, &self.0, signing(algorithm)?, message)?;
        Ok(PyBytes::new(py, &signature))
    }

    fn verify(&self, py: Python<'_>, algorithm: &str, message: &[u8], signature: &[u8]) -> PyResult<bool> {
        verify(py, &self.0, signing(algorithm)?, message, signature)
    }

    #[getter]
    fn kty(&self) -> &'static str {
        self.0.kind().kty()
    }

    #[getter]
    fn is_private(&self) -> bool {
        self.0.is_private()
    }

    fn public_key(&self) -> PyResult<Self> {
        Ok(Self(Arc::new(self.0.public_key()?)))
    }

    fn to_pem<'py>(&self, py: Python<'py>, form: &str) -> PyResult<Bound<'py, PyBytes>> {
        let form = match form {
            "PKCS8" => Form::Pkcs8,
            "traditional" => Form::Traditional,
            _ => return Err(PyValueError::new_err("form must be PKCS8 or traditional")),
        };
        Ok(PyBytes::new(py, self.0.to_pem(form)?.as_bytes()))
    }

    fn to_jwk<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let members = PyDict::new(py);
        for (name, value) in self.0.to_jwk()? {
            members.set_item(name, value.as_str())?;
        }
        Ok(members)
    }

    fn __repr__(&self) -> String {
        format!("<fastjose._core.KeyMaterial {:?}>", self.0)
    }
}

/// How a key is read, and as which kind.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Reading {
    Text(Kind),
    Jwk(Kind),
}

static PARSED: LazyLock<Parsed<Reading, Key>> = LazyLock::new(Parsed::new);

/// The key in a `str`, `bytes`, a JWK `dict`, a `KeyMaterial` or another library's key object, where one of the `expected`
/// kind should be.
pub fn material(key: &Bound<'_, PyAny>, expected: impl Into<Kind>) -> PyResult<Arc<Key>> {
    let expected = expected.into();
    if key.is_instance_of::<PyString>() || key.is_instance_of::<PyBytes>() {
        return Ok(from_text(convert::key_text(key, "key")?, expected)?);
    }
    if let Ok(jwk) = key.cast::<PyDict>() {
        return from_jwk(jwk, expected);
    }
    if let Ok(prepared) = key.cast::<PyKeyMaterial>() {
        return Ok(Arc::clone(&prepared.get().0));
    }
    match foreign_pem(key, expected)? {
        Some(pem) => Ok(from_text(pem.as_bytes(), expected)?),
        None => Err(no_key(key, expected).into()),
    }
}

/// What another library's key object writes of itself.
fn foreign_pem<'py>(key: &Bound<'py, PyAny>, expected: Kind) -> PyResult<Option<Bound<'py, PyBytes>>> {
    if expected == Kind::Oct || key.is_none() {
        return Ok(None);
    }
    let written =
        key.py().import("fastjose.backends._external_keys")?.call_method1("export_pem", (key, expected.kty()))?;
    Ok(if written.is_none() { None } else { Some(written.cast_into()?) })
}

fn from_text(text: &[u8], expected: Kind) -> Result<Arc<Key>> {
    let source = Source { form: Reading::Text(expected), parts: &[("", text)] };
    PARSED.get_or_parse(&source, || Key::from_text(text, expected))
}

fn from_jwk(jwk: &Bound<'_, PyDict>, expected: Kind) -> PyResult<Arc<Key>> {
    refuse_other_kind(jwk, expected)?;
    let found = members(jwk, expected)?;
    let texts = found.iter().map(|(name, value)| Ok((*name, member_text(value)?)));
    let texts = texts.collect::<Result<Vec<_>>>()?;
    Ok(parsed_jwk(&texts, expected)?)
}

fn parsed_jwk(members: &Members<'_>, expected: Kind) -> Result<Arc<Key>> {
    let source = Source { form: Reading::Jwk(expected), parts: members };
    PARSED.get_or_parse(&source, || Key::from_jwk(members, expected))
}

fn refuse_other_kind(jwk: &Bound<'_, PyDict>, expected: Kind) -> PyResult<()> {
    let kty = jwk.get_item(pyo3::intern!(jwk.py(), "kty"))?;
    let received =
        kty.map_or_else(|| Ok("None".to_owned()), |kty| Ok::<_, PyErr>(kty.str()?.to_string_lossy().into_owned()))?;
    Ok(expected.expect(&received)?)
}

fn members<'py>(jwk: &Bound<'py, PyDict>, kind: Kind) -> PyResult<Vec<(&'static str, Bound<'py, PyAny>)>> {
    let found = kind.members().iter().map(|name| Ok(jwk.get_item(*name)?.map(|value| (*name, value))));
    found.filter_map(PyResult::transpose).collect()
}

/// python-jose takes `bytes` too.
fn member_text<'a>(value: &'a Bound<'_, PyAny>) -> Result<&'a [u8]> {
    let no_text = || Error::InvalidKey("A parameter of the JWK has the wrong type.".to_owned());
    match value.cast::<PyString>() {
        Ok(text) => text.to_str().map(str::as_bytes).map_err(|_| no_text()),
        Err(_) => value.cast::<PyBytes>().map(PyBytesMethods::as_bytes).map_err(|_| no_text()),
    }
}

/// python-jose's texts; where those quote what was given, its type is named, for it may hold a secret.
fn no_key(given: &Bound<'_, PyAny>, expected: Kind) -> Error {
    let given = if given.is_none() { "None".to_owned() } else { given.get_type().to_string() };
    Error::InvalidKey(match expected {
        Kind::Oct => "Expecting a string- or bytes-formatted key.".to_owned(),
        Kind::Rsa => format!("Unable to parse an RSA_JWK from key: {given}"),
        Kind::Ec => format!("Unable to parse an ECKey from key: {given}"),
        Kind::Okp => format!("Unable to parse an OKPKey from key: {given}"),
    })
}

/// The algorithm called `name`. That a key for the encryption of keys signs nothing is a `TypeError` in python-jose.
fn signing(name: &str) -> PyResult<Algorithm> {
    name.parse().map_err(|_| PyTypeError::new_err(convert::not_supported(name)))
}

/// Whether `key` made `signature` over `message`. A private key that verifies is warned of, as python-jose does.
pub fn verify(py: Python<'_>, key: &Key, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> PyResult<bool> {
    if key.is_private() && matches!(key.kind(), Kind::Rsa | Kind::Okp) {
        let text = c"Attempting to verify a message with a private key. This is not recommended.";
        PyErr::warn(py, &py.get_type::<PyUserWarning>(), text, 1)?;
    }
    Ok(gil::let_go(py, algorithm, message.len(), || key.verifies(algorithm, message, signature)))
}

/// The signature over `message`.
pub fn sign(py: Python<'_>, key: &Key, algorithm: Algorithm, message: &[u8]) -> PyResult<Vec<u8>> {
    Ok(gil::let_go(py, algorithm, message.len(), || key.sign(algorithm, message))?)
}

/// What a key object of `fastjose.backends` holds, if it is exactly of one of the classes there and signs.
///
/// For a subclass, which may do otherwise, there is none.
pub fn prepared(py: Python<'_>, key: &Bound<'_, PyAny>) -> Option<(Arc<Key>, Algorithm)> {
    if !classes(py).ok()?.iter().any(|class| class.bind(py).is(key.get_type())) {
        return None;
    }
    let held = key.getattr(pyo3::intern!(py, "prepared_key")).ok()?;
    let algorithm = key.getattr(pyo3::intern!(py, "_algorithm")).ok()?;
    let algorithm = algorithm.cast::<PyString>().ok()?.to_str().ok()?.parse().ok()?;
    Some((Arc::clone(&held.cast::<PyKeyMaterial>().ok()?.get().0), algorithm))
}

/// The classes whose `verify` and `sign` are those of this file.
fn classes(py: Python<'_>) -> PyResult<&'static [Py<PyType>; 4]> {
    static CLASSES: PyOnceLock<[Py<PyType>; 4]> = PyOnceLock::new();
    CLASSES.get_or_try_init(py, || {
        let backends = py.import("fastjose.backends")?;
        let class = |name| Ok::<_, PyErr>(backends.getattr(name)?.cast_into::<PyType>()?.unbind());
        Ok([class("HMACKey")?, class("RSAKey")?, class("ECKey")?, class("OKPKey")?])
    })
}
