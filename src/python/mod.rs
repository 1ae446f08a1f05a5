//! The bindings: the table of the module `fastjose._core`. Only this folder says pyo3.

mod awaitable;
mod convert;
mod exceptions;
mod key;
mod materials;
mod remote;
mod sign;
mod verifier;

use pyo3::prelude::*;

#[pymodule]
mod _core {
    #[pymodule_export]
    use super::key::PyKey;
    #[pymodule_export]
    use super::remote::PyRemoteKeySet;
    #[pymodule_export]
    use super::sign::sign;
    #[pymodule_export]
    use super::verifier::{PyVerifier, verify_token};

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
