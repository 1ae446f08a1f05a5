//! Converts claims to a new `dict`. Tokens of one issuer have the same keys in the same order: templates of these are cached.

use jiter::JsonValue;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};

use super::interned_strings::StringInterner;
use crate::encoding::json::{MAX_FAST_MEMBERS, Member};

/// The names of claims.
static CLAIM_NAMES: StringInterner = StringInterner::new();

/// The values of `iss` and `aud`.
static ISS_AUD_VALUES: StringInterner = StringInterner::new();

/// Shapes by slot. The first shape that maps to a slot stays there.
static SHAPES: [PyOnceLock<Shape>; 64] = [const { PyOnceLock::new() }; 64];

/// The keys of a claims set in their order, and a template `dict` with them: copying it is faster than growing an empty one.
struct Shape {
    keys: Vec<(Box<str>, Py<PyString>)>,
    template: Py<PyDict>,
}

/// Converts the claims of a verified token. If a key occurs twice, the last value counts.
pub fn to_dict<'py>(py: Python<'py>, claims: &[Member<'_>]) -> PyResult<Bound<'py, PyDict>> {
    let slot = SHAPES.get(slot_index(claims) % SHAPES.len());
    match slot.and_then(|slot| slot.get(py)) {
        Some(shape) if shape.matches(claims) => shape.build_dict(py, claims),
        None if claims.len() <= MAX_FAST_MEMBERS => {
            let shape = Shape::new(py, claims)?;
            let dict = shape.build_dict(py, claims);
            // If another thread has filled the slot, its shape stays there.
            let _ = slot.map(|slot| slot.set(py, shape));
            dict
        }
        _ => build_dict(py, claims),
    }
}

/// Converts the members of an unverified header or claims set. Nothing of them is cached.
pub fn unverified_to_dict<'py>(py: Python<'py>, members: &[Member<'_>]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    members.iter().try_for_each(|(key, value)| dict.set_item(key, value))?;
    Ok(dict)
}

fn build_dict<'py>(py: Python<'py>, claims: &[Member<'_>]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    claims.iter().try_for_each(|(key, value)| insert(&dict, &CLAIM_NAMES.intern(py, key), key, value))?;
    Ok(dict)
}

fn insert(dict: &Bound<'_, PyDict>, object: &Bound<'_, PyString>, key: &str, value: &JsonValue<'_>) -> PyResult<()> {
    match (key, value) {
        ("iss" | "aud", JsonValue::Str(text)) => dict.set_item(object, ISS_AUD_VALUES.intern(dict.py(), text)),
        _ => dict.set_item(object, value),
    }
}

impl Shape {
    fn new(py: Python<'_>, claims: &[Member<'_>]) -> PyResult<Self> {
        let template = PyDict::new(py);
        let mut keys = Vec::with_capacity(claims.len());
        for (key, _) in claims {
            let object = CLAIM_NAMES.intern(py, key);
            template.set_item(&object, py.None())?;
            keys.push((key.as_ref().into(), object.unbind()));
        }
        Ok(Self { keys, template: template.unbind() })
    }

    fn matches(&self, claims: &[Member<'_>]) -> bool {
        self.keys.len() == claims.len() && self.keys.iter().zip(claims).all(|((own, _), (key, _))| **own == **key)
    }

    fn build_dict<'py>(&self, py: Python<'py>, claims: &[Member<'_>]) -> PyResult<Bound<'py, PyDict>> {
        let dict = self.template.bind(py).copy()?;
        for ((_, object), (key, value)) in self.keys.iter().zip(claims) {
            insert(&dict, object.bind(py), key, value)?;
        }
        Ok(dict)
    }
}

/// Computes the slot from the number of keys and their lengths.
fn slot_index(claims: &[Member<'_>]) -> usize {
    claims.iter().fold(claims.len(), |sum, (key, _)| sum.wrapping_mul(31).wrapping_add(key.len()))
}
