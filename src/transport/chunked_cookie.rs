//! A long value that a JavaScript library splits into several cookies: `NAME.0`, `NAME.1` and so on.

use std::borrow::Cow;

use super::cookies::Cookie;

/// The largest number of chunks. Better Auth writes at most this many.
const MAX_CHUNKS: usize = 100;

/// The chunks are not exactly one each of 0, 1 and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnusableChunks;

/// The cookies that may be parts of one value.
#[derive(Default)]
pub(crate) struct ChunkedCookie<'h> {
    whole: Option<Cookie<'h>>,
    /// The chunks by index.
    chunks: Vec<Option<Cookie<'h>>>,
    /// True if two cookies have the name of the whole.
    has_two_wholes: bool,
    has_two_of_one_chunk: bool,
}

impl<'h> ChunkedCookie<'h> {
    /// Adds a cookie whose name is that of the cookie and `suffix`.
    pub fn add(&mut self, suffix: &[u8], cookie: Cookie<'h>) {
        if suffix.is_empty() {
            self.has_two_wholes |= self.whole.is_some();
            self.whole = self.whole.or(Some(cookie));
            return;
        }
        let Some(index) = chunk_index(suffix) else { return };
        if self.chunks.len() <= index {
            self.chunks.resize(index + 1, None);
        }
        let Some(chunk) = self.chunks.get_mut(index) else { return };
        self.has_two_of_one_chunk |= chunk.is_some();
        *chunk = chunk.or(Some(cookie));
    }

    /// Returns true if a cookie was added.
    pub fn is_present(&self) -> bool {
        self.whole.is_some() || !self.chunks.is_empty()
    }

    /// Returns true if two cookies claim to be the same part, so that a choice between them would be a guess.
    pub fn is_repeated(&self) -> bool {
        self.has_two_wholes || self.has_two_of_one_chunk
    }

    /// Returns the decoded value. A cookie that is not split counts before chunks.
    pub fn join(self) -> Result<Cow<'h, [u8]>, UnusableChunks> {
        if let Some(whole) = self.whole {
            return Ok(whole.decode_value());
        }
        if self.has_two_of_one_chunk {
            return Err(UnusableChunks);
        }
        let mut joined = Vec::new();
        for chunk in self.chunks {
            joined.extend_from_slice(&chunk.ok_or(UnusableChunks)?.decode_value());
        }
        Ok(Cow::Owned(joined))
    }
}

/// Returns the index in `.0` to `.99`, which must be written without leading zeros.
fn chunk_index(suffix: &[u8]) -> Option<usize> {
    let digits = std::str::from_utf8(suffix.strip_prefix(b".")?).ok()?;
    let is_canonical = digits == "0" || digits.starts_with(|first: char| matches!(first, '1'..='9'));
    digits.parse().ok().filter(|index| is_canonical && *index < MAX_CHUNKS)
}
