//! The one interpreter of a process in which the native module can be imported.

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// Checks that no other interpreter of this process has imported the native module.
///
/// The module keeps the exception classes of the first interpreter. A second one, which has its own copies of these classes,
/// would not catch them.
pub fn check_first(py: Python<'_>) -> PyResult<()> {
    // Each interpreter has a module `sys` of its own.
    static SYS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let sys = py.import("sys")?;
    let first = SYS.get_or_init(py, || sys.clone().unbind());
    if first.is(&sys) { Ok(()) } else { Err(PyImportError::new_err(SECOND_INTERPRETER)) }
}

const SECOND_INTERPRETER: &str = "fastjose must be imported in only one interpreter of a process, because its exception classes \
                                  belong to one interpreter. Another interpreter of this process has imported it already. Give \
                                  each application a process of its own: under mod_wsgi, a WSGIDaemonProcess with \
                                  WSGIApplicationGroup %{GLOBAL} for each site.";
