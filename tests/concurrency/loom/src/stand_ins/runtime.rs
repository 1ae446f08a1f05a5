//! `crate::http::runtime`: tasks that run on threads of loom, of which a model has five at most.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::{Condvar, Mutex};

loom::thread_local! {
    /// The reason why the task of this thread is pending, if it is not a waker.
    static PAUSE: Cell<Option<Pause>> = Cell::new(None);
    /// True while a spawned task runs on the thread of its creator.
    static IS_CREATOR: Cell<bool> = Cell::new(false);
}

#[derive(Clone, Copy)]
enum Pause {
    NeedsThread,
    Ended,
}

/// Goes on in a thread of its own. Until then, a task runs on the thread that creates it.
pub async fn enter_thread() {
    if IS_CREATOR.with(Cell::get) {
        pause(Pause::NeedsThread).await;
    }
}

/// Ends the task.
pub async fn end_task() {
    pause(Pause::Ended).await;
}

async fn pause(reason: Pause) {
    let mut is_first = true;
    poll_fn(|_| {
        if !std::mem::take(&mut is_first) {
            return Poll::Ready(());
        }
        PAUSE.with(|pause| pause.set(Some(reason)));
        Poll::Pending
    })
    .await;
}

/// The runtime of the process.
pub struct Runtime;

/// Returns the runtime.
///
/// # Errors
/// None.
pub fn current() -> io::Result<&'static Runtime> {
    Ok(&Runtime)
}

impl Runtime {
    /// Starts a task. It gets a thread if it comes to [`enter_thread`].
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let mut task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(task);
        IS_CREATOR.with(|is_creator| is_creator.set(true));
        let polled = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        IS_CREATOR.with(|is_creator| is_creator.set(false));
        match (polled, PAUSE.with(Cell::take)) {
            (Poll::Pending, Some(Pause::NeedsThread)) => drop(loom::thread::spawn(move || run(task))),
            (Poll::Pending, None) => panic!("a task must enter a thread before it waits"),
            (Poll::Ready(()), _) | (Poll::Pending, Some(Pause::Ended)) => {}
        }
    }
}

/// Returns a future of the output of `future`, which runs where that one is awaited: in a thread of its own.
///
/// # Errors
/// None.
pub fn spawn_isolated<F: Future>(future: F) -> io::Result<impl Future<Output = Result<F::Output, Infallible>>> {
    Ok(async {
        enter_thread().await;
        Ok(future.await)
    })
}

/// Runs `future` on this thread, and returns its output. If it is never woken, loom reports a deadlock.
pub fn block_on<F: Future>(future: F) -> F::Output {
    run(future).expect("the future must not be a task that ends")
}

fn run<F: Future>(future: F) -> Option<F::Output> {
    let parker = Arc::new(Parker { is_woken: Mutex::new(false), condition: Condvar::new() });
    let waker = Waker::from(Arc::clone(&parker));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(output);
        }
        if PAUSE.with(Cell::take).is_some() {
            return None;
        }
        parker.park();
    }
}

struct Parker {
    is_woken: Mutex<bool>,
    condition: Condvar,
}

impl Parker {
    fn park(&self) {
        let mut is_woken = self.is_woken.lock().unwrap();
        while !*is_woken {
            is_woken = self.condition.wait(is_woken).unwrap();
        }
        *is_woken = false;
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        *self.is_woken.lock().unwrap() = true;
        self.condition.notify_one();
    }
}
