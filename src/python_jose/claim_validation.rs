//! Validation of claims by python-jose's rules.

use jiter::JsonValue;

use super::claim_options::{Claim, ClaimOptions};
use super::python_int::python_int_seconds;
use crate::encoding::json::{self, Member};
use crate::error::{Error, Result};
use crate::jwt::claims::type_errors;

/// The expected values of claims. A program may expect any Python object, and the comparison with it can fail.
pub trait ClaimExpectations {
    /// The error of a comparison.
    type Error: From<Error>;

    /// Returns the audience that `aud` must contain. Called before any claim is checked.
    ///
    /// # Errors
    /// If the expected audience has the wrong type.
    fn audience(&self) -> Result<Option<&str>, Self::Error>;

    /// Returns the clock skew to tolerate, in seconds.
    ///
    /// # Errors
    /// If the leeway has the wrong type.
    fn leeway_seconds(&self) -> Result<f64, Self::Error>;

    /// Returns true if `iss` is an expected issuer, or if no issuer is expected. `iss` is `None` if the claim is
    /// missing.
    ///
    /// # Errors
    /// If the values cannot be compared.
    fn matches_issuer(&self, iss: Option<&JsonValue<'_>>) -> Result<bool, Self::Error>;

    /// Returns true if `sub` is the expected subject, or if no subject is expected. `sub` is `None` if the claim is
    /// missing.
    ///
    /// # Errors
    /// If the values cannot be compared.
    fn matches_subject(&self, sub: Option<&str>) -> Result<bool, Self::Error>;

    /// Returns the expected `at_hash` (`OpenID` Connect Core §3.1.3.6).
    ///
    /// # Errors
    /// [`NO_ACCESS_TOKEN`] or [`AT_HASH_UNSUPPORTED`].
    fn at_hash(&self) -> Result<String, Self::Error>;
}

/// The token has an `at_hash`, but the caller passed no access token.
pub const NO_ACCESS_TOKEN: Error = at_hash_error("No access_token provided to compare against at_hash claim.");
/// The algorithm of the token has no hash function.
pub const AT_HASH_UNSUPPORTED: Error = at_hash_error("Unable to calculate at_hash to verify against token claims.");
const AT_HASH_MISMATCH: Error = at_hash_error("at_hash claim does not match access_token.");

const fn at_hash_error(reason: &'static str) -> Error {
    Error::InvalidClaim { claim: "at_hash", reason }
}

/// Validates `claims` at the time `now`, in whole seconds since the epoch.
///
/// # Errors
/// The first failure in this order: missing claims, then `iat`, `nbf`, `exp`, `aud`, `iss`, `sub`, `jti`, `at_hash`.
pub fn validate_claims<E: ClaimExpectations>(
    claims: &[Member<'_>],
    options: &ClaimOptions,
    expectations: &E,
    now: f64,
) -> Result<(), E::Error> {
    check_required(claims, options.required())?;
    expectations.audience()?;
    let values = collect_registered(claims);
    let mut enabled = CHECK_ORDER.into_iter().filter(|claim| options.is_enabled(*claim));
    enabled.try_for_each(|claim| check_claim(claim, values.get(claim as usize).copied().flatten(), expectations, now))
}

/// Collects the values of the registered claims in one pass, indexed by [`Claim`]. If a name is repeated, the last
/// value counts.
fn collect_registered<'c, 'p>(claims: &'c [Member<'p>]) -> [Option<&'c JsonValue<'p>>; Claim::ALL.len()] {
    let mut values = [None; Claim::ALL.len()];
    for (name, value) in claims {
        if let Some(slot) = Claim::from_name(name).and_then(|claim| values.get_mut(claim as usize)) {
            *slot = Some(value);
        }
    }
    values
}

const CHECK_ORDER: [Claim; 8] =
    [Claim::Iat, Claim::Nbf, Claim::Exp, Claim::Aud, Claim::Iss, Claim::Sub, Claim::Jti, Claim::AtHash];

fn check_claim<E: ClaimExpectations>(
    claim: Claim,
    value: Option<&JsonValue<'_>>,
    expectations: &E,
    now: f64,
) -> Result<(), E::Error> {
    match (claim, value) {
        // Only `iss` and `sub` must be present if a value is expected.
        (Claim::Iss, value) => check_iss(value, expectations),
        (Claim::Sub, value) => check_sub(value, expectations),
        (_, None) => Ok(()),
        (Claim::Iat, Some(value)) => Ok(python_int_seconds(value).map(drop).ok_or(type_errors::IAT)?),
        (Claim::Nbf, Some(value)) => check_nbf(value, now, expectations),
        (Claim::Exp, Some(value)) => check_exp(value, now, expectations),
        (Claim::Aud, Some(value)) => Ok(check_aud(value, expectations.audience()?)?),
        (Claim::Jti, Some(value)) => Ok(require_string(value, type_errors::JTI).map(drop)?),
        (Claim::AtHash, Some(value)) => check_at_hash(value, expectations),
    }
}

fn check_required(claims: &[Member<'_>], required: &[String]) -> Result<()> {
    let missing = required.iter().find(|name| json::get_last(claims, name).is_none());
    missing.map_or(Ok(()), |name| Err(Error::MissingClaim(name.clone())))
}

fn check_nbf<E: ClaimExpectations>(nbf: &JsonValue<'_>, now: f64, expectations: &E) -> Result<(), E::Error> {
    let start = python_int_seconds(nbf).ok_or(type_errors::NBF)?;
    if start > now + expectations.leeway_seconds()? {
        return Err(Error::NotYetValid.into());
    }
    Ok(())
}

/// Checks `exp`. A token is still valid at `exp` itself, unlike in RFC 7519 §4.1.4, because programs rely on it.
fn check_exp<E: ClaimExpectations>(exp: &JsonValue<'_>, now: f64, expectations: &E) -> Result<(), E::Error> {
    let end = python_int_seconds(exp).ok_or(type_errors::EXP)?;
    if end < now - expectations.leeway_seconds()? {
        return Err(Error::Expired.into());
    }
    Ok(())
}

fn check_aud(aud: &JsonValue<'_>, expected: Option<&str>) -> Result<()> {
    let names: &[JsonValue<'_>] = match aud {
        JsonValue::Array(names) => names,
        name => std::slice::from_ref(name),
    };
    let names = names.iter().map(|name| require_string(name, type_errors::AUD)).collect::<Result<Vec<_>>>()?;
    if expected.is_some_and(|expected| names.contains(&expected)) { Ok(()) } else { Err(Error::WrongAudience) }
}

fn check_iss<E: ClaimExpectations>(iss: Option<&JsonValue<'_>>, expectations: &E) -> Result<(), E::Error> {
    if expectations.matches_issuer(iss)? { Ok(()) } else { Err(Error::WrongIssuer.into()) }
}

fn check_sub<E: ClaimExpectations>(sub: Option<&JsonValue<'_>>, expectations: &E) -> Result<(), E::Error> {
    let sub = sub.map(|sub| require_string(sub, type_errors::SUB)).transpose()?;
    if expectations.matches_subject(sub)? { Ok(()) } else { Err(Error::WrongSubject.into()) }
}

fn check_at_hash<E: ClaimExpectations>(at_hash: &JsonValue<'_>, expectations: &E) -> Result<(), E::Error> {
    let expected = expectations.at_hash()?;
    if *at_hash == JsonValue::Str(expected.into()) { Ok(()) } else { Err(AT_HASH_MISMATCH.into()) }
}

fn require_string<'v>(value: &'v JsonValue<'_>, type_error: Error) -> Result<&'v str> {
    match value {
        JsonValue::Str(text) => Ok(text),
        _ => Err(type_error),
    }
}

#[cfg(test)]
mod tests {
    use jiter::JsonValue;

    use super::{ClaimExpectations, NO_ACCESS_TOKEN, validate_claims};
    use crate::encoding::json;
    use crate::encoding::json::expected_keys::ExpectedKeys;
    use crate::error::{Error, Result};
    use crate::python_jose::claim_options::{Claim, ClaimOptions};

    #[derive(Default)]
    struct StringExpectations {
        issuer: Option<&'static str>,
        audience: Option<&'static str>,
        subject: Option<&'static str>,
        at_hash: Option<&'static str>,
    }

    impl ClaimExpectations for StringExpectations {
        type Error = Error;

        fn audience(&self) -> Result<Option<&str>> {
            Ok(self.audience)
        }

        fn leeway_seconds(&self) -> Result<f64> {
            Ok(5.0)
        }

        fn matches_issuer(&self, iss: Option<&JsonValue<'_>>) -> Result<bool> {
            Ok(self.issuer.is_none_or(|issuer| iss == Some(&JsonValue::Str(issuer.into()))))
        }

        fn matches_subject(&self, sub: Option<&str>) -> Result<bool> {
            Ok(self.subject.is_none_or(|subject| sub == Some(subject)))
        }

        fn at_hash(&self) -> Result<String> {
            self.at_hash.map(str::to_owned).ok_or(NO_ACCESS_TOKEN)
        }
    }

    fn parse_and_validate(payload: &str, options: &ClaimOptions, expectations: &StringExpectations) -> Result<()> {
        match json::parse_object_lenient(&ExpectedKeys::new(), payload.as_bytes()) {
            Ok(claims) => validate_claims(&claims, options, expectations, 1_000.0),
            Err(_) => Err(Error::Malformed("not a claims set")),
        }
    }

    fn error_message(payload: &str, expectations: &StringExpectations) -> String {
        parse_and_validate(payload, &ClaimOptions::default(), expectations)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn times_are_converted_as_by_pythons_int() {
        for exp in ["995", "995.9", "\"995\"", "\" +9_95\\u001f\"", "1e300", "123456789012345678901234567890"] {
            assert_eq!(error_message(&format!(r#"{{"exp":{exp}}}"#), &StringExpectations::default()), "", "{exp}");
        }
        for exp in ["994.9", "-5", "\"994\"", "-123456789012345678901234567890"] {
            assert_eq!(
                error_message(&format!(r#"{{"exp":{exp}}}"#), &StringExpectations::default()),
                "Signature has expired.",
                "{exp}"
            );
        }
        let long = format!("\"{}\"", "1".repeat(4_301));
        for exp in ["null", "[]", "{}", "true", "false", "\"1.5\"", "\"\"", "\"_1\"", "\"1__1\"", "\"- 1\"", &long] {
            let expected = "Expiration Time claim (exp) must be an integer.";
            assert_eq!(
                error_message(&format!(r#"{{"exp":{exp}}}"#), &StringExpectations::default()),
                expected,
                "{exp}"
            );
        }
    }

    #[test]
    fn every_failure_has_python_joses_message() {
        let expectations =
            StringExpectations { issuer: Some("me"), audience: Some("you"), subject: Some("she"), at_hash: Some("h") };
        for (payload, expected) in [
            (r#"{"iss":"me","sub":"she"}"#, ""),
            (r#"{"iss":"me"}"#, "Invalid subject"),
            (r#"{"nbf":true}"#, "Not Before claim (nbf) must be an integer."),
            (r#"{"iss":"me","aud":["x","you"],"sub":"she","jti":"j","at_hash":"h","nbf":1005,"iat":5000}"#, ""),
            (r#"{"iss":"other","iss":"me","sub":"she"}"#, ""),
            ("{}", "Invalid issuer"),
            (r#"{"iss":["me"]}"#, "Invalid issuer"),
            (r#"{"nbf":1006}"#, "The token is not yet valid (nbf)"),
            (r#"{"nbf":"x"}"#, "Not Before claim (nbf) must be an integer."),
            (r#"{"iat":"x"}"#, "Issued At claim (iat) must be an integer."),
            (r#"{"aud":"x"}"#, "Invalid audience"),
            (r#"{"aud":[]}"#, "Invalid audience"),
            (r#"{"aud":{}}"#, "Invalid claim format in token"),
            (r#"{"aud":["you",1]}"#, "Invalid claim format in token"),
            (r#"{"iss":"me","sub":5}"#, "Subject must be a string."),
            (r#"{"iss":"me","sub":"he"}"#, "Invalid subject"),
            (r#"{"iss":"me","sub":"she","jti":5}"#, "JWT ID must be a string."),
            (r#"{"iss":"me","sub":"she","at_hash":"x"}"#, "at_hash claim does not match access_token."),
        ] {
            assert_eq!(error_message(payload, &expectations), expected, "{payload}");
        }
        assert_eq!(error_message(r#"{"aud":"x"}"#, &StringExpectations::default()), "Invalid audience");
        assert_eq!(
            parse_and_validate(r#"{"at_hash":"x"}"#, &ClaimOptions::default(), &StringExpectations::default()),
            Err(NO_ACCESS_TOKEN)
        );
    }

    #[test]
    fn required_claims_are_checked() {
        let mut options = ClaimOptions::default();
        for claim in Claim::ALL {
            options.set(claim, false);
        }
        assert_eq!(parse_and_validate(r#"{"exp":1,"aud":5}"#, &options, &StringExpectations::default()), Ok(()));
        options.require("foo".to_owned());
        options.require("exp".to_owned());
        assert_eq!(
            parse_and_validate(r#"{"exp":1}"#, &options, &StringExpectations::default()),
            Err(Error::MissingClaim("foo".to_owned()))
        );
        assert_eq!(
            parse_and_validate(r#"{"exp":1,"foo":null}"#, &options, &StringExpectations::default()),
            Err(Error::Expired)
        );
    }
}
