//! Validates claims against a policy, with one function for each claim (RFC 7519 §4.1, RFC 8725 §3.8 to §3.11).

mod claims_set;
mod expected;
mod policy;
mod registered;

use crate::error::Result;
use registered::{
    RegisteredClaims, check_aud, check_exp, check_iat, check_iss, check_nbf, check_required, check_sub, numeric_date,
    optional_str,
};

pub use claims_set::ClaimsSet;
pub use expected::{ExpectedMember, Scalar};
pub use policy::{AudienceRule, ClaimsPolicy};
pub(crate) use registered::type_errors;

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
    /// [`Error::NotYetValid`](crate::Error::NotYetValid), [`Error::Expired`](crate::Error::Expired).
    pub fn check(&self, now: f64, leeway_seconds: f64) -> Result<()> {
        check_nbf(self.not_before, now + leeway_seconds)?;
        check_exp(self.expires, now - leeway_seconds)
    }
}

/// Validates `claims` against `policy` at `now`, in seconds since the epoch.
///
/// # Errors
/// The first violation, in this order: a missing claim, then `iat`, `nbf`, `exp`, `aud`, `iss`, `sub`, `jti`, the expected
/// claims, the client.
pub fn validate(claims: &ClaimsSet<'_>, policy: &ClaimsPolicy, now: f64) -> Result<ValidityPeriod> {
    let registered = RegisteredClaims::from_claims(claims);
    check_required(claims, &registered, policy)?;
    let period = check_times(&registered, policy, now)?;
    check_aud(registered.aud, policy)?;
    check_iss(registered.iss, &policy.issuers)?;
    check_sub(registered.sub, policy.subject.as_deref())?;
    optional_str(registered.jti, || type_errors::JTI)?;
    expected::check_expected(claims, &policy.expected)?;
    expected::check_client(claims, &policy.client_ids)?;
    Ok(period)
}

/// Validates the required claims and the times alone: for claims of the application itself, which only its own key decrypts.
/// Another claim has no role in accepting them, whatever its type.
///
/// # Errors
/// As [`validate`].
pub fn validate_times(claims: &ClaimsSet<'_>, policy: &ClaimsPolicy, now: f64) -> Result<ValidityPeriod> {
    let registered = RegisteredClaims::from_claims(claims);
    check_required(claims, &registered, policy)?;
    check_times(&registered, policy, now)
}

fn check_times(registered: &RegisteredClaims<'_, '_>, policy: &ClaimsPolicy, now: f64) -> Result<ValidityPeriod> {
    // Unless the policy says so, only the type of `iat` is checked: it has no role in accepting a token (RFC 7519 §4.1.6).
    let issued_at = numeric_date(registered.iat, || type_errors::IAT)?;
    if policy.check_issued_at {
        check_iat(issued_at, now + policy.leeway_seconds)?;
    }
    let not_before = numeric_date(registered.nbf, || type_errors::NBF)?;
    check_nbf(not_before, now + policy.leeway_seconds)?;
    let expires = numeric_date(registered.exp, || type_errors::EXP)?;
    check_exp(expires, now - policy.leeway_seconds)?;
    Ok(ValidityPeriod { not_before, expires })
}

