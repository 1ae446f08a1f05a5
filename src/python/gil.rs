//! When the GIL is let go: the one place that decides it.

use pyo3::prelude::*;

use crate::algorithm::Algorithm;

/// From this length on an HMAC takes some ten microseconds.
const HMAC_BYTES_WITH_GIL: usize = 16_384;

/// Does `work` with `algorithm` over so many `bytes`. Lets the GIL go where that takes longer than letting it go: tens of
/// microseconds for an asymmetric key, half a microsecond for an HMAC.
pub fn let_go<T: Send>(py: Python<'_>, algorithm: Algorithm, bytes: usize, work: impl FnOnce() -> T + Send) -> T {
    if algorithm.is_asymmetric() || bytes > HMAC_BYTES_WITH_GIL { py.detach(work) } else { work() }
}
