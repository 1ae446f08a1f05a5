//! Bounds the time that parsing an unverified header takes.
//!
//! Without these bounds, parsing a header of 8 KiB could take ten times as long as accepting a token of this length. The
//! bounds count bytes, inside and outside of strings, because counting is faster than parsing. Headers in use stay far
//! below them: a header with a `jwk` and a chain of three certificates in `x5c` has 3 containers and about 15 commas.

use memchr::memchr_iter;

use crate::error::{Error, Result};

/// Arrays and objects, the header itself included.
const MAX_CONTAINERS: usize = 8;

/// Commas. With this many, every object has at most 21 members.
const MAX_COMMAS: usize = 20;

/// Escapes. PHP escapes every slash of the base64 in `x5c`, about 25 in a certificate of 2,048 bits.
const MAX_ESCAPES: usize = 200;

/// Digits in a row that are certainly found. Converting a number takes quadratic time.
const DIGIT_BLOCK_BYTES: usize = 256;

/// Rejects a decoded header whose parsing could take much longer than that of a string of its length.
///
/// # Errors
/// [`Error::Malformed`].
pub(super) fn check_structure(header: &[u8]) -> Result<()> {
    let count = |byte| memchr_iter(byte, header).count();
    let is_bounded = count(b'[') + count(b'{') <= MAX_CONTAINERS
        && count(b',') <= MAX_COMMAS
        && count(b'\\') <= MAX_ESCAPES
        && !header.chunks_exact(DIGIT_BLOCK_BYTES).any(|block| block.iter().all(u8::is_ascii_digit));
    if is_bounded { Ok(()) } else { Err(Error::Malformed("Invalid header string: has too many values")) }
}

#[cfg(test)]
mod tests {
    use super::{MAX_COMMAS, MAX_CONTAINERS, MAX_ESCAPES, check_structure};

    #[test]
    fn accepts_headers_up_to_the_bounds() {
        for text in [
            "{}".to_owned(),
            "[".repeat(MAX_CONTAINERS),
            ",".repeat(MAX_COMMAS),
            "\\".repeat(MAX_ESCAPES),
            "1".repeat(255),
            "a".repeat(100_000),
            format!("{}a", "1".repeat(255)).repeat(50),
        ] {
            assert!(check_structure(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn rejects_headers_beyond_the_bounds() {
        for text in [
            "[".repeat(MAX_CONTAINERS + 1),
            "{[".repeat(MAX_CONTAINERS / 2 + 1),
            ",".repeat(MAX_COMMAS + 1),
            "\\".repeat(MAX_ESCAPES + 1),
            "1".repeat(256),
            format!("x{}", "9".repeat(511)),
        ] {
            assert!(check_structure(text.as_bytes()).is_err(), "{text}");
        }
    }
}
