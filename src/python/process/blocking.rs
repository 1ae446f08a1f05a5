//! Waits for what the core does in the background, in a thread that may block.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use pyo3::prelude::*;

use super::NO_THREAD;
use crate::http::runtime;
use crate::python::errors::keys_unavailable;

/// The longest time for which a signal handler waits, such as the one of Ctrl-C.
const SIGNAL_CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// Waits for `work`, which fetches keys, with the GIL released. Runs signal handlers meanwhile, as blocking functions of Python do.
///
/// # Errors
/// The exception of a signal handler, which ends the wait: `KeyboardInterrupt` after Ctrl-C. [`Error::KeysUnavailable`](crate::Error::KeysUnavailable) if
/// no thread can be started.
pub fn wait_for<F>(py: Python<'_>, work: F) -> PyResult<F::Output>
where
    F: Future<Output: Send> + Send,
{
    let runtime = runtime::current().map_err(|_| keys_unavailable(NO_THREAD, Duration::from_secs(1)))?;
    let mut work = pin!(work);
    loop {
        let waiting = || runtime.block_on(async { tokio::time::timeout(SIGNAL_CHECK_INTERVAL, work.as_mut()).await });
        match py.detach(waiting) {
            Ok(output) => return Ok(output),
            Err(_) => py.check_signals()?,
        }
    }
}
