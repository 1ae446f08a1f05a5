//! `std::sync`, of loom. An `Arc` stays that of the standard library: a method cannot have loom's as its receiver.

use std::fmt;

pub use loom::sync::{Mutex, MutexGuard, RwLockReadGuard, RwLockWriteGuard, atomic};
pub use std::sync::{Arc, LockResult, PoisonError, TryLockResult, Weak};

/// A value that is created at its first use, because loom's locks cannot be created in a `const`.
pub struct Lazy<T, L> {
    value: std::sync::Mutex<Option<T>>,
    created: std::sync::OnceLock<L>,
}

impl<T, L> Lazy<T, L> {
    /// Returns what `get_or_create` makes of `value`.
    pub const fn new(value: T) -> Self {
        Self { value: std::sync::Mutex::new(Some(value)), created: std::sync::OnceLock::new() }
    }

    /// Returns the value, and creates it first if necessary. No thread is interrupted meanwhile.
    pub fn get_or_create(&self, create: impl FnOnce(T) -> L) -> &L {
        self.created.get_or_init(|| create(self.value.lock().unwrap().take().unwrap()))
    }
}

/// `std::sync::RwLock`, which a `const` can create.
pub struct RwLock<T>(Lazy<T, loom::sync::RwLock<T>>);

impl<T> RwLock<T> {
    /// Returns the lock of `value`.
    pub const fn new(value: T) -> Self {
        Self(Lazy::new(value))
    }

    fn lock(&self) -> &loom::sync::RwLock<T> {
        self.0.get_or_create(loom::sync::RwLock::new)
    }

    /// Locks for reading.
    ///
    /// # Errors
    /// The lock is poisoned.
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        self.lock().read()
    }

    /// Locks for writing.
    ///
    /// # Errors
    /// The lock is poisoned.
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        self.lock().write()
    }

    /// Locks for reading, unless a thread writes.
    ///
    /// # Errors
    /// The lock is poisoned, or a thread writes.
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        self.lock().try_read()
    }

    /// Locks for writing, unless the lock is taken.
    ///
    /// # Errors
    /// The lock is poisoned or taken.
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        self.lock().try_write()
    }
}

impl<T> fmt::Debug for RwLock<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RwLock")
    }
}

/// `std::sync::OnceLock`. Each function is one step. It is small, because a model has little stack.
pub struct OnceLock<T>(std::sync::OnceLock<Box<Cell<T>>>);

struct Cell<T> {
    step: Mutex<()>,
    value: std::sync::OnceLock<T>,
}

impl<T> OnceLock<T> {
    /// Returns an empty cell.
    pub const fn new() -> Self {
        Self(std::sync::OnceLock::new())
    }

    /// Calls `function` in one step.
    fn step<'a, R>(&'a self, function: impl FnOnce(&'a std::sync::OnceLock<T>) -> R) -> R {
        let create = || Box::new(Cell { step: Mutex::new(()), value: std::sync::OnceLock::new() });
        let cell = self.0.get_or_init(create);
        let _step = cell.step.lock().unwrap();
        function(&cell.value)
    }

    /// Returns the value, if it is written.
    pub fn get(&self) -> Option<&T> {
        self.step(std::sync::OnceLock::get)
    }

    /// Writes the value.
    ///
    /// # Errors
    /// Returns `value` if the cell has another.
    pub fn set(&self, value: T) -> Result<(), T> {
        self.step(|cell| cell.set(value))
    }

    /// Returns the value, and writes what `create` returns if there is none.
    pub fn get_or_init(&self, create: impl FnOnce() -> T) -> &T {
        self.step(|cell| cell.get_or_init(create))
    }
}
