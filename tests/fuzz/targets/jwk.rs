//! JWKs and JWK Sets, local and fetched, against the reference and aws-lc-rs.
//!
//! Mode `S`: a JWK Set, local and as if it was fetched. Any other mode: a JWK, as a key that verifies and as an asymmetric
//! key that is exported.
#![no_main]

use fastjose::keys::asymmetric_key::AsymmetricKey;
use fastjose::{AlgorithmSet, Error, KeySet, VerificationKey};
use fastjose_fuzz::mutate::{self, Words};
use fastjose_fuzz::reference::json::{Failure, Json, parse};
use fastjose_fuzz::reference::jwk::ReferenceKey;
use fastjose_fuzz::{echo, input, memory};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

/// The limit of the keys of a fetched set.
const MAX_KEYS: usize = 16;

const WORDS: Words = Words {
    prefix_bytes: 1,
    names: "kty kid alg use key_ops crv x y n e d p q dp dq qi k oth keys",
    values: r#"
        "RSA" "EC" "OKP" "oct" "sig" "enc" ["verify"] ["sign","verify"] "P-256" "Ed25519" "AQAB" "HS256" "RS256"
        "EdDSA" "RSA-OAEP" "dir""#,
};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &WORDS)
});

fuzz_target!(|data: &[u8]| {
    let (mode, text) = input::split_mode(data);
    let Ok(json) = parse(text).map_err(|failure| check_unparsed(text, failure)) else { return };
    if mode == b'S' {
        check_set(text, &json);
    } else {
        check_key(text, &json);
        check_asymmetric_key(text);
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
        // AWS-LC takes points of small order and points in a second encoding.
        (Some(_), Err(Error::InvalidKey(reason))) if reason.starts_with("The Ed25519 key must be") => {}
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

/// Checks that the product took the keys of the reference in their order, except Edwards keys of small order.
fn check_members<'k>(expected: &[ReferenceKey], keys: impl Iterator<Item = &'k VerificationKey>) {
    let mut expected = expected.iter();
    for key in keys {
        let names: Vec<_> = key.algorithms().iter().map(|algorithm| algorithm.name()).collect();
        let is_of_key = |one: &ReferenceKey| one.algorithms == names && one.kid.as_deref() == key.kid();
        let found = expected.find(|one| is_of_key(one) || one.algorithms != ["EdDSA"]);
        check_equal(found.expect("a key was accepted that the reference rejects"), key);
    }
    assert!(expected.all(|one| one.algorithms == ["EdDSA"]), "a key was skipped that the reference accepts");
}

fn check_all_rejected(expected: &[ReferenceKey], error: &Error, text: &[u8], json: &Json) {
    assert!(expected.iter().all(|one| one.algorithms == ["EdDSA"]), "a set was rejected: {error}");
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
