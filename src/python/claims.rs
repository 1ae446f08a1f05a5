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

/// The claims as a new `dict`. Where a name stands twice, the last counts.
pub fn dict<'py>(py: Python<'py>, claims: &[Member<'_>]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in claims {
        let object = NAMES.text(py, name);
        match (name.as_ref(), value) {
            ("iss" | "aud", JsonValue::Str(party)) => dict.set_item(object, PARTIES.text(py, party))?,
            _ => dict.set_item(object, value)?,
        }
    }
    Ok(dict)
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
