//! The discovery document of an issuer: OIDC Discovery 1.0 §3, RFC 8414 §2.

use jiter::JsonValue;
use reqwest::Url;

use crate::encoding::json::{self, JsonError, Member};
use crate::http::url::parse_allowed_url;

/// The endpoints that an issuer names. An endpoint at a URL that may not be requested counts as absent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiscoveryDocument {
    /// The issuer, which is the configured one to the letter.
    pub issuer: String,
    /// The URL of the key set. An issuer of opaque tokens may have none.
    pub jwks_uri: Option<Url>,
    /// The page at which users sign in.
    pub authorization_endpoint: Option<Url>,
    /// The endpoint that issues tokens.
    pub token_endpoint: Option<Url>,
    /// The endpoint that says whether an opaque token is active (RFC 7662).
    pub introspection_endpoint: Option<Url>,
    /// The endpoint that revokes tokens (RFC 7009).
    pub revocation_endpoint: Option<Url>,
    /// The endpoint with the claims of a user.
    pub userinfo_endpoint: Option<Url>,
    /// The page at which users sign out.
    pub end_session_endpoint: Option<Url>,
    /// The scopes that a client can ask for.
    pub scopes_supported: Vec<String>,
    /// The ways in which a client can authenticate at the introspection endpoint.
    pub introspection_auth_methods: Vec<String>,
}

/// The number of names of a list that are kept, and their length.
const MAX_NAMES: usize = 256;
const MAX_NAME_BYTES: usize = 256;

/// The length of the longest URL that is taken from a document.
const MAX_URL_BYTES: usize = 2_048;

/// The name of the document in errors.
const DOCUMENT: &str = "the discovery document";

impl DiscoveryDocument {
    /// Reads the document of `issuer`. `allow_http` permits URLs with plain http. Without it, only an issuer at a loopback
    /// address may name such addresses: a document from outside must not send requests to this machine.
    ///
    /// # Errors
    /// A text for logs that has nothing of the document, if it is not a JSON object, if its `issuer` is not `issuer` to
    /// the letter, or if its `jwks_uri` may not be requested.
    pub fn parse(body: &[u8], issuer: &str, allow_http: bool) -> Result<Self, String> {
        let members = json::parse_object(body).map_err(|error| describe_json_error(error, body))?;
        check_issuer(json::get(&members, "issuer"), issuer)?;
        let is_permitted = |url: &Url| allow_http || url.scheme() == "https" || issuer.starts_with("http://");
        let url = |name| read_url(&members, name, allow_http, is_permitted);
        let endpoint = |name| url(name).unwrap_or_default();
        Ok(Self {
            issuer: issuer.to_owned(),
            jwks_uri: url("jwks_uri")?,
            authorization_endpoint: endpoint("authorization_endpoint"),
            token_endpoint: endpoint("token_endpoint"),
            introspection_endpoint: endpoint("introspection_endpoint"),
            revocation_endpoint: endpoint("revocation_endpoint"),
            userinfo_endpoint: endpoint("userinfo_endpoint"),
            end_session_endpoint: endpoint("end_session_endpoint"),
            scopes_supported: read_names(&members, "scopes_supported"),
            introspection_auth_methods: read_names(&members, "introspection_endpoint_auth_methods_supported"),
        })
    }
}

fn describe_json_error(error: JsonError, body: &[u8]) -> String {
    let problem = match error {
        JsonError::NotJson if body.trim_ascii_start().first() == Some(&b'<') => {
            "this is HTML or XML, check the issuer's URL"
        }
        JsonError::NotJson => "this is not JSON, or a name in it occurs twice; check the issuer's URL",
        JsonError::NotAnObject => "this is another JSON value; check the issuer's URL",
    };
    format!("{DOCUMENT} must be a JSON object; {problem}")
}

/// Checks that the document is that of `expected`, compared to the letter (OIDC Discovery 1.0 §4.3).
fn check_issuer(found: Option<&JsonValue<'_>>, expected: &str) -> Result<(), String> {
    match found {
        Some(JsonValue::Str(found)) if found == expected => Ok(()),
        Some(JsonValue::Str(found)) => {
            let difference = describe_difference(expected, found);
            Err(format!("{DOCUMENT} must name the configured issuer {expected}, to the letter; {difference}"))
        }
        _ => Err(format!(
            "{DOCUMENT} must have a text called issuer; check the issuer's URL, or pass the URL of its key set to \
             RemoteKeySet"
        )),
    }
}

