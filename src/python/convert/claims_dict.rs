//! Claims as a new `dict`. The tokens of an issuer have the same names in the same order: these are prepared once.

use jiter::JsonValue;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};

use super::interned_strings::Kept;
use crate::encoding::json::Member;

/// The names of claims.
static NAMES: Kept = Kept::new();

/// The values of `iss` and `aud`.
static PARTIES: Kept = Kept::new();

/// Each shape has one place, which the first that comes there keeps.
static SHAPES: [PyOnceLock<Shape>; 64] = [const { PyOnceLock::new() }; 64];

/// A shape with more names is not kept.
const MAX_NAMES: usize = 32;

/// The names that a claims set has, in their order, and a `dict` of them to begin with: to copy it takes less time than to
/// let an empty one grow.
struct Shape {
    names: Vec<(Box<str>, Py<PyString>)>,
    blank: Py<PyDict>,
}

/// The claims of a verified token as a new `dict`. Where a name stands twice, the last counts.
pub fn dict<'py>(py: Python<'py>, claims: &[Member<'_>]) -> PyResult<Bound<'py, PyDict>> {
    let place = SHAPES.get(place(claims) % SHAPES.len());
    match place.and_then(|place| place.get(py)) {
        Some(shape) if shape.fits(claims) => shape.dict(py, claims),
        None if claims.len() <= MAX_NAMES => {
            let shape = Shape::of(py, claims)?;
            let dict = shape.dict(py, claims);
            // Where another thread was quicker, its shape is kept.
            let _ = place.map(|place| place.set(py, shape));
            dict
        }
        _ => grown(py, claims),
    }
}

/// The same for what nobody has vouched for, and so must not be kept: claims, or a header.
pub fn unverified_dict<'py>(py: Python<'py>, members: &[Member<'_>]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    members.iter().try_for_each(|(name, value)| dict.set_item(name, value))?;
    Ok(dict)
}

fn grown<'py>(py: Python<'py>, claims: &[Member<'_>]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    claims.iter().try_for_each(|(name, value)| insert(&dict, &NAMES.object(py, name), name, value))?;
    Ok(dict)
}

fn insert(dict: &Bound<'_, PyDict>, object: &Bound<'_, PyString>, name: &str, value: &JsonValue<'_>) -> PyResult<()> {
    match (name, value) {
        ("iss" | "aud", JsonValue::Str(party)) => dict.set_item(object, PARTIES.object(dict.py(), party)),
        _ => dict.set_item(object, value),
    }
}

impl Shape {
    fn of(py: Python<'_>, claims: &[Member<'_>]) -> PyResult<Self> {
        let blank = PyDict::new(py);
        let mut names = Vec::with_capacity(claims.len());
        for (name, _) in claims {
            let object = NAMES.object(py, name);
            blank.set_item(&object, py.None())?;
            names.push((name.as_ref().into(), object.unbind()));
        }
        Ok(Self { names, blank: blank.unbind() })
    }

    fn fits(&self, claims: &[Member<'_>]) -> bool {
        self.names.len() == claims.len() && self.names.iter().zip(claims).all(|((kept, _), (name, _))| **kept == **name)
    }

    fn dict<'py>(&self, py: Python<'py>, claims: &[Member<'_>]) -> PyResult<Bound<'py, PyDict>> {
        let dict = self.blank.bind(py).copy()?;
        for ((_, object), (name, value)) in self.names.iter().zip(claims) {
            insert(&dict, object.bind(py), name, value)?;
        }
        Ok(dict)
    }
}

/// Told from the number of the names and their lengths.
fn place(claims: &[Member<'_>]) -> usize {
    claims.iter().fold(claims.len(), |sum, (name, _)| sum.wrapping_mul(31).wrapping_add(name.len()))
}
