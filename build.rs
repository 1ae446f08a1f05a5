//! Tells the crate by `cfg(Py_GIL_DISABLED)` that the interpreter has no GIL.

fn main() {
    #[cfg(feature = "python")]
    pyo3_build_config::use_pyo3_cfgs();
}
