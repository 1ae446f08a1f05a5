//! `VerificationCounts`: how often a verifier has accepted a token, for metrics.

use std::sync::atomic::AtomicU64;

/// The counts of one verifier in this process. They are alone in their cache lines: every thread writes them, and reads
/// the keys and the policy beside them.
#[derive(Default)]
#[repr(align(128))]
pub struct VerificationCounts {
    /// The tokens whose signature was verified, and whose claims are valid.
    pub verified: AtomicU64,
    /// The tokens that were found in the cache, and are valid.
    pub cache_hits: AtomicU64,
    /// The tokens that were looked up in the cache and not found.
    pub cache_misses: AtomicU64,
}
