//! The quick reader of a JSON object such as tokens have: one pass over its members.
//!
//! It reads plain names, plain strings, literals and small numbers itself, and has jiter read the other values where they
//! stand. What it is not made for it declines, and so whatever is wrong: [`crate::encoding::json`] then reads the text and has the
//! last word. So it never refuses, and must take nothing that `json` would not, and that as the same values; a test holds
//! the two against each other.

use std::borrow::Cow;

use jiter::{Jiter, JsonValue};

use crate::encoding::json::expected_keys::KnownNames;
use crate::encoding::json::{self, Member, Object};

/// A claims set with more members is declined: each name is compared with each.
const MAX_MEMBERS: usize = 32;

/// A value that is nested deeper is declined.
const MAX_DEPTH: u8 = 32;

/// Numbers of so many digits fit into 64 bits.
const MAX_DIGITS: usize = 18;

/// The members of the object that `text` holds, if it is one that can be read quickly. Of the names that are `known`, those
/// that come first and in their order are told by a look.
#[must_use]
pub fn object<'p>(text: &'p [u8], known: &KnownNames) -> Option<Object<'p>> {
    let mut reader = Reader { text: std::str::from_utf8(text).ok()?, at: 0 };
    let (mut members, mut known) = (Vec::with_capacity(MAX_MEMBERS / 2), known.get().iter());
    let mut names: Option<Names> = None;
    reader.take(b'{')?;
    loop {
        let expected = if names.is_none() { known.next() } else { None };
        let name = match expected.and_then(|expected| reader.known_name(expected)) {
            Some(name) => name,
            None => names.get_or_insert_with(|| Names::of(&members)).next(&mut reader, &members)?,
        };
        reader.value(name, &mut members)?;
        if reader.take(b',').is_none() {
            break;
        }
    }
    reader.take(b'}')?;
    reader.is_at_end().then_some(members)
}

/// Where in `text` the reader is.
struct Reader<'p> {
    text: &'p str,
    at: usize,
}

impl<'p> Reader<'p> {
    fn rest(&self) -> &'p [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next.then_some(())
    }

    fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    fn name(&mut self) -> Option<&'p str> {
        self.take(b'"')?;
        let name = self.plain()?;
        self.take(b':')?;
        Some(name)
    }

    /// The next name, if it is the one that is `written` so.
    fn known_name(&mut self, written: &[u8]) -> Option<&'p str> {
        self.peek()?;
        if !self.rest().starts_with(written) {
            return None;
        }
        let name = self.at + 1..self.at + written.len() - 2;
        self.at += written.len();
        self.text.get(name)
    }

    /// Adds the next value, under its name, to `members`: each kind on its own, for a value that is returned first and then
    /// moved there costs a verification of twelve claims one part in twenty.
    fn value(&mut self, name: &'p str, members: &mut Vec<Member<'p>>) -> Option<()> {
        if let Some(text) = self.string() {
            members.push((Cow::Borrowed(name), JsonValue::Str(Cow::Borrowed(text))));
        } else if let Some(number) = self.number() {
            members.push((Cow::Borrowed(name), JsonValue::Int(number)));
        } else if self.is_literal("null") {
            members.push((Cow::Borrowed(name), JsonValue::Null));
        } else if self.is_literal("false") {
            members.push((Cow::Borrowed(name), JsonValue::Bool(false)));
        } else if self.is_literal("true") {
            members.push((Cow::Borrowed(name), JsonValue::Bool(true)));
        } else {
            let value = self.with_jiter()?;
            members.push((Cow::Borrowed(name), value));
        }
        Some(())
    }

    fn is_literal(&mut self, spelled: &str) -> bool {
        let is_next = self.rest().starts_with(spelled.as_bytes());
        self.at += if is_next { spelled.len() } else { 0 };
        is_next
    }

    fn string(&mut self) -> Option<&'p str> {
        let start = self.at;
        self.take(b'"')?;
        let text = self.plain();
        if text.is_none() {
            self.at = start;
        }
        text
    }

    /// What stands up to the next quotation mark, if it stands for itself.
    fn plain(&mut self) -> Option<&'p str> {
        let end = self.at + plain_bytes(self.rest())?;
        let plain = self.text.get(self.at..end)?;
        self.at = end + 1;
        Some(plain)
    }

    /// A number without sign, fraction or exponent that is not too long.
    fn number(&mut self) -> Option<i64> {
        let rest = self.rest();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=MAX_DIGITS).contains(&digits)
            || rest.first() == Some(&b'0')
            || matches!(rest.get(digits), Some(b'.' | b'e' | b'E'))
        {
            return None;
        }
        self.at += digits;
        let digits = rest.iter().take(digits).map(|digit| i64::from(digit & 0x0f));
        Some(digits.fold(0_i64, |number, digit| number.wrapping_mul(10).wrapping_add(digit)))
    }

    fn with_jiter(&mut self) -> Option<JsonValue<'p>> {
        let mut jiter = Jiter::new(self.rest());
        let value = jiter.next_value().ok()?;
        self.at += jiter.current_index();
        json::is_unambiguous(&value, MAX_DEPTH).then_some(value)
    }
}

/// How many bytes stand before the first quotation mark, if neither an escape nor a control character is among them
/// (RFC 8259 §7): eight at a time.
fn plain_bytes(text: &[u8]) -> Option<usize> {
    let (chunks, rest) = text.as_chunks::<8>();
    let mut plain = 0;
    for chunk in chunks {
        let marked = not_plain(u64::from_le_bytes(*chunk));
        if marked != 0 {
            plain += marked.trailing_zeros() as usize / 8;
            return (text.get(plain) == Some(&b'"')).then_some(plain);
        }
        plain += 8;
    }
    let in_rest = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
    (rest.get(in_rest) == Some(&b'"')).then_some(plain + in_rest)
}

/// Marks, by its highest bit, the first of eight bytes that is a quotation mark, a backslash or a control character. Above
/// the first, marks say nothing: a borrow may have come that far.
fn not_plain(bytes: u64) -> u64 {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    const HIGHEST: u64 = EACH * 0x80;
    let is_zero = |bytes: u64| bytes.wrapping_sub(EACH) & !bytes;
    let quotes = is_zero(bytes ^ (EACH * u64::from(b'"')));
    let backslashes = is_zero(bytes ^ (EACH * u64::from(b'\\')));
    let controls = bytes.wrapping_sub(EACH * 0x20) & !bytes;
    (quotes | backslashes | controls) & HIGHEST
}

/// The beginnings of the names so far: only of two that begin alike need the whole be compared.
struct Names([u64; MAX_MEMBERS]);

impl Names {
    fn of(members: &[Member<'_>]) -> Self {
        let mut names = [0; MAX_MEMBERS];
        names.iter_mut().zip(members).for_each(|(place, (name, _))| *place = beginning(name.as_bytes()));
        Self(names)
    }

    /// The next name, if it is another one than those of `members`, and there is room for it.
    fn next<'p>(&mut self, reader: &mut Reader<'p>, members: &[Member<'_>]) -> Option<&'p str> {
        let name = reader.name()?;
        let (place, before) = self.0.get_mut(..=members.len())?.split_last_mut()?;
        *place = beginning(name.as_bytes());
        let is_new = before.iter().zip(members).all(|(before, (other, _))| before != place || other != name);
        is_new.then_some(name)
    }
}

fn beginning(name: &[u8]) -> u64 {
    match name.first_chunk() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => name.iter().fold(0, |bytes, byte| bytes << 8 | u64::from(*byte)),
    }
}
