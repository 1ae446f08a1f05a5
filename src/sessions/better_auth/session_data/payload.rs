//! The session and the user in a `session_data`, and the checks that all strategies share.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use jiter::JsonValue;

use crate::encoding::json;
use crate::error::Error;
use crate::jwt::claims::{self, ClaimsPolicy, ClaimsSet};

/// The reason why a `session_data` is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionDataError {
    /// The cookie is cut, its chunks are incomplete, or its content is not a session.
    Malformed,
    /// None of the accepted secrets verifies it.
    BadSignature,
    /// The time for which it may be used is over.
    Expired,
    /// The `version` is not the expected one.
    OtherVersion,
    /// The value has the form of another strategy.
    OtherStrategy,
    /// The session is not that of the `session_token` beside it.
    Unbound,
    /// The value is encrypted to the key of an unknown secret.
    UnknownKey,
    /// The value is encrypted to the key of an old secret that is not accepted.
    OldSecret,
}

impl SessionDataError {
    /// Returns the stable code of the error.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "session_data_malformed",
            Self::BadSignature => "session_data_bad_signature",
            Self::Expired => "session_data_expired",
            Self::OtherVersion => "session_data_other_version",
            Self::OtherStrategy => "session_data_other_strategy",
            Self::Unbound => "session_data_unbound",
            Self::UnknownKey => "unknown_session_data_key",
            Self::OldSecret => "session_data_old_secret",
        }
    }
}

/// The session and the user of a verified `session_data`. Their own validity is not checked.
pub struct SessionPayload {
    /// The object `session`.
    pub session: JsonValue<'static>,
    /// The object `user`.
    pub user: JsonValue<'static>,
    version: Option<String>,
}

impl SessionPayload {
    /// Reads `session`, `user` and `version` of the payload that all strategies share.
    pub(super) fn from_members(members: &[json::Member<'_>]) -> Result<Self, SessionDataError> {
        let object = |name| match json::get(members, name) {
            Some(object @ JsonValue::Object(_)) => Ok(object.clone().into_static()),
            _ => Err(SessionDataError::Malformed),
        };
        let version = match json::get(members, "version") {
            None | Some(JsonValue::Null) => None,
            Some(JsonValue::Str(version)) => Some(version.to_string()),
            Some(_) => return Err(SessionDataError::Malformed),
        };
        Ok(Self { session: object("session")?, user: object("user")?, version })
    }

    /// Returns the payload of a JWT or JWE, if its claims are valid at `now`.
    ///
    /// Better Auth decodes it 15 seconds longer, but then compares `exp` with the clock and asks its store.
    pub(super) fn from_claims(payload: &[u8], now: f64) -> Result<Self, SessionDataError> {
        let claims = ClaimsSet::parse(payload).map_err(|_| SessionDataError::Malformed)?;
        let payload = Self::from_members(claims.members())?;
        let policy = ClaimsPolicy { required: vec!["iat".to_owned(), "exp".to_owned()], ..ClaimsPolicy::default() };
        match claims::validate(&claims, &policy, now) {
            Ok(_) => Ok(payload),
            Err(Error::Expired) => Err(SessionDataError::Expired),
            Err(_) => Err(SessionDataError::Malformed),
        }
    }

    /// Checks the version, if one is expected. As upstream, a missing or empty version is the version 1.
    pub(super) fn check_version(&self, expected: Option<&str>) -> Result<(), SessionDataError> {
        let version = self.version.as_deref().filter(|version| !version.is_empty()).unwrap_or("1");
        match expected {
            Some(expected) if expected != version => Err(SessionDataError::OtherVersion),
            _ => Ok(()),
        }
    }

    /// Checks that the session is that of `session_token`, the verified token without its signature.
    pub(super) fn check_binding(&self, session_token: &str) -> Result<(), SessionDataError> {
        let JsonValue::Object(session) = &self.session else { return Err(SessionDataError::Malformed) };
        match json::get(session, "token") {
            Some(JsonValue::Str(token)) => verify_slices_are_equal(token.as_bytes(), session_token.as_bytes())
                .map_err(|_| SessionDataError::Unbound),
            _ => Err(SessionDataError::Malformed),
        }
    }
}
