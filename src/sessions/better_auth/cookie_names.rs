//! The names of Better Auth's session cookies, and the cookies of a request that have them.
//!
//! Better Auth writes `__Secure-` before a name where cookies are sent over https alone, and splits a long `session_data`
//! into chunks.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::transport::chunked_cookie::{ChunkedCookie, UnusableChunks};
use crate::transport::cookies::{Cookie, check_name};

/// The default of Better Auth's option `advanced.cookiePrefix`.
pub const DEFAULT_PREFIX: &str = "better-auth";

/// The prefixes that bind a cookie to https and to its host (RFC 6265bis §4.1.3), the strictest first. Another host of the
/// domain can set a cookie without a prefix. Such a cookie counts only if there is not one with a prefix.
const NAME_PREFIXES: [&str; 3] = ["__Host-", "__Secure-", ""];

/// The names of the two cookies, each with every prefix.
#[derive(Debug, Clone)]
pub struct CookieNames {
    session_token: [String; 3],
    session_data: [String; 3],
}

impl CookieNames {
    /// Returns the names `PREFIX.session_token` and `PREFIX.session_data`, or the full names that replace them.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a name that a cookie cannot have, and for two equal names.
    pub fn new(prefix: &str, session_token: Option<&str>, session_data: Option<&str>) -> Result<Self> {
        check_name(prefix, "cookie_prefix")?;
        let default = |name: &str| format!("{prefix}.{name}");
        let session_token = session_token.map_or_else(|| default("session_token"), str::to_owned);
        let session_data = session_data.map_or_else(|| default("session_data"), str::to_owned);
        check_name(&session_token, "session_token_name")?;
        check_name(&session_data, "session_data_name")?;
        if session_token == session_data {
            return Err(Error::Configuration(
                "session_data_name must be another name than session_token_name".to_owned(),
            ));
        }
        let with_prefixes = |name: &str| NAME_PREFIXES.map(|prefix| format!("{prefix}{name}"));
        Ok(Self { session_token: with_prefixes(&session_token), session_data: with_prefixes(&session_data) })
    }

    /// Finds the two cookies among `cookies`.
    pub fn find<'h>(&self, cookies: impl Iterator<Item = Cookie<'h>>) -> FoundCookies<'h> {
        let mut tokens = [None; 3];
        let mut data: [ChunkedCookie<'h>; 3] = Default::default();
        for cookie in cookies.filter(|cookie| !cookie.raw_value.is_empty()) {
            for (found, name) in tokens.iter_mut().zip(&self.session_token) {
                if found.is_none() && cookie.name == name.as_bytes() {
                    *found = Some(cookie);
                }
            }
            for (found, name) in data.iter_mut().zip(&self.session_data) {
                if let Some(suffix) = cookie.name.strip_prefix(name.as_bytes()) {
                    found.add(suffix, cookie);
                }
            }
        }
        let session_token = tokens.into_iter().flatten().next();
        let session_data = data.into_iter().find(ChunkedCookie::is_present).map(ChunkedCookie::join);
        FoundCookies { session_token, session_data }
    }
}

/// The session cookies of a request. A cookie with an empty value counts as absent.
pub struct FoundCookies<'h> {
    /// The `session_token`.
    pub session_token: Option<Cookie<'h>>,
    /// The decoded value of `session_data`, with its chunks joined.
    pub session_data: Option<Result<Cow<'h, [u8]>, UnusableChunks>>,
}

#[cfg(test)]
mod tests {
    use super::{CookieNames, UnusableChunks};
    use crate::transport::cookies::parse_cookies;

    type Found = (Option<String>, Option<Result<String, UnusableChunks>>);

    fn find_with(names: &CookieNames, header: &str) -> Found {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let found = names.find(parse_cookies(&[header.as_bytes()]));
        let token = found.session_token.map(|cookie| text(cookie.raw_value));
        (token, found.session_data.map(|data| data.map(|value| text(&value))))
    }

    fn find(header: &str) -> Found {
        find_with(&CookieNames::new("better-auth", None, None).unwrap(), header)
    }

    fn find_data(header: &str) -> Option<Result<String, UnusableChunks>> {
        find(header).1
    }

    #[expect(clippy::unnecessary_wraps, reason = "the type of what it is compared with")]
    fn value(text: &str) -> Option<Result<String, UnusableChunks>> {
        Some(Ok(text.to_owned()))
    }

