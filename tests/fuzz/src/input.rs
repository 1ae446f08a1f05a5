//! Splits an input into a mode and parts. Parts are separated by NUL, which text does not contain, so that seeds stay
//! readable and mutations local.

/// Returns the first byte, or 0, and the rest.
#[must_use]
pub fn split_mode(data: &[u8]) -> (u8, &[u8]) {
    data.split_first().map_or((0, data), |(mode, rest)| (*mode, rest))
}

/// Returns the parts before and after the first NUL.
#[must_use]
pub fn split_pair(data: &[u8]) -> (&[u8], &[u8]) {
    data.iter().position(|byte| *byte == 0).map_or((data, &[][..]), |end| (&data[..end], &data[end + 1..]))
}
