//! `Key`: key material prepared once, to be shared by verifiers.

use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping, PyString};

use super::args as convert;
use super::keys::json_text;
use crate::error::Result;
use crate::keys::Key;

#[pyclass(frozen, name = "Key", module = "fastjose")]
pub struct PyKey(pub Arc<Key>);

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
        let mut key = read(material, allow_short_secret)?;
        if let Some(name) = algorithm {
            key = key.bound_to(std::iter::once(convert::algorithm(name)?).collect())?;
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
        self.0.algorithms().iter().map(crate::Algorithm::name).collect()
    }

    fn __repr__(&self) -> String {
        let kid = self.kid().map(|kid| format!("kid={kid:?} ")).unwrap_or_default();
        format!("<fastjose.Key {kid}algorithms={:?}>", self.0.algorithms())
    }
}

fn read(material: &Bound<'_, PyAny>, allow_short_secret: bool) -> PyResult<Key> {
    if let Ok(mapping) = material.cast::<PyMapping>() {
        if allow_short_secret {
            return Err(PyValueError::new_err("allow_short_secret is for a secret that is a str or bytes"));
        }
        return Ok(Key::from_jwk(json_text(mapping)?.as_bytes())?);
    }
    if !material.is_instance_of::<PyString>() && !material.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err("material must be a str, bytes or a JWK dict"));
    }
    let text = convert::key_text(material, "material")?;
    Ok(read_text(text, material.is_instance_of::<PyBytes>(), allow_short_secret)?)
}

fn read_text(text: &[u8], may_be_der: bool, allow_short_secret: bool) -> Result<Key> {
    match (allow_short_secret, may_be_der) {
        (true, _) => Key::from_short_secret(text),
        (false, true) => Key::from_bytes(text),
        (false, false) => Key::from_text(text),
    }
}
