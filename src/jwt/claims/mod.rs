//! Validates claims against a policy, with one function for each claim (RFC 7519 §4.1, RFC 8725 §3.8 to §3.11).

use jiter::JsonValue;

use super::numeric_date::numeric_date_seconds;
use crate::encoding::json::expected_keys::ExpectedKeys;
use crate::encoding::json::{self, Member};
use crate::error::{Error, Result};

/// Errors for claims of the wrong type, also used by the rules of python-jose.
pub(crate) mod type_errors {
    use crate::error::Error;

    pub const EXP: Error = invalid_type("exp", "Expiration Time claim (exp) must be an integer.");
    pub const NBF: Error = invalid_type("nbf", "Not Before claim (nbf) must be an integer.");
    pub const IAT: Error = invalid_type("iat", "Issued At claim (iat) must be an integer.");
    pub const AUD: Error = invalid_type("aud", "Invalid claim format in token");
    pub const ISS: Error = invalid_type("iss", "Issuer must be a string.");
    pub const SUB: Error = invalid_type("sub", "Subject must be a string.");
    pub const JTI: Error = invalid_type("jti", "JWT ID must be a string.");

    const fn invalid_type(claim: &'static str, reason: &'static str) -> Error {
        Error::InvalidClaim { claim, reason }
    }
}

/// The requirements on claims.
#[derive(Debug, Clone)]
pub struct ClaimsPolicy {
    /// The accepted values of `iss`. If the list is not empty, the claim is required. Defaults to empty: `iss` is not
    /// compared.
    pub issuers: Vec<String>,
    /// The accepted values of `aud`. If the list is not empty, the claim is required. Defaults to empty: a token with `aud`
    /// is rejected (RFC 7519 §4.1.3), unless its `aud` is an empty list.
    pub audiences: Vec<String>,
    /// The required value of `sub`. Defaults to `None`: `sub` is not compared.
    pub subject: Option<String>,
    /// The names of required claims. Defaults to `exp` alone.
    pub required: Vec<String>,
    /// The clock skew to tolerate when `exp` and `nbf` are validated, in seconds. Defaults to 0.
    pub leeway_seconds: f64,
}

impl Default for ClaimsPolicy {
    fn default() -> Self {
        let required = vec!["exp".to_owned()];
        Self { issuers: vec![], audiences: vec![], subject: None, required, leeway_seconds: 0.0 }
    }
}

/// A parsed claims set.
#[derive(Debug, Clone)]
pub struct ClaimsSet<'p> {
    members: json::Object<'p>,
    has_expected_keys: bool,
}

impl<'p> ClaimsSet<'p> {
    /// Parses the payload of a token.
    ///
    /// # Errors
    /// [`Error::Malformed`] unless the payload is a JSON object by the strict rules of [`json`].
    pub fn parse(payload: &'p [u8]) -> Result<Self> {
        Self::parse_with_keys(&ExpectedKeys::new(), payload)
    }

    /// Parses the payload of a token faster if it begins with the `expected` keys.
    ///
    /// # Errors
    /// See [`ClaimsSet::parse`].
    pub(crate) fn parse_with_keys(expected: &ExpectedKeys, payload: &'p [u8]) -> Result<Self> {
        let parsed = json::parse_object_with_keys(expected, payload).map_err(|error| {
            Error::Malformed(match error {
                json::JsonError::NotJson => "Invalid payload string: must be valid JSON",
                json::JsonError::NotAnObject => "Invalid payload string: must be a json object",
            })
        })?;
        Ok(Self { members: parsed.members, has_expected_keys: parsed.has_expected_keys })
    }

    /// Returns the claim `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&JsonValue<'p>> {
        json::get(&self.members, name)
    }

    /// Returns the names and values of the claims, in the order of the token.
    #[must_use]
    pub fn members(&self) -> &[Member<'p>] {
        &self.members
    }

    /// Returns true if the names are known to be those of every claims set of the same verifier for which this is true, in
    /// the same order.
    #[must_use]
    pub fn has_expected_keys(&self) -> bool {
        self.has_expected_keys
    }
}

/// The validity period of a token, in seconds since the epoch.
///
/// Under a fixed policy, only the passing of time can invalidate claims that were valid before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValidityPeriod {
    /// `nbf`.
    pub not_before: Option<f64>,
    /// `exp`.
    pub expires: Option<f64>,
}

