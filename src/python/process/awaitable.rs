//! Coroutines and futures of asyncio or trio for what the core does in the background.
//!
//! Native methods return coroutines that Python functions create ([`coroutine_of`], [`coroutine_of_future`]): Python warns
//! about one that is never awaited, and type checkers report it. An awaitable class of the native module would do neither.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3_async_runtimes::TaskLocals;
use pyo3_async_runtimes::generic;

use super::attached_thread::AttachedThread;
use super::per_process_runtime::PerProcessRuntime;
use super::{NO_THREAD, exit_gate};
use crate::error::Error;
use crate::http::runtime;

/// Returns a coroutine that returns `value`.
pub fn coroutine_of(value: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    static RETURN_VALUE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = value.py();
    RETURN_VALUE.import(py, "fastjose._coroutines", "return_value")?.call1((value,))
}

/// Returns a coroutine that calls `start` when it is first awaited, and then waits for the future that `start` returns.
pub fn coroutine_of_future(start: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    static AWAIT_FUTURE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = start.py();
    AWAIT_FUTURE.import(py, "fastjose._coroutines", "await_future")?.call1((start,))
}

/// Checks that the caller runs in an event loop, so that somebody can await what the method `name` returns.
///
/// `FastAPI` calls `Depends(verifier.verify_async)` in a thread pool without an event loop: this error is what keeps such a
/// route from admitting every request. trio counts as an event loop.
pub fn check_event_loop(py: Python<'_>, name: &str) -> PyResult<()> {
    static GET_RUNNING_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    match GET_RUNNING_LOOP.import(py, "asyncio", "get_running_loop")?.call0() {
        Err(error) if !error.is_instance_of::<PyRuntimeError>(py) => Err(error),
        Err(_) if !is_in_trio(py)? => Err(PyRuntimeError::new_err(format!("{name} {NO_EVENT_LOOP}"))),
        _ => Ok(()),
    }
}

const NO_EVENT_LOOP: &str = "must be called and awaited in a coroutine, while an event loop is running. It is not a FastAPI \
                             dependency: use Depends(auth.current_claims) of fastjose.fastapi.BearerAuth.";

/// Returns true if the caller runs in trio. trio loads sniffio, which knows the library of the current task even where
/// asyncio runs in the same thread.
fn is_in_trio(py: Python<'_>) -> PyResult<bool> {
    let modules = py.import("sys")?.getattr("modules")?;
    let sniffio = modules.call_method1("get", ("sniffio",))?;
    if sniffio.is_none() {
        return Ok(false);
    }
    sniffio.call_method0("current_async_library").map_or(Ok(false), |library| library.eq("trio"))
}

/// Returns a future of the running event loop: `work` runs on the runtime of this process, and `finish` converts its
/// output, attached to Python. If the future is cancelled before, `finish` does not run.
///
/// # Errors
/// The error that `unavailable` returns for a reason and a time to wait, if no thread can be started or the interpreter
/// exits.
pub fn into_future<F>(
    py: Python<'_>,
    unavailable: fn(&str, Duration) -> Error,
    work: F,
    finish: impl FnOnce(Python<'_>, F::Output) -> PyResult<Py<PyAny>> + Send + 'static,
) -> PyResult<Bound<'_, PyAny>>
where
    F: Future<Output: Send> + Send + 'static,
{
    if !exit_gate::is_open() {
        return Err(unavailable("the interpreter exits", Duration::ZERO).into());
    }
    let started = runtime::current().and_then(|_| AttachedThread::current());
    started.map_err(|_| unavailable(NO_THREAD, Duration::from_secs(1)))?;
    let work = async move { Ok(Unfinished { output: work.await, finish }) };
    generic::future_into_py_with_locals::<PerProcessRuntime, _, _>(py, running_loop(py)?, work)
}

/// The output of a task, which `finish` converts where the result of the future is set: the task need not attach for it.
struct Unfinished<T, F> {
    output: T,
    finish: F,
}

impl<'py, T, F> IntoPyObject<'py> for Unfinished<T, F>
where
    F: FnOnce(Python<'py>, T) -> PyResult<Py<PyAny>>,
{
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        let Self { output, finish } = self;
        let finished = catch_unwind(AssertUnwindSafe(|| finish(py, output))); // else the future would never end
        let finished = finished.unwrap_or_else(|_| Err(PyRuntimeError::new_err(PANICKED)));
        finished.map(|value| value.into_bound(py)).map_err(|error| receivable(py, error))
    }
}

/// Returns an exception that a future accepts. It does not accept a `StopIteration` before Python 3.12, and would never end.
/// A coroutine that raises one ends with the same `RuntimeError` (PEP 479).
fn receivable(py: Python<'_>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyStopIteration>(py) {
        return error;
    }
    let wrapping = PyRuntimeError::new_err("coroutine raised StopIteration");
    wrapping.set_cause(py, Some(error));
    wrapping
}

const PANICKED: &str = "the conversion of a result panicked: report it as a bug of fastjose";

fn running_loop(py: Python<'_>) -> PyResult<TaskLocals> {
    static TRIO_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if is_in_trio(py)? {
        return Ok(TaskLocals::new(TRIO_LOOP.import(py, "fastjose._trio", "TrioLoop")?.call0()?));
    }
    generic::get_current_locals::<PerProcessRuntime>(py)
}
