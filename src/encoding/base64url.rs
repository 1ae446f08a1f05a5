//! Canonical base64url without padding (RFC 7515 §2, RFC 4648 §3.5 and §5).

use base64_simd::{URL_SAFE, URL_SAFE_NO_PAD};

/// Decodes `text`. Returns `None` for padding, white space, a character outside the alphabet, or trailing bits that are set.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode_to_vec(text).ok()
}

/// Appends the decoded `text` to `buffer`. Returns false where [`decode`] returns `None`; `buffer` is then undefined.
#[must_use]
pub fn decode_append(text: &[u8], buffer: &mut Vec<u8>) -> bool {
    URL_SAFE_NO_PAD.decode_append(text, buffer).is_ok()
}

/// Appends the decoded `text`, which may end with padding, to `buffer`. See [`decode_with_padding`] and [`decode_append`].
#[must_use]
pub fn decode_append_with_padding(text: &[u8], buffer: &mut Vec<u8>) -> bool {
    if text.ends_with(b"=") { URL_SAFE.decode_append(text, buffer).is_ok() } else { decode_append(text, buffer) }
}

/// Decodes `text`, which may end with the padding that completes its last four characters (RFC 4648 §4). Everything
/// else must be as in [`decode`].
#[must_use]
pub fn decode_with_padding(text: &[u8]) -> Option<Vec<u8>> {
    if text.ends_with(b"=") { URL_SAFE.decode_to_vec(text).ok() } else { decode(text) }
}

/// Returns true if `text` has the alphabet and a length of base64url, canonical or not.
#[must_use]
pub(crate) fn has_valid_alphabet(text: &[u8]) -> bool {
    text.len() % 4 != 1 && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Encodes `bytes`.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_append_with_padding, decode_with_padding, encode, has_valid_alphabet};

    #[test]
    fn padding_must_be_complete_and_final() {
        for (text, bytes) in [("QQ==", "A"), ("QQ", "A"), ("QUI=", "AB"), ("QUI", "AB"), ("QUJD", "ABC"), ("", "")] {
            assert_eq!(decode_with_padding(text.as_bytes()), Some(bytes.into()), "{text:?}");
        }
        for text in ["QQ=", "QQ===", "QR==", "QUJ=", "QUJD=", "QUJD====", "=", "==", "====", "QQ==QQ==", "Q=Q=", "Q+=="]
        {
            assert_eq!(decode_with_padding(text.as_bytes()), None, "{text:?}");
            assert!(!decode_append_with_padding(text.as_bytes(), &mut Vec::new()), "{text:?}");
        }
        let mut appended = b"behind ".to_vec();
        assert!(
            decode_append_with_padding(b"QQ==", &mut appended) && decode_append_with_padding(b"QUI", &mut appended)
        );
        assert_eq!(appended, b"behind AAB");
    }

    #[test]
    fn decodes_what_it_encodes() {
        for length in 0..70_u8 {
            let bytes: Vec<u8> = (0..length).map(|i| i.wrapping_mul(37)).collect();
            assert_eq!(decode(encode(&bytes).as_bytes()), Some(bytes));
        }
    }

    #[test]
    fn rejects_text_that_is_not_canonical() {
        for text in ["QQ==", "QR", "QUJ", "Q", "Q Q", "QQ\n", "Q+", "Q/", "\u{e9}A", "QUI=", "QQ=", "QUJDR"] {
            assert_eq!(decode(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(decode(b"QQ").as_deref(), Some(&b"A"[..]));
        assert!(
            has_valid_alphabet(b"QR")
                && has_valid_alphabet(b"")
                && !has_valid_alphabet(b"Q")
                && !has_valid_alphabet(b"QQ==")
        );
    }
}
