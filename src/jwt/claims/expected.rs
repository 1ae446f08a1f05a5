//! Expected members: claims, or parameters of the protected header, that must have one of some values.

use jiter::JsonValue;
use num_bigint::BigInt;

use super::claims_set::ClaimsSet;
use crate::encoding::json::{self, Member};
use crate::error::{Error, Result};

/// A value that a member may have. Types are exact: `1`, `"1"`, `1.0` and `true` are four different values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// A string.
    Str(String),
    /// An integer of any size.
    Int(BigInt),
    /// `true` or `false`.
    Bool(bool),
}

impl Scalar {
    fn equals(&self, value: &JsonValue<'_>) -> bool {
        match (self, value) {
            (Self::Str(own), JsonValue::Str(text)) => own == text,
            (Self::Int(own), JsonValue::Int(number)) => *own == BigInt::from(*number),
            (Self::Int(own), JsonValue::BigInt(number)) => own == number,
            (Self::Bool(own), JsonValue::Bool(value)) => own == value,
            _ => false,
        }
    }
}

/// A member that must be there, and must be one of the values or a list that holds one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedMember {
    /// The name.
    pub name: String,
    /// The accepted values.
    pub values: Vec<Scalar>,
}

impl ExpectedMember {
    /// Returns true if `members` has the member with an accepted value; `None` if it has no such member.
    pub(crate) fn is_satisfied_by(&self, members: &[Member<'_>]) -> Option<bool> {
        json::get(members, &self.name).map(|value| match value {
            JsonValue::Array(items) => items.iter().any(|item| self.has_value(item)),
            value => self.has_value(value),
        })
    }

    fn has_value(&self, value: &JsonValue<'_>) -> bool {
        self.values.iter().any(|own| own.equals(value))
    }
}

/// The claims that name the client to which a token was issued: `azp` (`OpenID` Connect Core §2), `client_id` (RFC 8693 §4.3),
/// `cid` (Okta), `appid` (Microsoft Entra ID).
const CLIENT_CLAIMS: [&str; 4] = ["azp", "client_id", "cid", "appid"];

/// Checks that each expected claim is there with an accepted value.
///
/// # Errors
/// [`Error::MissingClaim`], [`Error::WrongClaim`].
pub(super) fn check_expected(claims: &ClaimsSet<'_>, expected: &[ExpectedMember]) -> Result<()> {
    expected.iter().try_for_each(|member| match member.is_satisfied_by(claims.members()) {
        Some(true) => Ok(()),
        Some(false) => Err(Error::WrongClaim(member.name.clone())),
        None => Err(Error::MissingClaim(member.name.clone())),
    })
}

/// Checks that a claim names the client, and that each claim that is there names one of `client_ids`.
///
/// # Errors
/// [`Error::MissingClaim`] for `client_id`, [`Error::WrongClaim`].
pub(super) fn check_client(claims: &ClaimsSet<'_>, client_ids: &[String]) -> Result<()> {
    if client_ids.is_empty() {
        return Ok(());
    }
    let is_accepted =
        |value: &JsonValue<'_>| matches!(value, JsonValue::Str(id) if client_ids.iter().any(|one| one == id));
    let present = CLIENT_CLAIMS.iter().filter_map(|name| Some((*name, claims.get(name)?)));
    let mut accepted = 0;
    for (name, value) in present {
        if !is_accepted(value) {
            return Err(Error::WrongClaim(name.to_owned()));
        }
        accepted += 1;
    }
    if accepted == 0 { Err(Error::MissingClaim("client_id".to_owned())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::{ExpectedMember, Scalar, check_client, check_expected};
    use crate::jwt::claims::ClaimsSet;

    fn text(value: &str) -> Scalar {
        Scalar::Str(value.to_owned())
    }

    fn integer(digits: &str) -> Scalar {
        Scalar::Int(digits.parse().unwrap())
    }

    fn verdict(payload: &str, values: &[Scalar]) -> (&'static str, Option<String>) {
        let claims = ClaimsSet::parse(payload.as_bytes()).unwrap();
        let expected = [ExpectedMember { name: "use".to_owned(), values: values.to_vec() }];
        check_expected(&claims, &expected)
            .map_or_else(|error| (error.code(), error.claim().map(str::to_owned)), |()| ("accepted", None))
    }

    #[test]
    fn compares_values_with_their_types() {
        let big = "123456789012345678901234567890";
        let values = [r#""1""#, "1", "true", big, "9223372036854775807", "-9223372036854775808"];
        let scalars = [
            text("1"),
            integer("1"),
            Scalar::Bool(true),
            integer(big),
            integer(&i64::MAX.to_string()),
            integer(&i64::MIN.to_string()),
        ];
        for (row, scalar) in scalars.iter().enumerate() {
            for (column, value) in values.iter().enumerate() {
                let expected = if row == column { "accepted" } else { "wrong_claim" };
                for payload in [format!(r#"{{"use":{value}}}"#), format!(r#"{{"use":[null,{value}]}}"#)] {
                    assert_eq!(verdict(&payload, std::slice::from_ref(scalar)).0, expected, "{scalar:?} {payload}");
                }
            }
        }
    }

    #[test]
    fn rejects_other_values_and_names_the_claim() {
        let values = [text("a"), integer("0"), Scalar::Bool(false)];
        for value in
            ["null", r#""A""#, r#""a ""#, "0.0", "1", "[]", r#"[["a"]]"#, "{}", r#"{"a":true}"#, r#"[{"use":"a"}]"#]
        {
            let expected = ("wrong_claim", Some("use".to_owned()));
            assert_eq!(verdict(&format!(r#"{{"use":{value}}}"#), &values), expected, "{value}");
        }
        assert_eq!(verdict(r#"{"Use":"a"}"#, &values), ("missing_claim", Some("use".to_owned())));
    }

    #[test]
    fn each_claim_of_the_client_must_agree() {
        let client_ids = ["web".to_owned(), "ios".to_owned()];
        let cases = [
            (r#"{"azp":"web"}"#, Ok(())),
            (r#"{"client_id":"ios"}"#, Ok(())),
            (r#"{"cid":"web"}"#, Ok(())),
            (r#"{"appid":"web"}"#, Ok(())),
            (r#"{"azp":"web","client_id":"ios"}"#, Ok(())),
            (r#"{"azp":"web","client_id":"other"}"#, Err("client_id")),
            (r#"{"azp":"other","client_id":"web"}"#, Err("azp")),
            (r#"{"cid":"web","appid":null}"#, Err("appid")),
            (r#"{"azp":["web"]}"#, Err("azp")),
            (r#"{"client_id":""}"#, Err("client_id")),
            (r#"{"Azp":"web"}"#, Err("client_id")),
            ("{}", Err("client_id")),
        ];
        for (payload, expected) in cases {
            let claims = ClaimsSet::parse(payload.as_bytes()).unwrap();
            let result = check_client(&claims, &client_ids).map_err(|error| error.claim().unwrap_or("?").to_owned());
            assert_eq!(result, expected.map_err(str::to_owned), "{payload}");
            assert_eq!(check_client(&claims, &[]), Ok(()));
        }
    }
}
