//! Whole tokens: parsing, the choice of the key, the signature and the claims, against the reference and jsonwebtoken.
//!
//! Mode `H`: header and payload, which the target signs with HS256. Mode `P`: a token whose segments may be padded. Any
//! other mode: a token.
#![no_main]

use std::sync::LazyLock;

use fastjose::encoding::base64url;
use fastjose::jws::compact::Padding;
use fastjose::{AlgorithmSet, Verifier, VerifierOptions};
use fastjose_fuzz::mutate::{self, Words};
use fastjose_fuzz::reference::json::Json;
use fastjose_fuzz::reference::json::equal_members;
use fastjose_fuzz::reference::token::{Verdict, verify};
use fastjose_fuzz::{NOW, echo, input, keys, memory};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fn options(padding: Padding) -> VerifierOptions {
    VerifierOptions { algorithms: Some(AlgorithmSet::all()), padding, ..VerifierOptions::default() }
}

fn create_verifier(padding: Padding) -> Verifier {
    Verifier::new(keys::key_set(), options(padding)).expect("the verifier of the target is valid")
}

static STRICT: LazyLock<Verifier> = LazyLock::new(|| create_verifier(Padding::Rejected));
static PADDED: LazyLock<Verifier> = LazyLock::new(|| create_verifier(Padding::Allowed));

/// Secrets and RSA and Edwards keys of the set. jsonwebtoken has neither P-521 nor secp256k1.
static PEER_KEYS: LazyLock<JwkSet> = LazyLock::new(|| {
    let set: serde_json::Value = serde_json::from_str(keys::JWK_SET).expect("the keys are JSON");
    let is_known = |key: &&serde_json::Value| !matches!(key["crv"].as_str(), Some("P-521" | "secp256k1"));
    let known: Vec<_> = set["keys"].as_array().expect("the keys are a set").iter().filter(is_known).collect();
    serde_json::from_value(serde_json::json!({ "keys": known })).expect("jsonwebtoken reads the keys")
});

const WORDS: Words = Words {
    prefix_bytes: 1,
    names: "iss sub aud exp nbf iat jti azp client_id cid appid cnf use tenant email name alg kid typ crit b64 zip",
    values: r#"
        1700000000 1699999970 1700000030 1800000000 "api" "web" ["api","web"] "https://issuer.example" "user"
        "access" 7 "HS256" "none" "at+jwt" ["b64"] "hs""#,
};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &WORDS)
});

fuzz_target!(|data: &[u8]| {
    let (mode, rest) = input::split_mode(data);
    let padding = if mode == b'P' { Padding::Allowed } else { Padding::Rejected };
    let token = if mode == b'H' { sign(rest) } else { rest.to_vec() };
    let verifier = if padding == Padding::Allowed { &PADDED } else { &STRICT };
    let result = memory::bounded(token.len(), 200, || verifier.verify(&token, NOW));
    match (verify(&token, &options(padding), NOW), result) {
        (Verdict::Undecided, _) => {}
        (Verdict::Rejected, Ok(_)) => panic!("a token was accepted that the reference rejects"),
        (Verdict::Rejected, Err(error)) => echo::check_error(&error.to_string(), &token, &[]),
        (Verdict::Accepted { .. }, Err(error)) => panic!("a token was rejected that the reference accepts: {error}"),
        (Verdict::Accepted { claims }, Ok(payload)) => {
            let parsed = verifier.parse_claims(&payload.bytes).expect("accepted claims are parsed again");
            let Json::Object(members) = &claims else { panic!("claims are an object") };
            assert!(equal_members(members, parsed.members()), "the claims are others");
            if padding == Padding::Rejected {
                check_peer(&token);
            }
        }
    }
});

fn sign(parts: &[u8]) -> Vec<u8> {
    let (header, payload) = input::split_pair(parts);
    let message = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, keys::SECRET);
    let signature = aws_lc_rs::hmac::sign(&key, message.as_bytes());
    format!("{message}.{}", base64url::encode(signature.as_ref())).into_bytes()
}

/// Panics if jsonwebtoken can read the header of an accepted token, has a key for it, and does not verify it. It rejects
/// headers whose `jku`, `x5c` and so on have other types than the RFCs say: fastjose ignores these members.
fn check_peer(token: &[u8]) {
    let Ok(header) = decode_header(token) else { return };
    let candidates = PEER_KEYS.keys.iter().filter(|key| header.kid.is_none() || key.common.key_id == header.kid);
    let mut has_key = false;
    for jwk in candidates {
        let Ok(key) = DecodingKey::from_jwk(jwk) else { continue };
        let mut validation = Validation::new(header.alg);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        match decode::<serde_json::Value>(token, &key, &validation) {
            Ok(_) => return,
            // The key is of another type, or the JSON is nested more deeply than serde_json reads.
            Err(error) => has_key |= *error.kind() == jsonwebtoken::errors::ErrorKind::InvalidSignature,
        }
    }
    assert!(!has_key, "jsonwebtoken rejects the signature");
}
