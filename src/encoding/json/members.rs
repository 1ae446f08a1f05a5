//! Reads some members of a JSON object in one pass, without building the others.

use ahash::RandomState;
use jiter::{Jiter, Peek};

/// The value of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberValue {
    /// A string.
    Str(String),
    /// `true` or `false`.
    Bool(bool),
    /// A value of any other type.
    Other,
}

/// The deepest nesting, as in the strict parser.
const MAX_DEPTH: u8 = 200;

/// Returns the values of the members `names` of the object in `text`, or `None` if it is not an unambiguous object.
///
/// The time is quadratic in the number of members, which the caller must bound.
pub fn read_members<const N: usize>(text: &[u8], names: [&str; N]) -> Option<[Option<MemberValue>; N]> {
    let (hasher, seen) = (RandomState::new(), Vec::with_capacity(32));
    let mut reader = MemberReader { jiter: Jiter::new(text), hasher, seen };
    let found = reader.read_object(names, MAX_DEPTH)?;
    reader.jiter.finish().ok()?;
    Some(found)
}

struct MemberReader<'j> {
    jiter: Jiter<'j>,
    hasher: RandomState,
    /// Hashes of the names in the objects that are being read: jiter reuses the memory of the names. A collision would only
    /// reject the text.
    seen: Vec<u64>,
}

impl MemberReader<'_> {
    fn read_object<const N: usize>(&mut self, names: [&str; N], depth: u8) -> Option<[Option<MemberValue>; N]> {
        let (first, mut found) = (self.seen.len(), [const { None }; N]);
        let mut next = self.jiter.next_object().ok()?;
        while let Some(name) = next {
            let hash = self.hasher.hash_one(name);
            if self.seen.get(first..)?.contains(&hash) {
                return None;
            }
            self.seen.push(hash);
            match names.iter().position(|wanted| *wanted == name).and_then(|index| found.get_mut(index)) {
                Some(slot) => *slot = Some(self.read_value(depth)?),
                None => self.skip_value(depth)?,
            }
            next = self.jiter.next_key().ok()?;
        }
        self.seen.truncate(first);
        Some(found)
    }

    fn read_value(&mut self, depth: u8) -> Option<MemberValue> {
        match self.jiter.peek().ok()? {
            Peek::String => Some(MemberValue::Str(self.jiter.known_str().ok()?.to_owned())),
            peek @ (Peek::True | Peek::False) => self.jiter.known_bool(peek).ok().map(MemberValue::Bool),
            _ => self.skip_value(depth).map(|()| MemberValue::Other),
        }
    }

    /// Returns `None` if the next value is invalid or ambiguous.
    fn skip_value(&mut self, depth: u8) -> Option<()> {
        let peek = self.jiter.peek().ok()?;
        match peek {
            Peek::String => self.jiter.known_str().ok().map(drop),
            Peek::True | Peek::False => self.jiter.known_bool(peek).ok().map(drop),
            Peek::Null => self.jiter.known_null().ok(),
            Peek::Array => self.skip_array(depth.checked_sub(1)?),
            Peek::Object => self.read_object([], depth.checked_sub(1)?).map(|[]| ()),
            _ => is_finite(self.jiter.known_number_bytes(peek).ok()?).then_some(()),
        }
    }

    fn skip_array(&mut self, depth: u8) -> Option<()> {
        let mut next = self.jiter.known_array().ok()?;
        while next.is_some() {
            self.skip_value(depth)?;
            next = self.jiter.array_step().ok()?;
        }
        Some(())
    }
}

