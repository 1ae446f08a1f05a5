//! JSON Web Encryption: `JweToken`, `JweKey`, and the content encryption of python-jose's `AESKey`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::convert::claims_dict;
use super::errors::{JWEError, with_code_of};
use super::process::gil;
use super::python_jose::PyKeyMaterial;
use crate::error::Error as KeyError;
use crate::jwe::{
    self, ContentEncryption, DecryptOptions, DecryptionKey, Deflate, EncryptionInputs, EncryptionKey, JweToken,
    KeyManagement, Result,
};
use crate::python_jose::CompatKey;

#[pyclass(frozen, name = "JweToken", module = "fastjose._core")]
pub struct PyJweToken(JweToken);

#[pymethods]
impl PyJweToken {
    #[new]
    fn new(token: &[u8], max_bytes: usize) -> PyResult<Self> {
        Ok(Self(JweToken::parse(token, max_bytes)?))
    }

    #[getter]
    fn alg(&self) -> &str {
        self.0.alg()
    }

    #[getter]
    fn enc(&self) -> &str {
        self.0.enc()
    }

    #[getter]
    fn encrypted_key<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.encrypted_key())
    }

    fn decrypt<'py>(&self, py: Python<'py>, key: &PyJweKey, max_bytes: usize) -> PyResult<Bound<'py, PyBytes>> {
        let allowed_algs = Some(std::slice::from_ref(&key.management));
        let options = DecryptOptions { allowed_algs, max_plaintext_bytes: max_bytes, ..DecryptOptions::default() };
        let decryption_key = key.decryption_key()?;
        let plaintext = key.detach_if_rsa(py, || self.0.decrypt(decryption_key, options)).map_err(key_as_jwe_error)?;
        Ok(PyBytes::new(py, &plaintext))
    }

    fn decrypt_with<'py>(
        &self,
        py: Python<'py>,
        cek: Option<&[u8]>,
        max_bytes: usize,
    ) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.decrypt_with(cek, max_bytes)?))
    }
}

#[pyclass(frozen, name = "JweKey", module = "fastjose._core")]
pub struct PyJweKey {
    management: KeyManagement,
    encryption_key: Option<EncryptionKey>,
    decryption_key: Option<DecryptionKey>,
}

#[pymethods]
impl PyJweKey {
    #[new]
    fn new(material: &Bound<'_, PyAny>, algorithm: &str) -> PyResult<Self> {
        let management: KeyManagement = algorithm.parse()?;
        if management.is_rsa() {
            let material = material.cast::<PyKeyMaterial>();
            let material = material.map_err(|_| PyTypeError::new_err("material must be a KeyMaterial for RSA"))?;
            return Self::from_rsa(management, &material.get().0).map_err(key_as_jwe_error);
        }
        let bytes = material.cast::<PyBytes>().map_err(|_| PyTypeError::new_err("material must be bytes"))?;
        Ok(Self::from_bytes(management, bytes.as_bytes()))
    }

    fn wrap<'py>(&self, py: Python<'py>, cek: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let key = self.encryption_key()?;
        let wrapped = self.detach_if_rsa(py, || jwe::wrap_key(self.management, key, cek))?;
        Ok(PyBytes::new(py, &wrapped))
    }

    fn unwrap<'py>(&self, py: Python<'py>, encrypted_key: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let key = self.decryption_key()?;
        let cek = self.detach_if_rsa(py, || jwe::unwrap_key(self.management, key, encrypted_key))?;
        Ok(PyBytes::new(py, &cek))
    }

    fn __repr__(&self) -> String {
        format!("<fastjose._core.JweKey algorithm={:?}>", self.management.name())
    }
}

impl PyJweKey {
    /// Prepares an RSA key. A private key only decrypts, as in python-jose.
    fn from_rsa(management: KeyManagement, key: &CompatKey) -> Result<Self> {
        let CompatKey::Asymmetric(key) = key else {
            return Err(KeyError::InvalidKey("The key must be an RSA key.".to_owned()).into());
        };
        if key.is_private() {
            let decryption_key = Some(key.decryption_key()?);
            return Ok(Self { management, encryption_key: None, decryption_key });
        }
        Ok(Self { management, encryption_key: Some(key.encryption_key()?), decryption_key: None })
    }

    fn from_bytes(management: KeyManagement, bytes: &[u8]) -> Self {
        let encryption_key = Some(EncryptionKey::Symmetric(bytes.to_vec()));
        let decryption_key = Some(DecryptionKey::Symmetric(bytes.to_vec()));
        Self { management, encryption_key, decryption_key }
    }

