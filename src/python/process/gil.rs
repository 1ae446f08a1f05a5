//! Decides when the GIL is released.

use pyo3::prelude::*;

use crate::algorithms::Algorithm;

/// The longest input for which HMAC and AES keep the GIL. They take about ten microseconds for it.
const MAX_ATTACHED_BYTES: usize = 16_384;

/// Runs `work` with `algorithm` on `size_bytes` of input, with the GIL released if that takes long.
pub fn detach_for<T: Send>(
    py: Python<'_>,
    algorithm: Algorithm,
    size_bytes: usize,
    work: impl FnOnce() -> T + Send,
) -> T {
    detach_if_expensive(py, algorithm.is_asymmetric(), size_bytes, work)
}

/// Runs `work` on `size_bytes` of input, with the GIL released if `work` takes longer than releasing it.
///
/// An asymmetric key takes tens of microseconds, HMAC or AES of a short input half a microsecond.
pub fn detach_if_expensive<T: Send>(
    py: Python<'_>,
    is_asymmetric: bool,
    size_bytes: usize,
    work: impl FnOnce() -> T + Send,
) -> T {
    if is_asymmetric || size_bytes > MAX_ATTACHED_BYTES { py.detach(work) } else { work() }
}
