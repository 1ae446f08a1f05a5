//! `FunctionAlias`: the base of objects that compare and hash like a function.
//!
//! `FastAPI` hashes each dependency of a request three times, and a `__hash__` in Python takes longer than all else here.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

#[pyclass(frozen, subclass, weakref, module = "fastjose._core")]
pub struct FunctionAlias {
    #[pyo3(get)]
    function: Py<PyAny>,
}

#[pymethods]
impl FunctionAlias {
    /// Ignores the further arguments: those of `__init__` of a subclass.
    #[new]
    #[pyo3(signature = (function, *_args, **_kwargs))]
    fn new(function: Py<PyAny>, _args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self { function }
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let function = self.function.bind(other.py());
        match other.cast::<Self>() {
            Ok(other) => function.eq(&other.get().function),
            Err(_) => function.eq(other),
        }
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.function.bind(py).hash()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.function)
    }
}
