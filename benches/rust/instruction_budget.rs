//! Workloads for `make bench-instructions`: `instruction_budget WORKLOAD COUNT` runs one workload of the core COUNT times.
//! `instruction_budget.py` runs this program under callgrind and explains how to read the result.
//!
//! Keys, tokens and the time are fixed, because the instructions of a P-256 verification depend on its numbers.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot set up must stop")]

use std::hint::black_box;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use fastjose::encoding::base64url;
use fastjose::jwt::token_cache::{CacheEntry, TokenCache};
use fastjose::jwt::user_fields::UserClaims;
use fastjose::jwt::verifier::{AuthenticatedPayload, SignatureCheck};
use fastjose::{Algorithm, ClaimsPolicy, Error, KeySet, VerificationKey, Verifier, VerifierOptions, sign_token};

const NOW: f64 = 1_700_000_000.0;
const LATER: f64 = NOW + 1_000.0;
const SECRET: &[u8] = b"a-secret-that-is-longer-than-thirty-two-bytes";

/// Coordinates of a P-256 public key that is used here only.
const X: &str = "kkg1j10unNGZkP3ao-RzhJ74SGetMpp2aL9Ahnuh4zs";
const Y: &str = "FJos89-TnkTWET1oY6ny8stcLqagk8tlPzl97hR_6FY";
const ES256_TOKEN: &str = concat!(
    "eyJ0eXAiOiJKV1QiLCJraWQiOiJadzVtVW5XdlVldUhQbXZTVzlKTFF6VnNGMVhURUFxTiIsImFsZyI6IkVTMjU2In0.",
    "eyJpYXQiOjE3MDAwMDAwMDAsImlkIjoiYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWEiLCJuYW1lIjoiQWRhIExvdmVs",
    "YWNlIiwiZW1haWwiOiJhZGFAZXhhbXBsZS5jb20iLCJlbWFpbFZlcmlmaWVkIjpmYWxzZSwiY3JlYXRlZEF0IjoiMjAyNi0wMS0w",
    "MVQwMDowMDowMC4wMDBaIiwidXBkYXRlZEF0IjoiMjAyNi0wMS0wMVQwMDowMDowMC4wMDBaIiwiaW1hZ2UiOm51bGwsInN1YiI6",
    "ImFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhIiwiZXhwIjoxNzAwMDAwOTAwLCJpc3MiOiJodHRwczovL2FwcC5leGFt",
    "cGxlLmNvbSIsImF1ZCI6Imh0dHBzOi8vYXBwLmV4YW1wbGUuY29tIn0.",
    "NN4r_n5xUpQAMX1wM_Ku-Dh-qphKClu75oWhCReE6-2jnxe2AO_qhgJY0wxUQQvHB6Ypuz0rCyrr4RbsaL6Rzg",
);

fn create_hs256_token() -> String {
    let payload = ES256_TOKEN.split('.').nth(1).and_then(|payload| base64url::decode(payload.as_bytes())).unwrap();
    let header = br#"{"typ":"JWT","alg":"HS256","kid":"Zw5mUnWvUeuHPmvSW9JLQzVsF1XTEAqN"}"#;
    sign_token(header, &payload, SECRET, Algorithm::HS256).unwrap()
}

fn create_verifier(key: VerificationKey, algorithm: Algorithm) -> Verifier {
    let expected = || vec!["https://app.example.com".to_owned()];
    let policy = ClaimsPolicy { issuers: expected(), audiences: expected(), ..ClaimsPolicy::default() };
    let options =
        VerifierOptions { algorithms: Some([algorithm].into_iter().collect()), policy, ..VerifierOptions::default() };
    Verifier::new(KeySet::from(key), options).unwrap()
}

fn create_hs256_verifier() -> Verifier {
    create_verifier(VerificationKey::from_secret(SECRET).unwrap(), Algorithm::HS256)
}

/// Returns the public key as an uncompressed point (SEC 1 §2.3.3).
fn uncompressed_point() -> Vec<u8> {
    [&[4][..], &base64url::decode(X.as_bytes()).unwrap(), &base64url::decode(Y.as_bytes()).unwrap()].concat()
}

fn create_es256_verifier() -> Verifier {
    let jwk = format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}","y":"{Y}"}}"#);
    create_verifier(VerificationKey::from_jwk(jwk.as_bytes()).unwrap(), Algorithm::ES256)
}

fn repeat(count: usize, mut operation: impl FnMut()) {
    (0..count).for_each(|_| operation());
}

