//! Signs of an asymmetric key in a secret, which may be rejected for them (RFC 8725 §2.1).

use super::base64url;

/// The words in keys of PEM, SSH, PuTTY, XML and JWK. `AAAA` begins a key of SSH in base64.
const WORDS: [&[u8]; 8] =
    [b"begin", b"ssh-", b"ecdsa-sha2-", b"aaaa", b"putty", b"openssh-key", b"rsakeyvalue", b"kty"];

/// The text encodings around a key that are removed.
const MAX_ENCODINGS: usize = 3;

/// Returns true if `secret` has a sign of a key, in itself or in what it encodes in base64 or in hexadecimal digits.
#[must_use]
pub fn has_sign(secret: &[u8]) -> bool {
    has_sign_within(secret, MAX_ENCODINGS)
}

fn has_sign_within(bytes: &[u8], encodings: usize) -> bool {
    // Spaces, quotes and zero bytes of UTF-16 may lie between the letters of a word.
    let letters: Vec<u8> =
        bytes.iter().filter(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').copied().collect();
    let is_key = has_word(bytes) || has_word(&letters) || has_der(bytes);
    is_key || (encodings > 0 && decodings(bytes).iter().any(|decoded| has_sign_within(decoded, encodings - 1)))
}

fn has_word(text: &[u8]) -> bool {
    let text = text.to_ascii_lowercase();
    WORDS.iter().any(|word| text.windows(word.len()).any(|window| window == *word))
}

/// Returns true if a sequence of DER may begin anywhere: its tag, its length, and the tag of a sequence or an integer.
fn has_der(bytes: &[u8]) -> bool {
    (0..bytes.len()).any(|start| {
        let length_bytes = match bytes.get(start + 1) {
            Some(long @ 0x81..=0x84) => usize::from(long - 0x7f),
            _ => 1,
        };
        bytes[start] == 0x30 && matches!(bytes.get(start + 1 + length_bytes), Some(0x30 | 0x02))
    })
}

/// Decodes the base64 and the hexadecimal digits of `text`, from each position that begins a group.
fn decodings(text: &[u8]) -> Vec<Vec<u8>> {
    let keep = |is_digit: fn(u8) -> bool| -> Vec<u8> { text.iter().copied().filter(|byte| is_digit(*byte)).collect() };
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    let base64: Vec<u8> = keep(is_base64).into_iter().map(to_base64url).collect();
    let hex = keep(|byte| byte.is_ascii_hexdigit());
    let groups = |digits: &[u8], start: usize, length: usize| {
        let rest = digits.get(start..).unwrap_or_default();
        rest[..rest.len() - rest.len() % length].to_vec()
    };
    let of_base64 = (0..4).filter_map(|start| base64url::decode(&groups(&base64, start, 4)));
    let of_hex = (0..2).map(|start| groups(&hex, start, 2).chunks(2).filter_map(hex_byte).collect());
    of_base64.chain(of_hex).filter(|decoded: &Vec<u8>| !decoded.is_empty()).collect()
}

fn to_base64url(digit: u8) -> u8 {
    match digit {
        b'+' => b'-',
        b'/' => b'_',
        other => other,
    }
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
