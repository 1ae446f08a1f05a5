//! JWKs and JWK Sets, local and fetched, against the reference and aws-lc-rs.
//!
//! Mode `S`: a JWK Set, local and as if it was fetched. Mode `A`: the answers of a server for one key, step by step. Any
//! other mode: a JWK, as a key that verifies and as an asymmetric key that is exported.
#![no_main]

use std::time::Duration;

use aws_lc_rs::signature::{self, ParsedPublicKey};
use fastjose::jwks::fuzzing::AnsweredKey;
use fastjose::jwks::{RefreshPolicy, SetState};
use fastjose::keys::asymmetric_key::{AsymmetricKey, KeyFormat};
use fastjose::{AlgorithmSet, Error, KeySet, VerificationKey};
use fastjose_fuzz::mutate::{self, Words};
use fastjose_fuzz::reference::json::{Failure, Json, parse};
use fastjose_fuzz::reference::jwk::ReferenceKey;
use fastjose_fuzz::reference::key_answers::{Ages, Answer, ReferenceKeyState, is_requested};
use fastjose_fuzz::{echo, input, memory};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

/// The limit of the keys of a fetched set.
const MAX_KEYS: usize = 16;

/// The seconds that a key of the mode `A` is kept for.
const AGES: Ages = Ages { max_age: 600, min_age: 60, max_stale: 3_600 };

/// The limits of the numbers in the mode `A`: an age in seconds, and the steps of one input.
const MAX_NUMBER: u64 = 1_000_000;
const MAX_ANSWERS: usize = 16;

/// The reasons for which a key that the reference accepts may be rejected.
const PERMITTED_REASONS: [&str; 2] = ["The Ed25519 key must be", "The specified key is an asymmetric key"];

const WORDS: Words = Words {
    prefix_bytes: 1,
    names: "kty kid alg use key_ops crv x y n e d p q dp dq qi k oth keys answers after status body max_age",
    values: r#"
        "RSA" "EC" "OKP" "oct" "sig" "enc" ["verify"] ["sign","verify"] "P-256" "Ed25519" "AQAB" "HS256" "RS256"
        "EdDSA" "RSA-OAEP" "dir" 200 403 404 410 429 500 0 59 60 600 601 3600 4200"#,
};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &WORDS)
});

fuzz_target!(|data: &[u8]| {
    let (mode, text) = input::split_mode(data);
    let Ok(json) = parse(text).map_err(|failure| check_unparsed(text, failure)) else { return };
    match mode {
        b'S' => check_set(text, &json),
        b'A' => check_answers(text, &json),
        _ => {
            check_key(text, &json);
            check_asymmetric_key(text);
        }
    }
});

fn check_unparsed(text: &[u8], failure: Failure) {
    if failure == Failure::Invalid {
        let errors = [VerificationKey::from_jwk(text).err(), KeySet::from_jwk_set(text).err()];
        for error in errors {
            let error = error.expect("text that is not strict JSON was accepted");
            echo::check_error(&error.to_string(), text, &[]);
        }
        assert!(KeySet::from_remote(text, MAX_KEYS).is_err() && AsymmetricKey::from_jwk(text).is_err());
    }
}

fn check_key(text: &[u8], json: &Json) {
    let key = memory::bounded(text.len(), 200, || VerificationKey::from_jwk(text));
    match (ReferenceKey::read(json), key) {
        (None, Ok(key)) => panic!("a JWK was accepted that the reference rejects: {key:?}"),
        (None, Err(error)) => echo::check_error(&error.to_string(), text, &[]),
        (Some(expected), Err(Error::InvalidKey(reason)))
            if expected.may_be_rejected() && PERMITTED_REASONS.iter().any(|known| reason.starts_with(known)) => {}
        (Some(_), Err(error)) => panic!("a JWK was rejected that the reference accepts: {error}"),
        (Some(expected), Ok(key)) => check_equal(&expected, &key),
    }
}

fn check_equal(expected: &ReferenceKey, key: &VerificationKey) {
    assert_eq!(key.kid(), expected.kid.as_deref());
    let names: Vec<_> = key.algorithms().iter().map(|algorithm| algorithm.name()).collect();
    assert_eq!(names, expected.algorithms);
}

