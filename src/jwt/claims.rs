//! Claims under a policy: what they must be, one function a claim (RFC 7519 §4.1, RFC 8725 §3.8 to §3.11).

use jiter::JsonValue;

use crate::encoding::json::expected_keys::KnownNames;
use crate::encoding::json::{self, Member};
use crate::error::{Error, Result};

/// What is said of a claim that has the wrong type, here and under python-jose's policy.
pub(crate) mod wrong_type {
    use crate::error::Error;

    pub const EXP: Error = of("exp", "Expiration Time claim (exp) must be an integer.");
    pub const NBF: Error = of("nbf", "Not Before claim (nbf) must be an integer.");
    pub const IAT: Error = of("iat", "Issued At claim (iat) must be an integer.");
    pub const AUD: Error = of("aud", "Invalid claim format in token");
    pub const ISS: Error = of("iss", "Issuer must be a string.");
    pub const SUB: Error = of("sub", "Subject must be a string.");
    pub const JTI: Error = of("jti", "JWT ID must be a string.");

    const fn of(claim: &'static str, reason: &'static str) -> Error {
        Error::InvalidClaim { claim, reason }
    }
}

/// What the claims are held against. Times are in seconds since the epoch.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The issuers of which `iss` must be one; empty: `iss` is not compared.
    pub issuers: Vec<String>,
    /// The audiences of which `aud` must name one; empty: a token that names any is refused.
    pub audiences: Vec<String>,
    /// What `sub` must be, if anything.
    pub subject: Option<String>,
    /// The claims that must be there. Those that are compared must be there in any case.
    pub required: Vec<String>,
    /// How far the issuer's clock may be off, in seconds.
    pub leeway_seconds: f64,
}

impl Default for Policy {
    fn default() -> Self {
        let required = vec!["exp".to_owned()];
        Self { issuers: vec![], audiences: vec![], subject: None, required, leeway_seconds: 0.0 }
    }
}

/// A claims set as it was signed.
#[derive(Debug, Clone)]
pub struct Claims<'p>(json::Object<'p>);

impl<'p> Claims<'p> {
    /// Reads the payload of a token.
    ///
    /// # Errors
    /// [`Error::Malformed`] unless it is a JSON object, strictly (see [`json`]).
    pub fn read(payload: &'p [u8]) -> Result<Self> {
        Self::read_knowing(&KnownNames::none(), payload)
    }

    /// The same where names are known that it may have.
    ///
    /// # Errors
    /// As [`Claims::read`].
    pub fn read_knowing(known: &KnownNames, payload: &'p [u8]) -> Result<Self> {
        json::object_knowing(known, payload).map(Self).map_err(|refused| {
            Error::Malformed(match refused {
                json::Refused::NotJson => "Invalid payload string: must be valid JSON",
                json::Refused::NotAnObject => "Invalid payload string: must be a json object",
            })
        })
    }

    /// The claim called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&JsonValue<'p>> {
        json::member(&self.0, name)
    }

    /// Its members, in the order in which they stand.
    #[must_use]
    pub fn members(&self) -> &[Member<'p>] {
        &self.0
    }
}

/// When a token whose claims were accepted is valid, in seconds since the epoch. Nothing else in them can be accepted
/// once and refused later under the same policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Validity {
    /// `nbf`.
    pub not_before: Option<f64>,
    /// `exp`.
    pub expires: Option<f64>,
}

impl Validity {
    /// Whether it is valid at `now`, give or take the leeway.
    ///
    /// # Errors
    /// [`Error::NotYetValid`], [`Error::Expired`].
    pub fn check(&self, now: f64, leeway_seconds: f64) -> Result<()> {
        not_before(self.not_before, now + leeway_seconds)?;
        expiration(self.expires, now - leeway_seconds)
    }
}

