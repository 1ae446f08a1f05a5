//! Extracts the user (`sub`, `email`, `name`) from verified claims, and rejects sender-constrained tokens (`cnf`).

use jiter::JsonValue;

use super::claims::{ClaimsSet, type_errors};
use super::user_id::is_usable_id;
use crate::error::{Error, Result};

/// A claim whose value must be a string.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StringClaim<'c> {
    /// The claim is missing or null.
    #[default]
    Absent,
    /// The claim is a string.
    Present(&'c str),
    /// The claim has another type.
    WrongType,
}

/// The claims that identify the user, not validated yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserClaims<'c> {
    /// `sub`, the user's id.
    pub sub: StringClaim<'c>,
    /// `email`.
    pub email: StringClaim<'c>,
    /// `name`.
    pub name: StringClaim<'c>,
    /// Whether the token has a `cnf` claim, with any value.
    pub has_cnf: bool,
    /// Whether `events` has [`LOGOUT_EVENT`].
    pub has_logout_event: bool,
}

/// The member of `events` that makes a token a logout token (`OpenID` Connect Back-Channel Logout 1.0, section 2.4).
pub const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The fields of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserFields<'c> {
    /// The `sub` of the token.
    pub user_id: &'c str,
    /// The `email` of the token.
    pub email: Option<&'c str>,
    /// The `name` of the token.
    pub name: Option<&'c str>,
}

const EMAIL_NOT_STRING: Error = Error::InvalidClaim { claim: "email", reason: "Email must be a string." };
const NAME_NOT_STRING: Error = Error::InvalidClaim { claim: "name", reason: "Name must be a string." };
const SENDER_CONSTRAINED: Error = Error::InvalidClaim {
    claim: "cnf",
    reason: "The token is sender-constrained (cnf) and must not be used as a bearer token.",
};

impl<'c> UserClaims<'c> {
    /// Collects the claims in one pass.
    #[must_use]
    pub fn from_claims(claims: &'c ClaimsSet<'_>) -> Self {
        let mut user = Self::default();
        for (name, value) in claims.members() {
            match name.as_bytes() {
                b"sub" => user.sub = value.into(),
                b"email" => user.email = value.into(),
                b"name" => user.name = value.into(),
                b"cnf" => user.has_cnf = true,
                b"events" => user.has_logout_event = has_logout_event(value),
                _ => {}
            }
        }
        user
    }

    /// Returns the fields of the user.
    ///
    /// # Errors
    /// Those of [`UserClaims::require_subject`]; [`Error::InvalidClaim`] if `email` or `name` is not a string.
    pub fn user_fields(self) -> Result<UserFields<'c>> {
        self.with_subject(self.require_subject()?)
    }

    /// Returns the fields of the user whose id is `user_id`.
    ///
    /// # Errors
    /// [`Error::InvalidClaim`] if `email` or `name` is not a string.
    pub(crate) fn with_subject(self, user_id: &'c str) -> Result<UserFields<'c>> {
        let email = self.email.optional_str(|| EMAIL_NOT_STRING)?;
        Ok(UserFields { user_id, email, name: self.name.optional_str(|| NAME_NOT_STRING)? })
    }

    /// Returns `sub`. A blank `sub`, or one with U+0000, which `PostgreSQL` cannot store, counts as missing.
    ///
    /// # Errors
    /// [`Error::MissingClaim`] if `sub` is missing; [`Error::InvalidClaim`] if it is not a string.
    pub fn require_subject(self) -> Result<&'c str> {
        let sub = self.sub.optional_str(|| type_errors::SUB)?;
        sub.filter(|sub| is_usable_id(sub)).ok_or_else(|| Error::MissingClaim("sub".to_owned()))
    }

    /// Rejects a sender-constrained token (RFC 7800 §3.1, RFC 9449 §7.1, RFC 8705 §3.1): a client that sends it as a bearer
    /// token has not proven possession of the key.
    ///
    /// # Errors
    /// [`Error::InvalidClaim`]
    pub fn reject_sender_constrained(self) -> Result<Self> {
        if self.has_cnf { Err(SENDER_CONSTRAINED) } else { Ok(self) }
    }

    /// Rejects a logout token. The issuer signs it with the keys of its ID tokens, and it has their `iss`, `aud` and `sub`.
    ///
    /// # Errors
    /// [`Error::WrongTyp`]
    pub fn reject_logout_token(self) -> Result<Self> {
        if self.has_logout_event { Err(Error::WrongTyp) } else { Ok(self) }
    }
}

fn has_logout_event(events: &JsonValue<'_>) -> bool {
    matches!(events, JsonValue::Object(events) if events.iter().any(|(name, _)| name == LOGOUT_EVENT))
}

