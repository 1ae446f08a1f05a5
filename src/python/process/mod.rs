//! The interpreter, its threads and its process: waiting, event loops, the GIL, signals, pickling, the exit, the heap.

mod attached_thread;
pub mod awaitable;
pub mod blocking;
pub mod exit_gate;
pub mod gil;
pub mod interpreter;
pub mod once;
mod per_process_runtime;
pub mod pickle;
mod wiping_allocator;

/// The reason of an error: the runtime of this process could not be started.
const NO_THREAD: &str = "cannot start a thread";
