//! Base64url as JOSE has it: without padding, canonical (RFC 7515 §2, RFC 4648 §3.5 and §5).

use base64_simd::URL_SAFE_NO_PAD;

/// The bytes that `text` stands for; `None` for padding, white space, a foreign character or stray trailing bits.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode_to_vec(text).ok()
}

/// Whether `text` has the letters and a length of base64url, canonical or not.
#[must_use]
pub fn is_alike(text: &[u8]) -> bool {
    text.len() % 4 != 1 && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// `bytes` as base64url.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, is_alike};

    #[test]
    fn takes_what_it_writes() {
        for length in 0..70_u8 {
            let bytes: Vec<u8> = (0..length).map(|i| i.wrapping_mul(37)).collect();
            assert_eq!(decode(encode(&bytes).as_bytes()), Some(bytes));
        }
    }

    #[test]
    fn refuses_what_is_not_canonical() {
        for text in ["QQ==", "QR", "QUJ", "Q", "Q Q", "QQ\n", "Q+", "Q/", "\u{e9}A", "QUI=", "QQ=", "QUJDR"] {
            assert_eq!(decode(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(decode(b"QQ").as_deref(), Some(&b"A"[..]));
        assert!(is_alike(b"QR") && is_alike(b"") && !is_alike(b"Q") && !is_alike(b"QQ=="));
    }
}
