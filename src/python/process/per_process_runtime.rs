//! The runtime of this process for `pyo3_async_runtimes`, whose own tokio module hangs in the child of a `fork()`.
//!
//! The library spawns a task for each future. That task spawns and awaits another one, which spawns the work that sets the
//! result. Here the first task does all but that work, and hands the work over when it has ended.

use std::any::Any;
use std::cell::RefCell;
use std::future::{Future, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use pyo3_async_runtimes::TaskLocals;
use pyo3_async_runtimes::generic::{self, ContextExt, JoinError};

use super::attached_thread::{AttachedThread, Work};
use crate::http::runtime;

/// The runtime of [`runtime::current`].
pub struct PerProcessRuntime;

/// The library awaits that of the second task alone.
type Handle = Pin<Box<dyn Future<Output = Result<(), Panic>> + Send>>;

/// The payload of a panic, which is why a task has no result.
pub struct Panic(Box<dyn Any + Send>);

impl JoinError for Panic {
    fn is_panic(&self) -> bool {
        true
    }

    fn into_panic(self) -> Box<dyn Any + Send> {
        self.0
    }
}

tokio::task_local! {
    /// The work that the current task hands over to the attached thread when it has ended.
    static TO_ATTACH: RefCell<Vec<Work>>;
}

impl generic::Runtime for PerProcessRuntime {
    type JoinError = Panic;
    type JoinHandle = Handle;

    fn spawn<F: Future<Output = ()> + Send + 'static>(work: F) -> Handle {
        if TO_ATTACH.try_with(|_| ()).is_ok() {
            return catch_panic(work);
        }
        if let Ok(runtime) = runtime::current() {
            drop(runtime.spawn(hand_over_after(work)));
        }
        Box::pin(ready(Ok(())))
    }

    /// Leaves `work`, which attaches to Python and sets the result of a future, to the task.
    fn spawn_blocking<F: FnOnce() + Send + 'static>(work: F) -> Handle {
        TO_ATTACH.with(|to_attach| to_attach.borrow_mut().push(Box::new(work)));
        Box::pin(ready(Ok(())))
    }
}

/// Runs `task`, and then hands over what it left to do. `task` has dropped its references to Python objects by then: `PyO3`
/// keeps those that a detached thread drops until a thread attaches, which can be the one of the next request.
async fn hand_over_after(task: impl Future<Output = ()> + Send + 'static) {
    let to_attach = TO_ATTACH.scope(RefCell::default(), async move {
        task.await;
        TO_ATTACH.with(RefCell::take)
    });
    for work in to_attach.await {
        if let Ok(thread) = AttachedThread::current() {
            thread.run(work);
        }
    }
}

/// Returns a future that runs `work` and catches its panic.
fn catch_panic(work: impl Future<Output = ()> + Send + 'static) -> Handle {
    let mut work = Box::pin(work);
    Box::pin(poll_fn(move |context| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .map_or_else(|panic| Poll::Ready(Err(Panic(panic))), |polled| polled.map(Ok))
    }))
}

// Rust code awaits no Python code here, so a task does not need its event loop.
impl ContextExt for PerProcessRuntime {
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
