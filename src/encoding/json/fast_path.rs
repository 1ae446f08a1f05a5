//! Parses a JSON object such as tokens have in one pass over its members.
//!
//! Unescaped keys and strings, literals and short integers are parsed here; jiter parses every other value in place. Returns
//! `None` for anything outside the fast path, including invalid input: the caller then falls back to the strict parser.
//! Invariant: the strict parser accepts every object that is accepted here, with equal values. A test compares the two.

use std::borrow::Cow;

use jiter::{Jiter, JsonValue};

use super::expected_keys::ExpectedKeys;
use super::value::{MAX_FAST_MEMBERS, Member, ParsedObject, is_unambiguous};

/// The number of members for which there is room at first.
const FEW_MEMBERS: usize = 16;

/// The deepest nesting on the fast path.
const MAX_DEPTH: u8 = 32;

/// The number of decimal digits that always fit into 64 bits.
const MAX_DIGITS: usize = 18;

/// Parses `text`, or returns `None` if it is not on the fast path.
///
/// Keys of `text` are only compared while they are the `expected` ones in their order.
#[must_use]
pub fn try_parse_object<'p>(text: &'p [u8], expected: &ExpectedKeys) -> Option<ParsedObject<'p>> {
    let mut cursor = Cursor { text: std::str::from_utf8(text).ok()?, pos: 0 };
    let mut expected = expected.quoted_keys().iter();
    let mut members = Vec::with_capacity(expected.len().max(FEW_MEMBERS));
    let mut seen: Option<SeenKeys> = None;
    cursor.consume(b'{')?;
    loop {
        let quoted_key = if seen.is_none() { expected.next() } else { None };
        let key = match quoted_key.and_then(|quoted_key| cursor.consume_expected_key(quoted_key)) {
            Some(key) => key,
            None => seen.get_or_insert_with(|| SeenKeys::new(&members)).consume_new_key(&mut cursor, &members)?,
        };
        cursor.parse_value(key, &mut members)?;
        if cursor.consume(b',').is_none() {
            break;
        }
    }
    cursor.consume(b'}')?;
    let has_expected_keys = seen.is_none() && expected.len() == 0;
    cursor.is_at_end().then_some(ParsedObject { members, has_expected_keys })
}

/// A position in `text`.
struct Cursor<'p> {
    text: &'p str,
    pos: usize,
}

