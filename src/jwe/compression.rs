//! Compression of the plaintext with `zip: DEF` (RFC 7516 §4.1.3), and decompression up to a size limit.

use flate2::{Compress, Decompress, FlushCompress, FlushDecompress, Status};

use super::error::{Error, Result};

/// The form in which `zip: DEF` is written. Both forms can be decompressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deflate {
    /// RFC 1951 without a frame, as RFC 7516 §4.1.3 requires.
    Raw,
    /// The zlib frame of RFC 1950, as in python-jose.
    Zlib,
}

/// The only registered value of `zip`.
pub(super) const ZIP_DEFLATE: &str = "DEF";

/// The growth of the output between two checks of the limit.
const STEP_BYTES: usize = 16 * 1024;

/// Compresses `plaintext`.
///
/// # Errors
/// [`Error::CryptoFailure`] if the compressor fails. No plaintext is known to cause this.
pub(super) fn compress(form: Deflate, plaintext: &[u8]) -> Result<Vec<u8>> {
    let mut stream = Compress::new(flate2::Compression::default(), form == Deflate::Zlib);
    let mut compressed = Vec::new();
    loop {
        let before = (stream.total_in(), stream.total_out());
        let unread = remaining(plaintext, before.0).ok_or(Error::CryptoFailure)?;
        compressed.reserve(STEP_BYTES);
        let status = stream.compress_vec(unread, &mut compressed, FlushCompress::Finish);
        match status.map_err(|_| Error::CryptoFailure)? {
            Status::StreamEnd => return Ok(compressed),
            _ if before == (stream.total_in(), stream.total_out()) => return Err(Error::CryptoFailure),
            Status::Ok | Status::BufError => {}
        }
    }
}

/// Decompresses either form to at most `max_bytes` bytes.
///
/// # Errors
/// [`Error::PlaintextTooLarge`], detected within one step beyond `max_bytes`. [`Error::Malformed`] if `compressed` is
/// not exactly one complete stream.
pub(super) fn decompress(compressed: &[u8], max_bytes: usize) -> Result<Vec<u8>> {
    // A raw stream can start like a zlib header only if its padding bits are not zero. Writers leave them zero. If it
    // does, its zlib checksum fails, and it is decompressed as a raw stream.
    if is_zlib(compressed) {
        match inflate(Deflate::Zlib, compressed, max_bytes) {
            Err(Error::Malformed(_)) => {}
            result => return result,
        }
    }
    inflate(Deflate::Raw, compressed, max_bytes)
}

/// Returns true if the first two bytes are a zlib header without a preset dictionary (RFC 1950 §2.2).
fn is_zlib(compressed: &[u8]) -> bool {
    match compressed {
        [method, flags, ..] => {
            method & 0x0f == 8 && flags & 0x20 == 0 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31)
        }
        _ => false,
    }
}

fn inflate(form: Deflate, compressed: &[u8], max_bytes: usize) -> Result<Vec<u8>> {
    const INVALID: Error = Error::Malformed("Invalid compressed content");
    let mut stream = Decompress::new(form == Deflate::Zlib);
    let mut plaintext = Vec::new();
    loop {
        let before = (stream.total_in(), stream.total_out());
        let unread = remaining(compressed, before.0).ok_or(INVALID)?;
        plaintext.reserve(STEP_BYTES.min(max_bytes.saturating_add(1)));
        let status = stream.decompress_vec(unread, &mut plaintext, FlushDecompress::None).map_err(|_| INVALID)?;
        if plaintext.len() > max_bytes {
            return Err(Error::PlaintextTooLarge { max_bytes });
        }
        match status {
            Status::StreamEnd if stream.total_in() == compressed.len() as u64 => return Ok(plaintext),
            Status::StreamEnd => return Err(INVALID),
            _ if before == (stream.total_in(), stream.total_out()) => return Err(INVALID),
            Status::Ok | Status::BufError => {}
        }
    }
}

fn remaining(bytes: &[u8], read_bytes: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(read_bytes).ok()?..)
}

#[cfg(test)]
mod tests {
    use super::{Deflate, compress, decompress, inflate};
    use crate::jwe::error::Error;

    #[test]
    fn decompresses_both_forms_up_to_the_limit() {
        for length in [0, 1, 100, 16_384, 200_000] {
            let plaintext: Vec<u8> = (0..length).map(|i: u32| i.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
            for form in [Deflate::Raw, Deflate::Zlib] {
                let compressed = compress(form, &plaintext).unwrap();
                assert_eq!(decompress(&compressed, plaintext.len()).as_deref(), Ok(&plaintext[..]));
                if let Some(max_bytes) = plaintext.len().checked_sub(1) {
                    assert_eq!(decompress(&compressed, max_bytes), Err(Error::PlaintextTooLarge { max_bytes }));
                }
            }
        }
    }

    #[test]
    fn compresses_in_the_form_that_is_asked_for() {
        let mut state = 1_u32;
        let random: Vec<u8> = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[1]
        })
        .take(200_000)
        .collect();
        for plaintext in [&b""[..], b"text", &random] {
            for (form, other) in [(Deflate::Raw, Deflate::Zlib), (Deflate::Zlib, Deflate::Raw)] {
                let compressed = compress(form, plaintext).unwrap();
                assert_eq!(inflate(form, &compressed, 200_000).as_deref(), Ok(plaintext));
                assert!(inflate(other, &compressed, 200_000).is_err(), "{form:?}");
            }
        }
    }

    #[test]
    fn rejects_truncated_and_trailing_data() {
        for form in [Deflate::Raw, Deflate::Zlib] {
            let compressed = compress(form, b"plaintext, plaintext, plaintext").unwrap();
            for end in 0..compressed.len() {
                assert!(matches!(decompress(&compressed[..end], 1_000), Err(Error::Malformed(_))), "{form:?} {end}");
            }
            let with_trailing_byte = [&compressed[..], b"\0"].concat();
            assert!(matches!(decompress(&with_trailing_byte, 1_000), Err(Error::Malformed(_))));
        }
    }
}
