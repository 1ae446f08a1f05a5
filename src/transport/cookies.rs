//! Cookies of a request, as servers read the Cookie header (RFC 6265 §4.2.1, §5.4).
//!
//! The time is linear in the length of the headers. Nothing is copied before a value is decoded.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use crate::error::{Error, Result};

/// The length of the longest Cookie headers of one request that a reader should parse, in bytes.
pub const MAX_COOKIE_BYTES: usize = 65_536;

/// A cookie, as the client sent it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cookie<'h> {
    /// The name.
    pub name: &'h [u8],
    /// The value without white space and quotation marks around it, still percent-encoded.
    pub raw_value: &'h [u8],
}

impl<'h> Cookie<'h> {
    /// Returns the value with its percent-encoding removed. A broken sequence stays as it is.
    #[must_use]
    pub fn decode_value(&self) -> Cow<'h, [u8]> {
        percent_decode(self.raw_value).into()
    }
}

/// Returns the length of all `headers`, in bytes.
#[must_use]
pub fn total_bytes(headers: &[&[u8]]) -> usize {
    headers.iter().map(|header| header.len()).sum()
}

/// Returns the cookies in `headers`, in their order. The first of two cookies of one name counts.
///
/// Several headers, which HTTP/2 permits (RFC 9113 §8.2.3), are read as one. An entry without `=` is skipped.
pub fn parse_cookies<'h>(headers: &[&'h [u8]]) -> impl Iterator<Item = Cookie<'h>> {
    headers.iter().flat_map(|header| header.split(|byte| *byte == b';')).filter_map(parse_entry)
}

/// Returns the first cookie `name`.
#[must_use]
pub fn find_cookie<'h>(headers: &[&'h [u8]], name: &[u8]) -> Option<Cookie<'h>> {
    parse_cookies(headers).find(|cookie| cookie.name == name)
}

/// Checks a configured name of a cookie. `argument` is what configures it.
///
/// # Errors
/// [`Error::Configuration`] for a name that a cookie cannot have.
pub(crate) fn check_name(name: &str, argument: &str) -> Result<()> {
    let is_token_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !name.is_empty() && name.bytes().all(is_token_byte) {
        return Ok(());
    }
    Err(Error::Configuration(format!("{argument} must be a cookie name (RFC 6265 section 4.1.1)")))
}

fn parse_entry(entry: &[u8]) -> Option<Cookie<'_>> {
    let equals = memchr::memchr(b'=', entry)?;
    let (name, value) = (entry.get(..equals)?, entry.get(equals + 1..)?);
    Some(Cookie { name: trim_white_space(name), raw_value: unquote(trim_white_space(value)) })
}

/// Removes the double quotes of the form in RFC 6265 §4.1.1.
fn unquote(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] => inner,
        _ => value,
    }
}

fn trim_white_space(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{find_cookie, parse_cookies, total_bytes};

    fn read(headers: &[&str]) -> Vec<(String, String)> {
        let headers: Vec<_> = headers.iter().map(|header| header.as_bytes()).collect();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        parse_cookies(&headers).map(|cookie| (text(cookie.name), text(&cookie.decode_value()))).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn parses_what_clients_send() {
        for (header, expected) in [
            ("a=1; b=2", &[("a", "1"), ("b", "2")][..]),
            ("a=1;b=2", &[("a", "1"), ("b", "2")]),
            ("; a=1", &[("a", "1")]),
            (";a=1;;; b=2;", &[("a", "1"), ("b", "2")]),
            ("  a \t= 1 \t", &[("a", "1")]),
            ("a=\"1\"", &[("a", "1")]),
            ("a=\"\"", &[("a", "")]),
            ("a=\"", &[("a", "\"")]),
            ("a=\"1", &[("a", "\"1")]),
            ("a=1=2==", &[("a", "1=2==")]),
            ("a=", &[("a", "")]),
            ("=1", &[("", "1")]),
            ("a; b=2", &[("b", "2")]),
            ("a=x%3Dy%2B", &[("a", "x=y+")]),
            ("a=%", &[("a", "%")]),
            ("a=%4", &[("a", "%4")]),
            ("a=%zz%41", &[("a", "%zzA")]),
            ("a=x+y", &[("a", "x+y")]),
            ("a=1, b=2", &[("a", "1, b=2")]),
            ("", &[]),
            (";;;", &[]),
            ("a", &[]),
        ] {
            assert_eq!(read(&[header]), pairs(expected), "{header:?}");
        }
    }

    #[test]
    fn several_headers_are_read_as_one() {
        assert_eq!(read(&["a=1", "b=2; c=3"]), pairs(&[("a", "1"), ("b", "2"), ("c", "3")]));
        assert_eq!(total_bytes(&[b"a=1", b"b=2; c=3"]), 11);
    }

    #[test]
    fn first_of_two_cookies_of_one_name_is_found() {
        let first = find_cookie(&[b"b=0; a=1; a=2", b"a=3"], b"a").map(|cookie| cookie.raw_value);
        assert_eq!(first, Some(&b"1"[..]));
        assert!(find_cookie(&[b"A=1; a =2"], b"a").is_some_and(|cookie| cookie.raw_value == b"2"));
        assert!(find_cookie(&[b"ab=1"], b"a").is_none());
    }

    #[test]
    fn values_may_be_any_bytes() {
        let cookie = find_cookie(&[b"a=\xff%ff\x00"], b"a").unwrap();
        assert_eq!((cookie.raw_value, &*cookie.decode_value()), (&b"\xff%ff\x00"[..], &b"\xff\xff\x00"[..]));
    }
}