fn check_set(text: &[u8], json: &Json) {
    let local = KeySet::from_jwk_set(text);
    let remote = memory::bounded(text.len(), 200, || KeySet::from_remote(text, MAX_KEYS));
    if let Err(error) = remote.as_ref().map_or(Ok(()), KeySet::check_usable) {
        echo::check_error(&error.to_string(), text, &loggable_names(json));
    }
    let Some(Json::Array(members)) = json.get("keys") else {
        let error = local.err().expect("a set without keys was accepted");
        echo::check_error(&error.to_string(), text, &[]);
        if let Ok(set) = remote {
            check_pems(json, &set);
        }
        return;
    };
    let expected: Vec<_> = members.iter().filter_map(ReferenceKey::read).collect();
    match local {
        Ok(set) => {
            assert!(!has_repeated_name(members), "a set was accepted in which two keys have one name");
            check_members(&expected, set.iter().map(AsRef::as_ref));
        }
        Err(Error::InvalidKey(reason)) if reason.starts_with("A JWK Set must not have two keys") => {
            assert!(has_repeated_name(members), "a set was rejected whose keys have different names");
        }
        Err(error) => check_all_rejected(&expected, &error, text, json),
    }
    let is_secret = |key: &&ReferenceKey| key.algorithms.iter().any(|name| name.starts_with("HS"));
    match remote {
        Ok(set) => {
            assert!(members.len() <= MAX_KEYS);
            let hmac = AlgorithmSet::all().filter(|algorithm| !algorithm.is_asymmetric());
            assert!(
                set.iter().all(|key| hmac.iter().all(|name| !key.algorithms().contains(name))),
                "a secret was taken"
            );
            let public: Vec<_> = expected.into_iter().filter(|key| !is_secret(&key)).collect();
            check_members(&public, set.iter().map(AsRef::as_ref));
        }
        Err(error) => echo::check_error(&error.to_string(), text, &loggable_names(json)),
    }
}

/// Returns true if two keys of a set, except those for encryption, have one `kid`, `kty` and `alg`.
fn has_repeated_name(members: &[Json]) -> bool {
    let text = |key: &Json, name: &str| key.get(name).and_then(Json::as_str).map(str::to_owned);
    let is_for_encryption = |key: &Json| {
        let alg = text(key, "alg").unwrap_or_default();
        let prefixes = ["RSA-OAEP", "RSA1_5", "ECDH-ES", "dir"];
        text(key, "use").as_deref() == Some("enc") || prefixes.iter().any(|prefix| alg.starts_with(prefix))
    };
    let names = members.iter().filter(|key| !is_for_encryption(key));
    let names: Vec<_> = names.filter_map(|key| Some((text(key, "kid")?, text(key, "kty"), text(key, "alg")))).collect();
    names.iter().enumerate().any(|(index, name)| names.iter().skip(index + 1).any(|other| other == name))
}

/// Checks that the product took the keys of the reference in their order, except those that it may reject.
fn check_members<'k>(expected: &[ReferenceKey], keys: impl Iterator<Item = &'k VerificationKey>) {
    let mut expected = expected.iter();
    for key in keys {
        let names: Vec<_> = key.algorithms().iter().map(|algorithm| algorithm.name()).collect();
        let is_of_key = |one: &ReferenceKey| one.algorithms == names && one.kid.as_deref() == key.kid();
        let found = expected.find(|one| is_of_key(one) || !one.may_be_rejected());
        check_equal(found.expect("a key was accepted that the reference rejects"), key);
    }
    assert!(expected.all(ReferenceKey::may_be_rejected), "a key was skipped that the reference accepts");
}

fn check_all_rejected(expected: &[ReferenceKey], error: &Error, text: &[u8], json: &Json) {
    assert!(expected.iter().all(ReferenceKey::may_be_rejected), "a set was rejected: {error}");
    echo::check_error(&error.to_string(), text, &loggable_names(json));
}

/// Returns every `kid` of a set, also of one in the form of Google, where it is the name of a member. An error text says
/// which keys are skipped, by the names that may be logged.
fn loggable_names(json: &Json) -> Vec<&str> {
    let is_loggable =
        |kid: &&str| kid.len() <= 64 && kid.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.=:/+".contains(&b));
    let kids: Vec<_> = match (json.get("keys"), json) {
        (Some(Json::Array(keys)), _) => keys.iter().filter_map(|key| key.get("kid")?.as_str()).collect(),
        (None, Json::Object(members)) => members.iter().map(|(kid, _)| kid.as_str()).collect(),
        _ => vec![],
    };
    kids.into_iter().filter(is_loggable).collect()
}

/// Checks a set in the form of Google: every member is PEM, and an RSA key is for RS256 alone.
fn check_pems(json: &Json, set: &KeySet) {
    let Json::Object(members) = json else { panic!("a set that is not an object was accepted") };
    assert!(!members.is_empty() && members.len() <= MAX_KEYS);
    for (_, pem) in members {
        assert!(pem.as_str().is_some_and(|text| text.contains("-----BEGIN")), "a member that is not PEM was accepted");
    }
    assert!(set.iter().all(|key| key.algorithms().len() == 1 && key.kid().is_some()));
}

/// Checks that an exported key is the same key, and that a private key signs what its public key verifies.
fn check_asymmetric_key(text: &[u8]) {
    let key = match AsymmetricKey::from_jwk(text) {
        Ok(key) => key,
        Err(error) => return echo::check_error(&error.to_string(), text, &[]),
    };
    let members = key.to_jwk().expect("a key that was read is exported");
    let exported: serde_json::Map<_, _> =
        members.iter().map(|(name, value)| ((*name).to_owned(), serde_json::Value::from(value.as_str()))).collect();
    let exported = serde_json::Value::from(exported).to_string();
    let again = AsymmetricKey::from_jwk(exported.as_bytes()).expect("an exported key is read");
    assert_eq!((again.key_type(), again.is_private()), (key.key_type(), key.is_private()));
    let algorithm = AlgorithmSet::all().iter().find(|algorithm| key.supports(*algorithm)).expect("a key has a use");
    if key.is_private() {
        let signature = key.sign(algorithm, b"message").expect("a private key signs");
        assert!(again.public_key().verify(algorithm, b"message", &signature), "the keys are not a pair");
    } else {
        assert!(key.sign(algorithm, b"message").is_err());
    }
}

