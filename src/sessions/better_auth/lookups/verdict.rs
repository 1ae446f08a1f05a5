//! The meaning of a response. Only a clear answer is a verdict: everything else is a failure, so that a broken server neither
//! admits nor signs out a user.

use std::sync::Arc;
use std::time::Duration;

use jiter::JsonValue;
use reqwest::StatusCode;

use crate::encoding::json::{Member, Object, get, parse_object};
use crate::http::failure::RequestFailure;
use crate::http::lookups::{Answer, Reply};

/// The answer about a session that lives: the body of get-session, a JSON object with `session` and `user`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionAnswer(Arc<[u8]>);

impl SessionAnswer {
    /// Returns the answer in a body.
    ///
    /// # Errors
    /// [`RequestFailure`] unless the body is an unambiguous JSON object with the objects `session` and `user`.
    pub(super) fn from_body(body: &[u8]) -> Result<Self, RequestFailure> {
        let members = parse_object(body).map_err(|_| RequestFailure::from(NOT_AN_OBJECT))?;
        session_and_user(&members)?;
        Ok(Self(body.into()))
    }

    /// Returns the members of the object.
    #[must_use]
    pub fn members(&self) -> Object<'_> {
        parse_object(&self.0).unwrap_or_default()
    }
}

impl Answer for SessionAnswer {
    fn size_bytes(&self) -> usize {
        self.0.len()
    }
}

/// The owner of an API key, as get-session reports it.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiKeyOwner {
    /// The id of the key.
    pub key_id: String,
    /// The id of the user.
    pub user_id: String,
    /// The user.
    pub user: Object<'static>,
}

/// Returns true if a session's look-up reads the body of a response with `status`.
pub(super) fn reads_session_body(status: StatusCode) -> bool {
    status == StatusCode::OK
}

/// Returns true if an API key's look-up reads the body of a response with `status`: errors of a key have a code in it.
pub(super) fn reads_api_key_body(status: StatusCode) -> bool {
    matches!(status.as_u16(), 200 | 401 | 403 | 429)
}

/// Returns the answer in the response of get-session: the session, or `None` if it does not exist or has ended.
pub(super) fn read_session(reply: &Reply) -> Result<Option<SessionAnswer>, RequestFailure> {
    match reply.status {
        StatusCode::OK if is_null(&reply.body) => Ok(None),
        StatusCode::OK if looks_like_html(reply) => Err(IS_HTML.into()),
        StatusCode::OK => SessionAnswer::from_body(&reply.body).map(Some),
        StatusCode::UNAUTHORIZED => Ok(None),
        _ => Err(failure_of_status(reply)),
    }
}

/// Returns the names of the roles in the response of get-active-member-role, without any if the user is not a member.
pub(super) fn read_roles(reply: &Reply) -> Result<Vec<String>, RequestFailure> {
    match reply.status.as_u16() {
        200 if looks_like_html(reply) => Err(IS_HTML.into()),
        200 => parse_roles(&reply.body).ok_or_else(|| NOT_A_ROLE.into()),
        400 | 401 | 403 => Ok(Vec::new()),
        404 => Err(NO_ORGANIZATIONS.into()),
        _ => Err(failure_of_status(reply)),
    }
}

/// Returns the owner in the response of get-session to an API key, or `None` if the key is refused. Keeps nothing of
/// `session.token`, which is the key.
pub(super) fn read_api_key_owner(reply: &Reply) -> Result<Option<ApiKeyOwner>, RequestFailure> {
    if let Some(failure) = limit_of_key(reply) {
        return Err(failure);
    }
    match reply.status.as_u16() {
        200 if is_null(&reply.body) => Err(KEYS_NOT_ENABLED.into()),
        200 if looks_like_html(reply) => Err(IS_HTML.into()),
        200 => parse_owner(&reply.body).map(Some),
        401 | 403 if error_code(&reply.body).is_some() => Ok(None),
        _ => Err(failure_of_status(reply)),
    }
}

const IS_HTML: &str = "the response is an HTML page; base_url must be the URL of Better Auth, not that of a front end";
const NOT_AN_OBJECT: &str =
    "the response is not a JSON object, or it is ambiguous; check that base_url is the URL of Better Auth";
const NO_SESSION: &str = "the response must be null, or an object with session and user; if Better Auth has the plugin customSession, it \
     must return both";