impl ValidityPeriod {
    /// Checks that `now` is within the period, extended by the leeway.
    ///
    /// # Errors
    /// [`Error::NotYetValid`], [`Error::Expired`].
    pub fn check(&self, now: f64, leeway_seconds: f64) -> Result<()> {
        check_nbf(self.not_before, now + leeway_seconds)?;
        check_exp(self.expires, now - leeway_seconds)
    }
}

/// Validates `claims` against `policy` at `now`, in seconds since the epoch.
///
/// # Errors
/// The first violation, in this order: a missing claim, then `iat`, `nbf`, `exp`, `aud`, `iss`, `sub`, `jti`.
pub fn validate(claims: &ClaimsSet<'_>, policy: &ClaimsPolicy, now: f64) -> Result<ValidityPeriod> {
    let registered = RegisteredClaims::from_claims(claims);
    check_required(claims, &registered, policy)?;
    // Only the type of `iat` is checked: it has no role in accepting a token (RFC 7519 §4.1.6).
    numeric_date(registered.iat, || type_errors::IAT)?;
    let not_before = numeric_date(registered.nbf, || type_errors::NBF)?;
    check_nbf(not_before, now + policy.leeway_seconds)?;
    let expires = numeric_date(registered.exp, || type_errors::EXP)?;
    check_exp(expires, now - policy.leeway_seconds)?;
    check_aud(registered.aud, &policy.audiences)?;
    check_iss(registered.iss, &policy.issuers)?;
    check_sub(registered.sub, policy.subject.as_deref())?;
    optional_str(registered.jti, || type_errors::JTI)?;
    Ok(ValidityPeriod { not_before, expires })
}

type OptionalClaim<'c, 'p> = Option<&'c JsonValue<'p>>;

/// The registered claims (RFC 7519 §4.1), collected in one pass.
#[derive(Default)]
struct RegisteredClaims<'c, 'p> {
    iss: OptionalClaim<'c, 'p>,
    sub: OptionalClaim<'c, 'p>,
    aud: OptionalClaim<'c, 'p>,
    exp: OptionalClaim<'c, 'p>,
    nbf: OptionalClaim<'c, 'p>,
    iat: OptionalClaim<'c, 'p>,
    jti: OptionalClaim<'c, 'p>,
}

impl<'c, 'p> RegisteredClaims<'c, 'p> {
    fn from_claims(claims: &'c ClaimsSet<'p>) -> Self {
        let mut registered = Self::default();
        for (name, value) in &claims.members {
            if let Some(slot) = registered.slot_mut(name) {
                *slot = Some(value);
            }
        }
        registered
    }

    fn slot_mut(&mut self, name: &str) -> Option<&mut OptionalClaim<'c, 'p>> {
        match name.as_bytes() {
            b"iss" => Some(&mut self.iss),
            b"sub" => Some(&mut self.sub),
            b"aud" => Some(&mut self.aud),
            b"exp" => Some(&mut self.exp),
            b"nbf" => Some(&mut self.nbf),
            b"iat" => Some(&mut self.iat),
            b"jti" => Some(&mut self.jti),
            _ => None,
        }
    }
}

fn check_required(claims: &ClaimsSet<'_>, registered: &RegisteredClaims<'_, '_>, policy: &ClaimsPolicy) -> Result<()> {
    let missing = |name: &str| Err(Error::MissingClaim(name.to_owned()));
    if let Some(name) = policy.required.iter().find(|name| claims.get(name).is_none()) {
        return missing(name);
    }
    let compared = [
        ("iss", registered.iss, !policy.issuers.is_empty()),
        ("aud", registered.aud, !policy.audiences.is_empty()),
        ("sub", registered.sub, policy.subject.is_some()),
    ];
    let absent = compared.into_iter().find(|(_, claim, is_compared)| *is_compared && claim.is_none());
    absent.map_or(Ok(()), |(name, ..)| missing(name))
}

fn check_nbf(not_before: Option<f64>, now: f64) -> Result<()> {
    match not_before {
        Some(not_before) if now < not_before => Err(Error::NotYetValid),
        _ => Ok(()),
    }
}

