//! Refuses requests that another site made a browser send with the user's cookies (CSRF, WebSocket hijacking).
//!
//! Browsers name the site that made a request in `Origin` (RFC 6454 §7) and `Sec-Fetch-Site` (Fetch Metadata §2.4), which
//! scripts cannot set. A request without both comes from a client that is not a browser, and sends no cookie against the
//! will of its user.

use crate::error::{Error, Result};
use crate::http::url::url_origin;

/// The methods that do not change state, so that their requests need not come from the own site (RFC 9110 §9.2.1).
const SAFE_METHODS: [&[u8]; 3] = [b"GET", b"HEAD", b"OPTIONS"];

/// The headers of a request that name its target and its source, each with all of its values.
#[derive(Debug, Clone, Default)]
pub struct SourceHeaders<'r> {
    /// `Host`.
    pub host: Vec<&'r [u8]>,
    /// `Origin`.
    pub origin: Vec<&'r [u8]>,
    /// `Sec-Fetch-Site`.
    pub sec_fetch_site: Vec<&'r [u8]>,
}

/// The kind of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind<'r> {
    /// An HTTP request with this method.
    Http(&'r [u8]),
    /// The handshake of a WebSocket. Browsers open one to any site, and send cookies with it (RFC 6455 §10.2).
    WebSocket,
}

/// The origins whose requests are accepted, in addition to the own one.
#[derive(Debug, Clone)]
pub struct OriginPolicy(Vec<String>);

impl OriginPolicy {
    /// Creates a policy that trusts the origins of the URLs `trusted`.
    ///
    /// # Errors
    /// [`Error::Configuration`] for an entry that is not an http or https URL, or has a wildcard. The message has the
    /// position of the entry.
    pub fn new<S: AsRef<str>>(trusted: &[S]) -> Result<Self> {
        let origins = trusted.iter().enumerate().map(|(index, url)| {
            let origin = if url.as_ref().contains('*') { None } else { url_origin(url.as_ref()).ok() };
            origin.ok_or_else(|| invalid_entry(index + 1))
        });
        origins.collect::<Result<_>>().map(Self)
    }

    /// Returns the trusted origins, as browsers write them.
    #[must_use]
    pub fn trusted_origins(&self) -> &[String] {
        &self.0
    }

    /// Returns true if the request changes no state, comes from the own origin or a trusted one, or is not from a browser.
    ///
    /// The own origin is that of the Host header. Its scheme is not compared, because TLS may end at a proxy.
    #[must_use]
    pub fn allows(&self, kind: RequestKind<'_>, headers: &SourceHeaders<'_>) -> bool {
        if matches!(kind, RequestKind::Http(method) if SAFE_METHODS.contains(&method)) {
            return true;
        }
        match headers.origin.as_slice() {
            [] => is_own_or_no_site(&headers.sec_fetch_site),
            [origin] => {
                Origin::parse(origin).is_some_and(|origin| self.trusts(&origin) || origin.is_own(&headers.host))
            }
            _ => false,
        }
    }

    fn trusts(&self, origin: &Origin) -> bool {
        let serialized = origin.serialize();
        self.0.contains(&serialized)
    }
}

fn invalid_entry(position: usize) -> Error {
    Error::Configuration(format!(
        "trusted_origins, entry {position}, must be an origin such as https://app.example.com, without a wildcard"
    ))
}

/// Returns true if every `Sec-Fetch-Site` names the own origin, or the user as the source: an address that was typed.
fn is_own_or_no_site(values: &[&[u8]]) -> bool {
    values.iter().all(|value| matches!(*value, b"same-origin" | b"none"))
}

/// The origin that a browser has sent: scheme, host and port.
struct Origin {
    scheme: String,
    authority: Authority,
}

impl Origin {
    /// Parses an origin in the form of RFC 6454 §7.1. Returns `None` for `null` and for a list.
    fn parse(text: &[u8]) -> Option<Self> {
        let (scheme, authority) = std::str::from_utf8(text).ok()?.split_once("://")?;
        let is_valid = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        let scheme = is_valid.then(|| scheme.to_ascii_lowercase())?;
        let mut authority = Authority::parse(authority.as_bytes())?;
        authority.port = authority.port.filter(|port| Some(*port) != default_port(&scheme));
        Some(Self { scheme, authority })
    }

