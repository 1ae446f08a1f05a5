//! The fast path compared with jiter: every object that it accepts is accepted by jiter with equal values. It accepts the
//! objects of typical tokens.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::sync::LazyLock;

use fastjose::encoding::json::expected_keys::ExpectedKeys;
use fastjose::encoding::json::fast_path;
use fastjose::encoding::json::{self, Member, Object};
use jiter::JsonValue;

const DOCUMENTS: u64 = 240_000;

/// The seed unless `FASTJOSE_JSON_SEED` sets another.
const DEFAULT_SEED: u64 = 0x9e37_79b9_7f4a_7c15;

fn seed() -> u64 {
    let seed = std::env::var("FASTJOSE_JSON_SEED").map_or(DEFAULT_SEED, |seed| seed.parse().unwrap());
    assert!(seed > 0, "a xorshift generator never leaves zero");
    seed
}

/// A xorshift64 generator, for reproducible documents.
struct Xorshift64(u64);

impl Xorshift64 {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn choose<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }

    /// Returns one of the first `good` choices, which are valid, or rarely one of all choices.
    fn choose_mostly_good<'a>(&mut self, choices: &[&'a [u8]], good: usize) -> &'a [u8] {
        let among = if self.is_rare() { choices.len() } else { good };
        choices[self.below(among)]
    }

    fn is_rare(&mut self) -> bool {
        self.below(60) == 0
    }
}

const NAMES: [&[u8]; 20] = [
    b"iss",
    b"sub",
    b"aud",
    b"exp",
    b"nbf",
    b"iat",
    b"jti",
    b"name",
    b"email",
    b"createdAt",
    b"createdBy",
    b"created",
    b"",
    b"a",
    b"b",
    b"\\u0061",
    b"a\\n",
    b"\xc3\xa9",
    b"\x01",
    b"x\xff",
];
const TEXTS: [&[u8]; 24] = [
    b"",
    b"a",
    b"Ada Lovelace",
    b"https://app.example.com",
    b"1234567",
    b"12345678",
    b"123456789abcdef",
    b"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
    b"tab\\tquote\\\"slash\\/back\\\\",
    b"\\u00e9\\ud83d\\ude00",
    b"\\ud800",
    b"\\udc00\\ud800",
    b"\\u00",
    b"\\x",
    b"\\",
    b"\x00",
    b"seven..\x1f",
    b"a\nb",
    b"\x7f",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xc0\xaf",
    b"\xf4\x90\x80\x80",
    b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];
/// JSON scalars: the valid ones first.
const SCALARS: &str = "0 1 -1 1700000000 1700000000.5 true false null -0 -0.0 1e5 1E+5 1e-400 123456789012345678 \
    1234567890123456789 9223372036854775807 9223372036854775808 123456789012345678901234567890 1.0 0.1 \
    -9223372036854775808 -9223372036854775809 2.2250738585072011e-308 179769313486231580793728971405301e277 \
    01 -01 1. .5 +1 1e 1e400 -1e400 True tru nulll NaN Infinity -Infinity 0x10 1_000";
const GOOD_SCALARS: usize = 24;

fn write_space(random: &mut Xorshift64, text: &mut Vec<u8>) {
    if random.below(12) == 0 {
        text.extend(random.choose_mostly_good(&[b" ", b"\n", b"\t\r", b"  ", b"\x0b", b"\xc2\xa0", b"/**/"], 4));
    }
}

fn write_string(text: &mut Vec<u8>, content: &[u8]) {
    text.push(b'"');
    text.extend(content);
    text.push(b'"');
}

fn write_value(random: &mut Xorshift64, text: &mut Vec<u8>, depth: usize) {
    static ALL: LazyLock<Vec<&[u8]>> = LazyLock::new(|| SCALARS.split(' ').map(str::as_bytes).collect());
    let scalars = &ALL;
    match random.below(8) {
        0..3 => write_string(text, random.choose_mostly_good(&TEXTS, 10)),
        3..6 => text.extend(random.choose_mostly_good(scalars, GOOD_SCALARS)),
        _ if depth == 0 => text.extend(b"[]"),
        6 => {
            text.push(b'[');
            for item in 0..random.below(4) {
                text.extend(if item > 0 { &b","[..] } else { b"" });
                write_value(random, text, depth - 1);
            }
            text.push(b']');
        }
        _ => write_object(random, text, 3, depth - 1),
    }
}

