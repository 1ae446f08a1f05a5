//! JSON Web Encryption: `JweToken`, `JweKey`, and the content encryption of python-jose's `AESKey`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::convert::claims_dict as claims;
use super::errors::JWEError;
use super::gil;
use super::python_jose::PyKeyMaterial;
use crate::error::{Error, Result};
use crate::jwe::{self, ContentEncryption, DecryptionKey, Deflate, EncryptionKey, KeyManagement, Made, Options, Token};
use crate::python_jose::CompatKey;

#[pyclass(frozen, name = "JweToken", module = "fastjose._core")]
pub struct PyJweToken(Token);

#[pymethods]
impl PyJweToken {
    #[new]
    fn new(token: &[u8], max_bytes: usize) -> PyResult<Self> {
        Ok(Self(Token::read(token, max_bytes)?))
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
        let managements = Some(std::slice::from_ref(&key.management));
        let options = Options { managements, max_plaintext_bytes: max_bytes, ..Options::default() };
        let decrypting = key.decrypting.as_ref().ok_or_else(public_key)?;
        let plaintext = key.let_go(py, || self.0.decrypt(decrypting, options)).map_err(as_jwe_error)?;
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
    encrypting: Option<EncryptionKey>,
    decrypting: Option<DecryptionKey>,
}

#[pymethods]
impl PyJweKey {
    #[new]
    fn new(material: &Bound<'_, PyAny>, algorithm: &str) -> PyResult<Self> {
        let management: KeyManagement = algorithm.parse()?;
        if management.is_rsa() {
            let material = material.cast::<PyKeyMaterial>();
            let material = material.map_err(|_| PyTypeError::new_err("material must be a KeyMaterial for RSA"))?;
            return Self::rsa(management, &material.get().0).map_err(as_jwe_error);
        }
        let octets = material.cast::<PyBytes>().map_err(|_| PyTypeError::new_err("material must be bytes"))?;
        Ok(Self::symmetric(management, octets.as_bytes()))
    }

    fn wrap<'py>(&self, py: Python<'py>, cek: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let key = self.encrypting.as_ref().ok_or_else(private_key)?;
        let wrapped = self.let_go(py, || jwe::wrap_key(self.management, key, cek))?;
        Ok(PyBytes::new(py, &wrapped))
    }

    fn unwrap<'py>(&self, py: Python<'py>, encrypted_key: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let key = self.decrypting.as_ref().ok_or_else(public_key)?;
        let cek = self.let_go(py, || jwe::unwrap_key(self.management, key, encrypted_key))?;
        Ok(PyBytes::new(py, &cek))
    }

    fn __repr__(&self) -> String {
        format!("<fastjose._core.JweKey algorithm={:?}>", self.management.name())
    }
}

impl PyJweKey {
    /// python-jose encrypts with a public key alone.
    fn rsa(management: KeyManagement, key: &CompatKey) -> Result<Self> {
        let CompatKey::Asymmetric(key) = key else { return Err(Error::InvalidKey("The key is not RSA.".to_owned())) };
        if key.is_private() {
            return Ok(Self { management, encrypting: None, decrypting: Some(key.decryption_key()?) });
        }
        Ok(Self { management, encrypting: Some(key.encryption_key()?), decrypting: None })
    }

    fn symmetric(management: KeyManagement, octets: &[u8]) -> Self {
        let encrypting = EncryptionKey::Symmetric(octets.to_vec());
        let decrypting = DecryptionKey::Symmetric(octets.to_vec());
        Self { management, encrypting: Some(encrypting), decrypting: Some(decrypting) }
    }

    fn let_go<T: Send>(&self, py: Python<'_>, work: impl Send + FnOnce() -> Result<T>) -> Result<T> {
        gil::let_go_if(py, self.management.is_rsa(), 0, work)
    }
}

/// The key is what the caller has: where it does not fit, python-jose says so of the encryption.
fn as_jwe_error(error: Error) -> PyErr {
    match error {
        Error::InvalidKey(text) => JWEError::new_err(text),
        error => error.into(),
    }
}

fn private_key() -> PyErr {
    JWEError::new_err("A private key encrypts nothing: give its public half.")
}

fn public_key() -> PyErr {
    JWEError::new_err("A public key decrypts nothing.")
}

#[pyfunction]
pub fn jwe_header<'py>(py: Python<'py>, token: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let header = jwe::unverified_header(token, usize::MAX)?;
    claims::unverified_dict(py, &jwe::header_members(&header)?)
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
    // python-jose reads this form alone.
    let compression = compress.then_some(Deflate::Zlib);
    let made = Made { cek, encrypted_key, iv };
    let work = || jwe::encrypt_with(plaintext, made, encryption, compression, header);
    Ok(PyBytes::new(py, gil::let_go_if(py, false, plaintext.len(), work)?.as_bytes()))
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
    let sealed = gil::let_go_if(py, false, plaintext.len(), || jwe::seal(encryption, key, iv, aad, plaintext))?;
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
    Ok(PyBytes::new(py, &gil::let_go_if(py, false, ciphertext.len(), work)?))
}

#[pyfunction]
pub fn cbc_encrypt<'py>(py: Python<'py>, key: &[u8], iv: &[u8], plaintext: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let ciphertext = gil::let_go_if(py, false, plaintext.len(), || jwe::encrypt_cbc(key, iv, plaintext))?;
    Ok(PyBytes::new(py, &ciphertext))
}

#[pyfunction]
pub fn cbc_decrypt<'py>(py: Python<'py>, key: &[u8], iv: &[u8], ciphertext: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let plaintext = gil::let_go_if(py, false, ciphertext.len(), || jwe::decrypt_cbc(key, iv, ciphertext))?;
    Ok(PyBytes::new(py, &plaintext))
}

/// A length in bytes, by `enc`.
pub fn lengths(py: Python<'_>, of: impl Fn(ContentEncryption) -> usize) -> PyResult<Bound<'_, PyDict>> {
    let lengths = PyDict::new(py);
    for encryption in ContentEncryption::all() {
        lengths.set_item(encryption.name(), of(encryption))?;
    }
    Ok(lengths)
}
