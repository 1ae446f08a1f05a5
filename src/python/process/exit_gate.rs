//! The exit of the interpreter: from its `atexit` hook on, no thread of the core begins to attach to Python, and none is
//! attached.
//!
//! An attached thread that releases the GIL, and finds the interpreter finalizing when it returns, is ended by
//! `CPython` before 3.14. That unwinds frames of Rust, which aborts the process (`PyO3/pyo3-async-runtimes#40`). Threads of
//! Python that call the core need no gate: `PyO3` parks them.

use std::convert::Infallible;
use std::sync::{PoisonError, RwLock};

use pyo3::prelude::*;

use crate::process::per_process::PerProcess;

/// The gate of one process. Each thread of the core holds a read guard while it is attached.
#[derive(Default)]
struct ExitGate {
    is_closed: RwLock<bool>,
}

impl ExitGate {
    /// Returns the gate of this process. The child of a `fork()` has none of its parent's threads: its gate is open.
    fn current() -> &'static Self {
        static GATE: PerProcess<ExitGate> = PerProcess::empty();
        let Ok(gate) = GATE.get_or_try_install(|| Ok::<_, Infallible>(Self::default()));
        gate
    }

    /// Closes the gate if no thread of the core is attached.
    fn try_close(&self) -> bool {
        self.is_closed.try_write().is_ok_and(|mut is_closed| {
            *is_closed = true;
            true
        })
    }

    /// Waits until no thread of the core is attached. From the call on, [`ExitGate::pass`] admits none.
    fn close(&self) {
        *self.is_closed.write().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Runs `work` unless the gate is closed or [`ExitGate::close`] waits.
    fn pass<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let is_closed = self.is_closed.try_read().ok()?;
        if *is_closed { None } else { Some(work()) }
    }
}

/// Registers the `atexit` hook.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let hook = pyo3::wrap_pyfunction!(close_exit_gate, module)?;
    module.py().import("atexit")?.call_method1("register", (hook,))?;
    Ok(())
}

/// Waits until no thread of the core is attached, and from now on lets none attach.
#[pyfunction]
fn close_exit_gate(py: Python<'_>) {
    let gate = ExitGate::current();
    // A second interpreter that ends with the process would not get the GIL back, so it is released only if necessary.
    if !gate.try_close() {
        py.detach(|| gate.close());
    }
}

/// Attaches a thread of the core to Python and runs `work`. Returns `None` if the interpreter exits.
pub fn attach<T>(work: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    ExitGate::current().pass(|| Python::try_attach(work))?
}

/// Returns true if a thread of the core can still attach, to deliver a result; false if the interpreter exits.
pub fn is_open() -> bool {
    ExitGate::current().pass(|| ()).is_some()
}
