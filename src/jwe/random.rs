//! Random bytes for keys and initialization vectors.

use aws_lc_rs::rand;

use super::error::{Error, Result};

/// Returns `size_bytes` random bytes that an attacker cannot predict.
pub(super) fn random_bytes(size_bytes: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; size_bytes];
    rand::fill(&mut bytes).map_err(|_| Error::CryptoFailure)?;
    Ok(bytes)
}
