//! Diagnosis of texts that are not a token: what is wrong with this one. No text contains any part of the token.

use crate::error::Error;

/// The problem of a token of five segments.
const ENCRYPTED: &str = "five segments are an encrypted token (JWE), which has no signature to verify; let the issuer send \
                         a signed token, or decrypt it first";

/// Returns the error for a segment that is not base64url. `reason` is the message of python-jose for the segment.
pub(crate) fn undecodable(reason: &'static str, segment: &[u8]) -> Error {
    match describe_segment(segment) {
        Some(problem) => Error::Undecodable { reason, problem },
        None => Error::Malformed(reason),
    }
}

/// Returns the error for a text of one or two segments.
pub(super) fn too_few_segments(text: &[u8]) -> Error {
    const REASON: &str = "Not enough segments";
    if is_null(text) {
        let problem = "the client sent the text of a missing value in place of a token";
        return Error::Undecodable { reason: REASON, problem };
    }
    // An opaque token can be in base64 with padding. That is not why it has too few segments.
    let is_opaque = text.iter().all(|byte| is_base64url(*byte) || b"+/=.".contains(byte));
    match describe_characters(text).filter(|_| !is_opaque) {
        Some(problem) => Error::Undecodable { reason: REASON, problem },
        None => Error::Malformed(REASON),
    }
}

/// Returns the error for a text of more than three segments.
pub(super) fn too_many_segments(text: &[u8]) -> Error {
    const REASON: &str = "Too many segments";
    match memchr::memchr_iter(b'.', text).count() {
        4 => Error::Undecodable { reason: REASON, problem: ENCRYPTED },
        _ => Error::Malformed(REASON),
    }
}

fn describe_segment(segment: &[u8]) -> Option<&'static str> {
    match memchr::memchr_iter(b'.', segment).count() {
        0 => describe_characters(segment),
        2 => Some(ENCRYPTED),
        _ => Some("the token has more than three segments"),
    }
}

fn describe_characters(text: &[u8]) -> Option<&'static str> {
    let has = |bytes: &[u8]| text.iter().any(|byte| bytes.contains(byte));
    Some(match () {
        () if has(b"\"'") => "the token is in quotes",
        () if starts_with_scheme(text) => "the token begins with Bearer, which belongs only to the header",
        () if text.iter().any(u8::is_ascii_whitespace) => {
            "the token contains white space, such as a line feed at its end"
        }
        () if has(b"=") => "the token has padding (=), which a token must not have",
        () if has(b"+/") => "the token is in base64; it must be in base64url",
        () if has(b"%") => "the token is percent-encoded",
        () if !text.iter().all(|byte| *byte == b'.' || is_base64url(*byte)) => {
            "the token contains a character that no token has"
        }
        () => return None,
    })
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn starts_with_scheme(text: &[u8]) -> bool {
    text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"Bearer "))
}

/// Returns true for the text of a missing value, in quotes or after `Bearer`, too.
fn is_null(text: &[u8]) -> bool {
    const NAMES: [&[u8]; 7] = [b"null", b"undefined", b"None", b"nil", b"NaN", b"[object Object]", b"[object Promise]"];
    let text = if starts_with_scheme(text) { text.get(7..).unwrap_or_default() } else { text };
    let bare = match text.trim_ascii() {
        [b'"', bare @ .., b'"'] | [b'\'', bare @ .., b'\''] | bare => bare,
    };
    NAMES.iter().any(|name| name.eq_ignore_ascii_case(bare))
}

#[cfg(test)]
mod tests {
    use super::{too_few_segments, too_many_segments, undecodable};
    use crate::error::Error;

    #[test]
    fn names_the_problem_of_a_segment_and_keeps_the_reason() {
        for (segment, expected) in [
            ("eyJhbGciOiJIUzI1NiJ9\n", "white space"),
            ("eyJhbGciOiJIUzI1NiJ9 ", "white space"),
            ("AA==", "has padding (=)"),
            ("AA%3D", "percent"),
            ("a+b/", "base64url"),
            ("\"eyJhbGciOiJIUzI1NiJ9", "quotes"),
            ("AA'", "quotes"),
            ("bearer eyJhbGciOiJIUzI1NiJ9", "Bearer"),
            ("b.c.d", "JWE"),
            ("..", "JWE"),
            ("b.c", "more than three"),
            ("a!", "no token has"),
            ("\u{e9}\u{e9}", "no token has"),
            ("a\0", "no token has"),
        ] {
            let error = undecodable("Invalid payload padding", segment.as_bytes());
            let text = error.to_string();
            assert!(text.starts_with("Invalid payload padding: ") && text.contains(expected), "{segment}: {text}");
            assert_eq!(error.code(), "malformed");
        }
        for segment in ["A", "QR", "AAAAA"] {
            let error = undecodable("Invalid crypto padding", segment.as_bytes());
            assert_eq!(error, Error::Malformed("Invalid crypto padding"), "{segment}");
        }
    }

    #[test]
    fn names_a_missing_value_and_an_encrypted_token() {
        for text in ["null", "undefined", "\"null\"", "'undefined'", "Bearer null", "None", "[object Object]", "NULL "]
        {
            assert!(too_few_segments(text.as_bytes()).to_string().contains("in place of a token"), "{text}");
        }
        for (text, expected) in [
            ("eyJhbGciOiJIUzI1NiJ9%2Ee30%2EAA", "percent"),
            ("\"", "quotes"),
            ("'eyJhbGciOiJIUzI1NiJ9.e30'", "quotes"),
            ("bearer abc", "Bearer"),
            ("no token", "white space"),
            ("<token>", "no token has"),
            ("eyJ\u{2026}", "no token has"),
        ] {
            let error = too_few_segments(text.as_bytes()).to_string();
            assert!(error.starts_with("Not enough segments: ") && error.contains(expected), "{text}: {error}");
        }
        for text in ["", "nullable", "a.b", "garbage", "gho_16C7e42F", "b3BhcXVl+/==", "a.b+/="] {
            assert_eq!(too_few_segments(text.as_bytes()), Error::Malformed("Not enough segments"), "{text}");
        }
        assert!(too_many_segments(b"a..c.d.e").to_string().contains("JWE"));
        for text in ["a.b.c.d", "a.b.c.d.e.f", "......"] {
            assert_eq!(too_many_segments(text.as_bytes()), Error::Malformed("Too many segments"), "{text}");
        }
    }
}