/// Holds `claims` against `policy` at `now`, in seconds since the epoch.
///
/// # Errors
/// The first thing wrong, in this order: what is missing, then `iat`, `nbf`, `exp`, `aud`, `iss`, `sub`, `jti`.
pub fn validate(claims: &Claims<'_>, policy: &Policy, now: f64) -> Result<Validity> {
    let registered = Registered::of(claims);
    require(claims, &registered, policy)?;
    // `iat` is typed and no more: RFC 7519 §4.1.6 gives it no part in acceptance.
    numeric_date(registered.iat, wrong_type::IAT)?;
    let starts = numeric_date(registered.nbf, wrong_type::NBF)?;
    not_before(starts, now + policy.leeway_seconds)?;
    let expires = numeric_date(registered.exp, wrong_type::EXP)?;
    expiration(expires, now - policy.leeway_seconds)?;
    audience(registered.aud, &policy.audiences)?;
    issuer(registered.iss, &policy.issuers)?;
    subject(registered.sub, policy.subject.as_deref())?;
    string(registered.jti, wrong_type::JTI)?;
    Ok(Validity { not_before: starts, expires })
}

type Value<'c, 'p> = Option<&'c JsonValue<'p>>;

/// The claims that are judged (RFC 7519 §4.1), found in one pass.
#[derive(Default)]
struct Registered<'c, 'p> {
    iss: Value<'c, 'p>,
    sub: Value<'c, 'p>,
    aud: Value<'c, 'p>,
    exp: Value<'c, 'p>,
    nbf: Value<'c, 'p>,
    iat: Value<'c, 'p>,
    jti: Value<'c, 'p>,
}

impl<'c, 'p> Registered<'c, 'p> {
    fn of(claims: &'c Claims<'p>) -> Self {
        let mut found = Self::default();
        for (name, value) in &claims.0 {
            if let Some(claim) = found.named(name) {
                *claim = Some(value);
            }
        }
        found
    }

