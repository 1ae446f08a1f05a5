//! The bindings of python-jose's face.

mod key;

pub use key::{PyKeyMaterial, prepared};