    #[test]
    fn strictest_name_counts() {
        let header = "better-auth.session_token=p; __Secure-better-auth.session_token=s";
        assert_eq!(find(header).0.as_deref(), Some("s"));
        assert_eq!(find(&format!("{header}; __Host-better-auth.session_token=h")).0.as_deref(), Some("h"));
        assert_eq!(find("better-auth.session_token=p").0.as_deref(), Some("p"));
        assert_eq!(find("__Secure-better-auth.session_token=; better-auth.session_token=p").0.as_deref(), Some("p"));
        assert_eq!(find_data("better-auth.session_data=p; __Secure-better-auth.session_data.0=s"), value("s"));
    }

    #[test]
    fn first_of_two_cookies_of_one_name_counts() {
        assert_eq!(find("better-auth.session_token=1; better-auth.session_token=2").0.as_deref(), Some("1"));
        assert_eq!(find_data("better-auth.session_data=1; better-auth.session_data=2"), value("1"));
    }

    #[test]
    fn other_cookies_are_ignored() {
        for header in [
            "",
            "session_token=1; better-auth=2",
            "better-auth.session_token_multi-abc=1",
            "xbetter-auth.session_token=1",
            "Better-Auth.session_token=1",
            "better-auth.session_datax=1; better-auth.session_data.x=1; better-auth.session_data.=1",
            "better-auth.session_data.00=1; better-auth.session_data.+0=1; better-auth.session_data.01=1",
            "better-auth.session_data.100=1; better-auth.session_data.0.0=1; better-auth.session_data.-1=1",
            "better-auth.session_data.99999999999999999999999=1",
            "__Secure-__Secure-better-auth.session_token=1",
            "better-auth.session_token=; better-auth.session_data=; better-auth.session_data.0=",
        ] {
            assert_eq!(find(header), (None, None), "{header}");
        }
    }

    #[test]
    fn joins_chunks_by_their_numbers() {
        let chunks: Vec<_> = (0..12).rev().map(|index| format!("better-auth.session_data.{index}=<{index}>")).collect();
        assert_eq!(find_data(&chunks.join("; ")), value("<0><1><2><3><4><5><6><7><8><9><10><11>"));
        assert_eq!(find_data("better-auth.session_data.1=%42; better-auth.session_data.0=%41"), value("AB"));
        assert_eq!(find_data("better-auth.session_data.0=a; better-auth.session_data=whole"), value("whole"));
    }

    #[test]
    fn missing_and_doubled_chunks_are_unusable() {
        for header in [
            "better-auth.session_data.1=b",
            "better-auth.session_data.0=a; better-auth.session_data.2=c",
            "better-auth.session_data.0=a; better-auth.session_data.1=; better-auth.session_data.2=c",
            "better-auth.session_data.0=a; better-auth.session_data.1=b; better-auth.session_data.0=a",
            "better-auth.session_data.99=z",
        ] {
            assert_eq!(find_data(header), Some(Err(UnusableChunks)), "{header}");
        }
    }

    #[test]
    fn prefix_and_names_can_be_replaced() {
        let names = CookieNames::new("myapp", None, None).unwrap();
        let header = "myapp.session_token=1; __Secure-myapp.session_data.0=2; better-auth.session_token=3";
        assert_eq!(find_with(&names, header), (Some("1".to_owned()), value("2")));
        let names = CookieNames::new("myapp", Some("sid"), Some("cache")).unwrap();
        assert_eq!(
            find_with(&names, "__Host-sid=1; cache.0=2; myapp.session_token=3"),
            (Some("1".to_owned()), value("2"))
        );
    }

    #[test]
    fn rejects_names_that_a_cookie_cannot_have() {
        for name in ["", " ", "a b", "a=b", "a;b", "a\n", "a,b", "\u{e4}", "\"a\""] {
            for (prefix, token, data, argument) in [
                (name, None, None, "cookie_prefix"),
                ("x", Some(name), None, "session_token_name"),
                ("x", None, Some(name), "session_data_name"),
            ] {
                let message = CookieNames::new(prefix, token, data).unwrap_err().to_string();
                assert!(message.starts_with(&format!("{argument} must be a cookie name")), "{name:?}");
            }
        }
        let message = CookieNames::new("x", Some("a"), Some("a")).unwrap_err().to_string();
        assert!(message.starts_with("session_data_name must be another name"));
    }
}