    fn named(&mut self, name: &str) -> Option<&mut Value<'c, 'p>> {
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

fn require(claims: &Claims<'_>, registered: &Registered<'_, '_>, policy: &Policy) -> Result<()> {
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

fn not_before(start: Option<f64>, now: f64) -> Result<()> {
    match start {
        Some(start) if now < start => Err(Error::NotYetValid),
        _ => Ok(()),
    }
}

/// "On or after which the JWT must not be accepted" (RFC 7519 §4.1.4): at `exp` itself it has expired.
fn expiration(end: Option<f64>, now: f64) -> Result<()> {
    match end {
        Some(end) if now >= end => Err(Error::Expired),
        _ => Ok(()),
    }
}

fn audience(aud: Value<'_, '_>, expected: &[String]) -> Result<()> {
    let is_expected = |name: &str| expected.iter().any(|audience| audience == name);
    let found = match aud {
        None => return Ok(()),
        Some(JsonValue::Str(name)) => is_expected(name),
        Some(JsonValue::Array(names)) => any_string(names, is_expected)?,
        Some(_) => return Err(wrong_type::AUD),
    };
    if found { Ok(()) } else { Err(Error::WrongAudience) }
}

fn any_string(names: &[JsonValue<'_>], is_expected: impl Fn(&str) -> bool) -> Result<bool> {
    names.iter().try_fold(false, |found, name| match name {
        JsonValue::Str(name) => Ok(found || is_expected(name)),
        _ => Err(wrong_type::AUD),
    })
}

fn issuer(iss: Value<'_, '_>, expected: &[String]) -> Result<()> {
    match string(iss, wrong_type::ISS)? {
        Some(issuer) if !expected.is_empty() && !expected.iter().any(|one| one == issuer) => Err(Error::WrongIssuer),
        _ => Ok(()),
    }
}

fn subject(sub: Value<'_, '_>, expected: Option<&str>) -> Result<()> {
    match (string(sub, wrong_type::SUB)?, expected) {
        (Some(subject), Some(expected)) if subject != expected => Err(Error::WrongSubject),
        _ => Ok(()),
    }
}

fn string<'c>(claim: Value<'c, '_>, wrong_type: Error) -> Result<Option<&'c str>> {
    match claim {
        None => Ok(None),
        Some(JsonValue::Str(text)) => Ok(Some(text)),
        Some(_) => Err(wrong_type),
    }
}

/// A `NumericDate`: a JSON number, fractions allowed (RFC 7519 §2).
fn numeric_date(claim: Value<'_, '_>, wrong_type: Error) -> Result<Option<f64>> {
    claim.map_or(Ok(None), |value| seconds(value).map(Some).ok_or(wrong_type))
}

/// A JSON number as seconds.
#[expect(clippy::cast_precision_loss, reason = "exact for two hundred million years")]
pub(crate) fn seconds(value: &JsonValue<'_>) -> Option<f64> {
    match value {
        JsonValue::Int(seconds) => Some(*seconds as f64),
        JsonValue::Float(seconds) => Some(*seconds),
        // Beyond 64 bits only the sign matters.
        JsonValue::BigInt(seconds) if seconds.sign() == num_bigint::Sign::Minus => Some(f64::MIN),
        JsonValue::BigInt(_) => Some(f64::MAX),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Claims, Policy, validate};
    use crate::error::{Error, Result};

    const NOW: f64 = 1_000.0;

    fn check(payload: &str, policy: &Policy) -> Result<()> {
        validate(&Claims::read(payload.as_bytes())?, policy, NOW).map(drop)
    }

    fn lax() -> Policy {
        Policy { required: vec![], ..Policy::default() }
    }

    fn code(payload: &str, policy: &Policy) -> &'static str {
        check(payload, policy).err().map_or("accepted", |error| error.code())
    }

    #[test]
    fn exp_is_over_at_its_own_second_and_leeway_moves_it() {
        let policy = Policy { leeway_seconds: 10.0, ..Policy::default() };
        let cases = [("1000", "expired"), ("1000.5", "accepted"), ("1001", "accepted"), ("-1", "expired")];
        for (exp, expected) in cases {
            assert_eq!(code(&format!(r#"{{"exp":{exp}}}"#), &Policy::default()), expected, "{exp}");
        }
        assert_eq!(code(r#"{"exp":990}"#, &policy), "expired");
        assert_eq!(code(r#"{"exp":991}"#, &policy), "accepted");
        assert_eq!(code(r#"{"exp":99999999999999999999999}"#, &policy), "accepted");
        assert_eq!(code(r#"{"exp":-99999999999999999999999}"#, &policy), "expired");
        assert_eq!(code("{}", &policy), "missing_claim");
    }

    #[test]
    fn nbf_is_valid_from_its_own_second() {
        assert_eq!(code(r#"{"nbf":1000}"#, &lax()), "accepted");
        assert_eq!(code(r#"{"nbf":1000.5}"#, &lax()), "not_yet_valid");
        assert_eq!(code(r#"{"nbf":1010}"#, &Policy { leeway_seconds: 10.0, ..lax() }), "accepted");
    }

    #[test]
    fn wrong_types_are_errors_and_never_absent() {
        for claim in ["exp", "nbf", "iat"] {
            for value in [r#""2000""#, "null", "[]", "{}", "true", r#""x""#] {
                assert_eq!(code(&format!(r#"{{"{claim}":{value}}}"#), &lax()), "invalid_claim", "{claim} {value}");
            }
            assert_eq!(code(&format!(r#"{{"{claim}":1e400}}"#), &lax()), "malformed");
        }
        for claim in ["iss", "sub", "jti"] {
            for value in ["5", "null", r#"["a"]"#, "{}", "true"] {
                assert_eq!(code(&format!(r#"{{"{claim}":{value}}}"#), &lax()), "invalid_claim", "{claim} {value}");
            }
        }
        for value in ["5", "null", "{}", "[1]", r#"["api",null]"#] {
            let policy = Policy { audiences: vec!["api".into()], ..lax() };
            assert_eq!(code(&format!(r#"{{"aud":{value}}}"#), &policy), "invalid_claim", "{value}");
        }
    }

    #[test]
    fn audience() {
        let policy = Policy { audiences: vec!["api".into(), "web".into()], ..lax() };
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
        assert_eq!(code(r#"{"aud":"api"}"#, &lax()), "wrong_audience");
        assert_eq!(code("{}", &lax()), "accepted");
    }

    #[test]
    fn issuer_and_subject() {
        let policy = Policy { issuers: vec!["https://a".into()], subject: Some("u".into()), ..lax() };
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
    fn a_missing_claim_is_named() {
        let policy = Policy { required: vec!["exp".into(), "tenant".into()], ..Policy::default() };
        assert_eq!(check(r#"{"exp":2000}"#, &policy).err(), Some(Error::MissingClaim("tenant".into())));
    }
}
