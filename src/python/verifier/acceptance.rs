//! The function of an application that accepts or rejects the claims of a verified token.

use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBoolMethods, PyDict};

use crate::error::Error;

/// A function of the claims. Only its result `True` accepts them.
#[pyclass(frozen, module = "fastjose._core")]
pub struct Acceptance(Py<PyAny>);

/// The attribute of the exception with what the function did, for the log. It has nothing of the claims.
const OUTCOME: &str = "outcome";

#[pymethods]
impl Acceptance {
    /// Checks the function.
    ///
    /// # Errors
    /// `TypeError` unless `function` is a plain function: a coroutine that is not awaited decides nothing.
    #[new]
    pub fn new(function: &Bound<'_, PyAny>) -> PyResult<Self> {
        if !function.is_callable() || is_asynchronous(function)? {
            return Err(PyTypeError::new_err("accept must be a plain function of the claims, which returns a bool"));
        }
        Ok(Self(function.clone().unbind()))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    /// Visits the function: a method of the object that owns this one makes a reference cycle, which the collector must find.
    pub fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }

    /// Calls the function with `claims`, which are not used elsewhere.
    ///
    /// # Errors
    /// [`Error::ClaimsNotAccepted`] if the function returns anything but `True`, or raises an `Exception`. A
    /// `KeyboardInterrupt` and its like pass through.
    pub fn require(&self, claims: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = claims.py();
        let outcome = match self.0.bind(py).call1((claims,)) {
            Ok(result) if result.cast::<PyBool>().is_ok_and(PyBoolMethods::is_true) => return Ok(()),
            Ok(result) => describe_result(&result)?,
            Err(error) if error.is_instance_of::<PyException>(py) => {
                format!("raised {}", error.get_type(py).name()?)
            }
            Err(error) => return Err(error),
        };
        let rejection = PyErr::from(Error::ClaimsNotAccepted);
        rejection.value(py).setattr(OUTCOME, outcome)?;
        Err(rejection)
    }
}

/// A coroutine is closed, so that Python does not warn about it beside the log.
fn describe_result(result: &Bound<'_, PyAny>) -> PyResult<String> {
    if result.cast::<PyBool>().is_ok() {
        return Ok("returned False".to_owned());
    }
    let name = result.get_type().name()?.to_string();
    if name == "coroutine" {
        // An object of another class with this name may lack the method.
        let _ = result.call_method0("close");
    }
    Ok(format!("returned a value of the type {name}, not a bool"))
}

/// Returns true for a coroutine function, an asynchronous generator, and an object whose `__call__` is one.
fn is_asynchronous(function: &Bound<'_, PyAny>) -> PyResult<bool> {
    let inspect = function.py().import("inspect")?;
    let call = function.get_type().getattr("__call__")?;
    for name in ["iscoroutinefunction", "isasyncgenfunction"] {
        for candidate in [function, &call] {
            if inspect.call_method1(name, (candidate,))?.is_truthy()? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
