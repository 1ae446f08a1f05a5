//! Objects that the Python package passes to the native module when it is imported.
//!
//! The native module does not import the package, except for `fastjose.exceptions` and `fastjose._coroutines`.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

/// The classes of `fastjose.backends`.
pub struct KeyClasses {
    /// The base class of all key classes, including those of an application.
    pub base: Py<PyType>,
    /// The classes whose `sign` and `verify` are those of `KeyMaterial`.
    pub native: Vec<Py<PyType>>,
    /// Converts a key object of another library to PEM.
    pub external_key_pem: Py<PyAny>,
}

/// The registry of algorithms in `fastjose.constants`, to which an application may add, and functions that use it.
pub struct Registry {
    algorithms: Py<PyAny>,
    /// The module `fastjose.constants`, whose limits an application may change.
    constants: Py<PyAny>,
    /// Creates a key object for an algorithm that is not one of the core's.
    pub construct: Py<PyAny>,
    /// Computes the claim `at_hash`.
    pub calculate_at_hash: Py<PyAny>,
}

static KEY_CLASSES: PyOnceLock<KeyClasses> = PyOnceLock::new();
static REGISTRY: PyOnceLock<Registry> = PyOnceLock::new();

/// Sets the key classes. Later calls have no effect, so that a reload of the package does not change them.
#[pyfunction]
#[pyo3(signature = (*, base, native, external_key_pem))]
pub fn configure_key_classes(py: Python<'_>, base: Py<PyType>, native: Vec<Py<PyType>>, external_key_pem: Py<PyAny>) {
    let _ = KEY_CLASSES.set(py, KeyClasses { base, native, external_key_pem });
}

/// Sets the registry. Later calls have no effect, so that a reload of the package does not change it.
#[pyfunction]
#[pyo3(signature = (*, algorithms, constants, construct, calculate_at_hash))]
pub fn configure_registry(
    py: Python<'_>,
    algorithms: Py<PyAny>,
    constants: Py<PyAny>,
    construct: Py<PyAny>,
    calculate_at_hash: Py<PyAny>,
) {
    let _ = REGISTRY.set(py, Registry { algorithms, constants, construct, calculate_at_hash });
}

/// Returns the key classes.
pub fn key_classes(py: Python<'_>) -> PyResult<&'static KeyClasses> {
    KEY_CLASSES.get(py).ok_or_else(|| PyRuntimeError::new_err("fastjose.backends must be imported first"))
}

/// Returns the registry.
pub fn registry(py: Python<'_>) -> PyResult<&'static Registry> {
    REGISTRY.get(py).ok_or_else(|| PyRuntimeError::new_err("fastjose.jwk must be imported first"))
}

/// The default of `fastjose.constants.MAX_TOKEN_BYTES`. It applies while the registry is not set: log hints read tokens
/// in an application that does not import `fastjose.jwk`.
const DEFAULT_MAX_TOKEN_BYTES: usize = 256_000;

/// Returns the length of the longest token that is read, in bytes.
pub fn max_token_bytes(py: Python<'_>) -> PyResult<usize> {
    let Some(registry) = REGISTRY.get(py) else { return Ok(DEFAULT_MAX_TOKEN_BYTES) };
    registry.constants.bind(py).getattr(pyo3::intern!(py, "MAX_TOKEN_BYTES"))?.extract()
}

impl Registry {
    /// Returns the class that an application registered for `algorithm`.
    pub fn registered_class<'py>(&self, py: Python<'py>, algorithm: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let classes = self.algorithms.bind(py).getattr(pyo3::intern!(py, "KEYS"))?.cast_into::<PyDict>()?;
        if classes.is_empty() { Ok(None) } else { classes.get_item(algorithm) }
    }

    /// Returns the hash function for the `at_hash` of a token that is signed with `algorithm`.
    pub fn hash_function<'py>(&self, py: Python<'py>, algorithm: &str) -> PyResult<Bound<'py, PyAny>> {
        self.algorithms.bind(py).getattr(pyo3::intern!(py, "HASHES"))?.get_item(algorithm)
    }
}