impl<'c> StringClaim<'c> {
    fn optional_str(self, type_error: fn() -> Error) -> Result<Option<&'c str>> {
        match self {
            Self::Absent => Ok(None),
            Self::Present(text) => Ok(Some(text)),
            Self::WrongType => Err(type_error()),
        }
    }
}

impl<'c> From<&'c JsonValue<'_>> for StringClaim<'c> {
    fn from(value: &'c JsonValue<'_>) -> Self {
        match value {
            JsonValue::Null => Self::Absent,
            JsonValue::Str(text) => Self::Present(text),
            _ => Self::WrongType,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LOGOUT_EVENT, SENDER_CONSTRAINED, UserClaims, UserFields};
    use crate::error::{Error, Result};
    use crate::jwt::claims::ClaimsSet;

    fn extract<T>(claims: &str, extract: impl Fn(UserClaims<'_>) -> Result<T>) -> Result<T> {
        extract(UserClaims::from_claims(&ClaimsSet::parse(claims.as_bytes()).unwrap()))
    }

    fn code_and_claim(claims: &str) -> (&'static str, Option<String>) {
        let rejected = extract(claims, |user| user.user_fields().map(drop)).unwrap_err();
        (rejected.code(), rejected.claim().map(str::to_owned))
    }

    #[test]
    fn extracts_sub_email_and_name() {
        let claims = ClaimsSet::parse(br#"{"name":"Ada","iss":"x","sub":" u 1 ","email":"ada@example.com"}"#).unwrap();
        let ada = UserFields { user_id: " u 1 ", email: Some("ada@example.com"), name: Some("Ada") };
        assert_eq!(UserClaims::from_claims(&claims).user_fields(), Ok(ada));
    }

    #[test]
    fn null_counts_as_missing() {
        for claims in [r#"{"sub":"u"}"#, r#"{"sub":"u","email":null,"name":null}"#] {
            let claims = ClaimsSet::parse(claims.as_bytes()).unwrap();
            assert_eq!(
                UserClaims::from_claims(&claims).user_fields(),
                Ok(UserFields { user_id: "u", email: None, name: None })
            );
        }
    }

    #[test]
    fn rejects_a_blank_sub_and_one_with_u_0000() {
        for sub in ["", " ", r"\t\n", r"\u2003", r"\u001c\u001f", r"\u0085", r"\u0000", r"u\u0000"] {
            let expected = ("missing_claim", Some("sub".to_owned()));
            assert_eq!(code_and_claim(&format!(r#"{{"sub":"{sub}"}}"#)), expected, "{sub:?}");
        }
        assert_eq!(code_and_claim("{}").0, "missing_claim");
        assert_eq!(code_and_claim(r#"{"sub":null}"#).0, "missing_claim");
    }

    #[test]
    fn rejects_claims_that_are_not_strings() {
        let invalid = |claim: &str| ("invalid_claim", Some(claim.to_owned()));
        assert_eq!(code_and_claim(r#"{"sub":5}"#), invalid("sub"));
        assert_eq!(code_and_claim(r#"{"sub":"u","email":["a"],"name":5}"#), invalid("email"));
        assert_eq!(code_and_claim(r#"{"sub":"u","email":null,"name":false}"#), invalid("name"));
        assert!(extract(r#"{"sub":"u","email":5}"#, |user| user.require_subject().map(drop)).is_ok());
    }

    #[test]
    fn rejects_sender_constrained_tokens() {
        for cnf in ["null", "{}", r#"{"jkt":"x"}"#] {
            let rejected =
                extract(&format!(r#"{{"sub":"u","cnf":{cnf}}}"#), |user| user.reject_sender_constrained().map(drop));
            assert_eq!(rejected, Err(SENDER_CONSTRAINED));
        }
        assert!(extract(r#"{"sub":"u"}"#, |user| user.reject_sender_constrained().map(drop)).is_ok());
        assert!(matches!(SENDER_CONSTRAINED, Error::InvalidClaim { claim: "cnf", .. }));
    }

    #[test]
    fn rejects_logout_tokens() {
        let reject = |claims: &str| extract(claims, |user| user.reject_logout_token().map(|user| user.has_cnf));
        let logout = format!(r#"{{"sub":"u","events":{{"x":1,"{LOGOUT_EVENT}":{{}}}}}}"#);
        assert_eq!(reject(&logout), Err(Error::WrongTyp));
        for claims in ["{}", r#"{"events":{}}"#, r#"{"events":{"http://other.example/event":{}}}"#, r#"{"events":5}"#] {
            assert_eq!(reject(claims), Ok(false), "{claims}");
        }
        assert_eq!(reject(r#"{"cnf":{}}"#), Ok(true));
    }
}
