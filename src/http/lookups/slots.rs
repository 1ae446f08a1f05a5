//! A bounded number of places for what is in progress.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of places that are taken.
#[derive(Debug, Default)]
pub(crate) struct Slots(AtomicUsize);

impl Slots {
    /// Takes a place, or returns `None` if `max` are taken.
    pub fn reserve(self: &Arc<Self>, max: usize) -> Option<Slot> {
        let add = |count: usize| (count < max).then_some(count + 1);
        let reserved = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        reserved.ok().map(|_| Slot(Arc::clone(self)))
    }
}

/// A place, which is free again once this value is dropped.
#[derive(Debug)]
pub(crate) struct Slot(Arc<Slots>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Slots;

    #[test]
    fn at_most_max_places_are_taken_at_a_time() {
        let slots = Arc::new(Slots::default());
        let (first, second) = (slots.reserve(2), slots.reserve(2));
        assert!(first.is_some() && second.is_some() && slots.reserve(2).is_none());
        drop(first);
        assert!(slots.reserve(2).is_some());
    }
}
