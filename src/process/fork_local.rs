//! A value of an object that belongs to one process: the child of a `fork()` gets a new one, and leaves that of its parent
//! alone.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

/// The slot of one object for the value of the current process. Unlike [`PerProcess`](super::per_process::PerProcess), it
/// drops the value together with the object, in the process that created it.
pub(crate) struct ForkLocal<T>(ArcSwapOption<Owned<T>>);

struct Owned<T> {
    process_id: u32,
    value: Arc<T>,
}

impl<T> ForkLocal<T> {
    /// Returns an empty slot.
    pub fn empty() -> Self {
        Self(ArcSwapOption::empty())
    }

    /// Returns the value of this process, or the one that `create` returns. Takes no lock, because another thread of the parent
    /// may have held one at the time of the `fork()`.
    pub fn get_or_create(&self, create: impl FnOnce() -> T) -> Arc<T> {
        let process_id = std::process::id();
        if let Some(owned) = self.0.load().as_deref().filter(|owned| owned.process_id == process_id) {
            return Arc::clone(&owned.value);
        }
        let value = Arc::new(create());
        let new = Arc::new(Owned { process_id, value: Arc::clone(&value) });
        let old = self.0.rcu(|slot| match slot {
            Some(owned) if owned.process_id == process_id => Some(Arc::clone(owned)),
            _ => Some(Arc::clone(&new)),
        });
        match old {
            Some(owned) if owned.process_id == process_id => Arc::clone(&owned.value),
            old => {
                leak(old);
                value
            }
        }
    }
}

/// Ensures that the value of another process is never dropped in this one: its threads do not exist here, and its locks may
/// be held.
fn leak<T>(owned: Option<Arc<Owned<T>>>) {
    std::mem::forget(owned);
}

impl<T> Drop for ForkLocal<T> {
    fn drop(&mut self) {
        let owned = self.0.swap(None);
        if owned.as_ref().is_some_and(|owned| owned.process_id != std::process::id()) {
            leak(owned);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{ForkLocal, Owned};

    #[test]
    fn a_process_keeps_its_value_and_drops_it_with_the_slot() {
        let slot = ForkLocal::empty();
        let value = slot.get_or_create(|| 1);
        assert!(Arc::ptr_eq(&value, &slot.get_or_create(|| 2)));
        drop(slot);
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn the_value_of_another_process_is_replaced_and_never_dropped() {
        let parent = Arc::new(7);
        let of_parent = || Some(Arc::new(Owned { process_id: 0, value: Arc::clone(&parent) }));
        let used = ForkLocal::empty();
        used.0.store(of_parent());
        assert_eq!(*used.get_or_create(|| 0), 0);
        assert_eq!(*used.get_or_create(|| 1), 0, "the value of this process is kept");
        drop(used);
        let unused = ForkLocal::<i32>::empty();
        unused.0.store(of_parent());
        drop(unused);
        assert_eq!(Arc::strong_count(&parent), 3);
    }

    #[test]
    fn of_two_values_that_are_created_at_once_the_first_is_kept() {
        let slot = ForkLocal::empty();
        let value = slot.get_or_create(|| {
            assert_eq!(*slot.get_or_create(|| 1), 1);
            2
        });
        assert_eq!((*value, *slot.get_or_create(|| 3)), (1, 1));
    }
}
