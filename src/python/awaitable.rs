//! What `verify_async` returns: an answer that is ready at once, or a future on the event loop while keys are fetched.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::prelude::*;
use pyo3_async_runtimes::TaskLocals;
use pyo3_async_runtimes::generic::{self, ContextExt, JoinError};

use crate::runtime;

/// An awaitable that is done: awaiting it makes no task and does not let the event loop turn.
#[pyclass(frozen, module = "fastjose._core")]
pub struct Ready(Mutex<Option<PyResult<Py<PyAny>>>>);

impl Ready {
    pub fn new(outcome: PyResult<Bound<'_, PyAny>>) -> Self {
        Self(Mutex::new(Some(outcome.map(Bound::unbind))))
    }
}

#[pymethods]
impl Ready {
    fn __await__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self) -> PyResult<Py<PyAny>> {
        let outcome = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match outcome {
            Some(Ok(value)) => Err(PyStopIteration::new_err((value,))),
            Some(Err(error)) => Err(error),
            None => Err(PyRuntimeError::new_err("cannot await the same verification twice")),
        }
    }
}

/// `work` as an asyncio future of the running event loop; it runs on the runtime of this process.
pub fn future<F>(py: Python<'_>, work: F) -> PyResult<Bound<'_, PyAny>>
where
    F: Future<Output = PyResult<Py<PyAny>>> + Send + 'static,
{
    runtime::current()?;
    let locals = generic::get_current_locals::<OwnRuntime>(py)?;
    generic::future_into_py_with_locals::<OwnRuntime, _, _>(py, locals, work)
}

/// The runtime of [`runtime::current`] for `pyo3_async_runtimes`; its own tokio module hangs in the child of a fork.
struct OwnRuntime;

type Handle = Pin<Box<dyn Future<Output = Result<(), TaskError>> + Send>>;

/// Why a task has no result.
struct TaskError(Option<tokio::task::JoinError>);

impl JoinError for TaskError {
    fn is_panic(&self) -> bool {
        self.0.as_ref().is_some_and(tokio::task::JoinError::is_panic)
    }

    fn into_panic(self) -> Box<dyn std::any::Any + Send + 'static> {
        self.0.map_or_else(|| Box::new("no runtime") as _, tokio::task::JoinError::into_panic)
    }
}

fn run(start: impl FnOnce(&tokio::runtime::Runtime) -> tokio::task::JoinHandle<()>) -> Handle {
    let started = runtime::current().map(start);
    Box::pin(async move {
        match started {
            Ok(task) => task.await.map_err(|error| TaskError(Some(error))),
            Err(_) => Err(TaskError(None)),
        }
    })
}

impl generic::Runtime for OwnRuntime {
    type JoinError = TaskError;
    type JoinHandle = Handle;

    fn spawn<F: Future<Output = ()> + Send + 'static>(work: F) -> Handle {
        run(|runtime| runtime.spawn(work))
    }

    fn spawn_blocking<F: FnOnce() + Send + 'static>(work: F) -> Handle {
        run(|runtime| runtime.spawn_blocking(work))
    }
}

// Nothing here awaits Python from Rust, so no task needs to know its event loop.
impl ContextExt for OwnRuntime {
    fn scope<F, R>(_: TaskLocals, work: F) -> Pin<Box<dyn Future<Output = R> + Send>>
    where
        F: Future<Output = R> + Send + 'static,
    {
        Box::pin(work)
    }

    fn get_task_locals() -> Option<TaskLocals> {
        None
    }
}