    fn encryption_key(&self) -> PyResult<&EncryptionKey> {
        let key = self.encryption_key.as_ref();
        key.ok_or_else(|| invalid_key_error("Encryption requires the public key.".to_owned()))
    }

    fn decryption_key(&self) -> PyResult<&DecryptionKey> {
        let key = self.decryption_key.as_ref();
        key.ok_or_else(|| invalid_key_error("Decryption requires the private key.".to_owned()))
    }

    fn detach_if_rsa<T: Send>(&self, py: Python<'_>, work: impl Send + FnOnce() -> Result<T>) -> Result<T> {
        gil::detach_if_expensive(py, self.management.is_rsa(), 0, work)
    }
}

/// Raises an unusable key as a `JWEError`, as python-jose does.
fn key_as_jwe_error(error: jwe::Error) -> PyErr {
    match error {
        jwe::Error::Key(KeyError::InvalidKey(message)) => invalid_key_error(message),
        error => error.into(),
    }
}

/// Returns a `JWEError` with the code of an unusable key.
fn invalid_key_error(message: String) -> PyErr {
    let error = KeyError::InvalidKey(message);
    Python::attach(|py| with_code_of(py, JWEError::new_err(error.to_string()), &error))
}

#[pyfunction]
pub fn jwe_header<'py>(py: Python<'py>, token: &[u8], max_bytes: usize) -> PyResult<Bound<'py, PyDict>> {
    let header = jwe::unverified_header(token, max_bytes)?;
    claims_dict::unverified_to_dict(py, &jwe::parse_header_members(&header)?)
}

#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the parts of a token")]
pub fn jwe_encrypt<'py>(
    py: Python<'py>,
    plaintext: &[u8],
    header: &[u8],
    cek: &[u8],
    encrypted_key: &[u8],
    iv: &[u8],
    encryption: &str,
    compress: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    let encryption: ContentEncryption = encryption.parse()?;
    // python-jose only reads this form.
    let compression = compress.then_some(Deflate::Zlib);
    let inputs = EncryptionInputs { cek, encrypted_key, iv };
    let work = || jwe::encrypt_with(plaintext, inputs, encryption, compression, header);
    Ok(PyBytes::new(py, gil::detach_if_expensive(py, false, plaintext.len(), work)?.as_bytes()))
}

#[pyfunction]
pub fn aead_seal<'py>(
    py: Python<'py>,
    encryption: &str,
    key: &[u8],
    iv: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
    let encryption: ContentEncryption = encryption.parse()?;
    let sealed =
        gil::detach_if_expensive(py, false, plaintext.len(), || jwe::seal(encryption, key, iv, aad, plaintext))?;
    Ok((PyBytes::new(py, &sealed.ciphertext), PyBytes::new(py, &sealed.tag)))
}

#[pyfunction]
pub fn aead_open<'py>(
    py: Python<'py>,
    encryption: &str,
    key: &[u8],
    iv: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
    tag: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    let encryption: ContentEncryption = encryption.parse()?;
    let work = || jwe::open(encryption, key, iv, aad, ciphertext, tag);
    Ok(PyBytes::new(py, &gil::detach_if_expensive(py, false, ciphertext.len(), work)?))
}

#[pyfunction]
pub fn cbc_encrypt<'py>(py: Python<'py>, key: &[u8], iv: &[u8], plaintext: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let ciphertext = gil::detach_if_expensive(py, false, plaintext.len(), || jwe::encrypt_cbc(key, iv, plaintext))?;
    Ok(PyBytes::new(py, &ciphertext))
}

#[pyfunction]
pub fn cbc_decrypt<'py>(py: Python<'py>, key: &[u8], iv: &[u8], ciphertext: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let plaintext = gil::detach_if_expensive(py, false, ciphertext.len(), || jwe::decrypt_cbc(key, iv, ciphertext))?;
    Ok(PyBytes::new(py, &plaintext))
}

/// Builds a table of lengths in bytes, by the names of the content encryption algorithms.
pub fn build_length_table(
    py: Python<'_>,
    length_bytes: impl Fn(ContentEncryption) -> usize,
) -> PyResult<Bound<'_, PyDict>> {
    let lengths = PyDict::new(py);
    for encryption in ContentEncryption::all() {
        lengths.set_item(encryption.name(), length_bytes(encryption))?;
    }
    Ok(lengths)
}