impl<'p> Cursor<'p> {
    fn remaining(&self) -> &'p [u8] {
        self.text.as_bytes().get(self.pos..).unwrap_or_default()
    }

    /// Skips white space and returns the next byte without consuming it.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.pos) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.pos += 1,
                other => return other.copied(),
            }
        }
    }

    /// Skips white space and consumes the next byte if it is `byte`.
    fn consume(&mut self, byte: u8) -> Option<()> {
        let is_next = self.peek() == Some(byte);
        self.pos += usize::from(is_next);
        is_next.then_some(())
    }

    /// Skips white space and returns true if the text ends there.
    fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    fn consume_key(&mut self) -> Option<&'p str> {
        self.consume(b'"')?;
        let key = self.consume_unescaped()?;
        self.consume(b':')?;
        Some(key)
    }

    /// Consumes the next key if the text continues with `quoted_key`: the key in quotation marks, and a colon.
    fn consume_expected_key(&mut self, quoted_key: &[u8]) -> Option<&'p str> {
        self.peek()?;
        if !self.remaining().starts_with(quoted_key) {
            return None;
        }
        let key = self.pos + 1..self.pos + quoted_key.len() - 2;
        self.pos += quoted_key.len();
        self.text.get(key)
    }

    /// Parses the next value and appends it to `members`.
    ///
    /// Each type of value has its own `push`: returning a value first and moving it then makes the verification of a token
    /// with twelve claims 5 % slower.
    fn parse_value(&mut self, key: &'p str, members: &mut Vec<Member<'p>>) -> Option<()> {
        if let Some(text) = self.consume_string() {
            members.push((Cow::Borrowed(key), JsonValue::Str(Cow::Borrowed(text))));
        } else if let Some(number) = self.consume_integer() {
            members.push((Cow::Borrowed(key), JsonValue::Int(number)));
        } else if self.consume_literal("null") {
            members.push((Cow::Borrowed(key), JsonValue::Null));
        } else if self.consume_literal("false") {
            members.push((Cow::Borrowed(key), JsonValue::Bool(false)));
        } else if self.consume_literal("true") {
            members.push((Cow::Borrowed(key), JsonValue::Bool(true)));
        } else {
            let value = self.parse_with_jiter()?;
            members.push((Cow::Borrowed(key), value));
        }
        Some(())
    }

    fn consume_literal(&mut self, literal: &str) -> bool {
        let is_next = self.remaining().starts_with(literal.as_bytes());
        self.pos += if is_next { literal.len() } else { 0 };
        is_next
    }

    /// Consumes a string without escapes; otherwise stays where it is.
    fn consume_string(&mut self) -> Option<&'p str> {
        let start = self.pos;
        self.consume(b'"')?;
        let text = self.consume_unescaped();
        if text.is_none() {
            self.pos = start;
        }
        text
    }

    /// Consumes the text up to and including the next quotation mark, if it has neither escapes nor control characters.
    fn consume_unescaped(&mut self) -> Option<&'p str> {
        let end = self.pos + unescaped_len(self.remaining())?;
        let unescaped = self.text.get(self.pos..end)?;
        self.pos = end + 1;
        Some(unescaped)
    }

    /// Consumes an integer of at most [`MAX_DIGITS`] digits without sign, fraction and exponent.
    fn consume_integer(&mut self) -> Option<i64> {
        let rest = self.remaining();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=MAX_DIGITS).contains(&digits)
            || rest.first() == Some(&b'0')
            || matches!(rest.get(digits), Some(b'.' | b'e' | b'E'))
        {
            return None;
        }
        self.pos += digits;
        let digits = rest.iter().take(digits).map(|digit| i64::from(digit & 0x0f));
        Some(digits.fold(0_i64, |number, digit| number.wrapping_mul(10).wrapping_add(digit)))
    }

    fn parse_with_jiter(&mut self) -> Option<JsonValue<'p>> {
        let mut jiter = Jiter::new(self.remaining());
        let value = jiter.next_value().ok()?;
        self.pos += jiter.current_index();
        is_unambiguous(&value, MAX_DEPTH).then_some(value)
    }
}

/// Returns the number of bytes before the first quotation mark, or `None` if an escape or a control character comes first
/// (RFC 8259 §7). Compares eight bytes at a time.
fn unescaped_len(text: &[u8]) -> Option<usize> {
    let (chunks, rest) = text.as_chunks::<8>();
    let mut len = 0;
    for chunk in chunks {
        let mask = special_byte_mask(u64::from_le_bytes(*chunk));
        if mask != 0 {
            len += mask.trailing_zeros() as usize / 8;
            return (text.get(len) == Some(&b'"')).then_some(len);
        }
        len += 8;
    }
    let in_rest = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
    (rest.get(in_rest) == Some(&b'"')).then_some(len + in_rest)
}

/// Sets the highest bit of the first of eight bytes that is a quotation mark, a backslash or a control character.
///
/// Bits above the first set bit are unreliable: a borrow may have reached them.
fn special_byte_mask(bytes: u64) -> u64 {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    const HIGHEST: u64 = EACH * 0x80;
    let is_zero = |bytes: u64| bytes.wrapping_sub(EACH) & !bytes;
    let quotes = is_zero(bytes ^ (EACH * u64::from(b'"')));
    let backslashes = is_zero(bytes ^ (EACH * u64::from(b'\\')));
    let controls = bytes.wrapping_sub(EACH * 0x20) & !bytes;
    (quotes | backslashes | controls) & HIGHEST
}

