//! Key sets of one number: that of the newest key.

use crate::error::Result;

/// A key set.
pub mod key_set {
    pub use super::KeySet;
}

/// The number of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyInstance(pub u64);

impl KeyInstance {
    /// Returns the number.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// The keys up to a number.
#[derive(Debug, Default)]
pub struct KeySet {
    /// The number of the newest key.
    pub newest_key: usize,
}

impl KeySet {
    /// Reads the number that the key server sends.
    ///
    /// # Errors
    /// None.
    pub fn from_remote(body: &[u8], _: usize) -> Result<Self> {
        let newest_key = body.iter().fold(0, |number, byte| (number << 8) | usize::from(*byte));
        Ok(Self { newest_key })
    }

    /// Returns the set as it is: a number has no instances.
    pub fn keep_keys_of(self, _: &Self) -> Self {
        self
    }

    /// Accepts any set: a number is a key.
    ///
    /// # Errors
    /// None.
    pub fn check_usable(&self) -> Result<()> {
        Ok(())
    }

    /// Returns true before the first key is published.
    pub fn is_empty(&self) -> bool {
        self.newest_key == 0
    }

    /// Returns false: a number has no instances.
    pub fn contains(&self, _: KeyInstance) -> bool {
        false
    }

    /// Keys that were fetched one by one, which no model has.
    pub fn from_pems<'a>(_: impl Iterator<Item = (&'a str, &'a [u8])>) -> Self {
        Self::default()
    }
}
