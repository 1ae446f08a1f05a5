//! The headers of a request: Authorization, Cookie, Origin and Host, against slow readers.
//!
//! Mode `A`: values of Authorization headers. Mode `O`: Origin, Host, Sec-Fetch-Site. Any other mode: Cookie headers. NUL
//! separates the headers.
#![no_main]

use std::sync::LazyLock;

use fastjose::transport::authorization::{bearer_token, single_value};
use fastjose::transport::cookies::{find_cookie, parse_cookies, total_bytes};
use fastjose::transport::origin_policy::{OriginPolicy, RequestKind, SourceHeaders};
use fastjose_fuzz::reference::cookies;
use fastjose_fuzz::{input, memory};
use libfuzzer_sys::fuzz_target;
use url::Url;

const TRUSTED: &str = "https://app.example.com";

static POLICY: LazyLock<OriginPolicy> =
    LazyLock::new(|| OriginPolicy::new(&[TRUSTED]).expect("the trusted origin is valid"));

fuzz_target!(|data: &[u8]| {
    let (mode, rest) = input::split_mode(data);
    let headers: Vec<&[u8]> = rest.split(|byte| *byte == 0).collect();
    match mode {
        b'A' => check_authorization(&headers),
        b'O' => check_origin(&headers),
        _ => check_cookies(&headers),
    }
});

fn check_authorization(values: &[&[u8]]) {
    let found = single_value(values.iter().copied()).and_then(bearer_token);
    let expected = match values {
        [value] => read_bearer(value),
        _ => None,
    };
    assert_eq!(found.map(<[u8]>::to_vec), expected);
}

/// Reads a value character by character (RFC 6750 §2.1).
fn read_bearer(value: &[u8]) -> Option<Vec<u8>> {
    let text: String = value.iter().copied().map(char::from).collect();
    let (scheme, rest) = text.split_once(' ')?;
    let token = rest.trim_matches(' ');
    let is_bearer = scheme.to_ascii_lowercase() == "bearer" && !token.is_empty();
    is_bearer.then(|| token.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or_default()).collect())
}

fn check_cookies(headers: &[&[u8]]) {
    let length: usize = headers.iter().map(|header| header.len()).sum();
    assert_eq!(total_bytes(headers), length);
    let found: Vec<_> = memory::bounded(length, 32, || parse_cookies(headers).collect());
    let expected: Vec<_> = headers.iter().flat_map(|header| cookies::parse(header)).collect();
    assert_eq!(found.len(), expected.len());
    for (cookie, (name, value)) in found.iter().zip(&expected) {
        assert_eq!((cookie.name, cookie.raw_value), (name.as_slice(), value.as_slice()));
        assert_eq!(*cookie.decode_value(), *cookies::percent_decode(value));
        let first = expected.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice());
        assert_eq!(find_cookie(headers, name).map(|cookie| cookie.raw_value), first);
    }
}

fn check_origin(headers: &[&[u8]]) {
    let [origin, host, site @ ..] = headers else { return };
    let is_absent = |value: &[u8]| value.is_empty();
    let only = |value: &'_ [u8]| if is_absent(value) { vec![] } else { vec![value.to_vec()] };
    let (origins, hosts) = (only(origin), only(host));
    let source = SourceHeaders {
        host: hosts.iter().map(Vec::as_slice).collect(),
        origin: origins.iter().map(Vec::as_slice).collect(),
        sec_fetch_site: site.to_vec(),
    };
    assert!(POLICY.allows(RequestKind::Http(b"GET"), &source));
    let allowed = POLICY.allows(RequestKind::Http(b"POST"), &source);
    assert_eq!(allowed, POLICY.allows(RequestKind::WebSocket, &source));
    if is_absent(origin) {
        let is_own = site.iter().all(|value| *value == b"same-origin" || *value == b"none");
        assert_eq!(allowed, is_own);
    } else if allowed {
        assert!(is_trusted_or_own(origin, host), "a request of another site was allowed");
    }
}

/// Returns true if `origin` is the trusted one, or the crate `url` finds the host of the request in it.
fn is_trusted_or_own(origin: &[u8], host: &[u8]) -> bool {
    let (Ok(origin), host) = (std::str::from_utf8(origin), String::from_utf8_lossy(host)) else { return false };
    if origin.eq_ignore_ascii_case(TRUSTED) || origin.eq_ignore_ascii_case(&format!("{TRUSTED}:443")) {
        return true;
    }
    // A host name that `url` rewrites, such as one that looks like a number, is compared as text.
    let (scheme, authority) = origin.split_once("://").unwrap_or_default();
    let strip = |text: &str| {
        let text = text.to_ascii_lowercase();
        [":80", ":443"].iter().find_map(|port| text.strip_suffix(port)).map_or(text.clone(), str::to_owned)
    };
    let is_same_text = strip(authority) == strip(&host);
    let parsed = Url::parse(origin).ok();
    let is_same_url = parsed.is_some_and(|url| {
        let own = Url::parse(&format!("{scheme}://{host}")).ok();
        // TLS may end at a proxy, so that both default ports are those of the own origin.
        let port = |url: &Url| url.port().filter(|port| !matches!(port, 80 | 443));
        let is_plain = url.path() == "/" && url.username().is_empty();
        own.is_some_and(|own| own.host() == url.host() && port(&own) == port(&url) && is_plain)
    });
    scheme.to_ascii_lowercase().starts_with("http") && (is_same_text || is_same_url)
}