/// Checks the key after each answer of a server: `{"kid": …, "answers": [{"after": …, "status": …, "body": …, "max_age": …}]}`.
fn check_answers(text: &[u8], json: &Json) {
    let kid = json.get("kid").and_then(Json::as_str).unwrap_or_default();
    let Some(mut key) = AnsweredKey::new(kid) else {
        return assert!(!is_requested(kid), "a kid is not requested");
    };
    assert!(is_requested(kid), "a kid is requested that may change the URL");
    assert_eq!(key.url(), format!("https://keys.example/keys/{kid}"));
    let Some(Json::Array(answers)) = json.get("answers") else { return };
    let (mut expected, mut now) = (ReferenceKeyState::default(), 0);
    for json in answers.iter().take(MAX_ANSWERS) {
        now += read_number(json, "after").unwrap_or_default();
        let (status, max_age) = (read_number(json, "status").unwrap_or_default(), read_number(json, "max_age"));
        let body = json.get("body").and_then(Json::as_str).unwrap_or_default();
        let answer = Answer { status: u16::try_from(status).unwrap_or_default(), body, max_age };
        check_answer(&mut key, &mut expected, answer, now, text);
        check_state(&key, &expected, kid, now);
    }
}

/// Applies an answer to the key and to the reference. An equal text must bring the same key, so that cached results stay.
fn check_answer(key: &mut AnsweredKey, expected: &mut ReferenceKeyState, answer: Answer<'_>, now: u64, text: &[u8]) {
    let seconds = Duration::from_secs;
    let policy = RefreshPolicy {
        max_age: seconds(AGES.max_age),
        min_age: seconds(AGES.min_age),
        max_stale: seconds(AGES.max_stale),
        refresh_jitter: 0.0,
        ..RefreshPolicy::default()
    };
    let instance = |key: &AnsweredKey| key.keys().iter().next().map(|one| one.instance());
    let before = instance(key).zip(expected.key.as_ref().map(|(text, _, _)| text.clone()));
    let max_age = answer.max_age.map(Duration::from_secs);
    let applied = memory::bounded(text.len(), 400, || {
        key.apply(answer.status, answer.body.as_bytes(), max_age, seconds(now), &policy)
    });
    assert_eq!(applied.is_ok(), expected.apply(answer, now, AGES, is_public_key), "{applied:?}");
    if let Err(reason) = applied {
        echo::check_error(&reason, text, &[]);
    }
    if let (Some((before, old)), Some(after), Some((new, _, _))) = (before, instance(key), &expected.key) {
        assert!(old != *new || before == after, "an equal answer brought another key");
    }
}

fn check_state(key: &AnsweredKey, expected: &ReferenceKeyState, kid: &str, now: u64) {
    let at = Duration::from_secs(now);
    assert_eq!(key.is_usable(at), expected.usable_key(now).is_some(), "the key may be used");
    let keys: Vec<_> = key.keys().iter().collect();
    assert_eq!(keys.len(), usize::from(expected.key.is_some()), "one key is cached, or none");
    for one in keys {
        assert_eq!(one.kid(), Some(kid));
        assert!(one.algorithms().iter().all(|algorithm| algorithm.is_asymmetric()), "a secret was taken");
        assert_eq!(key.state(at) >= SetState::Stale, expected.is_stale(now), "the key is stale");
    }
}

/// Returns true if the text is a public key in PEM for the product. If so, AWS-LC must read it, too.
fn is_public_key(text: &str) -> bool {
    let is_key = VerificationKey::from_pem(text.as_bytes()).is_ok();
    if is_key {
        assert!(text.contains("-----BEGIN") && text.contains("-----END"), "a text that is not PEM was accepted");
        let key = AsymmetricKey::from_pem_or_der(text.as_bytes()).expect("a key that verifies is exported");
        let der = key.public_key().to_der(KeyFormat::Pkcs8).expect("a public key is exported");
        assert!(is_read_by_aws_lc(&der), "AWS-LC rejects a key of an answer");
    }
    is_key
}

fn is_read_by_aws_lc(der: &[u8]) -> bool {
    ParsedPublicKey::new(&signature::ED25519, der).is_ok()
        || ParsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, der).is_ok()
        || [&signature::ECDSA_P256_SHA256_FIXED, &signature::ECDSA_P384_SHA384_FIXED]
            .into_iter()
            .chain([&signature::ECDSA_P521_SHA512_FIXED, &signature::ECDSA_P256K1_SHA256_FIXED])
            .any(|algorithm| ParsedPublicKey::new(algorithm, der).is_ok())
}

/// Returns a number of seconds or a status.
fn read_number(json: &Json, name: &str) -> Option<u64> {
    let Some(Json::Int(number)) = json.get(name) else { return None };
    u64::try_from(number).ok().filter(|number| *number <= MAX_NUMBER)
}
