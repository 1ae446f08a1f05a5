//! Diagnosis of key arguments that are not a key: what was passed instead, and what to pass. No text contains any part of
//! the argument.

use super::detection::{fitting_label, is_pem};
use super::text_encodings::{decode_base64, decode_hex, unescape};

const JSON_TEXT: &str = "The key is JSON text; pass a dict, which json.loads returns.";

/// Returns the reason why `text`, from which no key could be read, is not a public key in PEM.
pub(super) fn describe_non_key(text: &[u8]) -> &'static str {
    if text.trim_ascii().is_empty() {
        return "The key must not be empty.";
    }
    if is_json(text.trim_ascii()) {
        return JSON_TEXT;
    }
    describe_reference(text)
        .or_else(|| describe_encoded_key(text))
        .unwrap_or("The PEM text cannot be parsed: it must begin with -----BEGIN, and have its line breaks.")
}

/// Returns the reason why `text` is not a key, if it names or describes one: a URL, a path, JSON, a token.
pub(super) fn describe_reference(text: &[u8]) -> Option<&'static str> {
    let text = text.trim_ascii();
    if starts_with_ignoring_case(text, b"http://") || starts_with_ignoring_case(text, b"https://") {
        return Some("The key is a URL; to fetch a JWK Set from it, pass RemoteKeySet(url).");
    }
    if is_path(text) {
        return Some("The key is the path of a file; pass the content of the file.");
    }
    if is_json(text) && [&b"\"kty\""[..], b"\"keys\"", b"\"jwks_uri\""].iter().any(|name| contains(text, name)) {
        return Some(JSON_TEXT);
    }
    if text.starts_with(b"eyJ") && memchr::memchr_iter(b'.', text).count() == 2 {
        return Some("The key is a token; pass the key that verifies it.");
    }
    None
}

/// Returns the reason why `text`, which contains a key, is not PEM.
pub(super) fn describe_encoded_key(text: &[u8]) -> Option<&'static str> {
    if is_pem(text) {
        return Some(describe_pem(text));
    }
    let text = text.trim_ascii();
    if let Some(reason) = describe_ssh_key(text) {
        return Some(reason);
    }
    let unescaped = unescape(text);
    let is_der = |der: Vec<u8>| fitting_label(&der).is_some();
    if decode_base64(&unescaped).any(is_der) {
        return Some(
            "The key is base64 without the lines of PEM; put the line -----BEGIN PUBLIC KEY----- (or CERTIFICATE) before \
             it and the line -----END PUBLIC KEY----- after it.",
        );
    }
    if decode_hex(text).any(is_der) {
        return Some("The key is DER in hex; pass the bytes, which bytes.fromhex returns.");
    }
    let has_label = contains(text, b"BEGIN ") && (contains(text, b" KEY") || contains(text, b"CERTIFICATE"));
    has_label.then_some("The key is PEM whose first line lacks its dashes; it must be -----BEGIN PUBLIC KEY-----.")
}

/// Returns the reason why text with the beginning of a PEM block cannot be parsed.
pub(super) fn describe_pem(text: &[u8]) -> &'static str {
    if contains(text, b"\\n") {
        return "The PEM text cannot be parsed: it contains a backslash and n in place of each line break. Replace them \
                with line breaks.";
    }
    if !contains(text, b"-----END") {
        return "The PEM text cannot be parsed: its last line, which begins with -----END, is missing. A value of several \
                lines must be quoted in .env.";
    }
    "The PEM text cannot be parsed. Its first and last line must have the same label, and the lines between them must be \
     base64."
}

fn describe_ssh_key(text: &[u8]) -> Option<&'static str> {
    let is_ssh = [&b"ssh-"[..], b"ecdsa-sha2-", b"---- BEGIN SSH2"].iter().any(|prefix| text.starts_with(prefix));
    is_ssh.then_some("The key is an OpenSSH public key; convert it with ssh-keygen -e -m PKCS8 -f key.pub.")
}

/// Returns true for one line that names a file: by its suffix, or by its scheme.
fn is_path(text: &[u8]) -> bool {
    const SUFFIXES: [&[u8]; 9] = [b".pem", b".key", b".pub", b".crt", b".cer", b".cert", b".der", b".json", b".jwks"];
    let is_one_line = !text.iter().any(u8::is_ascii_control);
    let lower = text.get(text.len().saturating_sub(5)..).unwrap_or_default().to_ascii_lowercase();
    let has_suffix = SUFFIXES.iter().any(|suffix| lower.ends_with(suffix));
    is_one_line && (has_suffix || starts_with_ignoring_case(text, b"file://"))
}

/// Returns the problem of a member of a JWK whose type is not the required one.
pub(crate) fn describe_wrong_type(name: &str) -> String {
    let expected = match name {
        "e" => "a str in base64url, such as AQAB for 65537",
        "key_ops" => "a list of str",
        "kid" | "alg" | "use" | "kty" | "crv" => "a str",
        _ => "a str in base64url",
    };
    format!("A parameter of the JWK has the wrong type: {name} must be {expected}.")
}

/// Returns the reason why members without those that are `missing` are not a JWK.
pub(super) fn describe_missing_members(missing: &[&str], has: impl Fn(&str) -> bool) -> String {
    let explanation = match () {
        () if has("jwks_uri") => "; this is a discovery document, pass RemoteKeySet(document[\"jwks_uri\"])",
        () if has("x5c") => "; the certificates in x5c are not read, pass the first one as PEM",
        () if has("keys") => "; this has a list of keys and is a JWK Set",
        () => "",
    };
    format!("Mandatory parameters are missing: {}{explanation}.", missing.join(", "))
}

