//! The session cookie of Auth.js and NextAuth.js with the session strategy `jwt`: claims that are encrypted to a key of the
//! application's secret (RFC 7516).
//!
//! Sources: `getDerivedEncryptionKey` and `decode` in `@auth/core/jwt` 0.41 and `next-auth/jwt` 4.24.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, SHA512};

use crate::error::{Error, Result};
use crate::jwe::ContentEncryption::{A256CbcHs512, A256Gcm};
use crate::jwe::derived_keys::{DecryptionFailure, DerivedKey, DerivedKeys};
use crate::jwt::claims::{self, ClaimsPolicy, ClaimsSet};
use crate::jwt::revocation::RevocationList;
use crate::transport::chunked_cookie::ChunkedCookie;
use crate::transport::cookies::{MAX_COOKIE_BYTES, check_name, parse_cookies, total_bytes};

/// The default names. One with `__Secure-`, which another host of the domain cannot set over http, counts first.
pub const DEFAULT_NAMES: [(&str, Version); 4] = [
    ("__Secure-authjs.session-token", Version::AuthJs5),
    ("authjs.session-token", Version::AuthJs5),
    ("__Secure-next-auth.session-token", Version::NextAuth4),
    ("next-auth.session-token", Version::NextAuth4),
];

/// The version of the library, which decides how the key is derived and what `enc` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `@auth/core`: the name of the cookie is the salt; A256CBC-HS512.
    AuthJs5,
    /// `next-auth` 4: an empty salt; A256GCM.
    NextAuth4,
}

/// The clock skew that Auth.js tolerates (`clockTolerance`), in seconds.
pub const LEEWAY_SECONDS: f64 = 15.0;

/// Reads the session cookie of a request.
pub struct SessionCookieReader {
    cookies: Vec<(String, DerivedKeys)>,
    policy: ClaimsPolicy,
    revocations: Option<Arc<RevocationList>>,
}

/// The claims of a session cookie that passed every check, as JSON.
pub struct SessionClaims(Vec<u8>);

impl SessionClaims {
    /// Parses the claims.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn parse(&self) -> Result<ClaimsSet<'_>> {
        ClaimsSet::parse(&self.0)
    }
}

impl SessionCookieReader {
    /// Derives the keys of `secrets` for the cookie `name`, or for those of [`DEFAULT_NAMES`]. `revocations` are asked for
    /// `jti`, `sid` and `sub`.
    ///
    /// # Errors
    /// [`Error::Configuration`] for an empty secret, without a secret, for a name that a cookie cannot have, and for a
    /// leeway that is not a number of seconds, 0 or more, or that the entries of `revocations` do not outlive.
    pub fn new(
        secrets: &[String],
        name: Option<&str>,
        leeway_seconds: f64,
        revocations: Option<Arc<RevocationList>>,
    ) -> Result<Self> {
        let policy = ClaimsPolicy { leeway_seconds, ..ClaimsPolicy::default() };
        policy.check()?;
        if revocations.is_some() {
            RevocationList::check_leeway(leeway_seconds)?;
        }
        if secrets.is_empty() || secrets.iter().any(String::is_empty) {
            return Err(Error::Configuration("secrets must have the secret of Auth.js, AUTH_SECRET.".to_owned()));
        }
        name.map_or(Ok(()), |name| check_name(name, "cookie_name"))?;
        let cookies = match name {
            // `enc` says which version has written a cookie with a name of the application.
            Some(name) => vec![(name, &[Version::AuthJs5, Version::NextAuth4][..])],
            None => DEFAULT_NAMES.iter().map(|(name, version)| (*name, std::slice::from_ref(version))).collect(),
        };
        let cookies =
            cookies.into_iter().map(|(name, versions)| Ok((name.to_owned(), derive_keys(secrets, name, versions)?)));
        Ok(Self { cookies: cookies.collect::<Result<_>>()?, policy, revocations })
    }

    /// Returns the claims of the session cookie at `now`, in seconds since the epoch; `None` for a request without one.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::UnknownKey`], [`Error::BadSignature`], those of [`claims::validate_times`], and those
    /// of [`RevocationList::check`].
    pub fn read(&self, headers: &[&[u8]], now: f64) -> Result<Option<SessionClaims>> {
        if total_bytes(headers) > MAX_COOKIE_BYTES {
            return Err(Error::Malformed("The cookies of the request are too long."));
        }
        for (name, keys) in &self.cookies {
            let cookie = find_cookie(headers, name);
            if cookie.is_present() {
                return self.read_cookie(cookie, keys, now).map(Some);
            }
        }
        Ok(None)
    }

