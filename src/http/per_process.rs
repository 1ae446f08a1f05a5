//! A value of which each process has its own: the child of a `fork()` does not use the value of its parent.
//!
//! The value is found without a lock, because another thread of the parent may have held a lock at the time of the
//! `fork()`.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

/// A slot for the value of the current process.
pub struct PerProcess<T: 'static>(ArcSwapOption<Owned<T>>);

struct Owned<T: 'static> {
    process_id: u32,
    // Never dropped: the child must not run the destructor of what belongs to threads that it does not have.
    value: &'static T,
}

impl<T> PerProcess<T> {
    /// Returns an empty slot.
    #[must_use]
    pub const fn empty() -> Self {
        Self(ArcSwapOption::const_empty())
    }

    /// Returns the value of this process. If this process has none, installs the value that `create` returns.
    ///
    /// If two threads create one each, both get the first, and the other stays unused.
    ///
    /// # Errors
    /// Returns the error of `create`.
    pub fn get_or_try_install<E>(&self, create: impl FnOnce() -> Result<T, E>) -> Result<&'static T, E> {
        let process_id = std::process::id();
        match self.value_of(process_id) {
            Some(value) => Ok(value),
            None => Ok(self.install(process_id, Box::leak(Box::new(create()?)))),
        }
    }

    fn value_of(&self, process_id: u32) -> Option<&'static T> {
        self.0.load().as_deref().filter(|owner| owner.process_id == process_id).map(|owner| owner.value)
    }

    fn install(&self, process_id: u32, value: &'static T) -> &'static T {
        self.0.rcu(|slot| match slot {
            Some(owner) if owner.process_id == process_id => Some(Arc::clone(owner)),
            _ => Some(Arc::new(Owned { process_id, value })),
        });
        self.value_of(process_id).unwrap_or(value)
    }
}
