//! The names of the members that the first claims set had, in their order: the tokens of an issuer are mostly alike, and to
//! see that a name is the one expected takes less time than to read it and compare it with those before.

use std::sync::OnceLock;

use crate::encoding::json::{self, Member};

/// More names are not kept, and none that is longer.
const MAX_NAMES: usize = 32;
const MAX_NAME_BYTES: usize = 64;

/// The names, all different, each as it stands in a text: with its quotation marks and the colon.
pub struct KnownNames(OnceLock<Vec<Box<[u8]>>>);

impl KnownNames {
    /// None so far.
    #[must_use]
    pub const fn none() -> Self {
        Self(OnceLock::new())
    }

    /// The names, or none before the first claims set.
    pub(crate) fn get(&self) -> &[Box<[u8]>] {
        self.0.get().map_or(&[], Vec::as_slice)
    }

    /// Keeps the names of `members`, if they are the first. They must be those of a token that was verified, for strangers
    /// would name anything.
    pub fn learn(&self, members: &[Member<'_>]) {
        self.0.get_or_init(|| {
            let names = if json::names_are_unique(members) { members } else { &[] };
            names.iter().map_while(|(name, _)| written(name)).take(MAX_NAMES).collect()
        });
    }
}

/// A name as it is written, if there is but one way.
fn written(name: &str) -> Option<Box<[u8]>> {
    let is_plain = !name.bytes().any(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    (is_plain && name.len() <= MAX_NAME_BYTES).then(|| format!("\"{name}\":").into_bytes().into())
}
