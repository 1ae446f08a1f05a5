//! A verifier with a secret, a remote key set and revocations, step by step, against the reference.
//!
//! Mode `H` and `E`: header and payload, which the target signs with HS256 or Ed25519. Any other mode: a token. The key set
//! is an initial one, and its server never answers: a token that needs a fetch gets its verdict as after a failed one.
#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use fastjose::encoding::base64url;
use fastjose::jwks::{HttpLimits, RefreshPolicy, Waiter};
use fastjose::jwt::revocation::{Revocation, RevocationList, Subject};
use fastjose::jwt::verifier::{AuthenticatedPayload, KeySources, SignatureCheck};
use fastjose::keys::asymmetric_key::AsymmetricKey;
use fastjose::{Algorithm, AlgorithmSet, Error, KeySet, RemoteKeySet, Result, Verifier, VerifierOptions};
use fastjose_fuzz::mutate::{self, Words};
use fastjose_fuzz::reference::json::{Json, equal_members};
use fastjose_fuzz::reference::token::{Verdict, verify};
use fastjose_fuzz::{NOW, echo, input, keys};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

const REVOKED: &str = "revoked";

const WORDS: Words = Words {
    prefix_bytes: 1,
    names: "iss sub aud exp nbf iat jti sid alg kid typ crit b64 zip",
    values: r#"
        1700000000 1600000000 1800000000 "revoked" "HS256" "EdDSA" "Ed25519" "RS256" "none" "hs" "ed" "rsa" "x" ["b64"]"#,
};

static KEYS: LazyLock<serde_json::Value> =
    LazyLock::new(|| serde_json::from_str(keys::JWK_SET).expect("the keys are JSON"));

static ED25519: LazyLock<AsymmetricKey> = LazyLock::new(|| {
    let jwk = KEYS["keys"].as_array().and_then(|keys| keys.last()).expect("the keys are a set");
    AsymmetricKey::from_jwk(jwk.to_string().as_bytes()).expect("the Ed25519 key is the last one")
});

static WITHOUT_REVOCATIONS: LazyLock<Verifier> = LazyLock::new(|| create_verifier(None));

static WITH_REVOCATIONS: LazyLock<Verifier> = LazyLock::new(|| {
    let list = RevocationList::new(None);
    for subject in [Subject::Token(REVOKED), Subject::Session(REVOKED)] {
        list.revoke(&Revocation { subject, at: NOW, until: f64::MAX }, NOW);
    }
    create_verifier(Some(Arc::new(list)))
});

fn options() -> VerifierOptions {
    VerifierOptions { algorithms: Some(AlgorithmSet::all()), ..VerifierOptions::default() }
}

fn create_verifier(revocations: Option<Arc<RevocationList>>) -> Verifier {
    let secret = KeySet::from_jwk_set(serde_json::json!({ "keys": [KEYS["keys"][0]] }).to_string().as_bytes());
    let policy = RefreshPolicy { max_age: Duration::from_secs(1 << 30), ..RefreshPolicy::default() };
    let remote = RemoteKeySet::new("http://127.0.0.1:1/", true, HttpLimits::default(), policy);
    let remote = remote.expect("the key set of the target is valid");
    remote.use_initial_set(keys::JWK_SET.as_bytes()).expect("the keys of the targets are valid");
    let sources = KeySources {
        local: Arc::new(secret.expect("the secret of the targets is valid")),
        remote: vec![Arc::new(remote)],
    };
    Verifier::new(sources, VerifierOptions { revocations, ..options() }).expect("the verifier of the target is valid")
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &WORDS)
});

fuzz_target!(|data: &[u8]| {
    let (mode, rest) = input::split_mode(data);
    let token = match mode {
        b'H' | b'E' => sign(rest, mode == b'E'),
        _ => rest.to_vec(),
    };
    let expected = verify(&token, &options(), NOW);
    check(&WITHOUT_REVOCATIONS, &token, &expected, |_| false);
    check(&WITH_REVOCATIONS, &token, &expected, is_revoked);
});

fn sign(parts: &[u8], is_asymmetric: bool) -> Vec<u8> {
    let (header, payload) = input::split_pair(parts);
    let message = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
    let signature = if is_asymmetric {
        ED25519.sign(Algorithm::EdDSA, message.as_bytes()).expect("a private key signs")
    } else {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, keys::SECRET);
        aws_lc_rs::hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
    };
    format!("{message}.{}", base64url::encode(&signature)).into_bytes()
}

/// Returns true if the claims name what is revoked, or have a `sid` that identifies no session.
fn is_revoked(claims: &Json) -> bool {
    let is_session = match claims.get("sid") {
        None | Some(Json::Null | Json::Str(_) | Json::Int(_)) => true,
        Some(_) => false,
    };
    !is_session || ["jti", "sid"].iter().any(|name| claims.get(name).and_then(Json::as_str) == Some(REVOKED))
}

fn check(verifier: &Verifier, token: &[u8], expected: &Verdict, is_refused: impl Fn(&Json) -> bool) {
    let result = authenticate(verifier, token);
    let result = result.and_then(|payload| {
        let (claims, validity) = verifier.validate_claims(&payload, NOW)?;
        assert!(verifier.is_current(payload.origin), "the keys have not changed");
        verifier.recheck_validity(&validity, NOW).expect("valid claims stay valid");
        if let Verdict::Accepted { claims: expected } = expected {
            let Json::Object(members) = expected else { panic!("claims are an object") };
            assert!(equal_members(members, claims.members()), "the claims are others");
            let is_timeless = expected.get("exp").is_none();
            assert_eq!(verifier.recheck_validity(&validity, f64::MAX).is_ok(), is_timeless, "a token never expires");
        }
        Ok(())
    });
    match (expected, result) {
        (Verdict::Undecided, _) => {}
        (Verdict::Accepted { claims }, result) => assert_eq!(result.is_ok(), !is_refused(claims), "{result:?}"),
        (Verdict::Rejected, Ok(())) => panic!("a token was accepted that the reference rejects"),
        (Verdict::Rejected, Err(error)) => echo::check_error(&error.to_string(), token, &[]),
    }
}

/// Verifies the signature, if necessary as after a fetch that failed.
fn authenticate(verifier: &Verifier, token: &[u8]) -> Result<AuthenticatedPayload> {
    match verifier.verify_signature(verifier.parse(token)?)? {
        SignatureCheck::Verified(payload) => Ok(payload),
        SignatureCheck::NeedsFetch(unresolved) => {
            let waiting = verifier.check_unverified(unresolved, NOW, |_| Ok(()))?.reserve_wait(Waiter::Task);
            let result = verifier.verify_signature_after_fetch(waiting, None);
            assert!(matches!(result, Err(Error::UnknownKey | Error::BadSignature)), "no fetch has brought a key");
            result
        }
    }
}
