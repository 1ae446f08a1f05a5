//! Fixed keys, slow reference readers, and the checks of error texts and of memory, which the fuzz targets share.

pub mod echo;
pub mod input;
pub mod keys;
pub mod memory;
pub mod mutate;
pub mod reference;
pub mod sign_cookies;

/// The time at which tokens are verified, in seconds since the epoch.
pub const NOW: f64 = 1_700_000_000.0;
