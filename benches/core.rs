//! The core beside the primitive that it stands on: what the pipeline adds to a bare aws-lc-rs verification.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot set up must stop")]

use std::hint::black_box;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use criterion::{Criterion, criterion_group, criterion_main};
use fastjose::{Algorithm, Key, KeySet, Options, Policy, Verifier, sign_token};
use serde_json::json;

const NOW: f64 = 1_700_000_000.0;
const SECRET: &[u8] = b"a-secret-that-is-longer-than-thirty-two-bytes";

/// A token as Better Auth issues it: twelve claims and a kid.
fn token(algorithm: Algorithm, key: &[u8]) -> String {
    let header = json!({"alg": algorithm.name(), "kid": "Zw5mUnWvUeuHPmvSW9JLQzVsF1XTEAqN"});
    let claims = json!({
        "iat": NOW, "id": "a".repeat(32), "name": "Ada Lovelace", "email": "ada@example.com", "emailVerified": false,
        "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z", "image": null,
        "sub": "a".repeat(32), "exp": NOW + 900.0, "iss": "https://app.example.com", "aud": "https://app.example.com",
    });
    sign_token(header.to_string().as_bytes(), claims.to_string().as_bytes(), key, algorithm).unwrap()
}

fn verifier(key: Key, algorithm: Algorithm) -> Verifier {
    let expected = || vec!["https://app.example.com".to_owned()];
    let policy = Policy { issuers: expected(), audiences: expected(), ..Policy::default() };
    let options = Options { algorithms: Some([algorithm].into_iter().collect()), policy, ..Options::default() };
    Verifier::new(KeySet::from(key), options).unwrap()
}

fn hs256(criterion: &mut Criterion) {
    let (token, bare) = (token(Algorithm::HS256, SECRET), hmac::Key::new(hmac::HMAC_SHA256, SECRET));
    let verifier = verifier(Key::from_secret(SECRET).unwrap(), Algorithm::HS256);
    let (input, _) = token.rsplit_once('.').unwrap();
    let tag = hmac::sign(&bare, input.as_bytes());
    let mut group = criterion.benchmark_group("HS256");
    group.bench_function("bare", |b| b.iter(|| hmac::verify(&bare, black_box(input.as_bytes()), tag.as_ref())));
    group.bench_function("verifier", |b| b.iter(|| verifier.verify(black_box(token.as_bytes()), NOW)));
}

fn eddsa(criterion: &mut Criterion) {
    let pair = Ed25519KeyPair::generate().unwrap();
    let private = pem::encode(&pem::Pem::new("PRIVATE KEY", pair.to_pkcs8v1().unwrap().as_ref()));
    let token = token(Algorithm::EdDSA, private.as_bytes());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": fastjose::base64url::encode(pair.public_key().as_ref())});
    let verifier = verifier(Key::from_jwk(jwk.to_string().as_bytes()).unwrap(), Algorithm::EdDSA);
    let bare = ParsedPublicKey::new(&ED25519, pair.public_key().as_ref()).unwrap();
    let (input, _) = token.rsplit_once('.').unwrap();
    let signature = pair.sign(input.as_bytes());
    let mut group = criterion.benchmark_group("EdDSA");
    group.bench_function("bare", |b| b.iter(|| bare.verify_sig(black_box(input.as_bytes()), signature.as_ref())));
    group.bench_function("verifier", |b| b.iter(|| verifier.verify(black_box(token.as_bytes()), NOW)));
}

criterion_group!(benches, hs256, eddsa);
criterion_main!(benches);
