//! python-jose's contract: lenient where its users rely on it, and no further.

mod key;

pub use key::{Key, Kind, Members};
