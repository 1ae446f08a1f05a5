//! The keys that verified a token, so that a cached result can be tied to them.

/// The key set whose key verified a signature, in the version that was read for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOrigin {
    /// The keys that the application supplies. They do not change.
    Local,
    /// A key set that is fetched.
    Remote {
        /// The position of the set among the remote key sets of the verifier.
        index: usize,
        /// The generation of the snapshot whose key verified the signature.
        generation: u64,
    },
}
