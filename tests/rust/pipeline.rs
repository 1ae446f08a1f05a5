//! The pipeline through the crate's public API: signed tokens verify, and jsonwebtoken returns the same verdict.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaKeyPair};
use fastjose::algorithms::KeyType;
use fastjose::encoding::base64url;
use fastjose::jwt::token_cache::{CacheEntry, TokenCache};
use fastjose::jwt::verifier::SignatureCheck;
use fastjose::{
    Algorithm, AlgorithmSet, ClaimsPolicy, Error, KeySet, VerificationKey, Verifier, VerifierOptions, sign_token,
    verify_token,
};
use jsonwebtoken::{DecodingKey, Validation, decode};
use serde_json::json;

const NOW: f64 = 1_700_000_000.0;
const SECRET: &[u8] = b"a-secret-that-is-longer-than-the-longest-hash-that-any-of-them-uses";

struct Pair {
    algorithms: Vec<Algorithm>,
    private_pem: String,
    public_der: Vec<u8>,
}

fn encode_pem(pkcs8: &[u8]) -> String {
    pem::encode(&pem::Pem::new("PRIVATE KEY", pkcs8))
}

fn generate_ec(algorithm: Algorithm, with: &'static EcdsaSigningAlgorithm) -> Pair {
    let pair = EcdsaKeyPair::generate(with).unwrap();
    let public_der = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(pair.public_key()).unwrap();
    Pair {
        algorithms: vec![algorithm],
        private_pem: encode_pem(pair.to_pkcs8v1().unwrap().as_ref()),
        public_der: public_der.as_ref().to_vec(),
    }
}

fn generate_ed25519() -> Pair {
    let pair = Ed25519KeyPair::generate().unwrap();
    let public_der = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(pair.public_key()).unwrap();
    Pair {
        algorithms: vec![Algorithm::EdDSA],
        private_pem: encode_pem(pair.to_pkcs8v1().unwrap().as_ref()),
        public_der: public_der.as_ref().to_vec(),
    }
}

fn generate_rsa() -> Pair {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let private = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    Pair {
        algorithms: AlgorithmSet::for_key_type(KeyType::Rsa).iter().collect(),
        private_pem: encode_pem(private.as_ref()),
        public_der: pair.public_key().as_ref().to_vec(),
    }
}

fn generate_pairs() -> Vec<Pair> {
    vec![
        generate_rsa(),
        generate_ec(Algorithm::ES256, &signature::ECDSA_P256_SHA256_FIXED_SIGNING),
        generate_ec(Algorithm::ES384, &signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        generate_ec(Algorithm::ES512, &signature::ECDSA_P521_SHA512_FIXED_SIGNING),
        generate_ed25519(),
    ]
}

fn create_token(algorithm: Algorithm, key: &[u8]) -> String {
    let header = json!({"alg": algorithm.name(), "typ": "JWT"}).to_string();
    let payload = json!({"sub": "user", "exp": NOW + 60.0}).to_string();
    sign_token(header.as_bytes(), payload.as_bytes(), key, algorithm).unwrap()
}

fn options_allowing(algorithm: Algorithm) -> VerifierOptions {
    VerifierOptions { algorithms: Some([algorithm].into_iter().collect()), ..VerifierOptions::default() }
}

#[test]
fn every_algorithm_signs_and_verifies() {
    for pair in generate_pairs() {
        for algorithm in &pair.algorithms {
            let token = create_token(*algorithm, pair.private_pem.as_bytes());
            let key = VerificationKey::from_der(&pair.public_der).unwrap();
            assert!(
                verify_token(token.as_bytes(), KeySet::from(key), options_allowing(*algorithm), NOW).is_ok(),
                "{algorithm:?}"
            );
        }
    }
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let key = VerificationKey::from_secret(SECRET).unwrap();
        let token = create_token(algorithm, SECRET);
        assert!(
            verify_token(token.as_bytes(), KeySet::from(key), options_allowing(algorithm), NOW).is_ok(),
            "{algorithm:?}"
        );
    }
}