const NOT_A_ROLE: &str = "the response must be a JSON object with role; check that base_url is the URL of Better Auth";
const NO_ORGANIZATIONS: &str = "the server responded with status 404; add the plugin organization() to Better Auth, and check the path of \
     base_url";
const KEYS_NOT_ENABLED: &str = "Better Auth ignores API keys; set enableSessionForAPIKeys in its plugin apiKey(), and check that the name of \
     the header is in apiKeyHeaders";

fn is_null(body: &[u8]) -> bool {
    body.trim_ascii() == b"null"
}

fn looks_like_html(reply: &Reply) -> bool {
    reply.is_html || reply.body.trim_ascii_start().starts_with(b"<")
}

fn session_and_user<'o, 'j>(members: &'o [Member<'j>]) -> Result<(&'o [Member<'j>], &'o [Member<'j>]), RequestFailure> {
    match (object_member(members, "session"), object_member(members, "user")) {
        (Some(session), Some(user)) => Ok((session, user)),
        _ => Err(NO_SESSION.into()),
    }
}

fn object_member<'o, 'j>(members: &'o [Member<'j>], name: &str) -> Option<&'o [Member<'j>]> {
    match get(members, name) {
        Some(JsonValue::Object(members)) => Some(members.as_slice()),
        _ => None,
    }
}

/// Returns the roles in `{"role": "owner,admin"}`.
fn parse_roles(body: &[u8]) -> Option<Vec<String>> {
    match get(&parse_object(body).ok()?, "role") {
        Some(JsonValue::Str(roles)) => {
            Some(roles.split(',').map(str::trim).filter(|role| !role.is_empty()).map(str::to_owned).collect())
        }
        _ => None,
    }
}

fn parse_owner(body: &[u8]) -> Result<ApiKeyOwner, RequestFailure> {
    let members = parse_object(body).map_err(|_| RequestFailure::from(NOT_AN_OBJECT))?;
    let (session, user) = session_and_user(&members)?;
    let ids = (id_member(session, "id"), id_member(user, "id"));
    let (Some(key_id), Some(user_id)) = ids else { return Err(NO_SESSION.into()) };
    if id_member(session, "userId").is_some_and(|owner| owner != user_id) {
        return Err(
            "the session and the user of the response do not belong together; look into the server's log".into()
        );
    }
    let user = user.iter().map(|(name, value)| (name.to_string().into(), value.to_static())).collect();
    Ok(ApiKeyOwner { key_id, user_id, user })
}

