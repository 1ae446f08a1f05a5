//! Values that belong to one process: the child of a `fork()` does not use those of its parent, whose threads it does not have.

pub(crate) mod fork_local;
pub mod per_process;
