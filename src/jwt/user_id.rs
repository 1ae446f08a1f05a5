//! The claim with the id of a user: `sub`, or another one that the application names.

use std::borrow::Cow;

use jiter::JsonValue;

use super::claims::ClaimsSet;
use crate::encoding::python_whitespace::is_python_whitespace;
use crate::error::{Error, Result};

/// The claim with the id of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum UserIdClaim {
    /// `sub`, which must be a string (RFC 7519 §4.1.2).
    #[default]
    Sub,
    /// Another claim, which must be a string or an integer. An integer counts as its decimal text.
    Named(String),
    /// No claim: a token need not identify a user.
    Unneeded,
}

impl UserIdClaim {
    /// Returns the id that `claims` have in the claim `name`. Null, a blank string, and a string with U+0000 count as
    /// missing, as in `sub`.
    ///
    /// # Errors
    /// [`Error::MissingClaim`]; [`Error::InvalidUserId`] if the claim is neither a string nor an integer.
    pub fn read_named<'c>(claims: &'c ClaimsSet<'_>, name: &str) -> Result<Cow<'c, str>> {
        let id = match claims.get(name) {
            None | Some(JsonValue::Null) => None,
            Some(JsonValue::Str(text)) => Some(Cow::Borrowed(text.as_ref())),
            Some(JsonValue::Int(number)) => Some(Cow::Owned(number.to_string())),
            Some(JsonValue::BigInt(number)) => Some(Cow::Owned(number.to_string())),
            Some(_) => return Err(Error::InvalidUserId(name.to_owned())),
        };
        id.filter(|id| is_usable_id(id)).ok_or_else(|| Error::MissingClaim(name.to_owned()))
    }
}

/// Returns true for an id that is neither blank nor has U+0000, which `PostgreSQL` cannot store.
pub(crate) fn is_usable_id(id: &str) -> bool {
    !id.chars().all(is_python_whitespace) && !id.contains('\0')
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::UserIdClaim;
    use crate::jwt::claims::ClaimsSet;

    fn read(payload: &str) -> Result<String, &'static str> {
        let claims = ClaimsSet::parse(payload.as_bytes()).unwrap();
        UserIdClaim::read_named(&claims, "uid").map(Cow::into_owned).map_err(|error| {
            assert_eq!(error.claim(), Some("uid"));
            error.code()
        })
    }

    #[test]
    fn reads_strings_and_integers() {
        let big = "123456789012345678901234567890";
        for (value, id) in [(r#"" u 1 ""#, " u 1 "), ("7", "7"), ("-7", "-7"), ("0", "0"), (big, big)] {
            assert_eq!(read(&format!(r#"{{"sub":"x","uid":{value}}}"#)), Ok(id.to_owned()), "{value}");
        }
    }

    #[test]
    fn rejects_other_values() {
        for value in ["null", r#""""#, r#"" \t""#, r#""\u0000""#, r#""u\u0000""#] {
            assert_eq!(read(&format!(r#"{{"sub":"x","uid":{value}}}"#)), Err("missing_claim"), "{value}");
        }
        for value in ["true", "false", "1.0", "1e3", "[]", r#"["u"]"#, "{}"] {
            assert_eq!(read(&format!(r#"{{"sub":"x","uid":{value}}}"#)), Err("invalid_claim"), "{value}");
        }
        assert_eq!(read(r#"{"sub":"x","UID":"u"}"#), Err("missing_claim"));
    }
}
