//! Discovery documents (OIDC Discovery 1.0 §3) against serde_json, the reference reader and the crate `url`.
//!
//! The first byte chooses the issuer and whether plain http is allowed.
#![no_main]

use fastjose::http::url::url_origin;
use fastjose::jwks::DiscoveryDocument;
use fastjose_fuzz::mutate::{self, Words};
use fastjose_fuzz::reference::json::{Failure, Json, parse};
use fastjose_fuzz::{echo, input, memory};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use url::{Host, Url};

const ISSUERS: [&str; 3] = ["https://issuer.example", "https://issuer.example/tenant/", "http://127.0.0.1:9000"];

const WORDS: Words = Words {
    prefix_bytes: 1,
    names: "
        issuer jwks_uri authorization_endpoint token_endpoint introspection_endpoint revocation_endpoint
        userinfo_endpoint end_session_endpoint scopes_supported introspection_endpoint_auth_methods_supported",
    values: r#"
        "https://issuer.example" "https://issuer.example/tenant/" "http://127.0.0.1:9000"
        "https://issuer.example/keys" "http://localhost/keys" "https://user@issuer.example/" ["openid"]"#,
};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &WORDS)
});

fuzz_target!(|data: &[u8]| {
    let (mode, body) = input::split_mode(data);
    let (issuer, allow_http) = (ISSUERS[usize::from(mode) % ISSUERS.len()], mode & 64 != 0);
    let parsed = memory::bounded(body.len(), 200, || DiscoveryDocument::parse(body, issuer, allow_http));
    if let Err(error) = &parsed {
        echo::check_error(error, body, &ISSUERS);
    }
    let json = match parse(body) {
        Err(Failure::Undecided) => return,
        Err(Failure::Invalid) => return assert!(parsed.is_err(), "a document that is not strict JSON was accepted"),
        Ok(json) => json,
    };
    assert!(serde_json::from_slice::<serde_json::Value>(body).is_ok() || has_unusual_number(body));
    let key_set = read_url(&json, "jwks_uri", issuer, allow_http);
    let is_own = json.get("issuer").and_then(Json::as_str) == Some(issuer);
    match (parsed, key_set) {
        (Ok(document), Ok(expected)) => {
            assert!(is_own, "the document of another issuer was accepted");
            assert_eq!(document.issuer, issuer);
            assert_eq!(document.jwks_uri, expected);
            check_endpoints(&document, &json, issuer, allow_http);
        }
        (Ok(_), Err(())) => panic!("a document whose jwks_uri may not be requested was accepted"),
        (Err(error), Ok(_)) => assert!(!is_own, "a document was rejected: {error}"),
        (Err(_), Err(())) => {}
    }
});

/// serde_json rejects numbers that are too large for a double, also if they are integers.
fn has_unusual_number(body: &[u8]) -> bool {
    body.iter().filter(|byte| byte.is_ascii_digit()).count() > 300
}

fn check_endpoints(document: &DiscoveryDocument, json: &Json, issuer: &str, allow_http: bool) {
    let endpoints = [
        ("authorization_endpoint", &document.authorization_endpoint),
        ("token_endpoint", &document.token_endpoint),
        ("introspection_endpoint", &document.introspection_endpoint),
        ("revocation_endpoint", &document.revocation_endpoint),
        ("userinfo_endpoint", &document.userinfo_endpoint),
        ("end_session_endpoint", &document.end_session_endpoint),
    ];
    for (name, found) in endpoints {
        assert_eq!(*found, read_url(json, name, issuer, allow_http).unwrap_or_default(), "{name}");
    }
    for names in [&document.scopes_supported, &document.introspection_auth_methods] {
        assert!(names.len() <= 256, "a list is not bounded");
        let is_name =
            |name: &String| (1..=256).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
        assert!(names.iter().all(is_name), "a name is not visible ASCII");
    }
}

/// Returns the URL `name` by the rules of the documentation: https, or http as the issuer has it or as it is allowed.
fn read_url(json: &Json, name: &str, issuer: &str, allow_http: bool) -> Result<Option<Url>, ()> {
    let text = match json.get(name) {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::Str(text)) => text,
        Some(_) => return Err(()),
    };
    let is_clean = text.len() <= 2_048 && !text.chars().any(|c| c <= ' ' || c == '\x7f' || "{}<>".contains(c));
    let url = Url::parse(text.trim()).ok().filter(|_| is_clean).ok_or(())?;
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.octets()[0] == 127,
        Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
        None => false,
    };
    let is_permitted = match url.scheme() {
        "https" => true,
        "http" => allow_http || (issuer.starts_with("http://") && is_loopback),
        _ => false,
    };
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    assert!(url_origin(text).is_ok() == (is_anonymous && matches!(url.scheme(), "http" | "https")));
    if is_permitted && is_anonymous { Ok(Some(url)) } else { Err(()) }
}
