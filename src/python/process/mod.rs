//! The interpreter and its threads: waiting, event loops, the GIL, signals, the exit of the process.

pub mod awaitable;
pub mod blocking;
pub mod exit_gate;
pub mod gil;
pub mod interpreter;

/// The reason of an error: the runtime of this process could not be started.
const NO_THREAD: &str = "cannot start a thread";
