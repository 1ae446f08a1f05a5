//! The runtime that fetches run on: one a process, started when first needed, and never stopped.
//!
//! Threads do not survive `fork()`, so the child of a process that has fetched starts a runtime of its own. It is found
//! without a lock, which another thread of the parent could have held at that moment.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Result};

struct Owned {
    process: u32,
    // To drop the parent's would be to wait for threads that the child does not have.
    runtime: &'static Runtime,
}

static RUNTIME: ArcSwapOption<Owned> = ArcSwapOption::const_empty();

/// The runtime of this process.
///
/// # Errors
/// [`Error::KeysUnavailable`] if the machine gives no thread for it.
pub fn current() -> Result<&'static Runtime> {
    let process = std::process::id();
    match running(process) {
        Some(runtime) => Ok(runtime),
        None => Ok(install(process, Box::leak(Box::new(start()?)))),
    }
}

fn running(process: u32) -> Option<&'static Runtime> {
    RUNTIME.load().as_deref().filter(|owned| owned.process == process).map(|owned| owned.runtime)
}

/// Where two threads have started one each, the first stays and the other idles.
fn install(process: u32, runtime: &'static Runtime) -> &'static Runtime {
    RUNTIME.rcu(|slot| match slot {
        Some(owned) if owned.process == process => Some(Arc::clone(owned)),
        _ => Some(Arc::new(Owned { process, runtime })),
    });
    running(process).unwrap_or(runtime)
}

fn start() -> Result<Runtime> {
    let started = Builder::new_multi_thread().worker_threads(1).thread_name("fastjose").enable_all().build();
    let (reason, retry_after) = ("no thread can be started".to_owned(), Duration::from_secs(1));
    started.map_err(|_| Error::KeysUnavailable { reason, retry_after })
}