#[cfg(test)]
mod tests {
    use super::{
        AudienceRule, ClaimsPolicy, ClaimsSet, ExpectedMember, Scalar, ValidityPeriod, validate, validate_times,
    };
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
    fn only_times_are_validated_where_no_other_claim_has_a_role() {
        let code = |payload: &str| {
            let claims = ClaimsSet::parse(payload.as_bytes()).unwrap();
            validate_times(&claims, &ClaimsPolicy::default(), NOW).err().map_or("accepted", |error| error.code())
        };
        for further in
            ["", r#","aud":"a""#, r#","aud":5"#, r#","iss":null"#, r#","sub":5"#, r#","jti":[]"#, r#","nbf":1"#]
        {
            assert_eq!(code(&format!(r#"{{"exp":1001{further}}}"#)), "accepted", "{further}");
        }
        assert_eq!(code("{}"), "missing_claim");
        assert_eq!(code(r#"{"exp":1000}"#), "expired");
        assert_eq!(code(r#"{"exp":2000,"nbf":1001}"#), "not_yet_valid");
        for wrong in [r#""iat":"1""#, r#""nbf":null"#] {
            assert_eq!(code(&format!(r#"{{"exp":2000,{wrong}}}"#)), "invalid_claim", "{wrong}");
        }
    }

    #[test]
    fn kept_period_is_extended_by_the_leeway_on_both_sides() {
        let check = |not_before, expires, leeway_seconds| {
            let period = ValidityPeriod { not_before: Some(not_before), expires: Some(expires) };
            period.check(NOW, leeway_seconds).err().map_or("accepted", |error| error.code())
        };
        assert_eq!(check(1_000.0, 1_000.5, 0.0), "accepted");
        assert_eq!(check(1_000.5, 2_000.0, 0.0), "not_yet_valid");
        assert_eq!(check(0.0, 1_000.0, 0.0), "expired");
        assert_eq!(check(1_010.0, 990.5, 10.0), "accepted");
        assert_eq!(check(1_010.5, 2_000.0, 10.0), "not_yet_valid");
        assert_eq!(check(0.0, 990.0, 10.0), "expired");
    }

    #[test]
    fn checks_the_time_of_issue_only_if_asked() {
        let unchecked = policy_without_required_claims();
        let checked = ClaimsPolicy { check_issued_at: true, leeway_seconds: 10.0, ..policy_without_required_claims() };
        let cases = [("1010", "accepted"), ("1010.5", "not_yet_valid"), ("99999999999999999999999", "not_yet_valid")];
        for (iat, expected) in cases {
            assert_eq!(code(&format!(r#"{{"iat":{iat}}}"#), &unchecked), "accepted", "{iat}");
            assert_eq!(code(&format!(r#"{{"iat":{iat}}}"#), &checked), expected, "{iat}");
        }
        assert_eq!(code("{}", &checked), "accepted");
        assert_eq!(check(r#"{"iat":2000}"#, &checked).unwrap_err().claim(), Some("iat"));
    }

    #[test]
    fn required_claim_is_not_null() {
        let policy = ClaimsPolicy { required: vec!["tier".into()], ..ClaimsPolicy::default() };
        let cases = [("null", "missing_claim"), ("false", "accepted"), ("\"\"", "accepted"), ("0", "accepted")];
        for (tier, expected) in cases {
            assert_eq!(code(&format!(r#"{{"tier":{tier}}}"#), &policy), expected, "{tier}");
        }
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
    fn compares_every_audience_if_the_rule_is_exact() {
        let policy = ClaimsPolicy {
            audiences: vec!["api".into(), "web".into()],
            audience_rule: AudienceRule::Exact,
            ..policy_without_required_claims()
        };
        let cases = [
            (r#""api""#, "accepted"),
            (r#"["web"]"#, "accepted"),
            (r#"["web","api","web"]"#, "accepted"),
            (r#"["api","x"]"#, "wrong_audience"),
            (r#"["x","api"]"#, "wrong_audience"),
            (r#""x""#, "wrong_audience"),
            ("[]", "wrong_audience"),
            (r#"["x",1]"#, "invalid_claim"),
            ("null", "invalid_claim"),
        ];
        for (aud, expected) in cases {
            assert_eq!(code(&format!(r#"{{"aud":{aud}}}"#), &policy), expected, "{aud}");
        }
        assert_eq!(code("{}", &policy), "missing_claim");
    }

    #[test]
    fn checks_only_the_type_of_an_unchecked_audience() {
        let policy = ClaimsPolicy { audience_rule: AudienceRule::Unchecked, ..policy_without_required_claims() };
        for aud in [r#""x""#, r#""""#, "[]", r#"["x","y"]"#] {
            assert_eq!(code(&format!(r#"{{"aud":{aud}}}"#), &policy), "accepted", "{aud}");
        }
        for aud in ["null", "5", "{}", "true", "[1]", r#"["x",null]"#, r#"[["x"]]"#] {
            assert_eq!(code(&format!(r#"{{"aud":{aud}}}"#), &policy), "invalid_claim", "{aud}");
        }
        assert_eq!(code("{}", &policy), "accepted");
    }

    #[test]
    fn expected_claims_come_last() {
        let expected = vec![ExpectedMember { name: "use".into(), values: vec![Scalar::Str("access".into())] }];
        let policy = ClaimsPolicy { expected, client_ids: vec!["web".into()], ..policy_without_required_claims() };
        let cases = [
            (r#"{"use":"access","azp":"web"}"#, "accepted", None),
            (r#"{"use":"access","azp":"ios"}"#, "wrong_claim", Some("azp")),
            (r#"{"use":"id","azp":"ios"}"#, "wrong_claim", Some("use")),
            (r#"{"use":"id","azp":"ios","jti":5}"#, "invalid_claim", Some("jti")),
            (r#"{"azp":"ios","aud":"x"}"#, "wrong_audience", Some("aud")),
            (r#"{"azp":"web"}"#, "missing_claim", Some("use")),
        ];
        for (payload, code, claim) in cases {
            let error = check(payload, &policy).err();
            assert_eq!(error.as_ref().map_or("accepted", Error::code), code, "{payload}");
            assert_eq!(error.as_ref().and_then(Error::claim), claim, "{payload}");
        }
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
