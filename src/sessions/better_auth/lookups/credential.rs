//! The one header of a look-up that contains the credential.

use reqwest::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue};

/// The longest credential that is looked up, in bytes. A session token of Better Auth has 32 characters and a signature of
/// 44, an API key at most some hundred.
const MAX_CREDENTIAL_BYTES: usize = 4_096;

/// A credential that can be sent: a header and its value, which contains nothing but the credential.
#[derive(Clone)]
pub struct Credential {
    header: HeaderName,
    value: HeaderValue,
}

impl Credential {
    /// Returns the value `raw` of an Authorization header, or `None` if it is empty, too long, or not visible ASCII.
    ///
    /// A signed token is sent percent-encoded. Better Auth 1.4 accepts it in no other form.
    #[must_use]
    pub fn bearer(raw: &str) -> Option<Self> {
        let is_sendable = is_bounded(raw) && raw.bytes().all(|byte| byte.is_ascii_graphic());
        is_sendable.then(|| Self::new(AUTHORIZATION, &format!("Bearer {}", percent_encoded(raw))))?
    }

    /// Returns the cookie `name` with the value `raw`, or `None` if one of them would be a second cookie, or cannot be one
    /// (RFC 6265 §4.1.1).
    #[must_use]
    pub fn cookie(name: &str, raw: &str) -> Option<Self> {
        let is_sendable = is_bounded(name) && is_bounded(raw) && name.bytes().all(is_token_byte);
        (is_sendable && raw.bytes().all(is_cookie_byte)).then(|| Self::new(COOKIE, &format!("{name}={raw}")))?
    }

    /// Returns the API key `key` in `header`, or `None` if it is empty, too long, or not visible ASCII.
    #[must_use]
    pub fn api_key(header: &HeaderName, key: &str) -> Option<Self> {
        let is_sendable = is_bounded(key) && key.bytes().all(|byte| byte.is_ascii_graphic());
        is_sendable.then(|| Self::new(header.clone(), key))?
    }

    fn new(header: HeaderName, value: &str) -> Option<Self> {
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        Some(Self { header, value })
    }

    /// Returns the header's name and value. The value is marked as sensitive.
    pub(super) fn header(&self) -> (HeaderName, HeaderValue) {
        (self.header.clone(), self.value.clone())
    }

    /// Returns the bytes that distinguish this credential from every other of the same class. A bearer value contains a
    /// space before its first `=`, a cookie does not.
    pub(super) fn key(&self) -> &[u8] {
        self.value.as_bytes()
    }
}

/// Encodes the characters of Base64 that `encodeURIComponent` encodes, unless the value is encoded already.
fn percent_encoded(raw: &str) -> String {
    if raw.contains('%') {
        return raw.to_owned();
    }
    raw.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

fn is_bounded(text: &str) -> bool {
    (1..=MAX_CREDENTIAL_BYTES).contains(&text.len())
}

/// RFC 9110 §5.6.2.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// RFC 6265 §4.1.1.
fn is_cookie_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderName;

    use super::{Credential, MAX_CREDENTIAL_BYTES};

    const NAME: &str = "__Secure-better-auth.session_token";

    fn sent(credential: Option<Credential>) -> Option<String> {
        let credential = credential?;
        let (key, (header, value)) = (credential.key(), credential.header());
        assert!(value.is_sensitive() && !format!("{value:?}").contains("abc"));
        assert_eq!(key, value.as_bytes());
        Some(format!("{header}: {}", value.to_str().unwrap()))
    }

    #[test]
    fn a_credential_is_one_header() {
        for raw in ["abc.d+/=", "abc.d%2B%2F%3D"] {
            assert_eq!(sent(Credential::bearer(raw)).as_deref(), Some("authorization: Bearer abc.d%2B%2F%3D"));
        }
        assert_eq!(sent(Credential::bearer("abc")).as_deref(), Some("authorization: Bearer abc"));
        let cookie = sent(Credential::cookie(NAME, "abc.d%2B%3D"));
        assert_eq!(cookie.as_deref(), Some("cookie: __Secure-better-auth.session_token=abc.d%2B%3D"));
        let key = sent(Credential::api_key(&HeaderName::from_static("x-api-key"), "sk_abc"));
        assert_eq!(key.as_deref(), Some("x-api-key: sk_abc"));
    }

    #[test]
    fn a_value_that_could_be_more_than_a_credential_is_refused() {
        let long = "a".repeat(MAX_CREDENTIAL_BYTES + 1);
        for raw in ["", "a b", "a\r\nx: y", "a\n", "a\0", "a\t", "é", "a\u{7f}", "\u{feff}a", long.as_str()] {
            assert!(Credential::bearer(raw).is_none(), "{raw:?}");
            assert!(Credential::cookie(NAME, raw).is_none(), "{raw:?}");
            assert!(Credential::cookie(raw, "a").is_none(), "{raw:?}");
            assert!(Credential::api_key(&HeaderName::from_static("x-api-key"), raw).is_none(), "{raw:?}");
        }
        for raw in ["a;b=c", "a,b", "\"a\"", "a\\"] {
            assert!(Credential::cookie(NAME, raw).is_none(), "{raw}");
        }
        for name in ["a=b", "a;b", "a(b"] {
            assert!(Credential::cookie(name, "a").is_none(), "{name}");
        }
        assert!(Credential::bearer(&"a".repeat(MAX_CREDENTIAL_BYTES)).is_some());
    }
}
