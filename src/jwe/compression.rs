//! Compression of the plaintext (RFC 7516 §4.1.3): `DEF`, bounded on the way back.

use flate2::{Compress, Decompress, FlushCompress, FlushDecompress, Status};

use crate::error::{Error, Result};

/// How `zip: DEF` is written. Reading takes both forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deflate {
    /// RFC 1951 alone, as RFC 7516 §4.1.3 has it.
    Raw,
    /// Within the frame of RFC 1950, as python-jose reads and writes it.
    Zlib,
}

/// The one value of `zip` there is.
pub const NAME: &str = "DEF";

/// By how much the output grows between two looks at the limit.
const STEP_BYTES: usize = 16 * 1024;

/// `plaintext`, compressed.
///
/// # Errors
/// [`Error::JweFailed`] if the compressor gives up, which no plaintext is known to cause.
pub fn compress(form: Deflate, plaintext: &[u8]) -> Result<Vec<u8>> {
    let mut stream = Compress::new(flate2::Compression::default(), form == Deflate::Zlib);
    let mut compressed = Vec::new();
    loop {
        let before = (stream.total_in(), stream.total_out());
        let rest = rest(plaintext, before.0).ok_or(Error::JweFailed)?;
        compressed.reserve(STEP_BYTES);
        let status = stream.compress_vec(rest, &mut compressed, FlushCompress::Finish);
        match status.map_err(|_| Error::JweFailed)? {
            Status::StreamEnd => return Ok(compressed),
            _ if before == (stream.total_in(), stream.total_out()) => return Err(Error::JweFailed),
            Status::Ok | Status::BufError => {}
        }
    }
}

/// What was compressed, in whichever form, of at most `max_bytes` bytes.
///
/// # Errors
/// [`Error::JwePlaintextTooLarge`], found out before much more than `max_bytes` are written;
/// [`Error::JweMalformed`] for what is no such stream, whole and alone.
pub fn decompress(compressed: &[u8], max_bytes: usize) -> Result<Vec<u8>> {
    // A raw stream can look like the other form only by way of padding bits that every writer leaves zero, and would
    // then fail its checksum.
    if is_zlib(compressed) {
        match inflate(Deflate::Zlib, compressed, max_bytes) {
            Err(Error::JweMalformed(_)) => {}
            outcome => return outcome,
        }
    }
    inflate(Deflate::Raw, compressed, max_bytes)
}

/// Whether the first two bytes are the header of RFC 1950 §2.2, without a preset dictionary.
fn is_zlib(compressed: &[u8]) -> bool {
    match compressed {
        [method, flags, ..] => {
            method & 0x0f == 8 && flags & 0x20 == 0 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31)
        }
        _ => false,
    }
}

fn inflate(form: Deflate, compressed: &[u8], max_bytes: usize) -> Result<Vec<u8>> {
    const BROKEN: Error = Error::JweMalformed("Invalid compressed content");
    let mut stream = Decompress::new(form == Deflate::Zlib);
    let mut plaintext = Vec::new();
    loop {
        let before = (stream.total_in(), stream.total_out());
        let rest = rest(compressed, before.0).ok_or(BROKEN)?;
        plaintext.reserve(STEP_BYTES.min(max_bytes.saturating_add(1)));
        let status = stream.decompress_vec(rest, &mut plaintext, FlushDecompress::None).map_err(|_| BROKEN)?;
        if plaintext.len() > max_bytes {
            return Err(Error::JwePlaintextTooLarge { max_bytes });
        }
        match status {
            Status::StreamEnd if stream.total_in() == compressed.len() as u64 => return Ok(plaintext),
            Status::StreamEnd => return Err(BROKEN),
            _ if before == (stream.total_in(), stream.total_out()) => return Err(BROKEN),
            Status::Ok | Status::BufError => {}
        }
    }
}

fn rest(bytes: &[u8], read: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(read).ok()?..)
}

#[cfg(test)]
mod tests {
    use super::{Deflate, compress, decompress};
    use crate::error::Error;

    #[test]
    fn both_forms_come_back_up_to_the_limit() {
        for length in [0, 1, 100, 16_384, 200_000] {
            let plaintext: Vec<u8> = (0..length).map(|i: u32| i.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
            for form in [Deflate::Raw, Deflate::Zlib] {
                let compressed = compress(form, &plaintext).unwrap();
                assert_eq!(decompress(&compressed, plaintext.len()).as_deref(), Ok(&plaintext[..]));
                if let Some(max_bytes) = plaintext.len().checked_sub(1) {
                    assert_eq!(decompress(&compressed, max_bytes), Err(Error::JwePlaintextTooLarge { max_bytes }));
                }
            }
        }
    }

    #[test]
    fn a_stream_is_whole_and_alone() {
        for form in [Deflate::Raw, Deflate::Zlib] {
            let compressed = compress(form, b"plaintext, plaintext, plaintext").unwrap();
            for end in 0..compressed.len() {
                assert!(matches!(decompress(&compressed[..end], 1_000), Err(Error::JweMalformed(_))), "{form:?} {end}");
            }
            let trailed = [&compressed[..], b"\0"].concat();
            assert!(matches!(decompress(&trailed, 1_000), Err(Error::JweMalformed(_))));
        }
    }
}
