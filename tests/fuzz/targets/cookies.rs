//! Session cookies of Better Auth in each form and of Auth.js, against HMAC, AES and HKDF of aws-lc-rs.
//!
//! Mode `C`, `J`, `E`, `D`, `N`, `A`: a payload, which the target signs or encrypts: Better Auth's `compact`, `jwt`, `jwe` with
//! `kid` and without, NextAuth.js 4 and Auth.js. The byte before it selects the secret (two bits) and the length of the
//! chunks (six). Mode `V`: a `session_data` that the target does not sign, after the same byte. Mode `K`: what follows the
//! names of the chunks, separated by spaces, then NUL and a payload for `compact`. Mode `T`: a session token, which the
//! target signs. Any other mode: Cookie headers, separated by NUL.
#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use fastjose::ClaimsPolicy;
use fastjose::sessions::auth_js;
use fastjose::sessions::better_auth::cookie_names::{CookieNames, DEFAULT_PREFIX};
use fastjose::sessions::better_auth::session_cookies::{SessionCookieOptions, SessionCookieReader, SessionCookies};
use fastjose::sessions::better_auth::session_data::{Strategy, encrypt_session_data};
use fastjose::sessions::better_auth::signed_session_token::SessionTokenReader;
use fastjose_fuzz::mutate::{self, Words};
use fastjose_fuzz::reference::base64url::{decode, encode};
use fastjose_fuzz::reference::cookies::{Joined, join_chunks, parse as parse_header, percent_decode};
use fastjose_fuzz::reference::json::{Failure, Json, parse};
use fastjose_fuzz::reference::token;
use fastjose_fuzz::reference::{claims, json};
use fastjose_fuzz::sign_cookies::{
    SECRETS, encrypt_auth_js, encrypt_next_auth, encrypt_without_kid, sign_compact, sign_jwt, sign_token,
};
use fastjose_fuzz::{NOW, echo, input, memory};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

const SECRET: &str = SECRETS[0];
const OLD_SECRET: &str = SECRETS[1];
const RETIRED_SECRET: &str = SECRETS[2];
const TOKEN: &str = "0123456789abcdefghijABCDEFGHIJ-_";
const MAX_COOKIE_BYTES: usize = 65_536;
const MAX_HEADER_BYTES: usize = 8_192;

fn create_reader(strategy: Option<Strategy>, version: Option<&str>) -> SessionCookieReader {
    let names = CookieNames::new(DEFAULT_PREFIX, None, None).expect("the names are valid");
    let options = SessionCookieOptions {
        secrets: vec![SECRET.to_owned(), RETIRED_SECRET.to_owned()],
        accepted_old_secrets: vec![OLD_SECRET.to_owned()],
        strategy,
        names,
        version: version.map(str::to_owned),
    };
    SessionCookieReader::new(options).expect("the reader is valid")
}

static READERS: LazyLock<Vec<SessionCookieReader>> = LazyLock::new(|| {
    let strategies = [Strategy::Compact, Strategy::Jwt, Strategy::Jwe, Strategy::Jwks];
    strategies.into_iter().map(Some).chain([None]).map(|strategy| create_reader(strategy, None)).collect()
});
static VERSION_READER: LazyLock<SessionCookieReader> =
    LazyLock::new(|| create_reader(Some(Strategy::Compact), Some("1")));
static TOKEN_READER: LazyLock<SessionTokenReader> =
    LazyLock::new(|| SessionTokenReader::new(&[SECRET], true).expect("the reader is valid"));
static AUTH_JS: LazyLock<auth_js::SessionCookieReader> = LazyLock::new(|| {
    let secrets = [SECRET.to_owned(), OLD_SECRET.to_owned()];
    auth_js::SessionCookieReader::new(&secrets, None, auth_js::LEEWAY_SECONDS, None).expect("the reader is valid")
});

const WORDS: Words = Words {
    prefix_bytes: 2,
    names: "session user token version exp iat nbf aud expiresAt signature",
    values: r#"
        "0123456789abcdefghijABCDEFGHIJ-_" {"token":"0123456789abcdefghijABCDEFGHIJ-_"} 1800000000 1600000000
        1700000000 "1""#,
};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &WORDS)
});

