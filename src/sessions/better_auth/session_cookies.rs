//! Reads Better Auth's session cookies of a request.

use std::fmt;

use super::cookie_names::{CookieNames, FoundCookies};
use super::mac_keys::MacKeys;
use super::session_data::{EncryptionKeys, SessionDataError, SessionDataReader, SessionPayload, Strategy};
use super::signed_session_token::{SessionTokenError, SignedSessionToken};
use crate::error::{Error, Result};
use crate::transport::cookies::{Cookie, MAX_COOKIE_BYTES, parse_cookies, total_bytes};

/// The configuration of a [`SessionCookieReader`].
pub struct SessionCookieOptions {
    /// All secrets of Better Auth, the current one first. Only cookies that the current one has signed or encrypted are
    /// used. Better Auth also decrypts with the others. Defaults to empty: signatures are not verified.
    pub secrets: Vec<String>,
    /// Further secrets that are accepted. Better Auth rejects their signatures. Defaults to empty.
    pub accepted_old_secrets: Vec<String>,
    /// The form of `session_data`. Defaults to `None`: the cookie is not read.
    pub strategy: Option<Strategy>,
    /// The names of the cookies.
    pub names: CookieNames,
    /// The expected version of `session_data`. `None`: not compared.
    pub version: Option<String>,
}

/// Reads session cookies. `Debug` shows nothing of the secrets.
pub struct SessionCookieReader {
    names: CookieNames,
    mac_keys: MacKeys,
    session_data: Option<SessionDataReader>,
}

/// The reason why a cookie is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieFailure {
    /// The Cookie headers are longer than [`MAX_COOKIE_BYTES`]. Nothing of them is read.
    TooLarge,
    /// The `session_token` is not used, and neither is the `session_data`.
    Token(SessionTokenError),
    /// The `session_data` is not used.
    Data(SessionDataError),
}

impl CookieFailure {
    /// Returns the stable code of the failure.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "cookies_too_large",
            Self::Token(error) => error.code(),
            Self::Data(error) => error.code(),
        }
    }
}

impl From<SessionDataError> for CookieFailure {
    fn from(error: SessionDataError) -> Self {
        Self::Data(error)
    }
}

/// The session token of a cookie.
pub struct CookieSessionToken {
    /// The token without its signature. The signature is verified if there are secrets.
    pub token: String,
    /// The value as the client sent it.
    pub raw: String,
    /// The name of the cookie.
    pub cookie_name: String,
}

/// The session cookies of a request.
#[derive(Default)]
pub struct SessionCookies {
    /// The `session_token`.
    pub session_token: Option<CookieSessionToken>,
    /// The session and the user of the `session_data`, if it passed every check.
    pub payload: Option<SessionPayload>,
    /// The unverified `session_data` of [`Strategy::Jwks`].
    pub signed_data: Option<String>,
    /// True if the request has one of the two cookies, or too many bytes of cookies.
    pub is_present: bool,
    /// The reason why a cookie is not used.
    pub failure: Option<CookieFailure>,
}

impl SessionCookies {
    fn failed(failure: CookieFailure) -> Self {
        Self { is_present: true, failure: Some(failure), ..Self::default() }
    }
}

impl SessionCookieReader {
    /// Prepares the keys of a reader.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a secret that cannot be used, and for a strategy or old secrets without a secret.
    pub fn new(options: SessionCookieOptions) -> Result<Self> {
        let SessionCookieOptions { secrets, accepted_old_secrets, strategy, names, version } = options;
        if secrets.is_empty() && (!accepted_old_secrets.is_empty() || strategy.is_some_and(Strategy::needs_secret)) {
            return Err(missing_secret());
        }
        let all: Vec<_> = secrets.iter().chain(&accepted_old_secrets).collect();
        MacKeys::new(&all)?; // rejects a secret that cannot be used, whatever its use
        let accepted: Vec<_> = secrets.iter().take(1).chain(&accepted_old_secrets).collect();
        let retired: Vec<_> = secrets.iter().filter(|secret| !accepted.contains(secret)).collect();
        let is_encrypted = strategy == Some(Strategy::Jwe);
        let encryption_keys = if is_encrypted {
            EncryptionKeys::new(&accepted, &retired)
        } else {
            EncryptionKeys::new::<&str>(&[], &[])
        }?;
        let session_data = strategy.map(|strategy| SessionDataReader { strategy, encryption_keys, version });
        Ok(Self { names, mac_keys: MacKeys::new(&accepted)?, session_data })
    }

