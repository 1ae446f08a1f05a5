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

#[cfg(test)]
mod tests {
    use super::{ChunkedCookie, UnusableChunks};
    use crate::transport::cookies::parse_cookies;

    /// Returns whether a cookie `s` is present, whether a part is repeated, and its value.
    fn read(header: &str) -> (bool, bool, Result<String, UnusableChunks>) {
        let mut found = ChunkedCookie::default();
        for cookie in parse_cookies(&[header.as_bytes()]) {
            if let Some(suffix) = cookie.name.strip_prefix(b"s") {
                found.add(suffix, cookie);
            }
        }
        let (is_present, is_repeated) = (found.is_present(), found.is_repeated());
        (is_present, is_repeated, found.join().map(|value| String::from_utf8(value.into_owned()).unwrap()))
    }

    #[test]
    fn joins_chunks_by_index() {
        assert_eq!(read("s.1=b; s.0=a; s.2=c"), (true, false, Ok("abc".to_owned())));
        assert_eq!(read("s=whole; s.0=a"), (true, false, Ok("whole".to_owned())));
        assert_eq!(read("other=1"), (false, false, Ok(String::new())));
        assert_eq!(read("s.1=b"), (true, false, Err(UnusableChunks)));
    }

    #[test]
    fn repeated_part_is_noticed() {
        assert_eq!(read("s=a; s=b"), (true, true, Ok("a".to_owned())));
        assert_eq!(read("s=a; s=b; s=c"), (true, true, Ok("a".to_owned())));
        assert_eq!(read("s.0=a; s.0=b"), (true, true, Err(UnusableChunks)));
        assert_eq!(read("s.0=a; s.1=b; s.1=c; s.2=d"), (true, true, Err(UnusableChunks)));
    }

    #[test]
    fn index_has_one_form_and_is_below_100() {
        for suffix in [".00", ".01", ".+1", ".100", ".-1", ".", "0", ".1a"] {
            assert_eq!(read(&format!("s{suffix}=a")), (false, false, Ok(String::new())), "{suffix}");
        }
        assert_eq!(read("s.99=a"), (true, false, Err(UnusableChunks)));
    }
}
