//! A value of which each process has its own: the child of a `fork()` does not use the value of its parent.
//!
//! The value is found without a lock of the parent, because another of its threads may have held it at the time of the
//! `fork()`.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arc_swap::ArcSwapOption;

/// A slot for the value of the current process.
pub struct PerProcess<T: 'static>(ArcSwapOption<Owned<T>>);

struct Owned<T: 'static> {
    process_id: u32,
    // Never dropped: the child must not run the destructor of what belongs to threads that it does not have.
    value: OnceLock<&'static T>,
    creation: Mutex<()>,
}

impl<T> PerProcess<T> {
    /// Returns an empty slot.
    #[must_use]
    pub const fn empty() -> Self {
        Self(ArcSwapOption::const_empty())
    }

    /// Returns the value of this process. If this process has none, creates it with `create`, which must not need the value.
    ///
    /// If two threads need the value, one creates it, and the other waits.
    ///
    /// # Errors
    /// Returns the error of `create`. The next call tries again.
    pub fn get_or_try_install<E>(&self, create: impl FnOnce() -> Result<T, E>) -> Result<&'static T, E> {
        let process_id = std::process::id();
        let present = self.0.load();
        match present.as_deref().filter(|owned| owned.process_id == process_id) {
            Some(owned) => owned.get_or_try_create(create),
            None => self.own(process_id).get_or_try_create(create),
        }
    }

    /// Returns the entry of this process, and adds it if there is none.
    fn own(&self, process_id: u32) -> Arc<Owned<T>> {
        let new = Arc::new(Owned { process_id, value: OnceLock::new(), creation: Mutex::new(()) });
        let old = self.0.rcu(|slot| match slot {
            Some(owned) if owned.process_id == process_id => Some(Arc::clone(owned)),
            _ => Some(Arc::clone(&new)),
        });
        old.filter(|owned| owned.process_id == process_id).unwrap_or(new)
    }
}

impl<T> Owned<T> {
    fn get_or_try_create<E>(&self, create: impl FnOnce() -> Result<T, E>) -> Result<&'static T, E> {
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        // The lock protects nothing but the order, so a poisoned one is as good.
        let _creation = self.creation.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        let value = create()?;
        Ok(self.value.get_or_init(|| Box::leak(Box::new(value))))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier, Mutex, OnceLock};
    use std::thread;
    use std::time::Duration;

    use super::{Owned, PerProcess};

    #[test]
    fn threads_create_the_value_once() {
        const THREADS: usize = 8;
        for _ in 0..5 {
            let shared = Arc::new((PerProcess::<usize>::empty(), AtomicUsize::new(0), Barrier::new(THREADS)));
            let threads: Vec<_> = (0..THREADS)
                .map(|_| {
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || {
                        let (slot, created, start) = &*shared;
                        start.wait();
                        let create = || {
                            thread::sleep(Duration::from_millis(5)); // the others come meanwhile
                            Ok::<_, Infallible>(created.fetch_add(1, Ordering::Relaxed))
                        };
                        let Ok(value) = slot.get_or_try_install(create);
                        *value
                    })
                })
                .collect();
            let values: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
            assert_eq!((values, shared.1.load(Ordering::Relaxed)), (vec![0; THREADS], 1));
        }
    }

    #[test]
    fn a_failed_creation_is_tried_again() {
        let slot = PerProcess::<u8>::empty();
        assert_eq!(slot.get_or_try_install(|| Err("no thread")), Err("no thread"));
        assert_eq!(slot.get_or_try_install(|| Ok::<_, Infallible>(1)), Ok(&1));
        assert_eq!(slot.get_or_try_install(|| Err("not called")), Ok(&1));
    }

    #[test]
    fn the_value_of_another_process_is_not_used() {
        let slot = PerProcess::<u8>::empty();
        let of_parent = Owned { process_id: 0, value: OnceLock::from(&7), creation: Mutex::new(()) };
        slot.0.store(Some(Arc::new(of_parent)));
        for created in [1, 2] {
            assert_eq!(slot.get_or_try_install(|| Ok::<_, Infallible>(created)), Ok(&1));
        }
    }
}
