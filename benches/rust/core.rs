//! Verification by the core compared with the aws-lc-rs primitive: the difference is the cost of the pipeline.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot set up must stop")]

use std::hint::black_box;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, VerificationAlgorithm,
};
use criterion::{Criterion, criterion_group, criterion_main};
use fastjose::encoding::base64url;
use fastjose::{Algorithm, ClaimsPolicy, KeySet, VerificationKey, Verifier, VerifierOptions, sign_token};
use serde_json::json;

const NOW: f64 = 1_700_000_000.0;
const SECRET: &[u8] = b"a-secret-that-is-longer-than-thirty-two-bytes";

/// Returns a token as Better Auth issues it: twelve claims and a `kid`.
fn create_token(algorithm: Algorithm, key: &[u8]) -> String {
    let header = json!({"alg": algorithm.name(), "kid": "Zw5mUnWvUeuHPmvSW9JLQzVsF1XTEAqN"});
    let claims = json!({
        "iat": NOW, "id": "a".repeat(32), "name": "Ada Lovelace", "email": "ada@example.com", "emailVerified": false,
        "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z", "image": null,
        "sub": "a".repeat(32), "exp": NOW + 900.0, "iss": "https://app.example.com", "aud": "https://app.example.com",
    });
    sign_token(header.to_string().as_bytes(), claims.to_string().as_bytes(), key, algorithm).unwrap()
}

fn create_verifier(key: VerificationKey, algorithm: Algorithm) -> Verifier {
    let expected = || vec!["https://app.example.com".to_owned()];
    let policy = ClaimsPolicy { issuers: expected(), audiences: expected(), ..ClaimsPolicy::default() };
    let options =
        VerifierOptions { algorithms: Some([algorithm].into_iter().collect()), policy, ..VerifierOptions::default() };
    Verifier::new(KeySet::from(key), options).unwrap()
}

fn bench_hs256(criterion: &mut Criterion) {
    let (token, key) = (create_token(Algorithm::HS256, SECRET), hmac::Key::new(hmac::HMAC_SHA256, SECRET));
    let verifier = create_verifier(VerificationKey::from_secret(SECRET).unwrap(), Algorithm::HS256);
    let (input, _) = token.rsplit_once('.').unwrap();
    let tag = hmac::sign(&key, input.as_bytes());
    let mut group = criterion.benchmark_group("HS256");
    group.bench_function("primitive", |b| b.iter(|| hmac::verify(&key, black_box(input.as_bytes()), tag.as_ref())));
    group.bench_function("verifier", |b| b.iter(|| verifier.verify(black_box(token.as_bytes()), NOW)));
}

/// A key pair in three formats: for signing, for the verifier, and for the primitive.
struct KeyPairFormats {
    private_pem: String,
    public_der: Vec<u8>,
    public_bytes: Vec<u8>,
}

impl KeyPairFormats {
    fn new<P: AsDer<PublicKeyX509Der<'static>> + AsRef<[u8]>>(pkcs8: &[u8], public: &P) -> Self {
        let private_pem = pem::encode(&pem::Pem::new("PRIVATE KEY", pkcs8));
        Self {
            private_pem,
            public_der: public.as_der().unwrap().as_ref().to_vec(),
            public_bytes: public.as_ref().to_vec(),
        }
    }
}

/// Compares the verifier with `primitive` on a parsed key.
fn bench_public_key_algorithm(
    criterion: &mut Criterion,
    algorithm: Algorithm,
    primitive: &'static (impl VerificationAlgorithm + 'static),
    pair: &KeyPairFormats,
) {
    let token = create_token(algorithm, pair.private_pem.as_bytes());
    let verifier = create_verifier(VerificationKey::from_der(&pair.public_der).unwrap(), algorithm);
    let key = ParsedPublicKey::new(primitive, &pair.public_bytes).unwrap();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = base64url::decode(signature.as_bytes()).unwrap();
    let mut group = criterion.benchmark_group(algorithm.name());
    group.bench_function("primitive", |b| b.iter(|| key.verify_sig(black_box(input.as_bytes()), &signature)));
    group.bench_function("verifier", |b| b.iter(|| verifier.verify(black_box(token.as_bytes()), NOW)));
}

fn bench_rs256(criterion: &mut Criterion) {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let pkcs8 = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    let pair = KeyPairFormats::new(pkcs8.as_ref(), pair.public_key());
    bench_public_key_algorithm(criterion, Algorithm::RS256, &RSA_PKCS1_2048_8192_SHA256, &pair);
}

fn bench_es256(criterion: &mut Criterion) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let pair = KeyPairFormats::new(pair.to_pkcs8v1().unwrap().as_ref(), pair.public_key());
    bench_public_key_algorithm(criterion, Algorithm::ES256, &ECDSA_P256_SHA256_FIXED, &pair);
}

fn bench_eddsa(criterion: &mut Criterion) {
    let pair = Ed25519KeyPair::generate().unwrap();
    let pair = KeyPairFormats::new(pair.to_pkcs8v1().unwrap().as_ref(), pair.public_key());
    bench_public_key_algorithm(criterion, Algorithm::EdDSA, &ED25519, &pair);
}

criterion_group!(benches, bench_hs256, bench_rs256, bench_es256, bench_eddsa);
criterion_main!(benches);
