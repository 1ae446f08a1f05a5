//! Converts claims to a new `dict`. Tokens of one issuer have the same keys in the same order: templates of these are cached.

use jiter::JsonValue;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};

use super::interned_strings::StringInterner;
use crate::encoding::json::{MAX_FAST_MEMBERS, Member};
use crate::jwt::claims::ClaimsSet;
use crate::python::process::once;

/// The names of claims.
static CLAIM_NAMES: StringInterner = StringInterner::new();

/// The values of `iss` and `aud`.
static ISS_AUD_VALUES: StringInterner = StringInterner::new();

/// Shapes by slot. The first shape that maps to a slot stays there.
static SHAPES: [PyOnceLock<Shape>; 64] = [const { PyOnceLock::new() }; 64];

/// Whether templates are copied. Without a GIL, threads would wait for each other at the lock of a template.
const IS_TEMPLATE_COPIED: bool = cfg!(not(Py_GIL_DISABLED));

/// The keys of a claims set in their order, and a template `dict` with them: copying it is faster than growing an empty one.
struct Shape {
    keys: Vec<ShapeKey>,
    template: Py<PyDict>,
}

struct ShapeKey {
    text: Box<str>,
    object: Py<PyString>,
    /// The value in the template, if most tokens of an issuer have it: then it need not be set in the copy.
    constant: Option<Constant>,
}

/// A value that contains nothing of a user.
enum Constant {
    Null,
    Bool(bool),
    /// The value of `iss` or `aud`.
    IssOrAud(Box<str>),
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

/// Returns true if every claims `dict` has the same `str` object for `name`.
pub fn is_interned(py: Python<'_>, name: &str) -> bool {
    CLAIM_NAMES.contains(py, name)
}

/// The shape of the claims whose keys are the expected ones of a verifier.
pub struct ExpectedShape(PyOnceLock<Shape>);

impl ExpectedShape {
    pub const fn new() -> Self {
        Self(PyOnceLock::new())
    }

    /// Converts the claims of a verified token of one and the same verifier. Expected keys are not compared again.
    pub fn to_dict<'py>(&self, py: Python<'py>, claims: &ClaimsSet<'_>) -> PyResult<Bound<'py, PyDict>> {
        let members = claims.members();
        if !claims.has_expected_keys() {
            return to_dict(py, members);
        }
        once::get_or_create(py, &self.0, || Shape::new(py, members))?.build_dict(py, members)
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
    match value {
        JsonValue::Str(text) if is_iss_or_aud(key) => dict.set_item(object, ISS_AUD_VALUES.intern(dict.py(), text)),
        JsonValue::Str(text) => dict.set_item(object, PyString::new(dict.py(), text)),
        _ => dict.set_item(object, value),
    }
}

fn is_iss_or_aud(key: &str) -> bool {
    matches!(key, "iss" | "aud")
}

impl Shape {
    fn new(py: Python<'_>, claims: &[Member<'_>]) -> PyResult<Self> {
        let template = PyDict::new(py);
        let mut keys = Vec::with_capacity(claims.len());
        for (key, value) in claims {
            let object = CLAIM_NAMES.intern(py, key);
            // The last value of a key that occurs twice must always be set: the one before has replaced that of the template.
            let constant = if template.contains(&object)? { None } else { Constant::new(key, value) };
            match constant {
                Some(_) => insert(&template, &object, key, value)?,
                None => template.set_item(&object, py.None())?,
            }
            keys.push(ShapeKey { text: key.as_ref().into(), object: object.unbind(), constant });
        }
        Ok(Self { keys, template: template.unbind() })
    }

    fn matches(&self, claims: &[Member<'_>]) -> bool {
        self.keys.len() == claims.len() && self.keys.iter().zip(claims).all(|(own, (key, _))| *own.text == **key)
    }

    fn build_dict<'py>(&self, py: Python<'py>, claims: &[Member<'_>]) -> PyResult<Bound<'py, PyDict>> {
        let dict = if IS_TEMPLATE_COPIED { self.template.bind(py).copy()? } else { PyDict::new(py) };
        for (own, (key, value)) in self.keys.iter().zip(claims) {
            let is_copied = IS_TEMPLATE_COPIED && own.constant.as_ref().is_some_and(|constant| constant.equals(value));
            if !is_copied {
                insert(&dict, own.object.bind(py), key, value)?;
            }
        }
        Ok(dict)
    }
}

impl Constant {
    fn new(key: &str, value: &JsonValue<'_>) -> Option<Self> {
        match value {
            JsonValue::Null => Some(Self::Null),
            JsonValue::Bool(value) => Some(Self::Bool(*value)),
            JsonValue::Str(text) if is_iss_or_aud(key) => Some(Self::IssOrAud(text.as_ref().into())),
            _ => None,
        }
    }

    fn equals(&self, value: &JsonValue<'_>) -> bool {
        match (self, value) {
            (Self::Null, JsonValue::Null) => true,
            (Self::Bool(own), JsonValue::Bool(value)) => own == value,
            (Self::IssOrAud(own), JsonValue::Str(text)) => **own == **text,
            _ => false,
        }
    }
}

/// Computes the slot from the number of keys and their lengths.
fn slot_index(claims: &[Member<'_>]) -> usize {
    claims.iter().fold(claims.len(), |sum, (key, _)| sum.wrapping_mul(31).wrapping_add(key.len()))
}
