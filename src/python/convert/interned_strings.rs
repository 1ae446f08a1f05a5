//! `str` objects that are made once: of texts that come with every token.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

/// How many texts are kept at the most, each for as long as the process lives.
const PLACES: usize = 256;

/// The longest text that is kept, in bytes.
const MAX_BYTES: usize = 64;

/// Objects by their texts. Each text has one place, which the first that comes there keeps: so nothing ever waits. What
/// strangers write must not come here, or they would take the places.
pub struct Kept([PyOnceLock<(Box<str>, Py<PyString>)>; PLACES]);

impl Kept {
    pub const fn new() -> Self {
        Self([const { PyOnceLock::new() }; PLACES])
    }

    /// `text` as a `str`, kept if it can be.
    pub fn object<'py>(&self, py: Python<'py>, text: &str) -> Bound<'py, PyString> {
        let place = self.0.get(place(text.as_bytes()));
        match place.and_then(|place| place.get(py)) {
            Some((kept, object)) if **kept == *text => object.bind(py).clone(),
            None if text.len() <= MAX_BYTES => {
                let object = PyString::intern(py, text);
                // Where another thread was quicker, its object is kept, and this one is as good.
                let _ = place.map(|place| place.set(py, (text.into(), object.clone().unbind())));
                object
            }
            _ => PyString::new(py, text),
        }
    }
}

/// Told from the first and the last bytes, in less time than a hash takes.
fn place(text: &[u8]) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let bytes = match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29),
        _ => text.iter().fold(0, |bytes, byte| (bytes << 8) | u64::from(*byte)),
    };
    usize::from(bytes.wrapping_mul(ODD).to_be_bytes()[0])
}
