//! The tokio runtime of the tasks that wait for responses. Each process has one, which starts when it is first needed and
//! never stops. Requests run on threads of their own.
//!
//! Threads do not survive `fork()`, so the child of a process that has started the runtime starts another.

use std::io;
use std::thread;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::process::per_process::PerProcess;

static RUNTIME: PerProcess<Runtime> = PerProcess::empty();

/// Returns the runtime of this process, and starts it if necessary.
///
/// # Errors
/// The system cannot start a thread.
pub fn current() -> io::Result<&'static Runtime> {
    RUNTIME.get_or_try_install(start)
}

fn start() -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(1).thread_name("fastjose").enable_all().build()
}

/// Runs `future` and the tasks that it spawns on a thread of their own, and returns a receiver of its output.
///
/// A server can keep a connection busy, for example with `100 Continue` without end. On the shared runtime it would delay
/// the requests to all other servers. The tasks end with `future`, whatever the server sends.
///
/// # Errors
/// The system cannot start a thread. If `future` panics, the receiver returns an error.
pub(crate) fn spawn_isolated<F>(future: F) -> io::Result<oneshot::Receiver<F::Output>>
where
    F: Future<Output: Send> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("fastjose-fetch".to_owned()).spawn(move || {
        let output = runtime.block_on(future);
        runtime.shutdown_background(); // does not wait for a name resolution that hangs
        let _ = sender.send(output);
    })?;
    Ok(receiver)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::{current, spawn_isolated};

    /// A bound for tests that fail by waiting.
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_task_that_never_yields_does_not_delay_another() {
        let (is_released, deadline) = (Arc::new(AtomicBool::new(false)), Instant::now() + LONG);
        let (started, has_started) = mpsc::channel();
        let is_released_later = Arc::clone(&is_released);
        let busy = spawn_isolated(async move {
            let task = tokio::spawn(async move {
                started.send(()).unwrap();
                while !is_released_later.load(Ordering::Relaxed) && Instant::now() < deadline {
                    thread::yield_now();
                }
                Instant::now() < deadline
            });
            task.await.unwrap()
        });
        has_started.recv_timeout(LONG).unwrap();
        let other = spawn_isolated(async { tokio::spawn(async { 1 }).await.unwrap() });
        let runtime = current().unwrap();
        assert_eq!(runtime.block_on(other.unwrap()).unwrap(), 1);
        assert_eq!(runtime.block_on(async { tokio::spawn(async { 2 }).await.unwrap() }), 2);
        is_released.store(true, Ordering::Relaxed);
        assert!(runtime.block_on(busy.unwrap()).unwrap());
    }

    #[test]
    fn its_tasks_end_with_the_future() {
        struct OnDrop(mpsc::Sender<()>);
        impl Drop for OnDrop {
            fn drop(&mut self) {
                let _ = self.0.send(());
            }
        }
        let (dropped, has_dropped) = mpsc::channel();
        let output = spawn_isolated(async move {
            let guard = OnDrop(dropped);
            drop(tokio::spawn(async move {
                let _guard = guard;
                std::future::pending::<()>().await;
            }));
        });
        current().unwrap().block_on(output.unwrap()).unwrap();
        assert_eq!(has_dropped.try_recv(), Ok(()));
    }

    #[test]
    fn a_panic_is_an_error_of_the_receiver() {
        let output = spawn_isolated(async { assert!(thread::current().name().is_none(), "expected by this test") });
        assert!(current().unwrap().block_on(output.unwrap()).is_err());
    }
}
