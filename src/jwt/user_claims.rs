//! Identity: whom verified claims name, and whether it is enough that somebody bears the token.

use jiter::JsonValue;

use crate::encoding::python_whitespace::is_python_whitespace;
use crate::error::{Error, Result};
use crate::jwt::claims::{Claims, wrong_type};

/// A claim that should be a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Text<'c> {
    /// It is not there, or null.
    #[default]
    None,
    /// It is one.
    Some(&'c str),
    /// It is something else.
    Other,
}

/// The claims that tell who it is, as whoever holds the claims found them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Telling<'c> {
    /// `sub`, the user's id.
    pub sub: Text<'c>,
    /// `email`
    pub email: Text<'c>,
    /// `name`
    pub name: Text<'c>,
    /// Whether `cnf` is there, whatever is in it.
    pub has_cnf: bool,
}

/// Who a user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'c> {
    /// The token's `sub`.
    pub user_id: &'c str,
    /// `email`
    pub email: Option<&'c str>,
    /// `name`
    pub name: Option<&'c str>,
}

const EMAIL: Error = Error::InvalidClaim { claim: "email", reason: "Email must be a string." };
const NAME: Error = Error::InvalidClaim { claim: "name", reason: "Name must be a string." };
const CNF: Error = Error::InvalidClaim {
    claim: "cnf",
    reason: "The token is bound to a key (cnf) and must not be sent as a bearer token.",
};

impl<'c> Telling<'c> {
    /// What `claims` tell, found in one pass.
    #[must_use]
    pub fn of(claims: &'c Claims<'_>) -> Self {
        let mut telling = Self::default();
        for (name, value) in claims.members() {
            match name.as_bytes() {
                b"sub" => telling.sub = value.into(),
                b"email" => telling.email = value.into(),
                b"name" => telling.name = value.into(),
                b"cnf" => telling.has_cnf = true,
                _ => {}
            }
        }
        telling
    }

    /// Who it is.
    ///
    /// # Errors
    /// As [`Telling::subject`]; [`Error::InvalidClaim`] for an `email` or `name` that is no text.
    pub fn identity(self) -> Result<Identity<'c>> {
        Ok(Identity { user_id: self.subject()?, email: self.email.optional(EMAIL)?, name: self.name.optional(NAME)? })
    }

    /// The user's id alone. A subject that is blank names nobody; one that holds U+0000 names nobody whom `PostgreSQL` could
    /// know.
    ///
    /// # Errors
    /// [`Error::MissingClaim`] if they name nobody; [`Error::InvalidClaim`] for a `sub` that is no text.
    pub fn subject(self) -> Result<&'c str> {
        let named = self.sub.optional(wrong_type::SUB)?;
        let names_somebody = |named: &&str| !named.chars().all(is_python_whitespace) && !named.contains('\0');
        named.filter(names_somebody).ok_or_else(|| Error::MissingClaim("sub".to_owned()))
    }

    /// Refuses a token that is bound to a key (RFC 7800 §3.1, RFC 9449 §7.1, RFC 8705 §3.1): whoever sends it as a bearer token
    /// has not shown the key.
    ///
    /// # Errors
    /// [`Error::InvalidClaim`]
    pub fn unbound(self) -> Result<Self> {
        if self.has_cnf { Err(CNF) } else { Ok(self) }
    }
}

impl<'c> Text<'c> {
    fn optional(self, wrong_type: Error) -> Result<Option<&'c str>> {
        match self {
            Self::None => Ok(None),
            Self::Some(text) => Ok(Some(text)),
            Self::Other => Err(wrong_type),
        }
    }
}

impl<'c> From<&'c JsonValue<'_>> for Text<'c> {
    fn from(value: &'c JsonValue<'_>) -> Self {
        match value {
            JsonValue::Null => Self::None,
            JsonValue::Str(text) => Self::Some(text),
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CNF, Identity, Telling};
    use crate::error::{Error, Result};
    use crate::jwt::claims::Claims;

    fn told<T>(claims: &str, judge: impl Fn(Telling<'_>) -> Result<T>) -> Result<T> {
        judge(Telling::of(&Claims::read(claims.as_bytes()).unwrap()))
    }

    fn code_and_claim(claims: &str) -> (&'static str, Option<String>) {
        let refused = told(claims, |telling| telling.identity().map(drop)).unwrap_err();
        (refused.code(), refused.claim().map(str::to_owned))
    }

    #[test]
    fn an_identity_is_the_subject_and_what_it_is_called() {
        let claims = Claims::read(br#"{"name":"Ada","iss":"x","sub":" u 1 ","email":"ada@example.com"}"#).unwrap();
        let ada = Identity { user_id: " u 1 ", email: Some("ada@example.com"), name: Some("Ada") };
        assert_eq!(Telling::of(&claims).identity(), Ok(ada));
    }

    #[test]
    fn null_is_as_good_as_none() {
        for claims in [r#"{"sub":"u"}"#, r#"{"sub":"u","email":null,"name":null}"#] {
            let claims = Claims::read(claims.as_bytes()).unwrap();
            assert_eq!(Telling::of(&claims).identity(), Ok(Identity { user_id: "u", email: None, name: None }));
        }
    }

    #[test]
    fn nobody_is_named_by_what_is_blank_or_holds_u_0000() {
        for sub in ["", " ", r"\t\n", r"\u2003", r"\u001c\u001f", r"\u0085", r"\u0000", r"u\u0000"] {
            let expected = ("missing_claim", Some("sub".to_owned()));
            assert_eq!(code_and_claim(&format!(r#"{{"sub":"{sub}"}}"#)), expected, "{sub:?}");
        }
        assert_eq!(code_and_claim("{}").0, "missing_claim");
        assert_eq!(code_and_claim(r#"{"sub":null}"#).0, "missing_claim");
    }

    #[test]
    fn what_should_be_a_text_is_one() {
        let invalid = |claim: &str| ("invalid_claim", Some(claim.to_owned()));
        assert_eq!(code_and_claim(r#"{"sub":5}"#), invalid("sub"));
        assert_eq!(code_and_claim(r#"{"sub":"u","email":["a"],"name":5}"#), invalid("email"));
        assert_eq!(code_and_claim(r#"{"sub":"u","email":null,"name":false}"#), invalid("name"));
        assert!(told(r#"{"sub":"u","email":5}"#, |telling| telling.subject().map(drop)).is_ok());
    }

    #[test]
    fn what_is_bound_to_a_key_is_not_just_borne() {
        for cnf in ["null", "{}", r#"{"jkt":"x"}"#] {
            let refused = told(&format!(r#"{{"sub":"u","cnf":{cnf}}}"#), |telling| telling.unbound().map(drop));
            assert_eq!(refused, Err(CNF));
        }
        assert!(told(r#"{"sub":"u"}"#, |telling| telling.unbound().map(drop)).is_ok());
        assert!(matches!(CNF, Error::InvalidClaim { claim: "cnf", .. }));
    }
}
