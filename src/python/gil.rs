//! When the GIL is let go: the one place that decides it.

use pyo3::prelude::*;

use crate::algorithms::Algorithm;

/// From this length on an HMAC, and AES, takes some ten microseconds.
const BYTES_WITH_GIL: usize = 16_384;

/// Does `work` with `algorithm` over so many `bytes`.
pub fn let_go<T: Send>(py: Python<'_>, algorithm: Algorithm, bytes: usize, work: impl FnOnce() -> T + Send) -> T {
    let_go_if(py, algorithm.is_asymmetric(), bytes, work)
}

/// Does `work` over so many `bytes`. Lets the GIL go where that takes longer than letting it go: tens of microseconds for
/// an asymmetric key, half a microsecond for an HMAC or AES.
pub fn let_go_if<T: Send>(py: Python<'_>, is_asymmetric: bool, bytes: usize, work: impl FnOnce() -> T + Send) -> T {
    if is_asymmetric || bytes > BYTES_WITH_GIL { py.detach(work) } else { work() }
}