fuzz_target!(|data: &[u8]| {
    let (mode, rest) = input::split_mode(data);
    let (options, payload) = input::split_mode(rest);
    let secret = SECRETS[usize::from(options >> 6)];
    let send = |name: &str, value: &str| send(name, value, options & 63);
    match mode {
        b'C' => check_signed(Form::Compact, &send(DATA, &sign_compact(payload, secret)), payload, secret),
        b'J' => check_signed(Form::Jwt, &send(DATA, &sign_jwt(payload, secret)), payload, secret),
        b'E' => {
            let value = encrypt_session_data(payload, secret).expect("the payload is short");
            check_signed(Form::Jwe, &send(DATA, &value), payload, secret);
        }
        b'D' => check_signed(Form::JweWithoutKid, &send(DATA, &encrypt_without_kid(payload, secret)), payload, secret),
        b'N' => {
            check_auth_js(&send("next-auth.session-token", &encrypt_next_auth(payload, secret)), payload, secret);
        }
        b'A' => {
            let name = "__Secure-authjs.session-token";
            check_auth_js(&send(name, &encrypt_auth_js(payload, secret, name)), payload, secret);
        }
        b'V' => check_unsigned(payload, options & 63),
        b'K' => check_chunks(payload),
        b'T' => check_token(rest),
        _ => check_headers(&rest.split(|byte| *byte == 0).collect::<Vec<_>>()),
    }
});

const DATA: &str = "better-auth.session_data";

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Compact,
    Jwt,
    Jwe,
    JweWithoutKid,
}

impl Form {
    fn reader(self) -> &'static SessionCookieReader {
        &READERS[match self {
            Self::Compact => 0,
            Self::Jwt => 1,
            Self::Jwe | Self::JweWithoutKid => 2,
        }]
    }

    /// Returns the codes of a session that `secret` signs, which must not be accepted.
    fn codes(self, secret: &str) -> &'static [&'static str] {
        match self {
            Self::Compact => &["session_data_bad_signature", "session_data_malformed"],
            Self::Jwt => &["session_data_bad_signature"],
            Self::Jwe | Self::JweWithoutKid if secret == RETIRED_SECRET => &["session_data_old_secret"],
            Self::Jwe => &["unknown_session_data_key"],
            Self::JweWithoutKid => &["session_data_bad_signature"],
        }
    }
}

fn is_accepted(secret: &str) -> bool {
    [SECRET, OLD_SECRET].contains(&secret)
}

/// Returns a Cookie header with the session token and a value, in chunks of 40 bytes for each unit of `chunk`.
fn send(name: &str, value: &str, chunk: u8) -> Vec<u8> {
    let token = String::from_utf8(sign_token(TOKEN.as_bytes(), SECRET)).unwrap_or_default();
    let mut header = format!("better-auth.session_token={}", token.replace('+', "%2B").replace('/', "%2f"));
    let length = usize::from(chunk) * 40;
    if length == 0 || value.len() > 99 * length {
        header.push_str(&format!("; {name}={value}"));
    } else {
        for (index, part) in value.as_bytes().chunks(length).enumerate() {
            header.push_str(&format!("; {name}.{index}={}", String::from_utf8_lossy(part)));
        }
    }
    header.into_bytes()
}

fn check_signed(form: Form, header: &[u8], payload: &[u8], secret: &str) {
    let found = memory::bounded(header.len(), 400, || form.reader().read(&[header], NOW));
    if header.len() > MAX_COOKIE_BYTES {
        assert!(found.payload.is_none() && found.session_token.is_none());
        return;
    }
    assert_eq!(found.session_token.as_ref().map(|token| token.token.as_str()), Some(TOKEN));
    check_other_strategies(form, header);
    if !is_accepted(secret) {
        let code = found.failure.map_or("", |failure| failure.code());
        assert!(found.payload.is_none() && form.codes(secret).contains(&code), "{code}");
        return;
    }
    match is_session(payload, form) {
        Err(Failure::Undecided) => {}
        expected => assert_eq!(found.payload.is_some(), expected == Ok(true), "{:?}", found.failure),
    }
    let (Some(found), Ok(expected)) = (found.payload, parse(payload)) else { return };
    let is_equal = |name, value| expected.get(name).is_some_and(|own: &Json| own.equals(value));
    assert!(is_equal("session", &found.session) && is_equal("user", &found.user), "the session is another");
    if form == Form::Compact {
        check_version(header, &expected);
    }
}

/// Checks that no reader of another strategy takes the session, and that each says why.
fn check_other_strategies(form: Form, header: &[u8]) {
    for reader in READERS.iter().filter(|reader| reader.strategy() != form.reader().strategy()) {
        let found = reader.read(&[header], NOW);
        assert!(found.payload.is_none() && found.signed_data.is_none(), "the session of another strategy was accepted");
        let code = reader.strategy().map(|_| "session_data_other_strategy");
        assert_eq!(found.failure.map(|failure| failure.code()), code);
    }
}

