//! The stand-ins that the modules of the product get for the standard library and crates: the same functions, made of
//! loom's locks and atomics, so that loom sees each step.

pub mod arc_swap;
pub mod futures_util;
pub mod pyo3;
pub mod runtime;
pub mod sync;
pub mod tokio;

/// The randomness of the system. A model has none: loom repeats it.
pub mod aws_lc_rs {
    /// Random bytes.
    pub mod rand {
        /// Leaves `bytes` as they are.
        ///
        /// # Errors
        /// None.
        pub fn fill(_: &mut [u8]) -> Result<(), ()> {
            Ok(())
        }
    }
}

/// The types of the HTTP client that occur in a snapshot.
pub mod reqwest {
    /// A URL. All are equal.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Url;

    /// Headers.
    pub mod header {
        /// The value of a header.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct HeaderValue;
    }
}