/// "On or after which the JWT must not be accepted" (RFC 7519 §4.1.4): the token has expired at `exp` itself.
fn check_exp(expires: Option<f64>, now: f64) -> Result<()> {
    match expires {
        Some(expires) if now >= expires => Err(Error::Expired),
        _ => Ok(()),
    }
}

fn check_aud(aud: OptionalClaim<'_, '_>, expected: &[String]) -> Result<()> {
    let is_expected = |name: &str| expected.iter().any(|audience| audience == name);
    let has_expected = match aud {
        None => return Ok(()),
        // An empty list is the same as a missing claim: it names no audience.
        Some(JsonValue::Array(names)) if names.is_empty() && expected.is_empty() => return Ok(()),
        Some(JsonValue::Str(name)) => is_expected(name),
        Some(JsonValue::Array(names)) => has_matching_string(names, is_expected)?,
        Some(_) => return Err(type_errors::AUD),
    };
    if has_expected { Ok(()) } else { Err(Error::WrongAudience) }
}

fn has_matching_string(names: &[JsonValue<'_>], is_match: impl Fn(&str) -> bool) -> Result<bool> {
    names.iter().try_fold(false, |has_match, name| match name {
        JsonValue::Str(name) => Ok(has_match || is_match(name)),
        _ => Err(type_errors::AUD),
    })
}

fn check_iss(iss: OptionalClaim<'_, '_>, expected: &[String]) -> Result<()> {
    match optional_str(iss, || type_errors::ISS)? {
        Some(issuer) if !expected.is_empty() && !expected.iter().any(|one| one == issuer) => Err(Error::WrongIssuer),
        _ => Ok(()),
    }
}

fn check_sub(sub: OptionalClaim<'_, '_>, expected: Option<&str>) -> Result<()> {
    match (optional_str(sub, || type_errors::SUB)?, expected) {
        (Some(subject), Some(expected)) if subject != expected => Err(Error::WrongSubject),
        _ => Ok(()),
    }
}

fn optional_str<'c>(claim: OptionalClaim<'c, '_>, type_error: fn() -> Error) -> Result<Option<&'c str>> {
    match claim {
        None => Ok(None),
        Some(JsonValue::Str(text)) => Ok(Some(text)),
        Some(_) => Err(type_error()),
    }
}

fn numeric_date(claim: OptionalClaim<'_, '_>, type_error: fn() -> Error) -> Result<Option<f64>> {
    claim.map_or(Ok(None), |value| numeric_date_seconds(value).map(Some).ok_or_else(type_error))
}

#[cfg(test)]
mod tests {
    use super::{ClaimsPolicy, ClaimsSet, validate};
    use crate::error::{Error, Result};

    const NOW: f64 = 1_000.0;

    fn check(payload: &str, policy: &ClaimsPolicy) -> Result<()> {
        validate(&ClaimsSet::parse(payload.as_bytes())?, policy, NOW).map(drop)
    }

    fn policy_without_required_claims() -> ClaimsPolicy {
        ClaimsPolicy { required: vec![], ..ClaimsPolicy::default() }
    }

    fn code(payload: &str, policy: &ClaimsPolicy) -> &'static str {
        check(payload, policy).err().map_or("accepted", |error| error.code())
    }

    #[test]
    fn token_expires_at_exp_plus_leeway() {
        let policy = ClaimsPolicy { leeway_seconds: 10.0, ..ClaimsPolicy::default() };
        let cases = [("1000", "expired"), ("1000.5", "accepted"), ("1001", "accepted"), ("-1", "expired")];
        for (exp, expected) in cases {
            assert_eq!(code(&format!(r#"{{"exp":{exp}}}"#), &ClaimsPolicy::default()), expected, "{exp}");
        }
        assert_eq!(code(r#"{"exp":990}"#, &policy), "expired");
        assert_eq!(code(r#"{"exp":991}"#, &policy), "accepted");
        assert_eq!(code(r#"{"exp":99999999999999999999999}"#, &policy), "accepted");
        assert_eq!(code(r#"{"exp":-99999999999999999999999}"#, &policy), "expired");
        assert_eq!(code("{}", &policy), "missing_claim");
    }

    #[test]
    fn token_is_valid_from_nbf_minus_leeway() {
        assert_eq!(code(r#"{"nbf":1000}"#, &policy_without_required_claims()), "accepted");
        assert_eq!(code(r#"{"nbf":1000.5}"#, &policy_without_required_claims()), "not_yet_valid");
        assert_eq!(
            code(r#"{"nbf":1010}"#, &ClaimsPolicy { leeway_seconds: 10.0, ..policy_without_required_claims() }),
            "accepted"
        );
    }

    #[test]
    fn rejects_claims_of_the_wrong_type() {
        for claim in ["exp", "nbf", "iat"] {
            for value in [r#""2000""#, "null", "[]", "{}", "true", r#""x""#] {
                assert_eq!(
                    code(&format!(r#"{{"{claim}":{value}}}"#), &policy_without_required_claims()),
                    "invalid_claim",
                    "{claim} {value}"
                );
            }
            assert_eq!(code(&format!(r#"{{"{claim}":1e400}}"#), &policy_without_required_claims()), "malformed");
        }
        for claim in ["iss", "sub", "jti"] {
            for value in ["5", "null", r#"["a"]"#, "{}", "true"] {
                assert_eq!(
                    code(&format!(r#"{{"{claim}":{value}}}"#), &policy_without_required_claims()),
                    "invalid_claim",
                    "{claim} {value}"
                );
            }
        }
        for value in ["5", "null", "{}", "[1]", r#"["api",null]"#] {
            let policy = ClaimsPolicy { audiences: vec!["api".into()], ..policy_without_required_claims() };
            assert_eq!(code(&format!(r#"{{"aud":{value}}}"#), &policy), "invalid_claim", "{value}");
        }
    }

    #[test]
    fn compares_the_audience() {
        let policy = ClaimsPolicy { audiences: vec!["api".into(), "web".into()], ..policy_without_required_claims() };
        let cases = [
            (r#"{"aud":"api"}"#, "accepted"),
            (r#"{"aud":["x","web"]}"#, "accepted"),
            (r#"{"aud":[]}"#, "wrong_audience"),
            (r#"{"aud":"ap"}"#, "wrong_audience"),
            (r#"{"aud":"API"}"#, "wrong_audience"),
            ("{}", "missing_claim"),
        ];
        for (payload, expected) in cases {
            assert_eq!(code(payload, &policy), expected, "{payload}");
        }
        for (aud, expected) in [("[]", "accepted"), (r#""""#, "wrong_audience"), (r#"[""]"#, "wrong_audience")] {
            assert_eq!(code(&format!(r#"{{"aud":{aud}}}"#), &policy_without_required_claims()), expected, "{aud}");
        }
        for (aud, expected) in [("null", "invalid_claim"), ("{}", "invalid_claim"), ("[[]]", "invalid_claim")] {
            assert_eq!(code(&format!(r#"{{"aud":{aud}}}"#), &policy_without_required_claims()), expected, "{aud}");
        }
        assert_eq!(code(r#"{"aud":"api"}"#, &policy_without_required_claims()), "wrong_audience");
        assert_eq!(code("{}", &policy_without_required_claims()), "accepted");
    }

    #[test]
    fn compares_issuer_and_subject() {
        let policy = ClaimsPolicy {
            issuers: vec!["https://a".into()],
            subject: Some("u".into()),
            ..policy_without_required_claims()
        };
        let cases = [
            (r#"{"iss":"https://a","sub":"u"}"#, "accepted"),
            (r#"{"iss":"https://a/","sub":"u"}"#, "wrong_issuer"),
            (r#"{"iss":"https:","sub":"u"}"#, "wrong_issuer"),
            (r#"{"iss":"https://a","sub":"v"}"#, "wrong_subject"),
            (r#"{"iss":"https://a"}"#, "missing_claim"),
            (r#"{"sub":"u"}"#, "missing_claim"),
        ];
        for (payload, expected) in cases {
            assert_eq!(code(payload, &policy), expected, "{payload}");
        }
    }

    #[test]
    fn names_the_missing_claim() {
        let policy = ClaimsPolicy { required: vec!["exp".into(), "tenant".into()], ..ClaimsPolicy::default() };
        assert_eq!(check(r#"{"exp":2000}"#, &policy).err(), Some(Error::MissingClaim("tenant".into())));
    }
}
