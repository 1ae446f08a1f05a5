//! Claims of a verified token as a cache keeps them: from these a hit makes a new `dict`, without reading JSON.

use jiter::JsonValue;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::encoding::json::Member;

/// A `dict` that nobody else has, and what in it must be copied because it could be changed.
pub struct Prototype {
    claims: Py<PyDict>,
    changeable: Vec<Py<PyString>>,
}

impl Prototype {
    /// Of `claims`, which were read for this alone.
    pub fn of(claims: Bound<'_, PyDict>) -> PyResult<Self> {
        let changeable = claims.iter().filter(|(_, value)| is_changeable(value));
        let changeable = changeable.map(|(name, _)| Ok(name.cast_into::<PyString>()?.unbind()));
        let changeable = changeable.collect::<PyResult<_>>()?;
        Ok(Self { claims: claims.unbind(), changeable })
    }

    /// Its own `dict`, to look at and not to hand out.
    pub fn bind<'py>(&self, py: Python<'py>) -> &Bound<'py, PyDict> {
        self.claims.bind(py)
    }

    /// A new `dict` of them, which its owner may change, and all that is in it.
    pub fn fresh<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let fresh = self.claims.bind(py).copy()?;
        for name in &self.changeable {
            if let Some(value) = fresh.get_item(name)? {
                fresh.set_item(name, copy(&value)?)?;
            }
        }
        Ok(fresh)
    }
}

fn is_changeable(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyList>() || value.is_exact_instance_of::<PyDict>()
}

/// The reader's own limit on nesting bounds this recursion.
fn copy<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(items) = value.cast_exact::<PyList>() {
        let items = items.iter().map(|item| copy(&item)).collect::<PyResult<Vec<_>>>()?;
        return Ok(PyList::new(value.py(), items)?.into_any());
    }
    let Ok(members) = value.cast_exact::<PyDict>() else { return Ok(value.clone()) };
    let copied = PyDict::new(value.py());
    for (name, member) in members {
        copied.set_item(name, copy(&member)?)?;
    }
    Ok(copied.into_any())
}

/// How many bytes of memory the claims take as Python objects, rounded up: what `CPython` allocates, and its books on it.
pub fn bytes(members: &[Member<'_>]) -> usize {
    256 + members.iter().map(|(name, member)| 64 + bytes_of_text(name) + bytes_of(member)).sum::<usize>()
}

fn bytes_of(value: &JsonValue<'_>) -> usize {
    match value {
        JsonValue::Null | JsonValue::Bool(_) => 0,
        JsonValue::Int(_) | JsonValue::Float(_) => 32,
        JsonValue::BigInt(number) => 48 + usize::try_from(number.bits() / 7).unwrap_or(usize::MAX / 2),
        JsonValue::Str(text) => bytes_of_text(text),
        JsonValue::Array(items) => 96 + items.iter().map(|item| 8 + bytes_of(item)).sum::<usize>(),
        JsonValue::Object(members) => bytes(members),
    }
}

/// One letter beyond ASCII makes each take up to four bytes.
fn bytes_of_text(text: &str) -> usize {
    if text.is_ascii() { 64 + text.len() } else { 96 + 4 * text.chars().count() }
}
