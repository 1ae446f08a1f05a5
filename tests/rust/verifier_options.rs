//! The options of a verifier, one by one: each limit at its edge, and each check with a token that only it rejects.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::sync::Arc;

use fastjose::jwks::{HttpLimits, RefreshPolicy};
use fastjose::jwt::revocation::{Revocation, Subject};
use fastjose::jwt::verifier::{KeySources, SignatureCheck};
use fastjose::{
    Algorithm, AudienceRule, ClaimsPolicy, Error, ExpectedMember, KeySet, RemoteKeySet, RevocationList, Scalar,
    VerificationKey, Verifier, VerifierOptions, sign_token,
};
use serde_json::json;

const NOW: f64 = 1_700_000_000.0;
const SECRET: &[u8] = b"a-secret-that-is-longer-than-the-longest-hash-that-any-of-them-uses";
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn sign(header: &str) -> String {
    let payload = json!({"sub": "user", "jti": "one", "exp": NOW + 60.0, "nbf": NOW}).to_string();
    sign_token(header.as_bytes(), payload.as_bytes(), SECRET, Algorithm::HS256).unwrap()
}

fn options() -> VerifierOptions {
    VerifierOptions { algorithms: Some([Algorithm::HS256].into_iter().collect()), ..VerifierOptions::default() }
}

fn verifier(options: VerifierOptions) -> Verifier {
    Verifier::new(KeySet::from(VerificationKey::from_secret(SECRET).unwrap()), options).unwrap()
}

fn verdict(options: VerifierOptions, token: &str) -> &'static str {
    verifier(options).verify(token.as_bytes(), NOW).err().map_or("accepted", |error| error.code())
}

#[test]
fn a_token_may_be_as_long_as_the_limit() {
    let token = sign(HEADER);
    let limited = |max_token_bytes| verdict(VerifierOptions { max_token_bytes, ..options() }, &token);
    assert_eq!([limited(token.len()), limited(token.len() - 1)], ["accepted", "too_large"]);
}

#[test]
fn an_encoded_header_may_be_as_long_as_the_limit() {
    let token = sign(HEADER);
    let length = token.find('.').unwrap();
    let limited = |max_header_bytes| verdict(VerifierOptions { max_header_bytes, ..options() }, &token);
    assert_eq!([limited(length), limited(length - 1)], ["accepted", "too_large"]);
}