#[test]
fn rejects_every_changed_byte() {
    let key = VerificationKey::from_secret(SECRET).unwrap();
    let verifier = Verifier::new(KeySet::from(key), options_allowing(Algorithm::HS256)).unwrap();
    let token = create_token(Algorithm::HS256, SECRET).into_bytes();
    assert!(verifier.verify(&token, NOW).is_ok());
    for index in 0..token.len() {
        for change in [b'A', b'_', b'.', b'=', b' ', 0xff] {
            let mut changed = token.clone();
            if std::mem::replace(&mut changed[index], change) != change {
                assert!(verifier.verify(&changed, NOW).is_err(), "byte {index} as {change}");
            }
        }
    }
}

#[test]
fn verdicts_equal_those_of_jsonwebtoken() {
    let mut validation = Validation::new(jsonwebtoken::Algorithm::HS256);
    validation.validate_exp = false;
    let key = DecodingKey::from_secret(SECRET);
    let verifier =
        Verifier::new(KeySet::from(VerificationKey::from_secret(SECRET).unwrap()), options_allowing(Algorithm::HS256))
            .unwrap();
    for secret in [SECRET, b"another"] {
        let token = create_token(Algorithm::HS256, secret);
        let theirs = decode::<serde_json::Value>(&token, &key, &validation).is_ok();
        assert_eq!(verifier.verify(token.as_bytes(), NOW).is_ok(), theirs);
        assert_eq!(theirs, secret == SECRET);
    }
}

