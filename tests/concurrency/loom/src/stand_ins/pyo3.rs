//! `pyo3`: strings of Python, and the cell in which one is created once.

/// The names of `pyo3::prelude`.
pub mod prelude {
    pub use super::{Bound, Py, Python};
}

use std::marker::PhantomData;

/// A thread that is attached to Python.
#[derive(Clone, Copy)]
pub struct Python<'py>(PhantomData<&'py ()>);

impl Python<'_> {
    /// Attaches this thread. Several threads are attached at a time, as without the GIL.
    pub fn attach<R>(work: impl FnOnce(Python<'_>) -> R) -> R {
        work(Python(PhantomData))
    }
}

/// A reference to an object.
#[derive(Debug, Clone)]
pub struct Py<T>(T);

/// A reference of an attached thread.
#[derive(Debug, Clone)]
pub struct Bound<'py, T>(Py<T>, PhantomData<&'py ()>);

impl<T> Py<T> {
    /// Attaches the reference.
    pub fn bind<'py>(&self, _: Python<'py>) -> Bound<'py, T>
    where
        T: Clone,
    {
        Bound(self.clone(), PhantomData)
    }
}

impl<'py, T> Bound<'py, T> {
    /// Detaches the reference.
    pub fn unbind(self) -> Py<T> {
        self.0
    }

    /// Returns the object.
    pub fn object(&self) -> &T {
        &self.0.0
    }

    fn new(_: Python<'py>, object: T) -> Self {
        Self(Py(object), PhantomData)
    }
}

/// Types of Python.
pub mod types {
    use super::{Bound, Python};

    /// A `str`.
    #[derive(Debug, Clone)]
    pub struct PyString(pub String);

    impl PyString {
        /// Returns a new `str`.
        pub fn new<'py>(py: Python<'py>, text: &str) -> Bound<'py, Self> {
            Bound::new(py, Self(text.to_owned()))
        }

        /// Returns a `str` that Python shares.
        pub fn intern<'py>(py: Python<'py>, text: &str) -> Bound<'py, Self> {
            Self::new(py, text)
        }
    }
}

/// Cells.
pub mod sync {
    use super::Python;
    use crate::stand_ins::sync::OnceLock;

    /// A cell that is written once.
    pub struct PyOnceLock<T>(OnceLock<T>);

    impl<T> PyOnceLock<T> {
        /// Returns an empty cell.
        pub const fn new() -> Self {
            Self(OnceLock::new())
        }

        /// Returns the value, if it is written.
        pub fn get(&self, _: Python<'_>) -> Option<&T> {
            self.0.get()
        }

        /// Writes the value.
        ///
        /// # Errors
        /// Returns `value` if the cell has another.
        pub fn set(&self, _: Python<'_>, value: T) -> Result<(), T> {
            self.0.set(value)
        }
    }
}