    fn serialize(&self) -> String {
        let Authority { host, port } = &self.authority;
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{host}{port}", self.scheme)
    }

    /// Returns true if the only one of `hosts` names this host and port.
    fn is_own(&self, hosts: &[&[u8]]) -> bool {
        let [host] = hosts else { return false };
        let is_web = matches!(self.scheme.as_str(), "http" | "https");
        let own =
            Authority::parse(host).map(|own| Authority { port: own.port.filter(|port| !is_web_port(*port)), ..own });
        is_web && own.as_ref() == Some(&self.authority)
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

fn is_web_port(port: u16) -> bool {
    matches!(port, 80 | 443)
}

/// A host in lower case, and a port.
#[derive(PartialEq, Eq)]
struct Authority {
    host: String,
    port: Option<u16>,
}

impl Authority {
    /// Parses a host name, an IPv4 address or a bracketed IPv6 address, with or without a port (RFC 3986 §3.2).
    fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let host_bytes = if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':').unwrap_or(text.len()) };
        let (host, rest) = text.split_at_checked(host_bytes)?;
        let port = if rest.is_empty() { None } else { Some(parse_port(rest.strip_prefix(':')?)?) };
        is_host(host).then(|| Self { host: host.to_ascii_lowercase(), port })
    }
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        }
    }
}

fn parse_port(digits: &str) -> Option<u16> {
    let is_canonical = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| is_canonical)
}

#[cfg(test)]
mod tests {
    use super::{OriginPolicy, RequestKind, SourceHeaders};

    const HOST: &str = "app.example.com";

