//! The key that verified a token, so that a cached result can be tied to it.

use crate::keys::KeyInstance;

/// The key that verified a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOrigin {
    /// The keys that the application supplies. They do not change.
    Local,
    /// A key set that is fetched.
    Remote {
        /// The position of the set among the remote key sets of the verifier.
        index: usize,
        /// The key. A cached result may be used as long as the set has it.
        key: KeyInstance,
    },
}