    fn read_cookie(&self, cookie: ChunkedCookie<'_>, keys: &DerivedKeys, now: f64) -> Result<SessionClaims> {
        if cookie.is_repeated() {
            return Err(Error::Malformed("The request has two session cookies of one name."));
        }
        let value = cookie.join().map_err(|_| Error::Malformed("A chunk of the session cookie is missing."))?;
        let payload = keys.decrypt(&value, MAX_COOKIE_BYTES).map_err(|failure| match failure {
            DecryptionFailure::Malformed => Error::Malformed("The session cookie is not an encrypted token."),
            DecryptionFailure::UnknownKey => Error::UnknownKey,
            DecryptionFailure::BadSignature => Error::BadSignature,
        })?;
        self.check_claims(&ClaimsSet::parse(&payload)?, now)?;
        Ok(SessionClaims(payload))
    }

    /// Validates the times, and asks the list of revocations. Auth.js compares neither `aud` nor `iss`: its callback `jwt` may
    /// copy those of a provider, and the key of the application binds the cookie to it.
    fn check_claims(&self, claims: &ClaimsSet<'_>, now: f64) -> Result<()> {
        claims::validate_times(claims, &self.policy, now)?;
        let Some(revocations) = &self.revocations else { return Ok(()) };
        revocations.check(&revocations.keys_of_claims(claims)?, now)
    }
}

fn find_cookie<'h>(headers: &[&'h [u8]], name: &str) -> ChunkedCookie<'h> {
    let mut found = ChunkedCookie::default();
    for cookie in parse_cookies(headers).filter(|cookie| !cookie.raw_value.is_empty()) {
        if let Some(suffix) = cookie.name.strip_prefix(name.as_bytes()) {
            found.add(suffix, cookie);
        }
    }
    found
}

fn derive_keys(secrets: &[String], name: &str, versions: &[Version]) -> Result<DerivedKeys> {
    let keys = versions.iter().flat_map(|version| secrets.iter().map(|secret| version.derive_key(secret, name)));
    keys.collect()
}

impl Version {
    fn derive_key(self, secret: &str, cookie_name: &str) -> Result<DerivedKey> {
        match self {
            Self::AuthJs5 => {
                let info = format!("Auth.js Generated Encryption Key ({cookie_name})");
                DerivedKey::new(secret.as_bytes(), cookie_name.as_bytes(), info.as_bytes(), A256CbcHs512, &SHA512)
            }
            Self::NextAuth4 => {
                DerivedKey::new(secret.as_bytes(), b"", b"NextAuth.js Generated Encryption Key", A256Gcm, &SHA256)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_COOKIE_BYTES, SessionCookieReader, find_cookie};

    #[test]
    fn cookie_is_found_whole_or_in_chunks_and_not_empty() {
        let value = |header: &str| find_cookie(&[header.as_bytes()], "a").join().unwrap().into_owned();
        assert_eq!(value("b=1; a=2; ab=3"), b"2");
        assert_eq!(value("a.1=2; a.0=1"), b"12");
        assert_eq!(value("a=; a=3"), b"3");
        assert!(!find_cookie(&[b"a=; b=1"], "a").is_present() && !find_cookie(&[], "a").is_present());
    }

    #[test]
    fn leeway_is_a_number_of_seconds() {
        let read = |leeway_seconds: f64| SessionCookieReader::new(&["secret".to_owned()], None, leeway_seconds, None);
        assert!(read(0.0).is_ok() && read(1e9).is_ok());
        for leeway_seconds in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(read(leeway_seconds).is_err_and(|error| error.to_string().contains("leeway_seconds must be")));
        }
    }

    #[test]
    fn headers_are_bounded() {
        let reader = SessionCookieReader::new(&["secret".to_owned()], None, 0.0, None).unwrap();
        let header = |bytes: usize| format!("x={}", "y".repeat(bytes - 2)).into_bytes();
        let read = |headers: &[&[u8]]| reader.read(headers, 0.0).map(|claims| claims.is_some());
        assert_eq!(read(&[&header(MAX_COOKIE_BYTES)]), Ok(false));
        assert_eq!(read(&[&header(100)]), Ok(false));
        for headers in [&[&header(MAX_COOKIE_BYTES + 1)[..]][..], &[&header(MAX_COOKIE_BYTES), b"a"]] {
            assert!(read(headers).is_err_and(|error| error.to_string().contains("too long")));
        }
        assert!(reader.read(&[b"authjs.session-token=x"], 0.0).is_err());
    }
}