fn write_object(random: &mut Xorshift64, text: &mut Vec<u8>, members: usize, depth: usize) {
    text.push(b'{');
    for member in 0..random.below(members + 1) {
        text.extend(if member > 0 { &b","[..] } else { b"" });
        write_space(random, text);
        match random.below(4) {
            0 => write_string(text, random.choose_mostly_good(&NAMES, 12)),
            _ => write_string(text, format!("n{}", random.below(200)).as_bytes()),
        }
        write_space(random, text);
        text.push(b':');
        write_space(random, text);
        write_value(random, text, depth);
        write_space(random, text);
    }
    text.push(b'}');
}

/// Returns a document around the depth limits of the parsers.
fn deep_document(random: &mut Xorshift64) -> Vec<u8> {
    let (levels, is_list) = ([30, 31, 32, 33, 100, 198, 199, 200, 201, 300][random.below(10)], random.below(2) == 0);
    let (open, close) = if is_list { ("[", "]") } else { (r#"{"a":"#, "}") };
    format!(r#"{{"a":{}1{}}}"#, open.repeat(levels), close.repeat(levels)).into_bytes()
}

fn corrupt(random: &mut Xorshift64, text: &mut Vec<u8>) {
    if text.is_empty() {
        return;
    }
    let at = random.below(text.len());
    match random.below(5) {
        0 => text[at] = u8::try_from(random.below(256)).unwrap(),
        1 => {
            text.insert(
                at,
                random.choose(&[&b'"', &b'\\', &b',', &b'{', &b'}', &b':', &b'0', &0x1f, &0x80]).to_owned(),
            );
        }
        2 => drop(text.remove(at)),
        3 => text.truncate(at),
        _ => text.extend(random.choose(&[&b" "[..], b"x", b"{}", b",", b"\0"])),
    }
}

fn random_document(random: &mut Xorshift64) -> Vec<u8> {
    if random.is_rare() {
        return deep_document(random);
    }
    let mut text = Vec::new();
    let members = random.choose(&[&1, &5, &12, &40, &90]);
    write_object(random, &mut text, *members, 4);
    if random.below(3) == 0 {
        corrupt(random, &mut text);
    }
    text
}

/// Returns true if the values are equal to the last bit. By `==`, the two zeros are equal.
fn are_identical(one: &JsonValue<'_>, other: &JsonValue<'_>) -> bool {
    match (one, other) {
        (JsonValue::Float(one), JsonValue::Float(other)) => one.to_bits() == other.to_bits(),
        (JsonValue::Array(one), JsonValue::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other.iter()).all(|(one, other)| are_identical(one, other))
        }
        (JsonValue::Object(one), JsonValue::Object(other)) => have_identical_members(one, other),
        _ => one == other,
    }
}

fn have_identical_members(one: &[Member<'_>], other: &[Member<'_>]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| one.0 == other.0 && are_identical(&one.1, &other.1))
}

fn compare_parsers(known: &ExpectedKeys, text: &[u8]) -> (bool, bool) {
    let (quick, jiter) = (fast_path::try_parse_object(text, known), json::parse_object_strict(text));
    if let Some(quick) = &quick {
        let jiter: &Object<'_> = jiter.as_ref().unwrap_or_else(|_| panic!("{:?}", text.escape_ascii().to_string()));
        assert!(have_identical_members(&quick.members, jiter), "{:?}", text.escape_ascii().to_string());
    }
    (quick.is_some(), jiter.is_ok())
}

#[test]
fn fast_path_agrees_with_jiter() {
    println!("FASTJOSE_JSON_SEED={}", seed()); // shown if the test fails
    let (mut random, mut known) = (Xorshift64(seed()), ExpectedKeys::new());
    let (mut quick, mut good, mut rejected) = (0, 0, 0);
    for number in 0..DOCUMENTS {
        let text = random_document(&mut random);
        let (is_quick, is_good) = compare_parsers(&known, &text);
        (quick, good, rejected) =
            (quick + u64::from(is_quick), good + u64::from(is_good), rejected + u64::from(!is_good));
        if number % 3 == 0 {
            known = ExpectedKeys::new();
            known.record_once(&json::parse_object_strict(&text).unwrap_or_default());
            compare_parsers(&known, &text);
            let mut corrupted = text.clone();
            corrupt(&mut random, &mut corrupted);
            compare_parsers(&known, &corrupted);
        }
    }
    println!("{DOCUMENTS} documents: {quick} accepted by the fast path, {good} valid, {rejected} invalid");
    // The comparison must cover enough accepted and rejected documents.
    assert!(quick > DOCUMENTS / 4 && good > quick && rejected > DOCUMENTS / 4, "{quick} {good} {rejected}");
}

#[test]
fn fast_path_accepts_typical_tokens() {
    for text in [
        r#"{"sub":"a"}"#,
        r#"{"alg":"HS256","kid":"k","typ":"JWT"}"#,
        r#" { "exp" : 1700000000 , "aud" : [ "a" , "b" ] , "ok" : true , "no" : false , "image" : null } "#,
        r#"{"iat":1700000000.5,"name":"Ad\u00e9","n":-5,"big":123456789012345678901234567890,"e":1e3,"o":{"a":[{}]}}"#,
    ] {
        assert_eq!(compare_parsers(&ExpectedKeys::new(), text.as_bytes()), (true, true), "{text}");
    }
}

#[test]
fn expected_keys_do_not_hide_duplicates() {
    let known = ExpectedKeys::new();
    known.record_once(&json::parse_object_strict(br#"{"a":1,"b":2,"c":3}"#).unwrap());
    for (text, is_good) in [
        (r#"{"a":1,"b":2,"c":3}"#, true),
        (r#"{"a":1,"b":2,"c":3,"d":4}"#, true),
        (r#"{"a":1,"b":2}"#, true),
        (r#"{"b":1,"a":2,"c":3}"#, true),
        (r#"{"a":1,"b":2,"c":3,"a":4}"#, false),
        (r#"{"a":1,"a":2,"c":3}"#, false),
        (r#"{"a":1,"b":2,"b":3}"#, false),
        (r#"{"b":1,"b":2,"c":3}"#, false),
        (r#"{"a":1,"b":2,"\u0061":3}"#, false),
    ] {
        assert_eq!(json::parse_object_with_keys(&known, text.as_bytes()).is_ok(), is_good, "{text}");
        assert_eq!(compare_parsers(&known, text.as_bytes()).1, is_good, "{text}");
    }
}

#[test]
fn expected_keys_are_recognized() {
    let known = ExpectedKeys::new();
    let has_expected_keys =
        |text: &str| json::parse_object_with_keys(&known, text.as_bytes()).unwrap().has_expected_keys;
    for text in ["{}", r#"{"a":1}"#] {
        assert!(!has_expected_keys(text), "{text}");
    }
    known.record_once(&json::parse_object_strict(br#"{"a":1,"b":2}"#).unwrap());
    for text in [r#"{"a":1,"b":2}"#, r#" { "a":null , "b":[1.5e300] } "#] {
        assert!(has_expected_keys(text), "{text}");
    }
    for text in
        [r#"{"a":1}"#, r#"{"b":2,"a":1}"#, r#"{"a":1,"b":2,"c":3}"#, r#"{"a":1,"bb":2}"#, "{}", r#"{"a" :1,"b":2}"#]
    {
        assert!(!has_expected_keys(text), "{text}");
    }
}

#[test]
fn expected_keys_ignore_duplicate_names() {
    let known = ExpectedKeys::new();
    let twice = json::parse_object_lenient(&ExpectedKeys::new(), br#"{"a":1,"a":2}"#).unwrap();
    known.record_once(&twice);
    assert!(json::parse_object_with_keys(&known, br#"{"a":1,"a":2}"#).is_err());
}
