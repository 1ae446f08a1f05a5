//! `tokio::sync::watch`: a value, and receivers that wait until it is replaced.

use std::future::poll_fn;
use std::ops::Deref;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use loom::sync::{Mutex, MutexGuard};

struct State<T> {
    value: T,
    version: u64,
    is_closed: bool,
    receivers: usize,
    wakers: Vec<Waker>,
}

type Shared<T> = Arc<Mutex<State<T>>>;

fn lock<T>(shared: &Shared<T>) -> MutexGuard<'_, State<T>> {
    shared.lock().unwrap()
}

/// Updates the state as one step, then wakes the receivers.
fn update<T, R>(shared: &Shared<T>, update: impl FnOnce(&mut State<T>) -> R) -> R {
    let mut state = lock(shared);
    let result = update(&mut state);
    let wakers = std::mem::take(&mut state.wakers);
    drop(state);
    wakers.into_iter().for_each(Waker::wake);
    result
}

/// The side that replaces the value.
pub struct Sender<T>(Shared<T>);

/// A side that waits.
pub struct Receiver<T> {
    shared: Shared<T>,
    seen: u64,
}

/// The sender does not exist any more.
#[derive(Debug)]
pub struct Closed;

/// A value that was read.
pub struct Ref<T>(T);

impl<T> Deref for Ref<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Returns a sender and its first receiver.
pub fn channel<T>(value: T) -> (Sender<T>, Receiver<T>) {
    let sender = Sender::new(value);
    let receiver = sender.subscribe();
    (sender, receiver)
}

impl<T> Sender<T> {
    /// Returns a sender without receivers.
    pub fn new(value: T) -> Self {
        let wakers = Vec::new();
        Self(Arc::new(Mutex::new(State { value, version: 0, is_closed: false, receivers: 0, wakers })))
    }

    /// Replaces the value, and wakes the receivers.
    pub fn send_replace(&self, value: T) -> T {
        update(&self.0, |state| {
            state.version += 1;
            std::mem::replace(&mut state.value, value)
        })
    }

    /// Returns a receiver that has seen the present value.
    pub fn subscribe(&self) -> Receiver<T> {
        let mut state = lock(&self.0);
        state.receivers += 1;
        Receiver { shared: Arc::clone(&self.0), seen: state.version }
    }

    /// Returns the number of receivers.
    pub fn receiver_count(&self) -> usize {
        lock(&self.0).receivers
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            update(&self.0, |state| state.is_closed = true);
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            lock(&self.shared).receivers -= 1;
        }
    }
}

impl<T> Receiver<T> {
    /// Waits until the value is replaced.
    ///
    /// # Errors
    /// [`Closed`] if it never is.
    pub async fn changed(&mut self) -> Result<(), Closed> {
        poll_fn(|context| self.poll_changed(context)).await
    }

    fn poll_changed(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        let mut state = lock(&self.shared);
        if state.version != self.seen {
            self.seen = state.version;
            return Poll::Ready(Ok(()));
        }
        if state.is_closed {
            return Poll::Ready(Err(Closed));
        }
        state.wakers.push(context.waker().clone());
        Poll::Pending
    }

    /// Waits until `is_expected` returns true for the value.
    ///
    /// # Errors
    /// [`Closed`] if it never does.
    pub async fn wait_for(&mut self, is_expected: impl Fn(&T) -> bool) -> Result<Ref<T>, Closed>
    where
        T: Clone,
    {
        loop {
            if let Some(value) = self.read_if(&is_expected) {
                return Ok(value);
            }
            self.changed().await?;
        }
    }

    fn read_if(&mut self, is_expected: impl Fn(&T) -> bool) -> Option<Ref<T>>
    where
        T: Clone,
    {
        let state = lock(&self.shared);
        self.seen = state.version;
        is_expected(&state.value).then(|| Ref(state.value.clone()))
    }
}
