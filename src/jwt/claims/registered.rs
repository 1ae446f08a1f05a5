//! The registered claims (RFC 7519 §4.1), with one check for each.

use jiter::JsonValue;

use super::claims_set::ClaimsSet;
use super::policy::{AudienceRule, ClaimsPolicy};
use crate::error::{Error, Result};
use crate::jwt::numeric_date::numeric_date_seconds;

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

pub(super) type OptionalClaim<'c, 'p> = Option<&'c JsonValue<'p>>;

/// The registered claims (RFC 7519 §4.1), collected in one pass.
#[derive(Default)]
pub(super) struct RegisteredClaims<'c, 'p> {
    pub iss: OptionalClaim<'c, 'p>,
    pub sub: OptionalClaim<'c, 'p>,
    pub aud: OptionalClaim<'c, 'p>,
    pub exp: OptionalClaim<'c, 'p>,
    pub nbf: OptionalClaim<'c, 'p>,
    pub iat: OptionalClaim<'c, 'p>,
    pub jti: OptionalClaim<'c, 'p>,
}

impl<'c, 'p> RegisteredClaims<'c, 'p> {
    pub fn from_claims(claims: &'c ClaimsSet<'p>) -> Self {
        let mut registered = Self::default();
        for (name, value) in claims.members() {
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

pub(super) fn check_required(
    claims: &ClaimsSet<'_>,
    registered: &RegisteredClaims<'_, '_>,
    policy: &ClaimsPolicy,
) -> Result<()> {
    let missing = |name: &str| Err(Error::MissingClaim(name.to_owned()));
    let is_absent = |name: &str| claims.get(name).is_none_or(|value| names_nothing(name, value, policy));
    if let Some(name) = policy.required.iter().find(|name| is_absent(name)) {
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

/// Returns true for a value that is the same as a missing claim: an empty list of audiences, unless it is compared, and
/// null, unless the claim is registered. The check of that claim then rejects it.
fn names_nothing(name: &str, value: &JsonValue<'_>, policy: &ClaimsPolicy) -> bool {
    match value {
        JsonValue::Array(names) => name == "aud" && names.is_empty() && policy.audiences.is_empty(),
        JsonValue::Null => RegisteredClaims::default().slot_mut(name).is_none(),
        _ => false,
    }
}

pub(super) fn check_iat(issued_at: Option<f64>, now: f64) -> Result<()> {
    match issued_at {
        Some(issued_at) if now < issued_at => Err(Error::IssuedInFuture),
        _ => Ok(()),
    }
}

pub(super) fn check_nbf(not_before: Option<f64>, now: f64) -> Result<()> {
    match not_before {
        Some(not_before) if now < not_before => Err(Error::NotYetValid),
        _ => Ok(()),
    }
}

/// "On or after which the JWT must not be accepted" (RFC 7519 §4.1.4): the token has expired at `exp` itself.
pub(super) fn check_exp(expires: Option<f64>, now: f64) -> Result<()> {
    match expires {
        Some(expires) if now >= expires => Err(Error::Expired),
        _ => Ok(()),
    }
}

pub(super) fn check_aud(aud: OptionalClaim<'_, '_>, policy: &ClaimsPolicy) -> Result<()> {
    let expected = &policy.audiences;
    let is_expected = |name: &str| expected.iter().any(|audience| audience == name);
    let has_expected = match aud {
        None => return Ok(()),
        // An empty list is the same as a missing claim: it names no audience.
        Some(JsonValue::Array(names)) if names.is_empty() && expected.is_empty() => return Ok(()),
        Some(JsonValue::Str(name)) => is_expected(name),
        Some(JsonValue::Array(names)) => {
            has_matching_string(names, is_expected)?
                && (policy.audience_rule != AudienceRule::Exact || has_only_matching_strings(names, is_expected))
        }
        Some(_) => return Err(type_errors::AUD),
    };
    if has_expected || policy.audience_rule == AudienceRule::Unchecked { Ok(()) } else { Err(Error::WrongAudience) }
}

fn has_matching_string(names: &[JsonValue<'_>], is_match: impl Fn(&str) -> bool) -> Result<bool> {
    names.iter().try_fold(false, |has_match, name| match name {
        JsonValue::Str(name) => Ok(has_match || is_match(name)),
        _ => Err(type_errors::AUD),
    })
}

fn has_only_matching_strings(names: &[JsonValue<'_>], is_match: impl Fn(&str) -> bool) -> bool {
    names.iter().all(|name| matches!(name, JsonValue::Str(name) if is_match(name)))
}

pub(super) fn check_iss(iss: OptionalClaim<'_, '_>, expected: &[String]) -> Result<()> {
    match optional_str(iss, || type_errors::ISS)? {
        Some(issuer) if !expected.is_empty() && !expected.iter().any(|one| one == issuer) => Err(Error::WrongIssuer),
        _ => Ok(()),
    }
}

pub(super) fn check_sub(sub: OptionalClaim<'_, '_>, expected: Option<&str>) -> Result<()> {
    match (optional_str(sub, || type_errors::SUB)?, expected) {
        (Some(subject), Some(expected)) if subject != expected => Err(Error::WrongSubject),
        _ => Ok(()),
    }
}

pub(super) fn optional_str<'c>(claim: OptionalClaim<'c, '_>, type_error: fn() -> Error) -> Result<Option<&'c str>> {
    match claim {
        None => Ok(None),
        Some(JsonValue::Str(text)) => Ok(Some(text)),
        Some(_) => Err(type_error()),
    }
}

pub(super) fn numeric_date(claim: OptionalClaim<'_, '_>, type_error: fn() -> Error) -> Result<Option<f64>> {
    claim.map_or(Ok(None), |value| numeric_date_seconds(value).map(Some).ok_or_else(type_error))
}
