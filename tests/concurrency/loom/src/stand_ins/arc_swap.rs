//! `arc_swap`: a pointer that is read and replaced as a whole. Each function is one step, except `rcu`, whose function runs
//! between a read and a comparison.

use std::ops::Deref;
use std::sync::Arc;

use loom::sync::Mutex;

use super::sync::Lazy;

/// The value that a caller reads.
pub struct Guard<T>(T);

impl<T> Deref for Guard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A pointer to a `T`.
pub struct ArcSwap<T>(Mutex<Arc<T>>);

impl<T> ArcSwap<T> {
    /// Returns a pointer to `value`.
    pub fn from_pointee(value: T) -> Self {
        Self(Mutex::new(Arc::new(value)))
    }

    /// Reads the pointer.
    pub fn load(&self) -> Guard<Arc<T>> {
        Guard(self.load_full())
    }

    /// Reads the pointer.
    pub fn load_full(&self) -> Arc<T> {
        Arc::clone(&self.0.lock().unwrap())
    }

    /// Replaces the pointer.
    pub fn store(&self, new: Arc<T>) {
        *self.0.lock().unwrap() = new;
    }

    /// Replaces the pointer by what `update` returns for it, again if it has changed meanwhile. Returns the old one.
    pub fn rcu(&self, update: impl Fn(&Arc<T>) -> Arc<T>) -> Arc<T> {
        loop {
            let old = self.load_full();
            let new = update(&old);
            let mut current = self.0.lock().unwrap();
            if Arc::ptr_eq(&current, &old) {
                *current = new;
                return old;
            }
        }
    }
}

impl<T: Default> Default for ArcSwap<T> {
    fn default() -> Self {
        Self::from_pointee(T::default())
    }
}

type Slot<T> = Option<Arc<T>>;

/// A pointer that may be empty.
pub struct ArcSwapOption<T>(Lazy<Slot<T>, Mutex<Slot<T>>>);

impl<T> ArcSwapOption<T> {
    /// Returns an empty pointer.
    pub const fn const_empty() -> Self {
        Self(Lazy::new(None))
    }

    /// Returns an empty pointer.
    pub fn empty() -> Self {
        Self::const_empty()
    }

    fn slot(&self) -> &Mutex<Slot<T>> {
        self.0.get_or_create(Mutex::new)
    }

    /// Reads the pointer.
    pub fn load(&self) -> Guard<Slot<T>> {
        Guard(self.slot().lock().unwrap().clone())
    }

    /// Replaces the pointer.
    pub fn store(&self, new: Slot<T>) {
        drop(self.swap(new));
    }

    /// Replaces the pointer, and returns the old one.
    pub fn swap(&self, new: Slot<T>) -> Slot<T> {
        std::mem::replace(&mut *self.slot().lock().unwrap(), new)
    }

    /// Replaces the pointer by what `update` returns for it, again if it has changed meanwhile. Returns the old one.
    pub fn rcu(&self, update: impl Fn(&Slot<T>) -> Slot<T>) -> Slot<T> {
        let address = |slot: &Slot<T>| slot.as_ref().map(Arc::as_ptr);
        loop {
            let old = self.load().clone();
            let new = update(&old);
            let mut current = self.slot().lock().unwrap();
            if address(&current) == address(&old) {
                *current = new;
                return old;
            }
        }
    }
}