/// Checks a session that is accepted without a version with a reader of version 1.
fn check_version(header: &[u8], json: &Json) {
    let found = VERSION_READER.read(&[header], NOW);
    let is_first = matches!(json.get("version").and_then(Json::as_str), None | Some("" | "1"));
    assert_eq!(found.payload.is_some(), is_first);
    assert_eq!(found.failure.map(|failure| failure.code()), (!is_first).then_some("session_data_other_version"));
}

/// Checks a value that the fuzzer has written, and cannot sign. A reader of tokens under public keys returns it unverified.
fn check_unsigned(value: &[u8], chunk: u8) {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !b";%\"".contains(byte);
    let Ok(text) = str::from_utf8(value) else { return };
    if value.is_empty() || !value.iter().all(is_plain) {
        return;
    }
    let header = send(DATA, text, chunk);
    for reader in READERS.iter() {
        let found = memory::bounded(header.len(), 400, || reader.read(&[&header], NOW));
        assert!(found.payload.is_none(), "a session was accepted that is not signed");
        if reader.strategy() != Some(Strategy::Jwks) {
            assert!(found.signed_data.is_none());
            continue;
        }
        match is_asymmetric(value) {
            Err(Failure::Undecided) => {}
            expected => {
                assert_eq!(found.signed_data.as_deref(), (expected == Ok(true)).then_some(text));
            }
        }
    }
}

/// Returns true for a token that a public key can verify.
fn is_asymmetric(value: &[u8]) -> Result<bool, Failure> {
    let parts: Vec<_> = value.split(|byte| *byte == b'.').collect();
    let decoded: Vec<_> = parts.iter().filter_map(|part| decode(part)).collect();
    if parts.len() != 3 || decoded.len() != 3 || parts[0].len() > MAX_HEADER_BYTES {
        return Ok(false);
    }
    Ok(!token::read_header(&decoded[0])?.algorithm.starts_with("HS"))
}

/// Checks chunks whose names the fuzzer has written.
fn check_chunks(rest: &[u8]) {
    let (suffixes, payload) = input::split_pair(rest);
    let suffixes: Vec<&[u8]> = suffixes.split(|byte| *byte == b' ').collect();
    let value = sign_compact(payload, SECRET);
    let is_name = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b';' | b'=');
    if suffixes.len() > value.len() || !suffixes.concat().iter().all(is_name) {
        return;
    }
    let start = |index: usize| index * value.len() / suffixes.len();
    let part = |index| value[start(index)..start(index + 1)].as_bytes();
    let parts: Vec<_> = suffixes.iter().enumerate().map(|(index, suffix)| (*suffix, part(index))).collect();
    let mut header = send("x", "", 0);
    for (suffix, part) in &parts {
        header.extend([b"; better-auth.session_data", *suffix, b"=", *part].concat());
    }
    let found = READERS[0].read(&[&header], NOW);
    match join_chunks(&parts) {
        Joined::Absent => assert!(found.payload.is_none() && found.failure.is_none()),
        Joined::Unusable => assert_eq!(found.failure.map(|failure| failure.code()), Some("session_data_malformed")),
        Joined::Value(joined) if joined == value.as_bytes() => match is_session(payload, Form::Compact) {
            Err(Failure::Undecided) => {}
            expected => assert_eq!(found.payload.is_some(), expected == Ok(true), "{:?}", found.failure),
        },
        Joined::Value(_) => assert!(found.payload.is_none(), "a part of a session was accepted"),
    }
}

fn is_session(payload: &[u8], form: Form) -> Result<bool, Failure> {
    let json = parse(payload)?;
    let is_object = |name| matches!(json.get(name), Some(Json::Object(_)));
    let has_version = matches!(json.get("version"), None | Some(Json::Null | Json::Str(_)));
    let is_bound = json.get("session").and_then(|session| session.get("token")).and_then(Json::as_str) == Some(TOKEN);
    let policy = ClaimsPolicy { required: vec!["iat".to_owned(), "exp".to_owned()], ..ClaimsPolicy::default() };
    let is_current = form == Form::Compact || claims::is_valid(&json, &policy, NOW);
    Ok(is_object("session") && is_object("user") && has_version && is_bound && is_current)
}

fn check_auth_js(header: &[u8], payload: &[u8], secret: &str) {
    let found = memory::bounded(header.len(), 400, || AUTH_JS.read(&[header], NOW));
    let policy = ClaimsPolicy { leeway_seconds: auth_js::LEEWAY_SECONDS, ..ClaimsPolicy::default() };
    let expected = match parse(payload) {
        Err(Failure::Undecided) => return,
        Err(Failure::Invalid) => false,
        Ok(_) if header.len() > MAX_COOKIE_BYTES || !is_accepted(secret) => false,
        Ok(json) => claims::is_current(&json, &policy, NOW),
    };
    match found {
        Err(error) => {
            assert!(!expected, "a session was rejected: {error}");
            echo::check_error(&error.to_string(), payload, &[]);
        }
        Ok(claims) => {
            let claims = claims.expect("the cookie is there");
            assert!(expected, "a session was accepted that the reference rejects");
            let (Ok(found), Ok(Json::Object(members))) = (claims.parse(), parse(payload)) else {
                panic!("not an object")
            };
            assert!(json::equal_members(&members, found.members()));
        }
    }
}

