//! The tokio runtime that fetches run on. Each process has one, which starts when it is first needed and never stops.
//!
//! Threads do not survive `fork()`, so the child of a process that has fetched starts a new runtime. It is found without a
//! lock, because another thread of the parent may have held a lock at the time of the `fork()`.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Result};

struct ProcessRuntime {
    process_id: u32,
    // Never dropped: to drop the parent's runtime, the child would wait for threads that it does not have.
    runtime: &'static Runtime,
}

static RUNTIME: ArcSwapOption<ProcessRuntime> = ArcSwapOption::const_empty();

/// Returns the runtime of this process, and starts it if necessary.
///
/// # Errors
/// [`Error::KeysUnavailable`] if the system cannot start a thread.
pub fn current() -> Result<&'static Runtime> {
    let process_id = std::process::id();
    match runtime_of_process(process_id) {
        Some(runtime) => Ok(runtime),
        None => Ok(install(process_id, Box::leak(Box::new(start()?)))),
    }
}

fn runtime_of_process(process_id: u32) -> Option<&'static Runtime> {
    RUNTIME.load().as_deref().filter(|owner| owner.process_id == process_id).map(|owner| owner.runtime)
}

/// Installs `runtime` and returns the runtime of the process. If two threads start one each, the first is used and the
/// other stays idle.
fn install(process_id: u32, runtime: &'static Runtime) -> &'static Runtime {
    RUNTIME.rcu(|slot| match slot {
        Some(owner) if owner.process_id == process_id => Some(Arc::clone(owner)),
        _ => Some(Arc::new(ProcessRuntime { process_id, runtime })),
    });
    runtime_of_process(process_id).unwrap_or(runtime)
}

fn start() -> Result<Runtime> {
    let started = Builder::new_multi_thread().worker_threads(1).thread_name("fastjose").enable_all().build();
    let (reason, retry_after) = ("cannot start a thread".to_owned(), Duration::from_secs(1));
    started.map_err(|_| Error::KeysUnavailable { reason, retry_after })
}