    /// Returns the strategy.
    #[must_use]
    pub fn strategy(&self) -> Option<Strategy> {
        self.session_data.as_ref().map(|reader| reader.strategy)
    }

    /// Reads the session cookies of the Cookie headers of a request at `now`, in seconds since the epoch.
    #[must_use]
    pub fn read(&self, headers: &[&[u8]], now: f64) -> SessionCookies {
        if total_bytes(headers) > MAX_COOKIE_BYTES {
            return SessionCookies::failed(CookieFailure::TooLarge);
        }
        let FoundCookies { session_token, session_data } = self.names.find(parse_cookies(headers));
        let token = match (session_token, &session_data) {
            (None, None) => return SessionCookies::default(),
            (None, Some(_)) => return SessionCookies::failed(SessionDataError::Unbound.into()),
            (Some(cookie), _) => match self.read_token(cookie) {
                Ok(token) => token,
                Err(error) => return SessionCookies::failed(CookieFailure::Token(error)),
            },
        };
        let mut cookies = SessionCookies { is_present: true, ..SessionCookies::default() };
        if let (Some(reader), Some(data)) = (&self.session_data, session_data) {
            let data = data.map_err(|_| SessionDataError::Malformed);
            let read = data.and_then(|value| self.read_data(reader, &value, &token.token, now, &mut cookies));
            cookies.failure = read.err().map(CookieFailure::Data);
        }
        cookies.session_token = Some(token);
        cookies
    }

    fn read_token(&self, cookie: Cookie<'_>) -> Result<CookieSessionToken, SessionTokenError> {
        let value = cookie.decode_value();
        let token = SignedSessionToken::parse(&value).ok_or(SessionTokenError::Malformed)?.verify(&self.mac_keys)?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| SessionTokenError::Malformed);
        Ok(CookieSessionToken { token, raw: text(cookie.raw_value)?, cookie_name: text(cookie.name)? })
    }

    fn read_data(
        &self,
        reader: &SessionDataReader,
        value: &[u8],
        session_token: &str,
        now: f64,
        cookies: &mut SessionCookies,
    ) -> Result<(), SessionDataError> {
        if reader.strategy == Strategy::Jwks {
            reader.check_form(value)?;
            cookies.signed_data = String::from_utf8(value.to_vec()).ok();
        } else {
            cookies.payload = Some(reader.read(value, &self.mac_keys, session_token, now)?);
        }
        Ok(())
    }
}

impl fmt::Debug for SessionCookieReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("SessionCookieReader");
        text.field("names", &self.names).field("strategy", &self.strategy()).finish_non_exhaustive()
    }
}

fn missing_secret() -> Error {
    Error::Configuration("secrets must contain the current secret of Better Auth to read signed cookies".to_owned())
}

#[cfg(test)]
mod tests {
    use base64_simd::STANDARD;

    use super::{CookieFailure, SessionCookieOptions, SessionCookieReader, SessionCookies};
    use crate::algorithms::Algorithm;
    use crate::keys::mac_key;
    use crate::sessions::better_auth::cookie_names::CookieNames;
    use crate::sessions::better_auth::session_data::Strategy;
    use crate::sessions::better_auth::session_data::recorded::{
        COMPACT, COMPACT_TOKEN, JWE, JWE_TOKEN, JWKS, RECORDED_AT, SECRET,
    };
    use crate::transport::cookies::MAX_COOKIE_BYTES;

    const OTHER_SECRET: &str = "another-secret-of-at-least-thirty-two-bytes";

