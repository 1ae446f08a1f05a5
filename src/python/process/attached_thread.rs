//! The thread that attaches to Python for the tasks of the runtime, once for all work that has gathered.
//!
//! A thread that attaches takes the GIL from the event loop, which continues only when it has the GIL back. Where the loop
//! is busy, that takes longer than the work. While this thread waits for the GIL, more work gathers.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::exit_gate;
use crate::process::per_process::PerProcess;

/// The work that is done without a chance for the event loop to run. An item takes some 10 µs.
const MAX_BATCH: usize = 64;

/// Work that needs Python.
pub type Work = Box<dyn FnOnce() + Send>;

/// The way to the thread of this process.
pub struct AttachedThread {
    work: Sender<Work>,
}

impl AttachedThread {
    /// Returns the thread of this process, and starts it if it does not run. It never ends.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn current() -> io::Result<&'static Self> {
        static THREAD: PerProcess<AttachedThread> = PerProcess::empty();
        THREAD.get_or_try_install(Self::start)
    }

    fn start() -> io::Result<Self> {
        let (work, gathered) = channel();
        thread::Builder::new().name("fastjose-python".to_owned()).spawn(move || do_all(&gathered))?;
        Ok(Self { work })
    }

    /// Does `work` on the thread, attached to Python; never, once the interpreter exits.
    pub fn run(&self, work: Work) {
        let _ = self.work.send(work); // the thread has not ended: it catches panics
    }
}

fn do_all(gathered: &Receiver<Work>) {
    while let Ok(first) = gathered.recv() {
        let batch = std::iter::once(first).chain(gathered.try_iter().take(MAX_BATCH - 1));
        exit_gate::attach(|_| {
            for work in batch {
                let _ = catch_unwind(AssertUnwindSafe(work)); // the hook of panics has reported it
            }
        });
    }
}