/// Returns true if a double can have the size of `number`, or if `number` is an integer.
fn is_finite(number: &[u8]) -> bool {
    let is_integer = !number.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
    let value = || std::str::from_utf8(number).ok()?.parse::<f64>().ok();
    is_integer || value().is_some_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use jiter::JsonValue;

    use super::MemberValue;
    use crate::encoding::json::{JsonError, get, parse_object_strict, read_members};

    /// Reads the members by the reference, the strict parser.
    fn read_by_reference(text: &[u8]) -> Result<[Option<MemberValue>; 2], JsonError> {
        let members = parse_object_strict(text)?;
        Ok(["a", "b"].map(|name| {
            get(&members, name).map(|value| match value {
                JsonValue::Str(text) => MemberValue::Str(text.to_string()),
                JsonValue::Bool(value) => MemberValue::Bool(*value),
                _ => MemberValue::Other,
            })
        }))
    }

    #[test]
    fn agrees_with_the_strict_parser() {
        let values = [
            "1",
            "-1",
            "0",
            "-0",
            "01",
            "-",
            "+1",
            "1.",
            ".5",
            "1.5",
            "1e5",
            "1E+5",
            "1e",
            "1e400",
            "-1e400",
            "1e-400",
            "NaN",
            "Infinity",
            "-Infinity",
            "inf",
            "123456789012345678901234567890",
            "true",
            "false",
            "null",
            "tru",
            "nulll",
            "\"x\"",
            "\"\\u00e9\"",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\x\"",
            "\"\n\"",
            "\"",
            "\"\\",
            "[]",
            "[1,{\"a\":[\"x\"]}]",
            "[1,]",
            "[NaN]",
            "[1e400]",
            "{}",
            "{\"a\":1,\"a\":2}",
            "{\"a\":1,\"\\u0061\":2}",
            "[[[]]",
            "]",
            "",
            "1 2",
            "\u{e9}",
            "'x'",
            "/**/1",
            "1}",
            "{\"a\":{\"b\":1,\"b\":1}}",
        ];
        let documents = [
            "{\"a\":V}",
            "{\"b\":\"y\",\"a\":V}",
            "{\"c\":V,\"a\":\"x\"}",
            "{\"a\":V,\"a\":1}",
            "{\"\\u0061\":V,\"a\":1}",
            " {\"a\" : V , \"b\":true} ",
            "{\"a\":V,}",
            "{\"a\":V} x",
            "{\"c\":1,\"c\":V}",
            "{V:1}",
            "{\"a\" V}",
            "V",
            "[V]",
            "{\"\":V}",
            "{\"a\":V",
        ];
        for (document, value) in documents.iter().flat_map(|document| values.iter().map(move |value| (document, value)))
        {
            let text = document.replace('V', value);
            assert_eq!(read_members(text.as_bytes(), ["a", "b"]), read_by_reference(text.as_bytes()), "{text}");
        }
        let nested = |depth| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        for depth in [150, 190, 250, 10_000] {
            let text = nested(depth);
            assert_eq!(read_members(text.as_bytes(), ["a", "b"]), read_by_reference(text.as_bytes()), "{depth}");
        }
        for text in [
            &b"{\"a\":\"\xff\"}"[..],
            b"{\"\xff\":1}",
            b"{\"c\":\"\xed\xa0\x80\"}",
            b"\xef\xbb\xbf{}",
            b"{}\x00",
            b"{}",
        ] {
            assert_eq!(read_members(text, ["a", "b"]), read_by_reference(text), "{text:?}");
        }
    }

    #[test]
    fn agrees_with_the_strict_parser_after_random_changes() {
        let original = br#"{"a":"x\n","b":false,"c":[1.5,{"d":null,"e":"\u00e9"}],"f":-12e3,"g":""}"#;
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..100_000 {
            let mut text = original.to_vec();
            for _ in 0..random.usize(1..4) {
                let (at, from) = (random.usize(..text.len()), random.usize(..original.len()));
                match random.u8(..3) {
                    0 => text[at] = original[from],
                    1 => text.insert(at, original[from]),
                    _ => drop(text.remove(at)),
                }
            }
            assert_eq!(read_members(&text, ["a", "b"]), read_by_reference(&text), "{text:?}");
        }
    }
}