    fn options(secrets: &[&str], strategy: Option<Strategy>) -> SessionCookieOptions {
        SessionCookieOptions {
            secrets: secrets.iter().map(|secret| (*secret).to_owned()).collect(),
            accepted_old_secrets: vec![],
            strategy,
            names: CookieNames::new("better-auth", None, None).unwrap(),
            version: Some("1".to_owned()),
        }
    }

    fn read(secrets: &[&str], strategy: Option<Strategy>, header: &str) -> SessionCookies {
        SessionCookieReader::new(options(secrets, strategy)).unwrap().read(&[header.as_bytes()], RECORDED_AT)
    }

    fn code(cookies: &SessionCookies) -> Option<&'static str> {
        cookies.failure.map(CookieFailure::code)
    }

    fn both(token: &str, data: &str) -> String {
        format!("; better-auth.session_token={}; better-auth.session_data={data}", token.replace('=', "%3D"))
    }

    #[test]
    fn reads_both_cookies() {
        let cookies = read(&[SECRET], Some(Strategy::Compact), &both(COMPACT_TOKEN, COMPACT));
        let token = cookies.session_token.unwrap();
        assert_eq!(token.token, COMPACT_TOKEN.split('.').next().unwrap());
        assert_eq!(token.raw, COMPACT_TOKEN.replace('=', "%3D"));
        assert_eq!(token.cookie_name, "better-auth.session_token");
        assert!(cookies.payload.is_some() && cookies.is_present && cookies.failure.is_none());
        assert!(cookies.signed_data.is_none());
    }

    #[test]
    fn nothing_is_read_without_a_good_session_token() {
        for (header, expected) in [
            (both("", COMPACT), Some("session_data_unbound")),
            (both(&COMPACT_TOKEN.replace("Vk", "vK"), COMPACT), Some("bad_session_signature")),
            (both(COMPACT_TOKEN.split('.').next().unwrap(), COMPACT), Some("malformed_session_token")),
            (both(JWE_TOKEN, COMPACT), Some("session_data_unbound")),
            (String::new(), None),
            ("other=1".to_owned(), None),
        ] {
            let cookies = read(&[SECRET], Some(Strategy::Compact), &header);
            assert_eq!((code(&cookies), cookies.payload.is_none()), (expected, true), "{header}");
            assert_eq!(cookies.is_present, expected.is_some());
        }
    }

    #[test]
    fn bad_data_leaves_the_token() {
        for data in ["x", "a.b.c", "\"", "%", JWE] {
            let cookies = read(&[SECRET], Some(Strategy::Compact), &both(COMPACT_TOKEN, data));
            assert!(
                cookies.session_token.is_some() && cookies.payload.is_none() && cookies.failure.is_some(),
                "{data}"
            );
        }
        let header = both(COMPACT_TOKEN, "") + "; better-auth.session_data.1=x";
        assert_eq!(code(&read(&[SECRET], Some(Strategy::Compact), &header)), Some("session_data_malformed"));
    }

    #[test]
    fn data_is_not_read_without_a_strategy() {
        let cookies = read(&[SECRET], None, &both(COMPACT_TOKEN, COMPACT));
        assert!(cookies.session_token.is_some() && cookies.payload.is_none() && cookies.failure.is_none());
    }

    #[test]
    fn data_under_a_public_key_is_passed_on() {
        for secrets in [&[][..], &[SECRET]] {
            let cookies = read(secrets, Some(Strategy::Jwks), &both(COMPACT_TOKEN, JWKS));
            assert_eq!(cookies.signed_data.as_deref(), Some(JWKS));
            assert!(cookies.payload.is_none() && cookies.failure.is_none());
        }
        let cookies = read(&[], Some(Strategy::Jwks), &both(COMPACT_TOKEN, COMPACT));
        assert_eq!((code(&cookies), cookies.signed_data), (Some("session_data_other_strategy"), None));
    }

    #[test]
    fn only_the_current_secret_authenticates_unless_old_ones_are_accepted() {
        let with_old = |secrets: &[&str], old: &[&str], strategy, header: &str| {
            let accepted_old_secrets = old.iter().map(|secret| (*secret).to_owned()).collect();
            let options = SessionCookieOptions { accepted_old_secrets, ..options(secrets, Some(strategy)) };
            let cookies = SessionCookieReader::new(options).unwrap().read(&[header.as_bytes()], RECORDED_AT);
            (code(&cookies), cookies.payload.is_some())
        };
        let (compact, jwe) = (both(COMPACT_TOKEN, COMPACT), both(JWE_TOKEN, JWE));
        let refused = (Some("bad_session_signature"), false);
        assert_eq!(with_old(&[OTHER_SECRET, SECRET], &[], Strategy::Compact, &compact), refused);
        assert_eq!(with_old(&[OTHER_SECRET, SECRET], &[], Strategy::Jwe, &jwe), refused);
        assert_eq!(with_old(&[OTHER_SECRET], &[SECRET], Strategy::Compact, &compact), (None, true));
        assert_eq!(with_old(&[OTHER_SECRET], &[SECRET], Strategy::Jwe, &jwe), (None, true));
        assert_eq!(with_old(&[SECRET, OTHER_SECRET], &[], Strategy::Jwe, &jwe), (None, true));
        let signed_now = both(&sign(JWE_TOKEN.split('.').next().unwrap(), OTHER_SECRET), JWE);
        let old_secret = (Some("session_data_old_secret"), false);
        assert_eq!(with_old(&[OTHER_SECRET, SECRET], &[], Strategy::Jwe, &signed_now), old_secret);
        assert_eq!(with_old(&[OTHER_SECRET, SECRET], &[SECRET], Strategy::Jwe, &signed_now), (None, true));
        let unknown = (Some("unknown_session_data_key"), false);
        assert_eq!(with_old(&[OTHER_SECRET], &[], Strategy::Jwe, &signed_now), unknown);
    }

    fn sign(token: &str, secret: &str) -> String {
        let mac = mac_key(Algorithm::HS256, secret.as_bytes()).unwrap().sign(token.as_bytes());
        format!("{token}.{}", STANDARD.encode_to_string(mac))
    }

    #[test]
    fn headers_are_bounded() {
        let reader = SessionCookieReader::new(options(&[SECRET], Some(Strategy::Compact))).unwrap();
        let header = both(COMPACT_TOKEN, COMPACT);
        let filler = "x".repeat(MAX_COOKIE_BYTES - header.len());
        assert!(reader.read(&[filler.as_bytes(), header.as_bytes()], RECORDED_AT).payload.is_some());
        let cookies = reader.read(&[b"y", filler.as_bytes(), header.as_bytes()], RECORDED_AT);
        assert_eq!((code(&cookies), cookies.is_present), (Some("cookies_too_large"), true));
        assert!(cookies.session_token.is_none());
    }

    #[test]
    fn secret_is_required_to_read_what_it_signs() {
        for strategy in [Strategy::Compact, Strategy::Jwt, Strategy::Jwe] {
            let message = SessionCookieReader::new(options(&[], Some(strategy))).unwrap_err().to_string();
            assert!(message.starts_with("secrets must contain the current secret"));
        }
        let message = SessionCookieReader::new(options(&[SECRET, ""], None)).unwrap_err().to_string();
        assert!(message.starts_with("secrets must be the secrets of Better Auth"));
        let reader = SessionCookieReader::new(options(&[SECRET], None)).unwrap();
        assert!(!format!("{reader:?}").contains(SECRET));
    }

    #[test]
    fn reader_tells_its_strategy_and_its_names() {
        for strategy in [None, Some(Strategy::Compact), Some(Strategy::Jwks)] {
            let reader = SessionCookieReader::new(options(&[SECRET], strategy)).unwrap();
            assert_eq!(reader.strategy(), strategy);
            let text = format!("{reader:?}");
            assert!(text.starts_with("SessionCookieReader") && text.contains("better-auth.session_token"), "{text}");
            assert!(text.contains(&format!("strategy: {strategy:?}")), "{text}");
        }
    }
}
