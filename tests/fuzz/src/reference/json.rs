//! A strict reader of JSON (RFC 8259): one character at a time, without a fast path. Duplicate keys, lone surrogates and
//! numbers beyond the range of a double are errors.

use jiter::JsonValue;
use num_bigint::BigInt;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Int(BigInt),
    Float(f64),
    Str(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Nesting and digits from which on a verdict is not compared: the limits of jiter are near 200 levels and 4,300 digits.
const MAX_DEPTH: usize = 100;
const MAX_NUMBER_BYTES: usize = 2_000;

/// The reason why a text is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The text is not strict JSON.
    Invalid,
    /// The text reaches limits about which readers may differ.
    Undecided,
}

/// Parses `text`.
///
/// # Errors
/// [`Failure`].
pub fn parse(text: &[u8]) -> Result<Json, Failure> {
    let text = std::str::from_utf8(text).map_err(|_| Failure::Invalid)?;
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.rest.is_empty() { Ok(value) } else { Err(Failure::Invalid) }
}

impl Json {
    /// Returns the member `name` of an object.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Returns the text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Returns true if the product has parsed the same value.
    #[must_use]
    pub fn equals(&self, other: &JsonValue<'_>) -> bool {
        match (self, other) {
            (Self::Null, JsonValue::Null) => true,
            (Self::Bool(own), JsonValue::Bool(other)) => own == other,
            (Self::Int(own), JsonValue::Int(other)) => *own == BigInt::from(*other),
            (Self::Int(own), JsonValue::BigInt(other)) => own == other,
            (Self::Int(own), JsonValue::Float(other)) => own.sign() == num_bigint::Sign::NoSign && *other == 0.0,
            (Self::Float(own), JsonValue::Float(other)) => own.to_bits() == other.to_bits(),
            (Self::Str(own), JsonValue::Str(other)) => own == other,
            (Self::Array(own), JsonValue::Array(other)) => {
                own.len() == other.len() && own.iter().zip(other.iter()).all(|(own, other)| own.equals(other))
            }
            (Self::Object(own), JsonValue::Object(other)) => equal_members(own, other),
            _ => false,
        }
    }
}

/// Returns true if the product has parsed the same members in the same order.
#[must_use]
pub fn equal_members(own: &[(String, Json)], other: &[(std::borrow::Cow<'_, str>, JsonValue<'_>)]) -> bool {
    own.len() == other.len()
        && own.iter().zip(other).all(|((name, value), (key, other))| name == key && value.equals(other))
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn next(&mut self) -> Result<char, Failure> {
        let character = self.rest.chars().next().ok_or(Failure::Invalid)?;
        self.rest = &self.rest[character.len_utf8()..];
        Ok(character)
    }

    fn value(&mut self, depth: usize) -> Result<Json, Failure> {
        if depth > MAX_DEPTH {
            return Err(Failure::Undecided);
        }
        self.skip_space();
        match self.rest.chars().next() {
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some('"') => self.string().map(Json::Str),
            Some('-' | '0'..='9') => self.number(),
            _ if self.take("true") => Ok(Json::Bool(true)),
            _ if self.take("false") => Ok(Json::Bool(false)),
            _ if self.take("null") => Ok(Json::Null),
            _ => Err(Failure::Invalid),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, Failure> {
        self.next()?;
        let (mut members, mut undecided): (Vec<(String, Json)>, bool) = (Vec::new(), false);
        self.skip_space();
        if self.take("}") {
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_space();
            if !self.rest.starts_with('"') {
                return Err(Failure::Invalid);
            }
            let name = self.string()?;
            self.skip_space();
            if !self.take(":") {
                return Err(Failure::Invalid);
            }
            let value = self.value(depth + 1)?;
            undecided |= members.iter().any(|(known, _)| *known == name);
            members.push((name, value));
            self.skip_space();
            if self.take("}") {
                return if undecided { Err(Failure::Invalid) } else { Ok(Json::Object(members)) };
            }
            if !self.take(",") {
                return Err(Failure::Invalid);
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, Failure> {
        self.next()?;
        let mut items = Vec::new();
        self.skip_space();
        if self.take("]") {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_space();
            if self.take("]") {
                return Ok(Json::Array(items));
            }
            if !self.take(",") {
                return Err(Failure::Invalid);
            }
        }
    }

    fn string(&mut self) -> Result<String, Failure> {
        self.next()?;
        let mut text = String::new();
        loop {
            match self.next()? {
                '"' => return Ok(text),
                '\\' => text.push(self.escape()?),
                '\0'..='\x1f' => return Err(Failure::Invalid),
                character => text.push(character),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Failure> {
        Ok(match self.next()? {
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            character @ ('"' | '\\' | '/') => character,
            'u' => {
                let unit = self.unit()?;
                let code = match unit {
                    0xd800..0xdc00 if self.take("\\u") => match self.unit()? {
                        low @ 0xdc00..0xe000 => 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00),
                        _ => return Err(Failure::Invalid),
                    },
                    _ => unit,
                };
                char::from_u32(code).ok_or(Failure::Invalid)?
            }
            _ => return Err(Failure::Invalid),
        })
    }

    fn unit(&mut self) -> Result<u32, Failure> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit * 16 + self.next()?.to_digit(16).ok_or(Failure::Invalid)?;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<Json, Failure> {
        let length = self.rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
        let (text, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        if text.len() > MAX_NUMBER_BYTES {
            return Err(Failure::Undecided);
        }
        self.rest = rest;
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (text, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let digits = whole.strip_prefix('-').unwrap_or(whole);
        let is_valid = is_digits(digits)
            && (digits == "0" || !digits.starts_with('0'))
            && fraction.is_none_or(is_digits)
            && exponent.is_none_or(|exponent| is_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)));
        if !is_valid {
            return Err(Failure::Invalid);
        }
        if fraction.is_none() && exponent.is_none() {
            return text.parse().map(Json::Int).map_err(|_| Failure::Invalid);
        }
        let number: f64 = text.parse().map_err(|_| Failure::Invalid)?;
        if number.is_finite() { Ok(Json::Float(number)) } else { Err(Failure::Invalid) }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
