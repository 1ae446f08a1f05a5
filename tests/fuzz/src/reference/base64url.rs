//! Base64url bit by bit (RFC 4648 §5), canonical.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Decodes `text` without padding. Returns `None` for anything that an encoder does not write.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() % 4 == 1 {
        return None;
    }
    let (mut bytes, mut bits, mut bit_count) = (Vec::new(), 0_u32, 0);
    for character in text {
        let value = ALPHABET.iter().position(|known| known == character)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        bit_count += 6;
        if bit_count >= 8 {
            bit_count -= 8;
            bytes.push(u8::try_from(bits >> bit_count).ok()?);
            bits &= (1 << bit_count) - 1;
        }
    }
    (bits == 0).then_some(bytes)
}

/// Decodes `text`, which may end with the padding that completes its last four characters.
#[must_use]
pub fn decode_padded(text: &[u8]) -> Option<Vec<u8>> {
    let stripped = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let padding = text.len() - stripped;
    if padding > 0 && (padding > 2 || !text.len().is_multiple_of(4)) {
        return None;
    }
    decode(text.get(..stripped)?)
}

/// Encodes `bytes` without padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for index in 0..=chunk.len() {
            let value = group >> (18 - 6 * index) & 63;
            text.push(char::from(ALPHABET[value as usize]));
        }
    }
    text
}