/// Returns the name in `known` that differs from `name` in case only.
pub(super) fn find_ignoring_case<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    known.into_iter().find(|known| known.eq_ignore_ascii_case(name) && *known != name)
}

/// Returns the reason why the text of the JWK's member `name` is not base64url.
pub(super) fn describe_base64url(name: &str, text: &[u8]) -> String {
    let has = |bytes: &[u8]| text.iter().any(|byte| bytes.contains(byte));
    let problem = match () {
        () if text.is_empty() => "must not be empty",
        () if has(b"+/") => "is standard base64; replace + by -, / by _, and remove =",
        () if has(b"=") => "has padding; remove =",
        () if text.iter().any(u8::is_ascii_whitespace) => "contains white space; remove it",
        () => "must have only the characters A-Z a-z 0-9 - _, and no unused bits that are set",
    };
    format!("A parameter of the JWK is not base64url: {name} {problem}.")
}

fn is_json(text: &[u8]) -> bool {
    matches!(text, [b'{', .., b'}'] | [b'[', .., b']']) && text.contains(&b'"')
}

fn starts_with_ignoring_case(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

#[cfg(test)]
mod tests {
    use super::{
        JSON_TEXT, describe_base64url, describe_encoded_key, describe_missing_members, describe_non_key,
        describe_reference, describe_wrong_type, find_ignoring_case,
    };

    #[test]
    fn names_what_was_passed_in_place_of_a_key() {
        for (text, expected) in [
            ("", "must not be empty"),
            (" \n", "must not be empty"),
            ("HTTPS://auth.example.com/jwks", "RemoteKeySet(url)"),
            ("http://127.0.0.1:3000", "RemoteKeySet(url)"),
            ("/etc/keys/public.pem", "path"),
            ("..\\keys\\PUBLIC.PEM", "path"),
            ("jwks.json", "path"),
            ("file:///run/secrets/key", "path"),
            (r#"{"keys": []}"#, "pass a dict"),
            (r#"[{"kty":"RSA"}]"#, "pass a dict"),
            ("eyJhbGciOiJIUzI1NiJ9.e30.AA", "is a token"),
            ("ssh-ed25519 AAAA comment", "ssh-keygen"),
            ("BEGIN PUBLIC KEY\nAAAA\nEND PUBLIC KEY", "lacks its dashes"),
            ("-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----", "backslash and n"),
            ("-----BEGIN PUBLIC KEY-----", "-----END"),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END CERTIFICATE-----", "same label"),
            ("anything else", "-----BEGIN"),
        ] {
            let reason = describe_non_key(text.as_bytes());
            assert!(reason.contains(expected) && !reason.contains("secret"), "{text}: {reason}");
        }
    }

    #[test]
    fn a_secret_is_not_a_reference() {
        for secret in [
            "correct horse battery staple, the long version",
            "q/3K+httpsFvJ9/keyPEM==",
            "{curly braces without a quote}",
            r#"{"a": "JSON that is not a key"}"#,
            "a.pem file mentioned",
            "eyJ.but.not.a.token",
        ] {
            assert_eq!(describe_reference(secret.as_bytes()), None, "{secret}");
        }
    }

    #[test]
    fn names_the_type_that_a_member_must_have() {
        for (name, expected) in [
            ("e", "e must be a str in base64url, such as AQAB for 65537."),
            ("n", "n must be a str in base64url."),
            ("key_ops", "key_ops must be a list of str."),
            ("kid", "kid must be a str."),
            ("crv", "crv must be a str."),
        ] {
            assert!(describe_wrong_type(name).ends_with(expected), "{}", describe_wrong_type(name));
        }
    }

    #[test]
    fn names_what_has_other_members_than_a_key() {
        let describe = |present: &str| describe_missing_members(&["kty", "n"], |name| name == present);
        assert_eq!(describe(""), "Mandatory parameters are missing: kty, n.");
        for (present, expected) in
            [("jwks_uri", "discovery document"), ("x5c", "certificates in x5c are not read"), ("keys", "is a JWK Set")]
        {
            assert!(describe(present).contains(expected), "{present}");
        }
        let both = describe_missing_members(&["kty"], |name| matches!(name, "x5c" | "keys"));
        assert!(both.contains("x5c"), "{both}");
    }

    #[test]
    fn finds_the_name_that_differs_in_case_alone() {
        let known = ["kid", "KID", "x5t#S256"];
        assert_eq!(find_ignoring_case("Kid", known), Some("kid"));
        assert_eq!(find_ignoring_case("kid", known), Some("KID"));
        assert_eq!(find_ignoring_case("x5t#s256", known), Some("x5t#S256"));
        assert_eq!(find_ignoring_case("x5t#S256", known), None);
        assert_eq!(find_ignoring_case("other", known), None);
    }

    #[test]
    fn text_in_brackets_is_json_only_with_a_quote() {
        assert_eq!(describe_non_key(br#"{"a":1}"#), JSON_TEXT);
        for text in ["{a}", "[1]", "\"a\"", "{\"a\"]"] {
            assert_ne!(describe_non_key(text.as_bytes()), JSON_TEXT, "{text}");
        }
    }

    #[test]
    fn label_without_a_key_is_not_a_first_line() {
        assert!(describe_encoded_key(b"BEGIN CERTIFICATE").is_some_and(|reason| reason.contains("lacks its dashes")));
        for text in ["BEGIN nothing", "a KEY", "the CERTIFICATE"] {
            assert_eq!(describe_encoded_key(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn names_the_problem_of_a_member() {
        for (text, expected) in [
            ("", "empty"),
            ("a+b/", "standard"),
            ("AQAB==", "padding"),
            ("AQ AB", "white space"),
            ("QR", "unused bits"),
        ] {
            assert!(describe_base64url("n", text.as_bytes()).contains(expected), "{text}");
        }
    }
}