/// The prefixes of the keys so far. Two keys are compared whole only if their prefixes are equal.
struct SeenKeys([u64; MAX_FAST_MEMBERS]);

impl SeenKeys {
    fn new(members: &[Member<'_>]) -> Self {
        let mut prefixes = [0; MAX_FAST_MEMBERS];
        prefixes.iter_mut().zip(members).for_each(|(prefix, (key, _))| *prefix = key_prefix(key.as_bytes()));
        Self(prefixes)
    }

    /// Consumes the next key, or returns `None` if `members` has it already or is full.
    fn consume_new_key<'p>(&mut self, cursor: &mut Cursor<'p>, members: &[Member<'_>]) -> Option<&'p str> {
        let key = cursor.consume_key()?;
        let (prefix, earlier) = self.0.get_mut(..=members.len())?.split_last_mut()?;
        *prefix = key_prefix(key.as_bytes());
        let is_new =
            earlier.iter().zip(members).all(|(other_prefix, (other, _))| other_prefix != prefix || other != key);
        is_new.then_some(key)
    }
}

fn key_prefix(key: &[u8]) -> u64 {
    match key.first_chunk() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => key.iter().fold(0, |bytes, byte| bytes << 8 | u64::from(*byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::{ExpectedKeys, key_prefix, try_parse_object, unescaped_len};

    /// Computes [`unescaped_len`] one byte at a time.
    fn unescaped_len_by_byte(text: &[u8]) -> Option<usize> {
        let special = text.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
        (text[special] == b'"').then_some(special)
    }

    #[test]
    fn text_ends_at_the_first_quotation_mark_wherever_it_is() {
        for filler in [b'a', b' ', b'!', b'#', b'[', b']', 0x7f, 0xff] {
            for special in [b'"', b'\\', 0, 1, 0x1f, b'\n', b' '] {
                for position in 0..40 {
                    for behind in [&b""[..], b"\"", b"\\", b"a\"", b"0123456789abcdef\"0123456789\""] {
                        let text = [&vec![filler; position][..], &[special], behind].concat();
                        assert_eq!(unescaped_len(&text), unescaped_len_by_byte(&text), "{text:?}");
                    }
                }
            }
        }
        // A quotation mark at each place that is a multiple of another's must not be taken for it.
        for first in 0..40 {
            for second in first + 1..80 {
                let mut text = vec![b'a'; 80];
                (text[first], text[second]) = (b'\\', b'"');
                assert_eq!(unescaped_len(&text), None, "{first} {second}");
                (text[first], text[second]) = (b'"', b'\\');
                assert_eq!(unescaped_len(&text), Some(first), "{first} {second}");
            }
        }
    }

    #[test]
    fn values_of_tokens_are_on_the_fast_path() {
        let text = br#"{"s":"text of more than eight bytes","i":123456789012345678,"n":null,"f":false,"t":true}"#;
        let parsed = try_parse_object(text, &ExpectedKeys::new()).unwrap();
        assert_eq!(
            format!("{:?}", parsed.members),
            r#"[("s", Str("text of more than eight bytes")), ("i", Int(123456789012345678)), ("n", Null), ("f", Bool(false)), ("t", Bool(true))]"#
        );
    }

    #[test]
    fn prefixes_of_other_keys_differ_up_to_eight_bytes() {
        let keys = ["", "a", "b", "ab", "ba", "aa", "iss", "sub", "emai", "email", "12345678", "12345679", "22345678"];
        for (index, one) in keys.iter().enumerate() {
            for other in &keys[..index] {
                assert_ne!(key_prefix(one.as_bytes()), key_prefix(other.as_bytes()), "{one} {other}");
            }
            assert_eq!(key_prefix(one.as_bytes()), key_prefix(one.to_owned().as_bytes()));
        }
        assert_eq!(key_prefix(b"12345678a"), key_prefix(b"12345678b"));
    }
}
