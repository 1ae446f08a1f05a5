//! The meaning of the responses of an introspection endpoint (RFC 7662 §2.2).

use std::sync::Arc;

use jiter::JsonValue;
use reqwest::StatusCode;

use crate::encoding::json::{get, parse_object};
use crate::error::{Error, Result};
use crate::http::failure::RequestFailure;
use crate::http::lookups::{Answer, Reply};
use crate::jwt::claims::{self, ClaimsPolicy, ClaimsSet};
use crate::jwt::numeric_date::numeric_date_seconds;
use crate::jwt::user_fields::UserClaims;

/// The answer about an active token: the body of the response, a JSON object.
#[derive(Clone, Debug, PartialEq)]
pub struct IntrospectionAnswer {
    body: Arc<[u8]>,
    expires: Option<f64>,
}

impl Answer for IntrospectionAnswer {
    fn size_bytes(&self) -> usize {
        self.body.len()
    }
}

impl IntrospectionAnswer {
    /// Returns true if the answer has not expired at `now`, in seconds since the epoch.
    #[must_use]
    pub fn is_fresh(&self, now: f64) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }

    /// Validates the claims at `now`, in seconds since the epoch, and returns them.
    ///
    /// # Errors
    /// Those of [`claims::validate`]; [`Error::WrongTyp`] if the token is not an access token for every bearer;
    /// [`Error::InvalidClaim`] if it is sender-constrained.
    pub fn validate(&self, policy: &ClaimsPolicy, now: f64) -> Result<ClaimsSet<'_>> {
        let claims = ClaimsSet::parse(&self.body)?;
        reject_other_tokens(&claims)?;
        UserClaims::from_claims(&claims).reject_sender_constrained()?.reject_logout_token()?;
        claims::validate(&claims, policy, now)?;
        Ok(claims)
    }
}

/// The members that say which kind of token it is, each with the values of an access token for every bearer. A server may
/// introspect refresh tokens as well (RFC 7662 §2.1), of which a client must not be able to make access tokens.
const KINDS: [(&str, &[&str]); 3] = [
    ("token_type", &["bearer", "access_token"]), // RFC 7662 §2.2; the second value: older Hydra
    ("token_use", &["access_token", "access"]),  // Ory Hydra
    ("typ", &["bearer", "jwt", "at+jwt", "application/at+jwt"]), // Keycloak
];

fn reject_other_tokens(claims: &ClaimsSet<'_>) -> Result<()> {
    let is_access_token = |(name, kinds): &(&str, &[&str])| match claims.get(name) {
        None | Some(JsonValue::Null) => true,
        Some(JsonValue::Str(kind)) => kinds.iter().any(|one| kind.eq_ignore_ascii_case(one)),
        Some(_) => false,
    };
    if KINDS.iter().all(is_access_token) { Ok(()) } else { Err(Error::WrongTyp) }
}

/// Returns true if the body of a response with `status` is read.
pub(super) fn reads_body(status: StatusCode) -> bool {
    status == StatusCode::OK
}

/// Returns the answer in a response: the token is active, or `None` if it is not.
pub(super) fn read_answer(reply: &Reply) -> Result<Option<IntrospectionAnswer>, RequestFailure> {
    if reply.status != StatusCode::OK {
        return Err(failure_of_status(reply));
    }
    if reply.is_html || reply.body.trim_ascii_start().starts_with(b"<") {
        return Err(IS_HTML.into());
    }
    let members = parse_object(&reply.body).map_err(|_| RequestFailure::from(NOT_AN_OBJECT))?;
    match get(&members, "active") {
        Some(JsonValue::Bool(true)) => {
            let expires = get(&members, "exp").and_then(numeric_date_seconds);
            Ok(Some(IntrospectionAnswer { body: reply.body.as_slice().into(), expires }))
        }
        Some(_) => Ok(None),
        None => Err(NO_VERDICT.into()),
    }
}

const IS_HTML: &str =
    "the response is an HTML page; the URL must be that of the introspection endpoint, not that of a page";
const NOT_AN_OBJECT: &str =
    "the response is not a JSON object, or it is ambiguous; check that the URL is that of the introspection endpoint";
const NO_VERDICT: &str =
    "the response must have the member active; check that the URL is that of the introspection endpoint";

