//! Threads that share a verifier, a cache of tokens, a list of revocations and a remote key set. `make sanitize-threads`
//! repeats this under `ThreadSanitizer`.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use fastjose::encoding::base64url::encode;
use fastjose::http::runtime;
use fastjose::jwks::{HttpLimits, RefreshPolicy};
use fastjose::jws::compact::CompactJws;
use fastjose::jwt::revocation::{Revocation, RevocationList, Subject};
use fastjose::jwt::token_cache::{CacheEntry, TokenCache};
use fastjose::jwt::verifier::SignatureCheck;
use fastjose::{Algorithm, Error, KeySet, RemoteKeySet, VerificationKey, Verifier, VerifierOptions, sign_token};

const SECRET: &[u8] = b"a-secret-of-at-least-thirty-two-bytes";
const NOW: f64 = 1_700_000_000.0;
const THREADS: usize = 8;
const ROUNDS: usize = 60;

/// Calls `work` with the number of each thread, all at once.
fn run_in_threads(work: impl Fn(usize) + Sync) {
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (start, work) = (&start, &work);
            scope.spawn(move || {
                start.wait();
                work(number);
            });
        }
    });
}

fn claims_of(number: usize) -> String {
    format!(r#"{{"jti":"token-{number}","sub":"user-{number}","claim-{}":1,"exp":1800000000}}"#, number % 9)
}

fn token(number: usize) -> Vec<u8> {
    let header = format!(r#"{{"alg":"HS256","kid":"key-{}"}}"#, number % 12);
    sign_token(header.as_bytes(), claims_of(number).as_bytes(), SECRET, Algorithm::HS256).unwrap().into_bytes()
}

#[test]
fn threads_that_share_a_verifier_its_cache_and_its_revocations_get_right_verdicts() {
    let revocations = Arc::new(RevocationList::new(None));
    let options = VerifierOptions {
        algorithms: Some("HS256".parse().unwrap()),
        revocations: Some(Arc::clone(&revocations)),
        ..VerifierOptions::default()
    };
    let keys = KeySet::from(VerificationKey::from_secret(SECRET).unwrap());
    let (verifier, cache) = (Verifier::new(keys, options).unwrap(), TokenCache::with_capacity(20).unwrap().unwrap());
    let tokens: Vec<_> = (0..THREADS * ROUNDS).map(token).collect();
    run_in_threads(|thread| {
        for step in 0..ROUNDS {
            // A token of its own, which it revokes, and one that other threads revoke at some time.
            let (own, other) = (thread * ROUNDS + step, step * 7 % tokens.len());
            for number in [own, other] {
                verify_with_cache(&verifier, &cache, &tokens, number);
            }
            let jti = format!("token-{own}");
            revocations.revoke(&Revocation { subject: Subject::Token(&jti), at: NOW, until: 1_800_000_000.0 }, NOW);
            let own = tokens.get(own).unwrap();
            assert_eq!(verifier.verify(own, NOW), Err(Error::Revoked));
            if let Some(cached) = cache.get(own, |_| true) {
                assert_eq!(verifier.recheck_validity(&cached.validity, NOW), Err(Error::Revoked));
            }
        }
    });
    assert_eq!(revocations.len(NOW), THREADS * ROUNDS);
}

/// Verifies a token that may be revoked meanwhile. A token that is accepted has its own claims.
fn verify_with_cache(verifier: &Verifier, cache: &TokenCache<String>, tokens: &[Vec<u8>], number: usize) {
    let text = tokens.get(number).unwrap();
    if let Some(cached) = cache.get(text, |origin| verifier.is_current(origin)) {
        assert_eq!(cached.value, claims_of(number));
        return;
    }
    let check = verifier.verify_signature(verifier.parse(text).unwrap()).unwrap();
    let SignatureCheck::Verified(payload) = check else { unreachable!("the key is local") };
    match verifier.validate_claims(&payload, NOW) {
        Ok((claims, validity)) => {
            assert_eq!(claims.members().len(), 4);
            let value = String::from_utf8(payload.bytes.clone()).unwrap();
            assert_eq!(value, claims_of(number));
            // Every tenth takes the place of several others.
            let size_bytes = if number.is_multiple_of(10) { 20_000 } else { 100 };
            cache.insert(text, CacheEntry { value, size_bytes, validity, origin: payload.origin });
        }
        Err(error) => assert_eq!(error, Error::Revoked),
    }
}

/// Serves the key under the `kid` `key-0` at first, and under one with the next number at each request. Returns the URL.
fn serve_rotating_key(pair: &Ed25519KeyPair) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (url, x) = (format!("http://{}/", listener.local_addr().unwrap()), encode(pair.public_key().as_ref()));
    thread::spawn(move || {
        for (number, stream) in listener.incoming().map_while(Result::ok).enumerate() {
            let mut stream = stream;
            let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","kid":"key-{number}","alg":"EdDSA"}}"#);
            let old = jwk.replace(&format!("key-{number}"), "key");
            let body = format!(r#"{{"keys":[{old},{jwk}]}}"#);
            let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    url
}

#[test]
fn threads_that_share_a_remote_key_set_find_its_keys_while_it_rotates() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let moment = Duration::from_millis(1);
    let policy = RefreshPolicy {
        fetch_burst: 1_000,
        fetch_interval: moment,
        recheck_interval: moment,
        max_wait: Duration::from_secs(60),
        ..RefreshPolicy::default()
    };
    let limits = HttpLimits { timeout: Duration::from_secs(60), ..HttpLimits::default() };
    let remote = Arc::new(RemoteKeySet::new(&serve_rotating_key(&pair), false, limits, policy).unwrap());
    let input = format!("{}.e30", encode(br#"{"alg":"EdDSA","kid":"key"}"#));
    let text = format!("{input}.{}", encode(pair.sign(input.as_bytes()).as_ref()));
    let verified = AtomicUsize::new(0);
    let runtime = runtime::current().unwrap();
    runtime.block_on(remote.fetch()).unwrap();
    run_in_threads(|thread| {
        let token = CompactJws::parse(text.as_bytes(), 10_000).unwrap();
        for step in 0..ROUNDS {
            if (thread + step) % 4 == 0 {
                runtime.block_on(remote.fetch()).unwrap();
            }
            let key = remote.verify_signature_cached(&token).unwrap();
            assert_eq!(remote.key_count(), 2);
            verified.fetch_add(usize::from(remote.is_current(key)), Ordering::Relaxed);
            assert_eq!(remote.last_failure(), None);
        }
    });
    assert!(remote.generation() > 1);
    assert_eq!(verified.into_inner(), THREADS * ROUNDS, "each set has the key");
}
