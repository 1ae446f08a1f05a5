//! Text encodings of binary values, decoded as leniently as the detection of keys requires. Never used to read a key.

/// Removes the escapes of JSON, Python, C, shells and URLs: `\n`, `\\n`, `\"`, `\x30`, `\u0030`, `\060`, `%30`.
pub(super) fn unescape(text: &[u8]) -> Vec<u8> {
    let (mut unescaped, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some((&first, after)) = rest.split_first() {
        let escape = match first {
            b'\\' => unescape_letter(after),
            b'%' => hex_byte(after, 2),
            _ => None,
        };
        if let Some((byte, after)) = escape {
            unescaped.push(byte);
            rest = after;
        } else {
            unescaped.extend((first != b'\\').then_some(first));
            rest = after;
        }
    }
    unescaped
}

/// Returns the byte of an escape without its backslash, and the text after it.
fn unescape_letter(text: &[u8]) -> Option<(u8, &[u8])> {
    let (letter, after) = text.split_first()?;
    match letter {
        b'n' => Some((b'\n', after)),
        b'r' => Some((b'\r', after)),
        b't' => Some((b'\t', after)),
        b'x' => hex_byte(after, 2),
        b'u' => hex_byte(after, 4),
        b'0'..=b'3' => octal_byte(text),
        _ => None,
    }
}

/// Parses a byte of `digits` hexadecimal digits. Returns it and the text after it.
fn hex_byte(text: &[u8], digits: usize) -> Option<(u8, &[u8])> {
    let (number, after) = text.split_at_checked(digits)?;
    let number = number.iter().try_fold(0, |number, digit| Some(number << 4 | hex_digit(*digit)?))?;
    Some((u8::try_from(number).ok()?, after))
}

/// Parses a byte of three octal digits. Returns it and the text after it.
fn octal_byte(text: &[u8]) -> Option<(u8, &[u8])> {
    let (number, after) = text.split_at_checked(3)?;
    Some((u8::from_str_radix(std::str::from_utf8(number).ok()?, 8).ok()?, after))
}

fn hex_digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

/// Decodes the base64 characters of `text`, in either alphabet, from each of four positions, and ignores all other
/// characters. Text before an encoded value therefore does not hide it.
pub(super) fn decode_base64(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let characters: Vec<u8> = text.iter().copied().filter_map(standard_character).collect();
    (0..4).filter_map(move |start| {
        let characters = characters.get(start..)?;
        // A single character after the last group encodes nothing.
        let end = characters.len() - usize::from(characters.len() % 4 == 1);
        base64_simd::forgiving_decode_to_vec(characters.get(..end)?).ok()
    })
}

/// Returns the character of the standard alphabet for one of either alphabet.
fn standard_character(byte: u8) -> Option<u8> {
    match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'+' | b'/' => Some(byte),
        _ => byte.is_ascii_alphanumeric().then_some(byte),
    }
}

/// Decodes the hexadecimal digits of `text` from each of two positions, and ignores `0x` and all other characters.
pub(super) fn decode_hex(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut digits = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(b"0x").or_else(|| rest.strip_prefix(b"0X")) {
            rest = after;
        } else {
            digits.extend(hex_digit(first).and_then(|digit| u8::try_from(digit).ok()));
            rest = after;
        }
    }
    (0..2).filter_map(move |start| {
        let (pairs, _) = digits.get(start..)?.as_chunks::<2>();
        Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
    })
}

/// Decodes `text` from base32 (RFC 4648 §6), in either case and with any separators. Returns `None` if it has a letter or a
/// digit of another alphabet.
pub(super) fn decode_base32(text: &[u8]) -> Option<Vec<u8>> {
    let characters = text.iter().filter(|byte| byte.is_ascii_alphanumeric());
    let values: Vec<u64> = characters.map(|byte| base32_value(*byte)).collect::<Option<_>>()?;
    let groups = values.chunks(8).flat_map(|group| {
        let bits = (0..8).fold(0, |bits, at| bits << 5 | group.get(at).copied().unwrap_or_default());
        bits.to_be_bytes().into_iter().skip(3).take(group.len() * 5 / 8)
    });
    Some(groups.collect())
}

fn base32_value(byte: u8) -> Option<u64> {
    match byte.to_ascii_uppercase() {
        letter @ b'A'..=b'Z' => Some(u64::from(letter - b'A')),
        digit @ b'2'..=b'7' => Some(u64::from(digit - b'2') + 26),
        _ => None,
    }
}