/// Returns an id, which is a number in a database with serial ids.
fn id_member(members: &[Member<'_>], name: &str) -> Option<String> {
    match get(members, name)? {
        JsonValue::Str(id) if !id.is_empty() => Some(id.to_string()),
        JsonValue::Int(id) => Some(id.to_string()),
        _ => None,
    }
}

/// Returns the `code` of an error of Better Auth.
fn error_code(body: &[u8]) -> Option<String> {
    match get(&parse_object(body).ok()?, "code") {
        Some(JsonValue::Str(code)) => Some(code.to_string()),
        _ => None,
    }
}

/// Returns the failure for a key that has used up its own limit. Better Auth 1.4 reports that with status 401.
fn limit_of_key(reply: &Reply) -> Option<RequestFailure> {
    if !matches!(reply.status.as_u16(), 401 | 403 | 429) {
        return None;
    }
    let reason = match error_code(&reply.body)?.as_str() {
        "RATE_LIMITED" => {
            "the API key has used up the requests that Better Auth permits in its time window, 10 a day by default; raise \
             rateLimitMax of the key, or rateLimit of the plugin apiKey()"
        }
        "USAGE_EXCEEDED" => "the API key has used up its remaining requests",
        _ => return None,
    };
    let retry_after = reply.retry_after.or_else(|| try_again_in(&reply.body));
    Some(RequestFailure { reason: reason.to_owned(), retry_after })
}

/// Returns `details.tryAgainIn`, in milliseconds.
fn try_again_in(body: &[u8]) -> Option<Duration> {
    let members = parse_object(body).ok()?;
    match get(object_member(&members, "details")?, "tryAgainIn")? {
        JsonValue::Int(milliseconds) => u64::try_from(*milliseconds).ok().map(Duration::from_millis),
        JsonValue::Float(milliseconds) => Duration::try_from_secs_f64(milliseconds / 1_000.0).ok(),
        _ => None,
    }
}

fn failure_of_status(reply: &Reply) -> RequestFailure {
    let remedy = match reply.status.as_u16() {
        403 => "; check that nothing in front of Better Auth refuses the requests of this machine",
        404 | 405 | 410 => "; check the path of base_url: it must be Better Auth's basePath, /api/auth by default",
        429 => {
            "; it limits the rate of requests, by default to 100 in 10 s for a whole backend; set rateLimit: { customRules: { \
             \"/get-session\": false } } in Better Auth"
        }
        _ => "; check that base_url is the URL of Better Auth",
    };
    RequestFailure::from_status(reply.status, reply.retry_after, remedy)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::StatusCode;

    use super::{ApiKeyOwner, read_api_key_owner, read_roles, read_session, reads_api_key_body, reads_session_body};
    use crate::encoding::json::get;
    use crate::http::lookups::{Answer as _, Reply};

    fn reply(status: u16, body: &str) -> Reply {
        let status = StatusCode::from_u16(status).unwrap();
        Reply { status, body: body.as_bytes().to_vec(), retry_after: None, is_html: false }
    }

    fn session_failure(reply: &Reply) -> String {
        read_session(reply).unwrap_err().reason
    }

    #[test]
    fn a_session_is_an_object_with_session_and_user() {
        let body = r#"{"session":{"id":"s"},"user":{"id":"u"},"needsRefresh":true}"#;
        let answer = read_session(&reply(200, body)).unwrap().unwrap();
        assert_eq!(answer.members().len(), 3);
        assert!(get(&answer.members(), "needsRefresh").is_some());
    }

    #[test]
    fn null_and_401_are_an_ended_session() {
        for reply in
            [reply(200, "null"), reply(200, " null\n"), reply(401, ""), reply(401, "{\"session\":{},\"user\":{}}")]
        {
            assert_eq!(read_session(&reply), Ok(None));
        }
    }

    #[test]
    fn everything_else_is_a_failure_without_content_of_the_response() {
        for (status, body) in [
            (200, ""),
            (200, "[]"),
            (200, "\"secret\""),
            (200, "{}"),
            (200, r#"{"session":null,"user":null}"#),
            (200, r#"{"session":{},"user":"secret"}"#),
            (200, r#"{"session":{}}"#),
            (200, r#"{"session":{},"user":{},"session":{}}"#),
            (200, r#"{"session":{"id":"a","id":"secret"},"user":{}}"#),
            (200, r#"{"session":{},"user":{}} secret"#),
            (200, r#"{"session":{},"user":{"n":1e999}}"#),
            (200, "<!doctype html>secret"),
            (200, "nullnull"),
            (201, r#"{"session":{},"user":{}}"#),
            (204, ""),
            (302, ""),
            (400, r#"{"code":"secret"}"#),
            (403, "null"),
            (404, "null"),
            (429, ""),
            (500, "null"),
            (503, r#"{"session":{},"user":{}}"#),
        ] {
            let reason = session_failure(&reply(status, body));
            assert!(!reason.is_empty() && !reason.contains("secret"), "{status} {body}");
        }
    }

    #[test]
    fn a_failure_says_what_to_check() {
        assert!(session_failure(&reply(404, "")).contains("the path of base_url"));
        assert!(session_failure(&reply(429, "")).contains(r#"rateLimit: { customRules: { "/get-session": false } }"#));
        assert!(session_failure(&reply(307, "")).contains("a redirect, which is not followed"));
        assert!(session_failure(&reply(200, "{}")).contains("customSession"));
        let html = Reply { is_html: true, ..reply(200, r#"{"session":{},"user":{}}"#) };
        assert!(session_failure(&html).contains("an HTML page"));
        let limited = Reply { retry_after: Some(Duration::from_secs(9)), ..reply(429, "") };
        assert_eq!(read_session(&limited).unwrap_err().retry_after, Some(Duration::from_secs(9)));
    }

    #[test]
    fn a_page_is_named_whatever_is_asked_for() {
        let page = reply(200, " <!doctype html>");
        assert!(session_failure(&page).contains("an HTML page"));
        assert!(read_roles(&page).unwrap_err().reason.contains("an HTML page"));
        assert!(read_api_key_owner(&page).unwrap_err().reason.contains("an HTML page"));
        assert!(session_failure(&reply(403, "")).contains("nothing in front of Better Auth"));
    }

    #[test]
    fn only_the_body_of_a_verdict_is_read_and_counted() {
        for status in 200..600 {
            let code = StatusCode::from_u16(status).unwrap();
            assert_eq!(reads_session_body(code), status == 200, "{status}");
            assert_eq!(reads_api_key_body(code), [200, 401, 403, 429].contains(&status), "{status}");
        }
        let body = r#"{"session":{"id":"s"},"user":{"id":"u"}}"#;
        assert_eq!(read_session(&reply(200, body)).unwrap().unwrap().size_bytes(), body.len());
    }

    #[test]
    fn roles_are_a_list_of_names() {
        let roles = |status, body| read_roles(&reply(status, body)).map_err(|failure| failure.reason);
        assert_eq!(roles(200, r#"{"role":"owner, admin,"}"#), Ok(vec!["owner".to_owned(), "admin".to_owned()]));
        assert_eq!(roles(200, r#"{"role":""}"#), Ok(vec![]));
        for status in [400, 401, 403] {
            assert_eq!(roles(status, "{}"), Ok(vec![]));
        }
        assert!(roles(404, "").is_err_and(|reason| reason.contains("organization()")));
        for (status, body) in
            [(200, "null"), (200, "{}"), (200, r#"{"role":["owner"]}"#), (200, "<"), (302, ""), (500, "")]
        {
            assert!(roles(status, body).is_err(), "{status} {body}");
        }
    }

    const KEY_SESSION: &str =
        r#"{"session":{"id":"k1","token":"sk_plain","userId":"u1"},"user":{"id":"u1","name":"A"}}"#;

    #[test]
    fn the_owner_of_a_key_comes_without_the_key() {
        let owner = read_api_key_owner(&reply(200, KEY_SESSION)).unwrap().unwrap();
        assert!(!format!("{owner:?}").contains("sk_plain"));
        let ApiKeyOwner { key_id, user_id, user } = owner;
        assert_eq!((key_id.as_str(), user_id.as_str(), user.len()), ("k1", "u1", 2));
        let serial = r#"{"session":{"id":7,"userId":12},"user":{"id":12}}"#;
        let owner = read_api_key_owner(&reply(200, serial)).unwrap().unwrap();
        assert_eq!((owner.key_id.as_str(), owner.user_id.as_str()), ("7", "12"));
    }

    #[test]
    fn a_refused_key_has_a_code() {
        for (status, body) in
            [(401, r#"{"code":"INVALID_API_KEY"}"#), (403, r#"{"message":"m","code":"INVALID_API_KEY"}"#)]
        {
            assert_eq!(read_api_key_owner(&reply(status, body)), Ok(None));
        }
        for (status, body) in [
            (401, ""),
            (403, "<html>"),
            (401, r#"{"code":1}"#),
            (200, "{}"),
            (200, r#"{"session":{"id":""},"user":{"id":"u"}}"#),
            (200, r#"{"session":{"id":"k","userId":"u2"},"user":{"id":"u"}}"#),
            (500, r#"{"code":"INVALID_API_KEY"}"#),
        ] {
            assert!(read_api_key_owner(&reply(status, body)).is_err(), "{status} {body}");
        }
        let ignored = read_api_key_owner(&reply(200, "null")).unwrap_err();
        assert!(ignored.reason.contains("enableSessionForAPIKeys"));
    }

    #[test]
    fn the_limit_of_a_key_names_the_time() {
        let limited = r#"{"message":"m","code":"RATE_LIMITED","details":{"tryAgainIn":86399500}}"#;
        for status in [429, 401] {
            let failure = read_api_key_owner(&reply(status, limited)).unwrap_err();
            assert_eq!(failure.retry_after, Some(Duration::from_millis(86_399_500)));
            assert!(failure.reason.contains("10 a day"));
        }
        for (time, expected) in [("1500.5", Some(1_500_500)), ("-1", None), ("-1.5", None), ("\"9\"", None)] {
            let body = format!(r#"{{"code":"RATE_LIMITED","details":{{"tryAgainIn":{time}}}}}"#);
            let failure = read_api_key_owner(&reply(429, &body)).unwrap_err();
            assert_eq!(failure.retry_after, expected.map(Duration::from_micros), "{time}");
        }
        let used_up = read_api_key_owner(&reply(429, r#"{"code":"USAGE_EXCEEDED"}"#)).unwrap_err();
        assert_eq!((used_up.retry_after, used_up.reason.contains("remaining")), (None, true));
    }
}