/// Returns a token of an attacker: HS256 with the public key as its secret.
fn forge_token(public: &[u8]) -> String {
    let input = format!("{}.{}", base64url::encode(br#"{"alg":"HS256"}"#), base64url::encode(br#"{"exp":9999999999}"#));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, public), input.as_bytes());
    format!("{input}.{}", base64url::encode(tag.as_ref()))
}

#[test]
fn rejects_an_algorithm_of_another_key_type() {
    for pair in generate_pairs() {
        let forged = forge_token(&pair.public_der);
        let key = VerificationKey::from_der(&pair.public_der).unwrap();
        assert!(Verifier::new(KeySet::from(key), options_allowing(Algorithm::HS256)).is_err());
        let key = VerificationKey::from_der(&pair.public_der).unwrap();
        let all = VerifierOptions { algorithms: Some(AlgorithmSet::all()), ..VerifierOptions::default() };
        let error = verify_token(forged.as_bytes(), KeySet::from(key), all, NOW);
        assert_eq!(error.err(), Some(Error::AlgorithmNotAllowed));
    }
}

#[test]
fn selects_keys_by_kid_and_algorithm() {
    let [right, wrong] = [SECRET, b"another-secret-of-thirty-two-bytes-or-more"]
        .map(|secret| VerificationKey::from_secret(secret).unwrap());
    let keys: KeySet = [wrong.with_kid(Some("a".into())), right.with_kid(Some("b".into()))].into_iter().collect();
    let verifier = Verifier::new(keys, options_allowing(Algorithm::HS256)).unwrap();
    let signed =
        |header: &str| sign_token(header.as_bytes(), br#"{"exp":9999999999}"#, SECRET, Algorithm::HS256).unwrap();
    for (header, expected) in [
        (r#"{"alg":"HS256","kid":"b"}"#, None),
        (r#"{"alg":"HS256"}"#, None),
        (r#"{"alg":"HS256","kid":"a"}"#, Some("bad_signature")),
        (r#"{"alg":"HS256","kid":"c"}"#, Some("unknown_key")),
    ] {
        let error = verifier.verify(signed(header).as_bytes(), NOW).err().map(|error| error.code());
        assert_eq!(error, expected, "{header}");
    }
}

#[test]
fn rechecks_the_validity_period_of_a_cached_token() {
    let verifier =
        Verifier::new(KeySet::from(VerificationKey::from_secret(SECRET).unwrap()), options_allowing(Algorithm::HS256))
            .unwrap();
    let cache = TokenCache::with_capacity(10).unwrap().unwrap();
    let token = create_token(Algorithm::HS256, SECRET).into_bytes();
    let SignatureCheck::Verified(payload) = verifier.verify_signature(verifier.parse(&token).unwrap()).unwrap() else {
        panic!("a local key needs no fetch");
    };
    let (claims, validity) = verifier.validate_claims(&payload, NOW).unwrap();
    let (value, size_bytes) = (claims.get("sub").is_some(), payload.bytes.len());
    cache.insert(&token, CacheEntry { value, size_bytes, validity, origin: payload.origin });
    let entry = cache.get(&token, |origin| verifier.is_current(origin)).unwrap();
    assert!(entry.value);
    assert!(verifier.recheck_validity(&entry.validity, NOW).is_ok());
    assert_eq!(verifier.recheck_validity(&entry.validity, NOW + 60.0).err(), Some(Error::Expired));
}

#[test]
fn rejects_invalid_options_at_construction() {
    let key = || KeySet::from(VerificationKey::from_secret(SECRET).unwrap());
    let no_list = VerifierOptions { algorithms: None, ..VerifierOptions::default() };
    let empty_list = VerifierOptions { algorithms: Some(AlgorithmSet::EMPTY), ..VerifierOptions::default() };
    let leeway = |leeway_seconds| VerifierOptions {
        policy: ClaimsPolicy { leeway_seconds, ..ClaimsPolicy::default() },
        ..options_allowing(Algorithm::HS256)
    };
    for options in
        [no_list, empty_list, options_allowing(Algorithm::RS256), leeway(-1.0), leeway(f64::NAN), leeway(f64::INFINITY)]
    {
        assert!(matches!(Verifier::new(key(), options), Err(Error::Configuration(_))));
    }
    assert!(matches!(
        Verifier::new(KeySet::default(), options_allowing(Algorithm::HS256)),
        Err(Error::Configuration(_))
    ));
    let short = KeySet::from(VerificationKey::from_secret(&[b'x'; 40]).unwrap());
    assert!(matches!(Verifier::new(short, options_allowing(Algorithm::HS512)), Err(Error::WeakKey(_))));
}

#[test]
fn empty_expected_values_are_rejected() {
    let key = || KeySet::from(VerificationKey::from_secret(SECRET).unwrap());
    let policy = ClaimsPolicy { subject: Some(String::new()), ..ClaimsPolicy::default() };
    let options = options_allowing(Algorithm::HS256);
    for options in
        [VerifierOptions { policy, ..options.clone() }, VerifierOptions { types: vec![String::new()], ..options }]
    {
        assert!(matches!(Verifier::new(key(), options), Err(Error::Configuration(_))));
    }
}

#[test]
fn verify_token_validates_signature_and_claims() {
    let verify = |secret: &[u8], now| {
        let key = KeySet::from(VerificationKey::from_secret(SECRET).unwrap());
        let token = create_token(Algorithm::HS256, secret);
        verify_token(token.as_bytes(), key, options_allowing(Algorithm::HS256), now).err()
    };
    assert_eq!(verify(SECRET, NOW), None);
    assert_eq!(verify(SECRET, NOW + 1e9), Some(Error::Expired));
    assert_eq!(verify(&[b'x'; 64], NOW), Some(Error::BadSignature));
}

#[test]
fn defaults_tolerate_no_clock_skew() {
    let options = VerifierOptions::default();
    assert_eq!((options.policy.leeway_seconds, options.max_token_bytes), (0.0, 65_536));
    assert_eq!((options.policy.required, options.algorithms), (vec!["exp".to_owned()], None));
}

#[test]
fn debug_output_contains_no_secret() {
    let key = VerificationKey::from_secret(SECRET).unwrap().with_kid(Some("k1".into()));
    assert_eq!(format!("{key:?}"), r#"VerificationKey { kid: Some("k1"), algorithms: [HS256, HS384, HS512], .. }"#);
}