#[test]
fn critical_extensions_and_unencoded_payloads_are_rejected() {
    for (member, expected) in [
        (r#""crit":["exp"],"exp":1"#, "unsupported_header"),
        (r#""crit":[]"#, "unsupported_header"),
        (r#""b64":false"#, "unsupported_header"),
        (r#""b64":null"#, "unsupported_header"),
        (r#""b64":true"#, "accepted"),
    ] {
        assert_eq!(verdict(options(), &sign(&format!(r#"{{"alg":"HS256",{member}}}"#))), expected, "{member}");
    }
}

#[test]
fn a_required_header_parameter_must_have_its_value() {
    let header = vec![ExpectedMember { name: "use".to_owned(), values: vec![Scalar::Str("access".to_owned())] }];
    let required = VerifierOptions { header, ..options() };
    for (member, expected) in
        [(r#","use":"access""#, "accepted"), (r#","use":"id""#, "wrong_header"), ("", "wrong_header")]
    {
        assert_eq!(verdict(required.clone(), &sign(&format!(r#"{{"alg":"HS256"{member}}}"#))), expected, "{member}");
    }
}

#[test]
fn a_cached_token_is_rechecked_with_the_leeway() {
    let policy = ClaimsPolicy { leeway_seconds: 10.0, ..ClaimsPolicy::default() };
    let verifier = verifier(VerifierOptions { policy, ..options() });
    let token = sign(HEADER);
    let SignatureCheck::Verified(payload) =
        verifier.verify_signature(verifier.parse(token.as_bytes()).unwrap()).unwrap()
    else {
        panic!("a local key needs no fetch");
    };
    let (_, validity) = verifier.validate_claims(&payload, NOW).unwrap();
    for (now, expected) in [
        (NOW - 10.0, None),
        (NOW - 10.5, Some(Error::NotYetValid)),
        (NOW + 69.5, None),
        (NOW + 70.0, Some(Error::Expired)),
    ] {
        assert_eq!(verifier.recheck_validity(&validity, now).err(), expected, "{now}");
    }
}

#[test]
fn a_token_that_is_revoked_after_it_was_cached_is_rejected() {
    let list = Arc::new(RevocationList::new(None));
    let verifier = verifier(VerifierOptions { revocations: Some(Arc::clone(&list)), ..options() });
    let token = sign(HEADER);
    let SignatureCheck::Verified(payload) =
        verifier.verify_signature(verifier.parse(token.as_bytes()).unwrap()).unwrap()
    else {
        panic!("a local key needs no fetch");
    };
    let (_, validity) = verifier.validate_claims(&payload, NOW).unwrap();
    assert!(verifier.recheck_validity(&validity, NOW).is_ok());
    list.revoke(&Revocation { subject: Subject::Token("one"), at: NOW, until: NOW + 60.0 }, NOW);
    assert_eq!(verifier.recheck_validity(&validity, NOW).err().map(|error| error.code()), Some("revoked"));
    assert_eq!(verifier.verify(token.as_bytes(), NOW).err().map(|error| error.code()), Some("revoked"));
}

#[test]
fn an_audience_and_its_rule_must_fit_together() {
    let built = |audience_rule, audiences: &[&str]| {
        let audiences = audiences.iter().map(ToString::to_string).collect();
        let policy = ClaimsPolicy { audience_rule, audiences, ..ClaimsPolicy::default() };
        let keys = KeySet::from(VerificationKey::from_secret(SECRET).unwrap());
        Verifier::new(keys, VerifierOptions { policy, ..options() }).is_ok()
    };
    assert_eq!([built(AudienceRule::Unchecked, &[]), built(AudienceRule::Unchecked, &["api"])], [true, false]);
    assert_eq!([built(AudienceRule::Exact, &[]), built(AudienceRule::Exact, &["api"])], [false, true]);
}

#[test]
fn a_verifier_tries_at_least_one_key() {
    let keys = KeySet::from(VerificationKey::from_secret(SECRET).unwrap());
    let none = VerifierOptions { max_candidate_keys: 0, ..options() };
    assert!(matches!(Verifier::new(keys, none), Err(Error::Configuration(_))));
    assert_eq!(verdict(VerifierOptions { max_candidate_keys: 1, ..options() }, &sign(HEADER)), "accepted");
}

#[test]
fn a_verifier_says_what_it_was_created_with() {
    let set = RemoteKeySet::new("http://127.0.0.1:1/", false, HttpLimits::default(), RefreshPolicy::default());
    let encryption = r#"{"kty":"RSA","kid":"a","use":"enc","n":"AQ","e":"AQAB"}"#;
    let unusable = r#"{"kty":"RSA","kid":"b","n":"AQ","e":"AQAB"}"#;
    let secret = r#"{"kty":"oct","k":"YS1zZWNyZXQtdGhhdC1pcy1sb25nLWVub3VnaC1mb3ItSFMyNTY","alg":"HS256"}"#;
    let other = secret.replace(r#""k""#, r#""kid":"other","k""#);
    let local =
        KeySet::from_jwk_set(format!(r#"{{"keys":[{encryption},{unusable},{secret},{other}]}}"#).as_bytes()).unwrap();
    let keys = KeySources { local: Arc::new(local), remote: vec![Arc::new(set.unwrap())] };
    let verifier = Verifier::new(keys, VerifierOptions { max_token_bytes: 1_234, ..options() }).unwrap();
    assert_eq!(verifier.algorithms(), [Algorithm::HS256].into_iter().collect());
    assert_eq!((verifier.max_token_bytes(), verifier.local_key_count()), (1_234, 2));
    assert_eq!(verifier.remote_key_sets().len(), 1);
    let skipped = verifier.skipped_keys();
    assert!(skipped.len() == 1 && skipped.iter().all(|key| key.starts_with("keys[1] (kid b): ")), "{skipped:?}");
}

#[test]
fn a_verifier_has_at_least_one_key() {
    for algorithms in [None, options().algorithms] {
        let error = Verifier::new(KeySet::default(), VerifierOptions { algorithms, ..VerifierOptions::default() });
        assert!(error.is_err_and(|error| error.to_string().contains("at least one key")));
    }
}

#[test]
fn a_payload_that_cannot_be_parsed_is_named_as_compressed_if_the_header_says_so() {
    for (header, is_compressed) in [(r#"{"alg":"HS256","zip":"DEF"}"#, true), (HEADER, false)] {
        let token = sign_token(header.as_bytes(), b"\x01\x02", SECRET, Algorithm::HS256).unwrap();
        let error = verifier(options()).verify(token.as_bytes(), NOW).unwrap_err();
        assert_eq!((error.code(), error.to_string().contains("zip")), ("malformed", is_compressed), "{error}");
    }
}

#[test]
fn an_allow_list_names_at_least_one_algorithm() {
    let keys = KeySet::from(VerificationKey::from_secret(SECRET).unwrap());
    let none = VerifierOptions { algorithms: Some([].into_iter().collect()), ..VerifierOptions::default() };
    let error = Verifier::new(keys, none).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("algorithms must name at least one algorithm."));
}
