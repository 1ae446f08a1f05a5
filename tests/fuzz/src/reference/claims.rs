//! A slow reader of the claims (RFC 7519 §4.1), with the policy of the product written again from its documentation.

use fastjose::{AudienceRule, ClaimsPolicy, ExpectedMember, Scalar};
use num_bigint::{BigInt, Sign};

use super::json::Json;

/// Returns true if `claims` satisfy `policy` at `now`.
#[must_use]
pub fn is_valid(claims: &Json, policy: &ClaimsPolicy, now: f64) -> bool {
    let Json::Object(_) = claims else { return false };
    has_required(claims, policy) && has_valid_times(claims, policy, now) && has_expected_parties(claims, policy)
}

/// Returns true if `claims` have the required claims and valid times, whatever the others are.
#[must_use]
pub fn is_current(claims: &Json, policy: &ClaimsPolicy, now: f64) -> bool {
    matches!(claims, Json::Object(_)) && has_required(claims, policy) && has_valid_times(claims, policy, now)
}

fn has_required(claims: &Json, policy: &ClaimsPolicy) -> bool {
    let is_registered = |name: &str| ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"].contains(&name);
    policy.required.iter().all(|name| match claims.get(name) {
        None => false,
        // The check of the type rejects a registered claim that is null.
        Some(Json::Null) => is_registered(name),
        Some(_) => true,
    })
}

fn has_valid_times(claims: &Json, policy: &ClaimsPolicy, now: f64) -> bool {
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(Json::Int(seconds)) => Ok(Some(to_seconds(seconds))),
        Some(Json::Float(seconds)) => Ok(Some(*seconds)),
        Some(_) => Err(()),
    };
    let (Ok(iat), Ok(nbf), Ok(exp)) = (time("iat"), time("nbf"), time("exp")) else { return false };
    let latest = now + policy.leeway_seconds;
    let is_in_past = |time: Option<f64>| time.is_none_or(|time| time <= latest);
    (!policy.check_issued_at || is_in_past(iat))
        && is_in_past(nbf)
        && exp.is_none_or(|exp| now - policy.leeway_seconds < exp)
}

fn to_seconds(number: &BigInt) -> f64 {
    let beyond = if number.sign() == Sign::Minus { f64::MIN } else { f64::MAX };
    i64::try_from(number).map_or(beyond, |seconds| seconds as f64)
}

fn has_expected_parties(claims: &Json, policy: &ClaimsPolicy) -> bool {
    let matches_text = |name: &str, accept: &dyn Fn(&str) -> bool, is_compared: bool| match claims.get(name) {
        None => !is_compared,
        Some(Json::Str(text)) => !is_compared || accept(text),
        Some(_) => false,
    };
    let is_issuer = |text: &str| policy.issuers.iter().any(|issuer| issuer == text);
    let is_subject = |text: &str| policy.subject.as_deref() == Some(text);
    matches_text("iss", &is_issuer, !policy.issuers.is_empty())
        && matches_text("sub", &is_subject, policy.subject.is_some())
        && matches_text("jti", &|_| true, false)
        && has_audience(claims.get("aud"), policy)
        && policy.expected.iter().all(|member| is_expected(claims, member))
        && has_client(claims, policy)
}

fn has_audience(aud: Option<&Json>, policy: &ClaimsPolicy) -> bool {
    let names = match aud {
        None => return policy.audiences.is_empty(),
        Some(Json::Str(name)) => vec![name],
        Some(Json::Array(items)) => {
            let names: Vec<_> =
                items.iter().filter_map(|item| if let Json::Str(name) = item { Some(name) } else { None }).collect();
            if names.len() != items.len() {
                return false;
            }
            names
        }
        Some(_) => return false,
    };
    let is_list = matches!(aud, Some(Json::Array(_)));
    let count = names.iter().filter(|name| policy.audiences.contains(name)).count();
    match policy.audience_rule {
        AudienceRule::Unchecked => true,
        _ if is_list && names.is_empty() => policy.audiences.is_empty(),
        AudienceRule::OneOf => count > 0,
        AudienceRule::Exact => count == names.len(),
    }
}

/// Returns true if the member is there, and is one of its values or a list that holds one.
#[must_use]
pub fn is_expected(object: &Json, member: &ExpectedMember) -> bool {
    let has_value = |value: &Json| {
        member.values.iter().any(|expected| match (expected, value) {
            (Scalar::Str(expected), Json::Str(text)) => expected == text,
            (Scalar::Int(expected), Json::Int(number)) => expected == number,
            (Scalar::Bool(expected), Json::Bool(value)) => expected == value,
            _ => false,
        })
    };
    match object.get(&member.name) {
        None => false,
        Some(Json::Array(items)) => items.iter().any(has_value),
        Some(value) => has_value(value),
    }
}

fn has_client(claims: &Json, policy: &ClaimsPolicy) -> bool {
    let present: Vec<_> = ["azp", "client_id", "cid", "appid"].iter().filter_map(|name| claims.get(name)).collect();
    let is_accepted = |value: &&Json| value.as_str().is_some_and(|id| policy.client_ids.iter().any(|one| one == id));
    policy.client_ids.is_empty() || (!present.is_empty() && present.iter().all(is_accepted))
}