/// Says how the issuer of a document differs from the configured one, without any part of the document.
fn describe_difference(expected: &str, found: &str) -> &'static str {
    let other_scheme = match expected.strip_prefix("https") {
        Some(rest) => format!("http{rest}"),
        None => expected.replacen("http", "https", 1),
    };
    if found.strip_suffix('/') == Some(expected) {
        "its issuer has a slash at the end, so configure the issuer with that slash"
    } else if expected.strip_suffix('/') == Some(found) {
        "its issuer has no slash at the end, so configure the issuer without it"
    } else if found.eq_ignore_ascii_case(expected) {
        "its issuer differs in upper and lower case, so configure the issuer as the document spells it"
    } else if found.contains(['{', '}']) {
        "its issuer has a placeholder, because it is the document of several tenants; configure the issuer of one \
         tenant, or pass the URL of the key set to RemoteKeySet"
    } else if found == other_scheme {
        "its issuer has another scheme, so tell the issuer its public URL, or configure the issuer with that scheme"
    } else {
        "its issuer is another one, so open the document, and configure the issuer that it names if you trust it"
    }
}

/// Returns the URL `name`, or `None` if the document does not have it.
fn read_url(
    members: &[Member<'_>],
    name: &str,
    allow_http: bool,
    is_permitted: impl Fn(&Url) -> bool,
) -> Result<Option<Url>, String> {
    let error = |problem: String| format!("{DOCUMENT} must have a permitted {name}: {problem}");
    match json::get(members, name) {
        None | Some(JsonValue::Null) => Ok(None),
        Some(JsonValue::Str(text)) if text.len() > MAX_URL_BYTES => {
            Err(error(format!("it must be at most {MAX_URL_BYTES} bytes long")))
        }
        Some(JsonValue::Str(text)) if text.contains(|character: char| character <= ' ' || character == '\u{7f}') => {
            Err(error("it must not contain white space or control characters".to_owned()))
        }
        Some(JsonValue::Str(text)) => match parse_allowed_url("it", text, allow_http) {
            Ok(url) if is_permitted(&url) => Ok(Some(url)),
            Ok(_) => Err(error("it must use https, as the issuer does".to_owned())),
            Err(problem) => Err(error(problem.to_string().trim_end_matches('.').to_owned())),
        },
        Some(_) => Err(error("it must be a text".to_owned())),
    }
}

/// Returns the names in a list that are tokens in the sense of RFC 6749 §3.3.
fn read_names(members: &[Member<'_>], list: &str) -> Vec<String> {
    let Some(JsonValue::Array(items)) = json::get(members, list) else { return vec![] };
    let names = items.iter().filter_map(|item| match item {
        JsonValue::Str(name) if is_name(name) => Some(name.to_string()),
        _ => None,
    });
    names.take(MAX_NAMES).collect()
}

fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    (1..=MAX_NAME_BYTES).contains(&text.len()) && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::DiscoveryDocument;

    const ISSUER: &str = "https://id.example/realms/a";

    fn parse(text: &str) -> Result<DiscoveryDocument, String> {
        DiscoveryDocument::parse(text.as_bytes(), ISSUER, false)
    }

    fn document(members: &str) -> String {
        format!("{{\"issuer\":\"{ISSUER}\"{members}}}")
    }

    #[test]
    fn endpoints_at_permitted_urls_are_read() {
        let text = document(
            r#","jwks_uri":"https://keys.example/jwks?v=1","token_endpoint":"https://id.example/token",
            "authorization_endpoint":"javascript:alert(1)","userinfo_endpoint":7,"end_session_endpoint":"http://id.example/",
            "introspection_endpoint":"https://127.0.0.1/introspect","scopes_supported":["openid","a b",1,"x\"","","é"]"#,
        );
        let read = parse(&text).unwrap();
        assert_eq!(read.jwks_uri.as_ref().map(reqwest::Url::as_str), Some("https://keys.example/jwks?v=1"));
        assert_eq!(read.token_endpoint.as_ref().map(reqwest::Url::as_str), Some("https://id.example/token"));
        assert_eq!(
            read.introspection_endpoint.as_ref().map(reqwest::Url::as_str),
            Some("https://127.0.0.1/introspect")
        );
        assert_eq!(
            (read.authorization_endpoint, read.userinfo_endpoint, read.end_session_endpoint),
            (None, None, None)
        );
        assert_eq!(read.scopes_supported, ["openid"]);
    }

    #[test]
    fn the_issuer_is_compared_to_the_letter() {
        for (found, expected) in [
            ("https://id.example/realms/a/", "with that slash"),
            ("https://ID.example/realms/a", "upper and lower case"),
            ("http://id.example/realms/a", "another scheme"),
            ("https://id.example/{tenantid}/v2.0", "placeholder"),
            ("https://evil.example", "is another one"),
            (" https://id.example/realms/a", "is another one"),
            ("", "is another one"),
        ] {
            let reason = parse(&format!("{{\"issuer\":{found:?},\"jwks_uri\":\"https://a.example\"}}")).unwrap_err();
            assert!(reason.contains(expected) && reason.contains(ISSUER) && !reason.contains("evil"), "{reason}");
        }
        let reason = DiscoveryDocument::parse(document("").as_bytes(), "https://id.example/realms/a/", false);
        assert!(reason.unwrap_err().contains("has no slash"));
    }

    #[test]
    fn a_hostile_document_is_an_error_without_its_content() {
        for (text, expected) in [
            (document(r#","jwks_uri":"file:///etc/secret""#), "must use https"),
            (document(r#","jwks_uri":"http://secret.example/""#), "must use https"),
            (document(r#","jwks_uri":"http://127.0.0.1/secret""#), "as the issuer does"),
            (document(r#","jwks_uri":"https://u:secret@a.example/""#), "user name"),
            (document(r#","jwks_uri":"/secret""#), "must be a URL"),
            (document(r#","jwks_uri":"https://a.example/{secret}""#), "placeholder"),
            (document(r#","jwks_uri":" https://secret.example""#), "white space"),
            (document(r#","jwks_uri":"https://secret.example/\u0000""#), "control characters"),
            (document(r#","jwks_uri":"https://secret.\nexample/""#), "control characters"),
            (document(r#","jwks_uri":["https://secret.example/"]"#), "must be a text"),
            (document(&format!(",\"jwks_uri\":\"https://a.example/{}\"", "a".repeat(3_000))), "at most 2048 bytes"),
            (document(r#","issuer":"secret""#), "occurs twice"),
            (document(r#","x":{"secret":1,"secret":1}"#), "occurs twice"),
            (document(&format!(",\"x\":{}1{}", "[".repeat(9_000), "]".repeat(9_000))), "not JSON"),
            ("<!doctype html><title>secret</title>".to_owned(), "HTML or XML"),
            ("secret".to_owned(), "not JSON"),
            ("[\"secret\"]".to_owned(), "another JSON value"),
            ("{\"issuer\":[\"secret\"]}".to_owned(), "a text called issuer"),
            ("{\"issuer\":null}".to_owned(), "a text called issuer"),
            ("{}".to_owned(), "a text called issuer"),
            (String::new(), "not JSON"),
            ("\0\0".to_owned(), "not JSON"),
        ] {
            let reason = parse(&text).unwrap_err();
            assert!(reason.contains(expected) && !reason.contains("secret"), "{reason}");
        }
    }

    #[test]
    fn a_document_without_jwks_uri_is_read() {
        assert_eq!(parse(&document("")).unwrap().jwks_uri, None);
        assert_eq!(parse(&document(",\"jwks_uri\":null")).unwrap().jwks_uri, None);
    }

    #[test]
    fn a_loopback_issuer_may_name_loopback_addresses() {
        let text = |uri: &str| format!("{{\"issuer\":\"http://127.0.0.1:1\",\"jwks_uri\":{uri:?}}}");
        let parse = |uri, allow_http| DiscoveryDocument::parse(text(uri).as_bytes(), "http://127.0.0.1:1", allow_http);
        assert!(parse("http://localhost:2/", false).is_ok() && parse("https://a.example", false).is_ok());
        assert!(parse("http://a.example", false).is_err() && parse("http://a.example", true).is_ok());
    }

    #[test]
    fn lists_are_bounded() {
        let names = format!(",\"scopes_supported\":[{}\"x\"]", "\"a\",".repeat(1_000));
        assert_eq!(parse(&document(&names)).unwrap().scopes_supported.len(), 256);
        assert_eq!(parse(&document(",\"scopes_supported\":\"openid\"")).unwrap().scopes_supported.len(), 0);
    }

    #[test]
    fn a_url_of_the_greatest_length_is_read() {
        let url = |bytes: usize| format!("https://a.example/{}", "a".repeat(bytes - "https://a.example/".len()));
        let parse = |bytes| parse(&document(&format!(",\"jwks_uri\":{:?}", url(bytes))));
        assert!(parse(2_048).is_ok_and(|document| document.jwks_uri.is_some()));
        assert!(parse(2_049).is_err_and(|reason| reason.contains("at most 2048 bytes")));
    }
}
