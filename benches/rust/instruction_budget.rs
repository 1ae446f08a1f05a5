//! What `make bench-instructions` counts the instructions of: one kind of work on the core, done so many times. `guard.py` runs this under
//! callgrind, and says how to read what comes of it.
//!
//! Keys, tokens and the time are fixed: a signature over P-256 takes as many instructions to verify as its numbers have it.
#![expect(clippy::unwrap_used, reason = "what cannot set up must stop")]

use std::hint::black_box;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use fastjose::encoding::base64url;
use fastjose::jwt::token_cache::{CacheEntry, TokenCache};
use fastjose::jwt::user_claims::UserClaims;
use fastjose::jwt::verifier::{AuthenticatedPayload, SignatureCheck};
use fastjose::{Algorithm, ClaimsPolicy, Error, KeySet, VerificationKey, Verifier, VerifierOptions, sign_token};

const NOW: f64 = 1_700_000_000.0;
const LATER: f64 = NOW + 1_000.0;
const SECRET: &[u8] = b"a-secret-that-is-longer-than-thirty-two-bytes";

/// Both of a pair that was made for this alone.
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

fn hs256_token() -> String {
    let payload = ES256_TOKEN.split('.').nth(1).and_then(|payload| base64url::decode(payload.as_bytes())).unwrap();
    let header = br#"{"typ":"JWT","alg":"HS256","kid":"Zw5mUnWvUeuHPmvSW9JLQzVsF1XTEAqN"}"#;
    sign_token(header, &payload, SECRET, Algorithm::HS256).unwrap()
}

fn verifier(key: VerificationKey, algorithm: Algorithm) -> Verifier {
    let expected = || vec!["https://app.example.com".to_owned()];
    let policy = ClaimsPolicy { issuers: expected(), audiences: expected(), ..ClaimsPolicy::default() };
    let options =
        VerifierOptions { algorithms: Some([algorithm].into_iter().collect()), policy, ..VerifierOptions::default() };
    Verifier::new(KeySet::from(key), options).unwrap()
}

fn hs256() -> Verifier {
    verifier(VerificationKey::from_secret(SECRET).unwrap(), Algorithm::HS256)
}

/// The key in hand, the point uncompressed (SEC 1 §2.3.3).
fn point() -> Vec<u8> {
    [&[4][..], &base64url::decode(X.as_bytes()).unwrap(), &base64url::decode(Y.as_bytes()).unwrap()].concat()
}

fn es256() -> Verifier {
    let jwk = format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}","y":"{Y}"}}"#);
    verifier(VerificationKey::from_jwk(jwk.as_bytes()).unwrap(), Algorithm::ES256)
}

fn times(count: usize, mut work: impl FnMut()) {
    (0..count).for_each(|_| work());
}

fn bare_hs256(count: usize) {
    let (key, token) = (hmac::Key::new(hmac::HMAC_SHA256, SECRET), hs256_token());
    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = base64url::decode(signature.as_bytes()).unwrap();
    times(count, || hmac::verify(&key, black_box(input.as_bytes()), &signature).unwrap());
}

fn bare_es256(count: usize) {
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point()).unwrap();
    let (input, signature) = ES256_TOKEN.rsplit_once('.').unwrap();
    let signature = base64url::decode(signature.as_bytes()).unwrap();
    times(count, || key.verify_sig(black_box(input.as_bytes()), &signature).unwrap());
}

fn accepted(count: usize, verifier: &Verifier, token: &str) {
    times(count, || drop(verifier.verify(black_box(token.as_bytes()), NOW).unwrap()));
}

fn refused(count: usize, token: &str, now: f64, expected: &Error) {
    let verifier = hs256();
    verifier.verify(hs256_token().as_bytes(), NOW).unwrap();
    times(count, || assert_eq!(verifier.verify(black_box(token.as_bytes()), now).err().as_ref(), Some(expected)));
}

fn authenticate(verifier: &Verifier, token: &[u8]) -> AuthenticatedPayload {
    match verifier.verify_signature(verifier.parse(token).unwrap()).unwrap() {
        SignatureCheck::Verified(payload) => payload,
        SignatureCheck::NeedsFetch(_) => unreachable!("a local key needs no fetch"),
    }
}

fn identity(count: usize) {
    let (verifier, token) = (hs256(), hs256_token());
    verifier.verify(token.as_bytes(), NOW).unwrap();
    times(count, || {
        let payload = authenticate(&verifier, black_box(token.as_bytes()));
        let (claims, _) = verifier.validate_claims(&payload, NOW).unwrap();
        black_box(UserClaims::from_claims(&claims).reject_sender_constrained().unwrap().user_fields().unwrap());
    });
}

/// With a cache of a hundred, into which a thousand tokens come.
fn remembered(count: usize) {
    let (verifier, token, cache) = (hs256(), hs256_token(), TokenCache::with_capacity(100).unwrap().unwrap());
    let payload = authenticate(&verifier, token.as_bytes());
    let (_, validity) = verifier.validate_claims(&payload, NOW).unwrap();
    let others: Vec<_> = (0..1_000).map(|i| format!("{token}{i}")).collect();
    let mut others = others.iter().cycle();
    times(count, || {
        let other = others.next().unwrap();
        cache.insert(
            other.as_bytes(),
            CacheEntry { value: (), size_bytes: 1_000, validity, generation: payload.generation },
        );
    });
}

fn hit(count: usize) {
    let (verifier, token, cache) = (hs256(), hs256_token(), TokenCache::with_capacity(100).unwrap().unwrap());
    let payload = authenticate(&verifier, token.as_bytes());
    let (_, validity) = verifier.validate_claims(&payload, NOW).unwrap();
    cache.insert(
        token.as_bytes(),
        CacheEntry { value: (), size_bytes: 1_000, validity, generation: payload.generation },
    );
    times(count, || {
        let generation = verifier.cacheable_generation().unwrap();
        let remembered = cache.get(black_box(token.as_bytes()), generation).unwrap();
        verifier.recheck_validity(remembered.validity, NOW).unwrap();
    });
}

/// The same token with the MAC of another.
fn forged() -> String {
    let token = hs256_token();
    let (input, _) = token.rsplit_once('.').unwrap();
    format!("{input}.{}", base64url::encode(&[7; 32]))
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (what, count) = (arguments.next().unwrap(), arguments.next().unwrap().parse().unwrap());
    match what.as_str() {
        "bare_hs256" => bare_hs256(count),
        "bare_es256" => bare_es256(count),
        "hs256" => accepted(count, &hs256(), &hs256_token()),
        "es256" => accepted(count, &es256(), ES256_TOKEN),
        "identity" => identity(count),
        "remembered" => remembered(count),
        "hit" => hit(count),
        "bad_signature" => refused(count, &forged(), NOW, &Error::BadSignature),
        "expired" => refused(count, &hs256_token(), LATER, &Error::Expired),
        _ => unreachable!("{what} is not among the work"),
    }
}
