//! The tokio runtime that fetches run on. Each process has one, which starts when it is first needed and never stops.
//!
//! Threads do not survive `fork()`, so the child of a process that has fetched starts a new runtime.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::per_process::PerProcess;
use crate::error::{Error, Result};

static RUNTIME: PerProcess<Runtime> = PerProcess::empty();

/// Returns the runtime of this process, and starts it if necessary.
///
/// # Errors
/// [`Error::KeysUnavailable`] if the system cannot start a thread.
pub fn current() -> Result<&'static Runtime> {
    RUNTIME.get_or_try_install(start)
}

fn start() -> Result<Runtime> {
    let started = Builder::new_multi_thread().worker_threads(1).thread_name("fastjose").enable_all().build();
    let (reason, retry_after) = ("cannot start a thread".to_owned(), Duration::from_secs(1));
    started.map_err(|_| Error::KeysUnavailable { reason, retry_after })
}