/// Decodes the numbers of `text` with the prefix `0x` as bytes, as in an array of C. Returns `None` if one is not a byte.
pub(super) fn decode_hex_numbers(text: &[u8]) -> Option<Vec<u8>> {
    let words = text.split(|byte| !byte.is_ascii_alphanumeric());
    let numbers = words.filter_map(|word| word.strip_prefix(b"0x").or_else(|| word.strip_prefix(b"0X")));
    numbers.map(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()).collect()
}

/// Decodes the decimal numbers of `text` as bytes, as in a JSON list. Returns `None` if a number is not a byte.
pub(super) fn decode_decimals(text: &[u8]) -> Option<Vec<u8>> {
    let numbers = text.split(|byte| !byte.is_ascii_digit()).filter(|digits| !digits.is_empty());
    numbers.map(|digits| std::str::from_utf8(digits).ok()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::{decode_base32, decode_base64, decode_decimals, decode_hex, decode_hex_numbers, unescape};

    #[test]
    fn removes_escapes() {
        for (text, expected) in [
            (r"a\nb", "a\nb"),
            (r"a\\nb", "a\nb"),
            (r"a\\\\nb", "a\nb"),
            (r"a\r\n\tb", "a\r\n\tb"),
            (r#"{\"a\":\/}"#, r#"{"a":/}"#),
            (r"\x30\u0031%32\063", "0123"),
            (r"\0\08\400", "008400"),
            (r"%zz\x3\u0100\", "%zzx3u0100"),
            ("%", "%"),
        ] {
            assert_eq!(unescape(text.as_bytes()), expected.as_bytes(), "{text}");
        }
    }

    #[test]
    fn decodes_values_behind_and_between_other_characters() {
        let value = b"any \xfb\xff\xbf value".as_slice();
        for text in
            ["YW55IPv/vyB2YWx1ZQ==", "'YW55 IPv_\nvyB2YWx1ZQ'", "key=YW55IPv/vyB2YWx1ZQ", "YW55IPv/vyB2YWx1ZQAA"]
        {
            assert!(decode_base64(text.as_bytes()).any(|decoded| decoded.windows(value.len()).any(|w| w == value)));
        }
        for text in ["00ff30", "00:ff:30", "0x00,0xFF,0X30", "{0x00ff30}", "a00ff30", "<00 FF 30>"] {
            assert!(decode_hex(text.as_bytes()).any(|decoded| decoded.ends_with(&[0, 0xff, 0x30])), "{text}");
        }
        assert_eq!(decode_decimals(b"[48, 130,1]"), Some(vec![48, 130, 1]));
        assert_eq!(decode_decimals(b"48 256"), None);
        assert_eq!(decode_hex_numbers(b"key[] = {0x30, 0x5,0XfF}"), Some(vec![0x30, 5, 0xff]));
        assert_eq!(decode_hex_numbers(b"{0x30, 0x100}"), None);
        for (text, expected) in [
            ("MZXW6YTBOI======", Some("foobar")),
            ("mzxw 6ytb", Some("fooba")),
            ("MZXW6YQ=", Some("foob")),
            ("", Some("")),
            ("MZXW61", None),
        ] {
            assert_eq!(decode_base32(text.as_bytes()).as_deref(), expected.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn single_character_after_the_last_group_is_left_out() {
        for (text, expected) in [
            ("QUJD", &b"ABC"[..]),
            ("QUJDR", b"ABC"),
            ("QUJDRA", b"ABCD"),
            ("QUJDREU", b"ABCDE"),
            ("QUJDREVG", b"ABCDEF"),
            ("QUJDREVGR", b"ABCDEF"),
            ("-_-_", b"\xfb\xff\xbf"),
            ("+/+/", b"\xfb\xff\xbf"),
        ] {
            assert_eq!(decode_base64(text.as_bytes()).next().as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn decodes_any_text_without_a_panic() {
        for text in ["", "=", "a", "ab", "abc", "abcde", "0", "0x", "\\", "\\x", "%1", "\u{e9}"] {
            let (base64, hex) = (decode_base64(text.as_bytes()).count(), decode_hex(text.as_bytes()).count());
            assert!(base64 <= 4 && hex <= 2, "{text}");
            unescape(text.as_bytes());
        }
    }
}