fn failure_of_status(reply: &Reply) -> RequestFailure {
    let remedy = match reply.status.as_u16() {
        400 | 401 => {
            "; it refused the client of this application: check client_id and client_secret, and that auth_method is the \
             one that the client is registered with, client_secret_basic or client_secret_post"
        }
        403 => "; check that the client of this application may introspect tokens",
        429 => "; it limits the rate of requests: raise its limit for this client, or set cache_seconds",
        _ => "; check that the URL is that of the introspection endpoint",
    };
    RequestFailure::from_status(reply.status, reply.retry_after, remedy)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::StatusCode;

    use super::{read_answer, reads_body};
    use crate::error::Error;
    use crate::http::lookups::{Answer as _, Reply};
    use crate::jwt::claims::ClaimsPolicy;

    fn reply(status: u16, body: &str) -> Reply {
        let status = StatusCode::from_u16(status).unwrap();
        Reply { status, body: body.as_bytes().to_vec(), retry_after: None, is_html: false }
    }

    fn code(members: &str) -> String {
        let answer = read_answer(&reply(200, &format!(r#"{{"active":true{members}}}"#))).unwrap().unwrap();
        let policy = ClaimsPolicy { required: vec![], ..ClaimsPolicy::default() };
        answer.validate(&policy, 1_000.0).err().map_or_else(|| "accepted".to_owned(), |error| error.code().to_owned())
    }

    #[test]
    fn only_true_is_active() {
        assert!(read_answer(&reply(200, r#" {"active":true} "#)).unwrap().is_some());
        for active in ["false", "null", "1", "\"true\"", "[true]", "{}", "1.0"] {
            assert_eq!(read_answer(&reply(200, &format!(r#"{{"active":{active},"sub":"u"}}"#))), Ok(None), "{active}");
        }
    }

    #[test]
    fn everything_else_is_a_failure_without_content_of_the_response() {
        for (status, body) in [
            (200, ""),
            (200, "true"),
            (200, "{}"),
            (200, r#"{"Active":true,"sub":"hidden"}"#),
            (200, r#"{"active":false,"active":true}"#),
            (200, r#"{"active":true,"sub":"a","sub":"hidden"}"#),
            (200, r#"{"active":true} hidden"#),
            (200, r#"[{"active":true}]"#),
            (200, "<!doctype html>hidden"),
            (201, r#"{"active":true}"#),
            (204, ""),
            (302, r#"{"active":true}"#),
            (400, r#"{"error":"hidden"}"#),
            (401, r#"{"active":true}"#),
            (403, ""),
            (404, ""),
            (429, ""),
            (500, r#"{"active":true}"#),
        ] {
            let failure = read_answer(&reply(status, body)).unwrap_err();
            assert!(!failure.reason.is_empty() && !failure.reason.contains("hidden"), "{status} {body}");
        }
        let html = Reply { is_html: true, ..reply(200, r#"{"active":true}"#) };
        assert!(read_answer(&html).unwrap_err().reason.contains("an HTML page"));
    }

    #[test]
    fn a_failure_says_what_to_check() {
        for status in [400, 401] {
            assert!(read_answer(&reply(status, "")).unwrap_err().reason.contains("client_secret_post"), "{status}");
        }
        assert!(read_answer(&reply(403, "")).unwrap_err().reason.contains("may introspect tokens"));
        assert!(read_answer(&reply(429, "")).unwrap_err().reason.contains("limits the rate"));
        let limited = Reply { retry_after: Some(Duration::from_secs(9)), ..reply(429, "") };
        assert_eq!(read_answer(&limited).unwrap_err().retry_after, Some(Duration::from_secs(9)));
    }

    #[test]
    fn only_the_body_of_a_verdict_is_read_and_counted() {
        assert!(reads_body(StatusCode::OK));
        for status in [StatusCode::CREATED, StatusCode::NO_CONTENT, StatusCode::UNAUTHORIZED] {
            assert!(!reads_body(status), "{status}");
        }
        let body = r#"{"active":true,"sub":"u"}"#;
        assert_eq!(read_answer(&reply(200, body)).unwrap().unwrap().size_bytes(), body.len());
    }

    #[test]
    fn claims_are_validated() {
        for (members, expected) in [
            ("", "accepted"),
            (r#","exp":1001,"nbf":1000,"sub":"u","token_type":"Bearer""#, "accepted"),
            (r#","exp":1000"#, "expired"),
            (r#","nbf":1001"#, "not_yet_valid"),
            (r#","exp":"2000""#, "invalid_claim"),
            (r#","sub":5"#, "invalid_claim"),
            (r#","aud":"other""#, "wrong_audience"),
            (r#","cnf":{"jkt":"x"}"#, "invalid_claim"),
            (r#","cnf":null"#, "invalid_claim"),
        ] {
            assert_eq!(code(members), expected, "{members}");
        }
    }

    #[test]
    fn only_an_access_token_for_every_bearer_is_accepted() {
        for members in [
            r#","token_type":"bearer""#,
            r#","token_type":"access_token""#,
            r#","token_type":null"#,
            r#","token_use":"access_token","token_type":"Bearer""#,
            r#","typ":"Bearer""#,
            r#","typ":"at+jwt""#,
        ] {
            assert_eq!(code(members), "accepted", "{members}");
        }
        for members in [
            r#","token_type":"DPoP""#,
            r#","token_type":"refresh_token""#,
            r#","token_type":["Bearer"]"#,
            r#","token_use":"refresh_token","token_type":"Bearer""#,
            r#","typ":"Refresh""#,
            r#","typ":"Offline""#,
            r#","typ":"ID","token_type":"Bearer""#,
            r#","typ":1"#,
        ] {
            assert_eq!(code(members), Error::WrongTyp.code(), "{members}");
        }
    }

    #[test]
    fn an_answer_is_fresh_before_its_expiration() {
        let answer =
            |members: &str| read_answer(&reply(200, &format!(r#"{{"active":true{members}}}"#))).unwrap().unwrap();
        assert!(answer("").is_fresh(f64::MAX));
        assert!(answer(r#","exp":1000.5"#).is_fresh(1_000.0));
        assert!(!answer(r#","exp":1000"#).is_fresh(1_000.0));
    }
}
