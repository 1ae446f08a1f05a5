//! Builds claims as an instance of a type of the application: a Pydantic model, or a msgspec Struct.
//!
//! fastjose imports neither library: an application with such a type has imported its library. Nothing is cached by type,
//! because a cache of validators would keep the types of the application alive.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyType};

use super::process::once;

/// A type that claims can be built as. Both libraries build it from the JSON text of the payload, which is faster than to
/// build a dict first.
pub struct ClaimsType<'a, 'py> {
    into: &'a Bound<'py, PyAny>,
    library: Library<'py>,
}

enum Library<'py> {
    /// Pydantic, with the validator of the model.
    Pydantic(Bound<'py, PyAny>),
    Msgspec(&'static Msgspec),
}

struct Msgspec {
    /// The metaclass of a Struct. It identifies a Struct without an attribute error for every other type.
    metaclass: Py<PyType>,
    /// `msgspec.json.decode`.
    decode: Py<PyAny>,
}

static MSGSPEC: PyOnceLock<Msgspec> = PyOnceLock::new();

impl<'a, 'py> ClaimsType<'a, 'py> {
    /// Decides to which library `into` belongs.
    ///
    /// # Errors
    /// A `TypeError` if `into` is neither a Pydantic model nor a msgspec Struct.
    pub fn new(into: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        let py = into.py();
        if let Some(msgspec) = MSGSPEC.get(py).filter(|msgspec| into.get_type().is(&msgspec.metaclass)) {
            return Ok(Self { into, library: Library::Msgspec(msgspec) });
        }
        if into.is_instance_of::<PyType>()
            && let Some(validator) = into.getattr_opt(intern!(py, "__pydantic_validator__"))?
        {
            return Ok(Self { into, library: Library::Pydantic(validator) });
        }
        if is_struct(into)? {
            let msgspec = once::get_or_create(py, &MSGSPEC, || Msgspec::load(py))?;
            return Ok(Self { into, library: Library::Msgspec(msgspec) });
        }
        Err(PyTypeError::new_err("into must be a Pydantic model or a msgspec Struct: a class, not an instance"))
    }

    /// Builds an instance from the payload of a token, which the strict JSON parser has accepted.
    ///
    /// # Errors
    /// A `JWTClaimsError` that names the claim which does not fit. Other exceptions of the application's code pass
    /// through unchanged.
    pub fn build(&self, payload: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyAny>> {
        let py = payload.py();
        let built = match &self.library {
            Library::Pydantic(validator) => validator.call_method1(intern!(py, "validate_json"), (payload,)),
            Library::Msgspec(msgspec) => {
                let options = PyDict::new(py);
                options.set_item(intern!(py, "type"), self.into)?;
                msgspec.decode.bind(py).call((payload,), Some(&options))
            }
        };
        built.map_err(|error| claims_error(self.into, error).unwrap_or_else(|error| error))
    }
}

impl Msgspec {
    fn load(py: Python<'_>) -> PyResult<Self> {
        let metaclass = py.import("msgspec")?.getattr("Struct")?.get_type().unbind();
        Ok(Self { metaclass, decode: py.import("msgspec.json")?.getattr("decode")?.unbind() })
    }
}

/// Returns true for a Struct, and for a generic Struct with arguments, which is not a class.
fn is_struct(into: &Bound<'_, PyAny>) -> PyResult<bool> {
    let origin = into.getattr_opt(intern!(into.py(), "__origin__"))?;
    let class = origin.as_ref().unwrap_or(into);
    Ok(class.is_instance_of::<PyType>() && class.hasattr(intern!(into.py(), "__struct_fields__"))?)
}

/// Converts the error of a library. Its own error contains claims, so that the new one must not refer to it.
fn claims_error(into: &Bound<'_, PyAny>, error: PyErr) -> PyResult<PyErr> {
    static CLAIMS_ERROR: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = into.py();
    let convert = CLAIMS_ERROR.import(py, "fastjose._claims_types", "claims_error")?;
    let converted = convert.call1((into, error.value(py)))?;
    Ok(if converted.is_none() { error } else { PyErr::from_value(converted) })
}
