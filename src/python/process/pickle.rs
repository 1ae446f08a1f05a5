//! Pickling of native objects: an error that names the alternative.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

/// Returns the error for an object of `class`, where `source` is passed to another process instead.
pub fn not_picklable(class: &str, source: &str) -> PyErr {
    PyTypeError::new_err(format!(
        "A {class} cannot be pickled, because it belongs to its process and may hold secrets. Pass {source} to the other \
         process, and build the {class} there."
    ))
}
