//! Values that are created once, where Python code may run meanwhile.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// Returns the value of `slot`, or creates it.
///
/// Not `PyOnceLock::get_or_try_init`, which waits for itself without end if `create` needs the same value: any allocation of
/// Python's can run a finalizer, and that can verify a token. Here, the first value that was created stays.
///
/// # Errors
/// Those of `create`.
pub fn get_or_create<'s, T>(
    py: Python<'_>,
    slot: &'s PyOnceLock<T>,
    create: impl FnOnce() -> PyResult<T>,
) -> PyResult<&'s T> {
    if let Some(value) = slot.get(py) {
        return Ok(value);
    }
    let value = create()?;
    Ok(slot.get_or_init(py, || value))
}