    /// Returns the decision for a POST and for a WebSocket, which must be equal.
    fn decide(trusted: &[&str], host: &[&str], origin: &[&str], site: &[&str]) -> bool {
        fn bytes<'t>(values: &[&'t str]) -> Vec<&'t [u8]> {
            values.iter().map(|value| value.as_bytes()).collect()
        }
        let policy = OriginPolicy::new(trusted).unwrap();
        let headers = SourceHeaders { host: bytes(host), origin: bytes(origin), sec_fetch_site: bytes(site) };
        let post = policy.allows(RequestKind::Http(b"POST"), &headers);
        assert_eq!(policy.allows(RequestKind::WebSocket, &headers), post);
        for method in [&b"PUT"[..], b"PATCH", b"DELETE", b"get", b"TRACE", b"X", b""] {
            assert_eq!(policy.allows(RequestKind::Http(method), &headers), post);
        }
        for method in [&b"GET"[..], b"HEAD", b"OPTIONS"] {
            assert!(policy.allows(RequestKind::Http(method), &headers));
        }
        post
    }

    #[test]
    fn request_without_both_headers_is_not_from_a_browser() {
        assert!(decide(&[], &[HOST], &[], &[]));
        assert!(decide(&[], &[], &[], &[]));
    }

    #[test]
    fn own_origin_is_allowed() {
        for (host, origin) in [
            (HOST, "https://app.example.com"),
            (HOST, "http://app.example.com"),
            (HOST, "https://app.example.com:443"),
            ("app.example.com:443", "https://app.example.com"),
            ("app.example.com:80", "http://app.example.com"),
            ("APP.example.com", "https://app.example.com"),
            ("localhost:8000", "http://localhost:8000"),
            ("[::1]:8000", "http://[::1]:8000"),
            ("127.0.0.1:3000", "https://127.0.0.1:3000"),
            ("my_service:3000", "http://my_service:3000"),
        ] {
            for site in [&[][..], &["same-origin"], &["same-site"], &["cross-site"]] {
                assert!(decide(&[], &[host], &[origin], site), "{host} {origin} {site:?}");
            }
        }
    }

    #[test]
    fn foreign_origin_is_refused_whatever_the_site() {
        for origin in [
            "https://evil.example",
            "https://app.example.com.evil.example",
            "https://example.com",
            "https://api.app.example.com",
            "https://app.example.com:8443",
            "http://app.example.com:443",
            "https://app.example.com:80",
            "ftp://app.example.com",
            "chrome-extension://app.example.com",
            "null",
        ] {
            for site in [&[][..], &["same-origin"], &["same-site"], &["none"], &["cross-site"]] {
                assert!(!decide(&["https://front.example.com"], &[HOST], &[origin], site), "{origin} {site:?}");
            }
        }
    }

    #[test]
    fn malformed_origin_is_refused() {
        for origin in [
            "",
            " ",
            "app.example.com",
            "//app.example.com",
            "https:app.example.com",
            "https:/app.example.com",
            "https:\\\\app.example.com",
            "https://",
            "https://app.example.com/",
            "https://app.example.com/path",
            "https://app.example.com?x",
            "https://app.example.com#x",
            "https://user@app.example.com",
            "https://app.example.com https://app.example.com",
            "https://app.example.com, https://app.example.com",
            " https://app.example.com",
            "https://app.example.com\t",
            "https://app.example.com:",
            "https://app.example.com:0443",
            "https://app.example.com:65536",
            "https://app.example.com:x",
            "https://app.example.com:+443",
            "https://[app.example.com]",
            "https://[::1",
            "https://[::1]x",
            "https://app.ex\u{e4}mple.com",
            "https://app%2Eexample.com",
            "1https://app.example.com",
        ] {
            assert!(!decide(&["https://app.example.com"], &[HOST], &[origin], &[]), "{origin:?}");
        }
        let headers = SourceHeaders { host: vec![b"\xff"], origin: vec![b"https://\xff"], ..SourceHeaders::default() };
        assert!(!OriginPolicy::new::<&str>(&[]).unwrap().allows(RequestKind::WebSocket, &headers));
    }

    #[test]
    fn malformed_host_is_not_the_own_one() {
        for host in ["", "a/b", "a b", "a@b", "user:p@a", "[a]", "a%2eb"] {
            assert!(!decide(&[], &[host], &[&format!("https://{host}")], &[]), "{host:?}");
        }
    }

    #[test]
    fn two_headers_of_one_name_are_refused() {
        let own = "https://app.example.com";
        assert!(!decide(&[own], &[HOST], &[own, own], &[]));
        assert!(!decide(&[], &[HOST, HOST], &[own], &[]));
        assert!(decide(&[own], &[HOST, HOST], &[own], &[]));
        assert!(!decide(&[], &[], &[own], &[]));
        assert!(!decide(&[], &[HOST], &[], &["same-origin", "cross-site"]));
    }

    #[test]
    fn listed_origin_is_allowed_in_every_form() {
        for entry in
            ["https://front.example.com", "HTTPS://Front.Example.com:443/path?x#y", " https://front.example.com/ "]
        {
            for site in [&[][..], &["cross-site"], &["same-site"], &["nonsense"]] {
                assert!(decide(&["https://other.example", entry], &[HOST], &["https://front.example.com"], site));
            }
            assert!(!decide(&[entry], &[HOST], &["http://front.example.com"], &[]));
            assert!(!decide(&[entry], &[HOST], &["https://front.example.com:8443"], &[]));
        }
        assert!(decide(&["http://localhost:3000"], &["localhost:8000"], &["http://localhost:3000"], &["same-site"]));
        assert!(decide(&["http://front.example.com"], &[HOST], &["http://front.example.com:80"], &[]));
        assert!(!decide(&["http://front.example.com"], &[HOST], &["http://front.example.com:443"], &[]));
        let policy = OriginPolicy::new(&["https://A.example:443/", "http://b.example:8000"]).unwrap();
        assert_eq!(policy.trusted_origins(), ["https://a.example", "http://b.example:8000"]);
        assert!(decide(&["https://b\u{fc}cher.example"], &[HOST], &["https://xn--bcher-kva.example"], &[]));
        assert!(!decide(&["https://app.example.com"], &["x"], &["null"], &[]));
    }

    #[test]
    fn site_decides_without_an_origin() {
        for (site, is_allowed) in [
            ("same-origin", true),
            ("none", true),
            ("same-site", false),
            ("cross-site", false),
            ("", false),
            ("Same-Origin", false),
            ("unknown", false),
        ] {
            assert_eq!(decide(&["https://front.example.com"], &[HOST], &[], &[site]), is_allowed, "{site}");
        }
    }

    #[test]
    fn entry_that_is_not_an_origin_is_named_by_its_position() {
        for entry in ["", "app.example.com", "*", "https://*.example.com", "ftp://a", "https://u:p@a.example", "null"] {
            let message = OriginPolicy::new(&["https://a.example", entry]).unwrap_err().to_string();
            assert!(message.starts_with("trusted_origins, entry 2, must be an origin"), "{entry}");
            assert!(!message.contains("u:p"));
        }
    }
}
