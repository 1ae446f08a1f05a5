//! The runtime that fetches run on: one a process, started when first needed.
//!
//! Threads do not survive `fork()`, so the child of a process that has fetched starts a runtime of its own.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Result};

static RUNTIME: Mutex<Option<(u32, Arc<Runtime>)>> = Mutex::new(None);

/// The runtime of this process.
///
/// # Errors
/// [`Error::KeysUnavailable`] if the machine gives no thread for it.
pub fn current() -> Result<Arc<Runtime>> {
    let mut slot = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    match slot.as_ref() {
        Some((owner, runtime)) if *owner == process => Ok(Arc::clone(runtime)),
        _ => {
            let runtime = Arc::new(start()?);
            let inherited = slot.replace((process, Arc::clone(&runtime)));
            // Dropping it would wait for threads that exist in the parent alone.
            std::mem::forget(inherited);
            Ok(runtime)
        }
    }
}

fn start() -> Result<Runtime> {
    let started = Builder::new_multi_thread().worker_threads(1).thread_name("fastjose").enable_all().build();
    started.map_err(|_| Error::KeysUnavailable("no thread can be started".to_owned()))
}