fn verify_primitive_hs256(count: usize) {
    let (key, token) = (hmac::Key::new(hmac::HMAC_SHA256, SECRET), create_hs256_token());
    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = base64url::decode(signature.as_bytes()).unwrap();
    repeat(count, || hmac::verify(&key, black_box(input.as_bytes()), &signature).unwrap());
}

fn verify_primitive_es256(count: usize) {
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, uncompressed_point()).unwrap();
    let (input, signature) = ES256_TOKEN.rsplit_once('.').unwrap();
    let signature = base64url::decode(signature.as_bytes()).unwrap();
    repeat(count, || key.verify_sig(black_box(input.as_bytes()), &signature).unwrap());
}

fn verify_valid(count: usize, verifier: &Verifier, token: &str) {
    repeat(count, || drop(verifier.verify(black_box(token.as_bytes()), NOW).unwrap()));
}

fn reject(count: usize, token: &str, now: f64, expected: &Error) {
    let verifier = create_hs256_verifier();
    verifier.verify(create_hs256_token().as_bytes(), NOW).unwrap();
    repeat(count, || assert_eq!(verifier.verify(black_box(token.as_bytes()), now).err().as_ref(), Some(expected)));
}

fn verify_signature(verifier: &Verifier, token: &[u8]) -> AuthenticatedPayload {
    match verifier.verify_signature(verifier.parse(token).unwrap()).unwrap() {
        SignatureCheck::Verified(payload) => payload,
        SignatureCheck::NeedsFetch(_) => unreachable!("a local key needs no fetch"),
    }
}

fn build_user_fields(count: usize) {
    let (verifier, token) = (create_hs256_verifier(), create_hs256_token());
    verifier.verify(token.as_bytes(), NOW).unwrap();
    repeat(count, || {
        let payload = verify_signature(&verifier, black_box(token.as_bytes()));
        let (claims, _) = verifier.validate_claims(&payload, NOW).unwrap();
        black_box(UserClaims::from_claims(&claims).reject_sender_constrained().unwrap().user_fields().unwrap());
    });
}

/// Inserts a thousand different tokens in turn into a cache with a capacity of a hundred.
fn insert_into_full_cache(count: usize) {
    let (verifier, token, cache) =
        (create_hs256_verifier(), create_hs256_token(), TokenCache::with_capacity(100).unwrap().unwrap());
    let payload = verify_signature(&verifier, token.as_bytes());
    let (_, validity) = verifier.validate_claims(&payload, NOW).unwrap();
    let others: Vec<_> = (0..1_000).map(|i| format!("{token}{i}")).collect();
    let mut others = others.iter().cycle();
    repeat(count, || {
        let (other, validity) = (others.next().unwrap(), validity.clone());
        cache.insert(other.as_bytes(), CacheEntry { value: (), size_bytes: 1_000, validity, origin: payload.origin });
    });
}

fn get_from_cache(count: usize) {
    let (verifier, token, cache) =
        (create_hs256_verifier(), create_hs256_token(), TokenCache::with_capacity(100).unwrap().unwrap());
    let payload = verify_signature(&verifier, token.as_bytes());
    let (_, validity) = verifier.validate_claims(&payload, NOW).unwrap();
    cache.insert(token.as_bytes(), CacheEntry { value: (), size_bytes: 1_000, validity, origin: payload.origin });
    repeat(count, || {
        let entry = cache.get(black_box(token.as_bytes()), |origin| verifier.is_current(origin)).unwrap();
        verifier.recheck_validity(&entry.validity, NOW).unwrap();
    });
}

/// Returns the HS256 token with a wrong MAC.
fn create_forged_token() -> String {
    let token = create_hs256_token();
    let (input, _) = token.rsplit_once('.').unwrap();
    format!("{input}.{}", base64url::encode(&[7; 32]))
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (workload, count) = (arguments.next().unwrap(), arguments.next().unwrap().parse().unwrap());
    match workload.as_str() {
        "primitive_hs256" => verify_primitive_hs256(count),
        "primitive_es256" => verify_primitive_es256(count),
        "hs256" => verify_valid(count, &create_hs256_verifier(), &create_hs256_token()),
        "es256" => verify_valid(count, &create_es256_verifier(), ES256_TOKEN),
        "user_fields" => build_user_fields(count),
        "cache_insert" => insert_into_full_cache(count),
        "cache_hit" => get_from_cache(count),
        "bad_signature" => reject(count, &create_forged_token(), NOW, &Error::BadSignature),
        "expired" => reject(count, &create_hs256_token(), LATER, &Error::Expired),
        _ => unreachable!("the workload must be one of those above, not {workload}"),
    }
}
