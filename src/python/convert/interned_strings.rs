//! A lock-free table of `str` objects for strings that occur in every token.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

/// The number of slots. A string stays in its slot for the life of the process.
const SLOTS: usize = 256;

/// The length of the longest string that is interned, in bytes.
const MAX_BYTES: usize = 64;

/// Strings by slot. The first string that maps to a slot stays there, so no caller ever waits.
///
/// Strings must come from verified tokens: an attacker could otherwise fill the slots.
pub struct StringInterner([PyOnceLock<(Box<str>, Py<PyString>)>; SLOTS]);

impl StringInterner {
    pub const fn new() -> Self {
        Self([const { PyOnceLock::new() }; SLOTS])
    }

    /// Returns `text` as a `str`, from its slot if possible.
    pub fn intern<'py>(&self, py: Python<'py>, text: &str) -> Bound<'py, PyString> {
        let slot = self.0.get(slot_index(text.as_bytes()));
        match slot.and_then(|slot| slot.get(py)) {
            Some((interned, object)) if **interned == *text => object.bind(py).clone(),
            None if text.len() <= MAX_BYTES => {
                let object = PyString::intern(py, text);
                // If another thread has filled the slot, its object stays there; this one is equally valid.
                let _ = slot.map(|slot| slot.set(py, (text.into(), object.clone().unbind())));
                object
            }
            _ => PyString::new(py, text),
        }
    }
}

impl StringInterner {
    /// Returns true if `text` is in its slot.
    pub fn contains(&self, py: Python<'_>, text: &str) -> bool {
        let slot = self.0.get(slot_index(text.as_bytes())).and_then(|slot| slot.get(py));
        slot.is_some_and(|(interned, _)| **interned == *text)
    }
}

/// Computes the slot from the first and last bytes, which is faster than a hash of all bytes.
fn slot_index(text: &[u8]) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let bytes = match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29),
        _ => text.iter().fold(0, |bytes, byte| (bytes << 8) | u64::from(*byte)),
    };
    usize::from(bytes.wrapping_mul(ODD).to_be_bytes()[0])
}