/// Checks a token that the target signs, as it is and with another signature.
fn check_token(token: &[u8]) {
    let is_token = |text: &[u8]| {
        (1..=128).contains(&text.len()) && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let signed = sign_token(token, SECRET);
    let decoded = percent_decode(token);
    let expected = is_token(token).then(|| String::from_utf8_lossy(token).into_owned());
    if !token.contains(&b'%') {
        assert_eq!(TOKEN_READER.read(&signed).ok(), expected);
    }
    let mut forged = signed;
    let last = forged.len() - 5;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    assert!(TOKEN_READER.read(&forged).is_err(), "a forged token was accepted");
    match TOKEN_READER.read(token) {
        Ok(found) => {
            assert!(is_token(found.as_bytes()) && (found.as_bytes() == decoded || is_signed(&decoded, &found)))
        }
        Err(error) => echo::check_error(&format!("{error} {}", error.code()), token, &[]),
    }
}

fn is_signed(value: &[u8], token: &str) -> bool {
    sign_token(token.as_bytes(), SECRET) == value
}

/// Checks headers that the fuzzer has written: what is accepted, a MAC of aws-lc-rs covers.
fn check_headers(headers: &[&[u8]]) {
    let length: usize = headers.iter().map(|header| header.len()).sum();
    let cookies: Vec<_> =
        headers.iter().flat_map(|header| parse_header(header)).filter(|(_, value)| !value.is_empty()).collect();
    for reader in READERS.iter() {
        let found = memory::bounded(length, 400, || reader.read(headers, NOW));
        let expected = if length > MAX_COOKIE_BYTES { None } else { find_token(&cookies) };
        if let Some(token) = &found.session_token {
            assert_eq!(Some(&token.token), expected.as_ref(), "a session token was accepted that is not signed");
        }
        if let Some(failure) = found.failure {
            echo::check_error(failure.code(), &headers.concat(), &[]);
        }
        check_data(&found, reader.strategy(), &cookies);
    }
    match memory::bounded(length, 400, || AUTH_JS.read(headers, NOW)) {
        Ok(found) => assert!(found.is_none() || cookies.iter().any(|(name, _)| contains(name, b"session-token"))),
        Err(error) => echo::check_error(&error.to_string(), &headers.concat(), &[]),
    }
}

/// Returns the token of the first cookie of the strictest name, if its signature is good.
fn find_token(cookies: &[(Vec<u8>, Vec<u8>)]) -> Option<String> {
    let names = ["__Host-", "__Secure-", ""].map(|prefix| format!("{prefix}better-auth.session_token"));
    let value = names.iter().find_map(|name| cookies.iter().find(|(own, _)| own == name.as_bytes()))?;
    let value = percent_decode(&value.1);
    let dot = value.iter().rposition(|byte| *byte == b'.')?;
    let token = String::from_utf8(value[..dot].to_vec()).ok()?;
    let is_signed_by = |secret: &str| {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), token.as_bytes());
        let text = encode(tag.as_ref()).replace('-', "+").replace('_', "/") + "=";
        text.as_bytes() == &value[dot + 1..]
    };
    (is_signed_by(SECRET) || is_signed_by(OLD_SECRET)).then_some(token)
}

/// The fuzzer cannot sign. An accepted payload is one of the seeds, whose parts must be those of the cookies.
fn check_data(found: &SessionCookies, strategy: Option<Strategy>, cookies: &[(Vec<u8>, Vec<u8>)]) {
    if let Some(data) = &found.signed_data {
        assert!(strategy == Some(Strategy::Jwks) && data.split('.').all(|part| decode(part.as_bytes()).is_some()));
    }
    let Some(payload) = &found.payload else { return };
    assert!(found.session_token.is_some() && strategy.is_some(), "a session without its token was accepted");
    let token = found.session_token.as_ref().map(|token| token.token.clone());
    let jiter::JsonValue::Object(session) = &payload.session else { panic!("a session is an object") };
    let own = session.iter().find(|(name, _)| name == "token").map(|(_, value)| value.clone());
    assert!(matches!(own, Some(jiter::JsonValue::Str(own)) if Some(own.to_string()) == token), "another session");
    assert!(cookies.iter().any(|(name, _)| contains(name, b"better-auth.session_data")));
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
