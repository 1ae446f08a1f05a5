//! Claims as a new `dict`. The names of claims are the same from token to token: their `str` objects are made once.

use std::sync::LazyLock;

use ahash::RandomState;
use jiter::JsonObject;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};

/// How many names are kept at the most, each for as long as the process lives.
const NAMES: usize = 256;

/// The longest name that is kept, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// Each name has one place, which the first that comes there keeps.
static KEPT: [PyOnceLock<Name>; NAMES] = [const { PyOnceLock::new() }; NAMES];
static HASH: LazyLock<RandomState> = LazyLock::new(RandomState::new);

struct Name {
    text: Box<str>,
    object: Py<PyString>,
}

/// The claims as a new `dict`. Where a name stands twice, the last counts.
pub fn dict<'py>(py: Python<'py>, claims: &JsonObject<'_>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in claims.iter() {
        match kept(py, name) {
            Some(name) => dict.set_item(name, value)?,
            None => dict.set_item(name, value)?,
        }
    }
    Ok(dict)
}

fn kept<'py>(py: Python<'py>, name: &str) -> Option<&'py Bound<'py, PyString>> {
    let place = KEPT.get(usize::from(HASH.hash_one(name) as u8))?;
    let kept = match place.get(py) {
        Some(kept) => kept,
        None if name.len() > MAX_NAME_BYTES => return None,
        None => place.get_or_init(py, || Name { text: name.into(), object: PyString::intern(py, name).unbind() }),
    };
    (*kept.text == *name).then(|| kept.object.bind(py))
}
