//! Claims as a new `dict`. The names of claims are the same from token to token, and mostly issuer and audience: their
//! `str` objects are made once.

use jiter::JsonValue;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};

use crate::json::Member;

/// How many texts are kept of each kind at the most, each for as long as the process lives.
const KEPT: usize = 256;

/// The longest text that is kept, in bytes.
const MAX_KEPT_BYTES: usize = 64;

/// `str` objects by their texts. Each has one place, which the first that comes there keeps.
struct Kept([PyOnceLock<(Box<str>, Py<PyString>)>; KEPT]);

static NAMES: Kept = Kept::new();
/// The values of `iss` and `aud`.
static PARTIES: Kept = Kept::new();

/// The names that a claims set has, in their order, and a `dict` of them to begin with: to copy it takes less time than to
/// let an empty one grow.
struct Shape {
    names: Vec<(Box<str>, Py<PyString>)>,
    blank: Py<PyDict>,
}

/// As with texts, each shape has one place, which the first that comes there keeps.
static SHAPES: [PyOnceLock<Shape>; KEPT_SHAPES] = [const { PyOnceLock::new() }; KEPT_SHAPES];
const KEPT_SHAPES: usize = 64;
const MAX_KEPT_NAMES: usize = 32;

/// The claims as a new `dict`. Where a name stands twice, the last counts.
pub fn dict<'py>(py: Python<'py>, claims: &[Member<'_>]) -> PyResult<Bound<'py, PyDict>> {
    let length = claims.iter().fold(claims.len(), |length, (name, _)| length.wrapping_mul(31).wrapping_add(name.len()));
    let place = SHAPES.get(length % KEPT_SHAPES);
    if let Some(shape) = place.and_then(|place| place.get(py))
        && shape.names.len() == claims.len()
        && shape.names.iter().zip(claims).all(|((kept, _), (name, _))| **kept == **name)
    {
        let dict = shape.blank.bind(py).copy()?;
        for ((_, object), (name, value)) in shape.names.iter().zip(claims) {
            insert(py, &dict, object.bind(py), name, value)?;
        }
        return Ok(dict);
    }
    let dict = PyDict::new(py);
    for (name, value) in claims {
        insert(py, &dict, &NAMES.text(py, name), name, value)?;
    }
    if let Some(place) = place
        && dict.len() == claims.len()
        && claims.len() <= MAX_KEPT_NAMES
    {
        let names = claims.iter().map(|(name, _)| (name.as_ref().into(), NAMES.text(py, name).unbind())).collect();
        let blank = dict.copy()?;
        for (name, _) in claims {
            blank.set_item(NAMES.text(py, name), py.None())?;
        }
        let _ = place.set(py, Shape { names, blank: blank.unbind() });
    }
    Ok(dict)
}

fn insert(
    py: Python<'_>,
    dict: &Bound<'_, PyDict>,
    object: &Bound<'_, PyString>,
    name: &str,
    value: &JsonValue<'_>,
) -> PyResult<()> {
    match (name, value) {
        ("iss" | "aud", JsonValue::Str(party)) => dict.set_item(object, PARTIES.text(py, party)),
        _ => dict.set_item(object, value),
    }
}

impl Kept {
    const fn new() -> Self {
        Self([const { PyOnceLock::new() }; KEPT])
    }

    fn text<'py>(&self, py: Python<'py>, text: &str) -> Bound<'py, PyString> {
        let place = self.0.get(place(text.as_bytes()));
        match place.and_then(|place| place.get(py)) {
            Some((kept, object)) if **kept == *text => object.bind(py).clone(),
            None if text.len() <= MAX_KEPT_BYTES => {
                let object = PyString::intern(py, text);
                let _ = place.map(|place| place.set(py, (text.into(), object.clone().unbind())));
                object
            }
            _ => PyString::new(py, text),
        }
    }
}

/// Where a text is kept: told from its first and last bytes, in less time than a hash takes. Texts that meet there cost a
/// new object each time, and no more.
fn place(text: &[u8]) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let bytes = match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29),
        _ => text.iter().fold(0, |bytes, byte| bytes << 8 | u64::from(*byte)),
    };
    usize::from(bytes.wrapping_mul(ODD).to_be_bytes()[0])
}
