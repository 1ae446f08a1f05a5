//! Remote key sets with a real HTTP server on a loopback address: one fetch for all waiters, failures that keep the cached
//! keys, and new keys that are accepted at once.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "in a test a panic is how it fails")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use fastjose::encoding::base64url::encode;
use fastjose::http::network::NetworkOptions;
use fastjose::http::runtime;
use fastjose::jwks::{HttpLimits, RefreshPolicy, Waiter};
use fastjose::jws::compact::CompactJws;
use fastjose::jws::verify::SignatureStatus;
use fastjose::jwt::key_origin::KeyOrigin;
use fastjose::jwt::verifier::{AuthenticatedPayload, KeySources, SignatureCheck};
use fastjose::jwt::waiting_token::PlausibleToken;
use fastjose::{ClaimsPolicy, Error, RemoteKeySet, Verifier, VerifierOptions};
use flate2::Compression;
use flate2::write::GzEncoder;

type Responder = dyn FnMut(&str) -> Vec<u8> + Send;

/// An HTTP server with a replaceable response, which records the requests.
struct Server {
    url: String,
    responder: Arc<Mutex<Box<Responder>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(respond: impl FnMut(&str) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let responder: Arc<Mutex<Box<Responder>>> = Arc::new(Mutex::new(Box::new(respond)));
        let requests = Arc::new(Mutex::new(vec![]));
        let server = Self { url, responder: Arc::clone(&responder), requests: Arc::clone(&requests) };
        // The thread ends with the process. It owns only the socket.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                serve(stream, &responder, &requests);
            }
        });
        server
    }

    fn start_with_response(response: Vec<u8>) -> Self {
        Self::start(move |_| response.clone())
    }

    fn set_responder(&self, respond: impl FnMut(&str) -> Vec<u8> + Send + 'static) {
        *self.responder.lock().unwrap() = Box::new(respond);
    }

    fn request_count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

fn serve(mut stream: TcpStream, responder: &Mutex<Box<Responder>>, requests: &Mutex<Vec<String>>) {
    let mut request = vec![0; 4_096];
    let length = stream.read(&mut request).unwrap_or(0);
    let request = String::from_utf8_lossy(&request[..length]).to_lowercase();
    requests.lock().unwrap().push(request.clone());
    let _ = stream.write_all(&responder.lock().unwrap()(&request));
}

fn reply(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let length = format!("content-length: {}", body.len());
    let own = if status.starts_with("304") { "connection: close" } else { length.as_str() };
    let lines = [&[status, "connection: close", own], headers].concat().join("\r\n");
    let head = format!("HTTP/1.1 {lines}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn ok(body: &str) -> Vec<u8> {
    reply("200 OK", &[], body.as_bytes())
}

/// A JWK Set with the public key of RFC 8037 A.2 under each `kid`.
fn key_set(kids: &[&str]) -> String {
    ed25519_key_set("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", kids)
}

fn ed25519_key_set(x: &str, kids: &[&str]) -> String {
    let jwk = |kid: &&str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","kid":"{kid}","alg":"EdDSA"}}"#);
    format!(r#"{{"keys":[{}]}}"#, kids.iter().map(jwk).collect::<Vec<_>>().join(","))
}

/// A token with this `kid` and an invalid signature.
fn forged_token(kid: &str) -> Vec<u8> {
    let header = encode(format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#).as_bytes());
    format!("{header}.e30.{}", encode(&[0; 64])).into_bytes()
}

fn signed_token(kid: &str, pair: &Ed25519KeyPair) -> Vec<u8> {
    let input = format!("{}.e30", encode(format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#).as_bytes()));
    format!("{input}.{}", encode(pair.sign(input.as_bytes()).as_ref())).into_bytes()
}

fn parse(text: &[u8]) -> CompactJws<'_> {
    CompactJws::parse(text, 10_000).unwrap()
}

/// A policy with short waits, under which a wrong signature causes at most one fetch.
fn quick_policy() -> RefreshPolicy {
    let (hour, moment) = (Duration::from_secs(3_600), Duration::from_millis(100));
    RefreshPolicy { recheck_interval: hour, max_wait: moment, fetch_interval: moment, ..RefreshPolicy::default() }
}

fn remote_key_set(server: &Server, policy: RefreshPolicy) -> Arc<RemoteKeySet> {
    let http_limits = HttpLimits { timeout: Duration::from_secs(10), max_body_bytes: 20_000, max_keys: 100 };
    Arc::new(RemoteKeySet::new(&server.url, false, http_limits, policy).unwrap())
}

/// A fetched set, whose next wrong signature causes no fetch.
fn fetched_key_set(server: &Server, policy: RefreshPolicy) -> Arc<RemoteKeySet> {
    let remote = remote_key_set(server, policy);
    block_on(remote.fetch()).unwrap();
    if remote.verify_signature(&parse(&forged_token("a"))) == Ok(SignatureStatus::NeedsRecheck) {
        block_on(remote.fetch_key_for(&parse(&forged_token("a")))).unwrap();
    }
    remote
}

/// Verifies the signature of `text`, after a fetch if one is needed.
async fn verify_with_fetch(remote: &Arc<RemoteKeySet>, text: &[u8]) -> Result<(), Error> {
    let token = parse(text);
    match remote.verify_signature(&token)? {
        SignatureStatus::NeedsFetch | SignatureStatus::NeedsRecheck => {
            let failure = remote.fetch_key_for(&token).await.err();
            remote.verify_signature_cached(&token).map(drop).map_err(|error| failure.unwrap_or(error))
        }
        SignatureStatus::Verified { .. } => Ok(()),
    }
}

fn verify(remote: &Arc<RemoteKeySet>, text: &[u8]) -> Result<(), Error> {
    block_on(verify_with_fetch(remote, text))
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    runtime::current().unwrap().block_on(work)
}

/// Waits until `condition` is true. Fails after a minute.
fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "the condition did not become true");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_set_is_fetched_when_first_needed_and_then_cached() {
    let server = Server::start_with_response(ok(&key_set(&["a"])));
    let remote = remote_key_set(&server, quick_policy());
    assert_eq!((server.request_count(), remote.age(), remote.generation()), (0, None, 0));
    assert_eq!(remote.verify_signature(&parse(&forged_token("a"))), Ok(SignatureStatus::NeedsFetch));
    block_on(remote.fetch_key_for(&parse(&forged_token("a")))).unwrap();
    assert_eq!((server.request_count(), remote.generation(), remote.key_count()), (1, 1, 1));
    assert!(remote.age().is_some_and(|age| age < Duration::from_secs(60)));
    let request = server.requests.lock().unwrap()[0].clone();
    assert!(request.starts_with("get /jwks http/1.1\r\n") && request.contains("accept-encoding: gzip"), "{request}");
}

#[test]
fn a_symmetric_algorithm_needs_no_fetch() {
    let server = Server::start_with_response(ok(&key_set(&["a"])));
    let remote = remote_key_set(&server, quick_policy());
    for algorithm in ["HS256", "HS384", "HS512"] {
        let header = encode(format!(r#"{{"alg":"{algorithm}","kid":"a"}}"#).as_bytes());
        let text = format!("{header}.e30.{}", encode(&[0; 64]));
        assert_eq!(remote.verify_signature(&parse(text.as_bytes())), Err(Error::UnknownKey), "{algorithm}");
    }
    assert_eq!(server.request_count(), 0);
}

#[test]
fn many_waiters_share_one_fetch() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let server = Server::start_with_response(ok(&ed25519_key_set(&encode(pair.public_key().as_ref()), &["a"])));
    let (remote, text) = (remote_key_set(&server, quick_policy()), signed_token("a", &pair));
    block_on(async {
        let waiting: Vec<_> = (0..200)
            .map(|_| {
                let (remote, text) = (Arc::clone(&remote), text.clone());
                tokio::spawn(async move { verify_with_fetch(&remote, &text).await })
            })
            .collect();
        for one in waiting {
            assert_eq!(one.await.unwrap(), Ok(()));
        }
    });
    assert_eq!(server.request_count(), 1);
}

#[test]
fn a_cancelled_waiter_does_not_cancel_the_fetch() {
    let (release, released) = mpsc::channel();
    let server = Server::start(move |_| {
        released.recv().unwrap();
        ok(&key_set(&["a"]))
    });
    let remote = remote_key_set(&server, quick_policy());
    block_on(async {
        let text = forged_token("a");
        let token = parse(&text);
        let cancelled = tokio::time::timeout(Duration::from_millis(20), remote.fetch_key_for(&token)).await;
        assert!(cancelled.is_err());
        let mut other = pin!(remote.fetch_key_for(&token));
        assert!(tokio::time::timeout(Duration::ZERO, &mut other).await.is_err()); // it waits for the same fetch
        release.send(()).unwrap();
        other.await.unwrap();
    });
    assert_eq!(server.request_count(), 1);
}

#[test]
fn a_key_created_during_a_fetch_is_found_by_the_next_fetch() {
    let mut sets = vec![key_set(&["a", "b"]), key_set(&["a"])];
    let server = Server::start(move |_| {
        std::thread::sleep(Duration::from_millis(100));
        ok(&sets.pop().unwrap())
    });
    let remote = remote_key_set(&server, quick_policy());
    let first = Arc::clone(&remote);
    let first = std::thread::spawn(move || block_on(first.fetch_key_for(&parse(&forged_token("a")))));
    wait_until(|| server.request_count() == 1);
    block_on(remote.fetch_key_for(&parse(&forged_token("b")))).unwrap();
    assert_eq!(remote.verify_signature_cached(&parse(&forged_token("b"))), Err(Error::BadSignature));
    first.join().unwrap().unwrap();
}

#[test]
fn a_failed_fetch_keeps_the_cached_keys() {
    let server = Server::start_with_response(ok(&key_set(&["a"])));
    let remote = fetched_key_set(&server, quick_policy());
    for failure in [
        reply("500 Oops", &[], b""),
        reply("204 No Content", &[], b""),
        reply("302 Found", &["location: http://127.0.0.1:1/"], b""),
        reply("304 Not Modified", &[], b""),
        ok("<html>"),
        ok("null"),
        ok("{}"),
        ok(r#"{"keys":{}}"#),
        ok(r#"{"keys":[1,null,"x"]}"#),
        ok(r#"{"keys":[],"keys":[]}"#),
        ok(&key_set(&["a"]).replace("\"crv\"", "\"crv\":\"Ed448\",\"crv\"")),
        ok(r#"{"keys":[{}]}"#),
        ok(r#"{"keys":[{"kty":5}]}"#),
        ok(&format!("{{\"keys\":[{}]}}", " ".repeat(30_000))),
        ok(&format!("{{\"keys\":[{}]}}", ["{}"; 101].join(","))),
        reply("200 OK", &["content-encoding: gzip"], &gzip(&vec![b' '; 30_000])),
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{".to_vec(),
        vec![],
    ] {
        let text = String::from_utf8_lossy(&failure).into_owned();
        server.set_responder(move |_| failure.clone());
        assert!(matches!(block_on(remote.fetch()), Err(Error::KeysUnavailable { .. })), "{text}");
        assert!(remote.last_failure().is_some() && remote.generation() == 1, "{text}");
        assert_eq!(remote.verify_signature_cached(&parse(&forged_token("a"))), Err(Error::BadSignature), "{text}");
    }
    assert_eq!(remote.generation(), 1);
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(vec![], Compression::best());
    writer.write_all(body).unwrap();
    writer.finish().unwrap()
}

#[test]
fn a_gzip_response_is_decompressed() {
    let body = gzip(key_set(&["a"]).as_bytes());
    let server = Server::start_with_response(reply("200 OK", &["content-encoding: gzip"], &body));
    let remote = fetched_key_set(&server, quick_policy());
    assert_eq!(remote.verify_signature(&parse(&forged_token("a"))), Err(Error::BadSignature));
}

#[test]
fn a_fetch_without_response_times_out() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    let http_limits = HttpLimits { timeout: Duration::from_millis(100), ..HttpLimits::default() };
    let remote = Arc::new(RemoteKeySet::new(&url, false, http_limits, quick_policy()).unwrap());
    assert!(matches!(block_on(remote.fetch()), Err(Error::KeysUnavailable { .. })));
}

#[test]
fn an_empty_set_withdraws_every_key() {
    let server = Server::start_with_response(ok(&key_set(&["a"])));
    let remote = fetched_key_set(&server, quick_policy());
    server.set_responder(|_| ok(r#"{"keys":[]}"#));
    block_on(remote.fetch()).unwrap();
    assert_eq!(verify(&remote, &forged_token("a")), Err(Error::UnknownKey));
}

#[test]
fn unusable_members_of_a_set_are_ignored() {
    let good = key_set(&["a"]);
    let bad = good.replace("[{", r#"[null,{"kty":"EC","crv":"P-256"},{"kty":"new"},{"#);
    let server = Server::start_with_response(ok(&bad));
    let remote = fetched_key_set(&server, quick_policy());
    assert_eq!(remote.verify_signature(&parse(&forged_token("a"))), Err(Error::BadSignature));
}

#[test]
fn a_rotated_key_is_accepted_at_once_and_replaces_the_old_key() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let x = encode(pair.public_key().as_ref());
    let server = Server::start_with_response(ok(&ed25519_key_set(&x, &["a"])));
    let remote = fetched_key_set(&server, quick_policy());
    assert_eq!(verify(&remote, &signed_token("a", &pair)), Ok(()));
    server.set_responder(move |_| ok(&ed25519_key_set(&x, &["b"])));
    assert_eq!(verify(&remote, &signed_token("b", &pair)), Ok(()));
    assert_eq!((verify(&remote, &signed_token("a", &pair)), remote.generation()), (Err(Error::UnknownKey), 2));
}

#[test]
fn an_unchanged_set_keeps_its_generation() {
    let server = Server::start(|request| {
        let etag = "etag: \"1\"";
        if request.contains("if-none-match: \"1\"") {
            reply("304 Not Modified", &[etag], b"")
        } else {
            reply("200 OK", &[etag], key_set(&["a"]).as_bytes())
        }
    });
    let remote = fetched_key_set(&server, quick_policy());
    block_on(remote.fetch()).unwrap();
    server.set_responder(|_| ok(&key_set(&["a"])));
    block_on(remote.fetch()).unwrap();
    assert_eq!(remote.generation(), 1);
    let conditional: Vec<bool> =
        server.requests.lock().unwrap().iter().map(|one| one.contains("if-none-match")).collect();
    assert_eq!(conditional[conditional.len() - 2..], [true, true]);
}

#[test]
fn a_flood_of_unknown_keys_is_rate_limited_and_delays_no_cached_key() {
    let server = Server::start_with_response(ok(&key_set(&["a"])));
    let policy = RefreshPolicy { fetch_burst: 3, fetch_interval: Duration::from_secs(3_600), ..quick_policy() };
    let remote = fetched_key_set(&server, policy);
    let before = server.request_count();
    for number in 0..300 {
        assert!(matches!(
            verify(&remote, &forged_token(&format!("made up {number}"))),
            Err(Error::UnknownKey | Error::KeysUnavailable { .. })
        ));
        assert_eq!(remote.verify_signature(&parse(&forged_token("a"))), Err(Error::BadSignature));
    }
    assert_eq!(server.request_count() - before, 3);
}

#[test]
fn a_cached_key_does_not_wait_for_a_fetch() {
    let server = Server::start_with_response(ok(&key_set(&["a"])));
    let remote = fetched_key_set(&server, quick_policy());
    let (answer, may_answer) = mpsc::channel::<()>();
    server.set_responder(move |_| {
        let _ = may_answer.recv_timeout(Duration::from_secs(60)); // it ends when `answer` is dropped
        ok(&key_set(&["a"]))
    });
    let (waiting, before) = (Arc::clone(&remote), server.request_count());
    let waiting = std::thread::spawn(move || verify(&waiting, &forged_token("b")));
    wait_until(|| server.request_count() > before);
    for _ in 0..100 {
        assert_eq!(remote.verify_signature(&parse(&forged_token("a"))), Err(Error::BadSignature));
    }
    assert!(!waiting.is_finished());
    drop(answer);
    assert_eq!(waiting.join().unwrap(), Err(Error::UnknownKey));
}

#[test]
fn a_new_key_with_a_cached_kid_is_fetched_once_per_recheck_interval() {
    let (old, new) = (Ed25519KeyPair::generate().unwrap(), Ed25519KeyPair::generate().unwrap());
    let sets = [&old, &new].map(|pair| ed25519_key_set(&encode(pair.public_key().as_ref()), &["1"]));
    let server = Server::start_with_response(ok(&sets[0]));
    let remote = remote_key_set(&server, quick_policy());
    assert_eq!(verify(&remote, &signed_token("1", &old)), Ok(()));
    let reset = sets[1].clone();
    server.set_responder(move |_| ok(&reset));
    assert_eq!(verify(&remote, &signed_token("1", &new)), Ok(()));
    assert_eq!(server.request_count(), 2);
    for _ in 0..100 {
        assert_eq!(verify(&remote, &signed_token("1", &old)), Err(Error::BadSignature));
    }
    assert_eq!(server.request_count(), 2);
}

#[test]
fn a_waiting_token_gets_its_key_once_the_server_recovers() {
    let mut failures = 2;
    let server = Server::start(move |_| {
        failures -= 1;
        if failures >= 0 { reply("503 Later", &[], b"") } else { ok(&key_set(&["a"])) }
    });
    let remote = remote_key_set(&server, RefreshPolicy { max_wait: Duration::from_secs(5), ..quick_policy() });
    assert_eq!(verify(&remote, &forged_token("a")), Err(Error::BadSignature));
    assert_eq!(server.request_count(), 3);
}

#[test]
fn a_retry_after_of_the_server_blocks_further_fetches() {
    for header in ["retry-after: 7", "x-retry-after: 7"] {
        let server = Server::start_with_response(reply("429 Slow Down", &[header], b""));
        let remote = remote_key_set(&server, quick_policy());
        let start = Instant::now();
        for _ in 0..20 {
            let Err(Error::KeysUnavailable { retry_after, reason }) = verify(&remote, &forged_token("a")) else {
                panic!("{header}: no 503")
            };
            let named = Duration::from_secs(7);
            assert!((named.saturating_sub(start.elapsed())..=named).contains(&retry_after), "{retry_after:?}");
            let expected =
                format!("the server responded with status 429; it limits the rate of requests ({})", remote.url());
            assert_eq!(reason, expected);
        }
        assert_eq!(server.request_count(), 1);
    }
}

/// A policy under which a set is refresh-due from the start and stale after `age`.
fn immediate_refresh_policy(age: Duration) -> RefreshPolicy {
    RefreshPolicy { max_age: age, min_age: Duration::ZERO, refresh_jitter: 1.0, ..quick_policy() }
}

#[test]
fn a_set_is_refreshed_without_tokens_until_it_is_dropped() {
    let server = Server::start_with_response(ok(&key_set(&["a"])));
    let remote = remote_key_set(&server, immediate_refresh_policy(Duration::from_millis(40)));
    block_on(remote.fetch()).unwrap();
    wait_until(|| server.request_count() >= 3);
    drop(remote);
    let count = server.request_count();
    std::thread::sleep(Duration::from_millis(2_500)); // two pauses between refreshes
    // One fetch can be under way when the set is dropped.
    assert!(server.request_count() <= count + 1, "the dropped set is still refreshed");
}

#[test]
fn a_set_that_may_not_be_cached_is_refreshed_once_a_second() {
    let forbidden = reply("200 OK", &["cache-control: no-store"], key_set(&["a"]).as_bytes());
    for (response, policy) in [
        (forbidden, RefreshPolicy { min_age: Duration::ZERO, ..quick_policy() }),
        (ok(&key_set(&["a"])), immediate_refresh_policy(Duration::ZERO)),
        (ok(&key_set(&["a"])), immediate_refresh_policy(Duration::from_millis(1))),
    ] {
        let server = Server::start_with_response(response);
        let remote = remote_key_set(&server, policy);
        let start = Instant::now();
        block_on(remote.fetch()).unwrap();
        wait_until(|| server.request_count() >= 3);
        let elapsed = start.elapsed(); // of the requested fetch and two refreshes
        assert!(elapsed >= Duration::from_secs(1), "{elapsed:?}");
    }
}

#[test]
fn an_initial_set_is_refreshed_when_it_is_asked_for() {
    let server = Server::start_with_response(ok(&key_set(&["a"])));
    let remote = remote_key_set(&server, quick_policy());
    remote.use_initial_set(key_set(&["b"]).as_bytes()).unwrap();
    assert_eq!((remote.age(), server.request_count()), (None, 0));
    remote.refresh_if_due();
    wait_until(|| remote.age().is_some());
    assert_eq!(server.request_count(), 1);
}

#[test]
fn a_stale_set_is_used_while_refreshes_fail() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let server = Server::start_with_response(ok(&ed25519_key_set(&encode(pair.public_key().as_ref()), &["a"])));
    let remote = remote_key_set(&server, immediate_refresh_policy(Duration::from_millis(50)));
    block_on(remote.fetch()).unwrap();
    server.set_responder(|_| reply("500 Oops", &[], b""));
    wait_until(|| remote.last_failure().is_some() && remote.age().unwrap() > Duration::from_millis(100));
    let before = server.request_count();
    for _ in 0..100 {
        let status = remote.verify_signature(&parse(&signed_token("a", &pair)));
        assert!(matches!(status, Ok(SignatureStatus::Verified { key }) if remote.is_current(key)), "{status:?}");
    }
    assert!(server.request_count() - before < 5);
}

#[test]
fn an_expired_set_is_not_used() {
    let server = Server::start_with_response(ok(&key_set(&["a"])));
    let policy = RefreshPolicy { max_stale: Duration::ZERO, ..immediate_refresh_policy(Duration::from_millis(50)) };
    let remote = remote_key_set(&server, policy);
    block_on(remote.fetch()).unwrap();
    server.set_responder(|_| reply("500 Oops", &[], b""));
    wait_until(|| remote.last_failure().is_some() && remote.age().unwrap() > Duration::from_millis(50));
    assert!(matches!(verify(&remote, &forged_token("a")), Err(Error::KeysUnavailable { .. })));
}

#[test]
fn settings_out_of_range_are_rejected() {
    for policy in [
        RefreshPolicy { refresh_jitter: 1.5, ..quick_policy() },
        RefreshPolicy { refresh_jitter: f64::NAN, ..quick_policy() },
        RefreshPolicy { fetch_burst: 0, ..quick_policy() },
        RefreshPolicy { max_waiting_threads: 0, ..quick_policy() },
    ] {
        let rejected = RemoteKeySet::new("https://a.example", false, HttpLimits::default(), policy);
        assert!(matches!(rejected.err(), Some(Error::Configuration(_))));
    }
}

/// A verifier with the keys of `remote` that requires no claim.
fn verifier_of(remote: &[&Arc<RemoteKeySet>]) -> Verifier {
    let policy = ClaimsPolicy { required: vec![], ..ClaimsPolicy::default() };
    let keys = KeySources { remote: remote.iter().copied().map(Arc::clone).collect(), ..KeySources::default() };
    Verifier::new(keys, VerifierOptions { policy, ..VerifierOptions::default() }).unwrap()
}

/// Returns the token that needs a fetch, after its claims were checked.
fn plausible_token<'t>(verifier: &Verifier, text: &'t [u8]) -> PlausibleToken<'t> {
    let token = match verifier.verify_signature(verifier.parse(text).unwrap()).unwrap() {
        SignatureCheck::NeedsFetch(token) => Some(token),
        SignatureCheck::Verified(_) => None,
    };
    verifier.check_unverified(token.unwrap(), 1_000.0, |_| Ok(())).unwrap()
}

#[test]
fn a_thread_that_may_not_wait_gets_the_verdict_of_the_cached_keys() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let server = Server::start_with_response(ok(&ed25519_key_set(&encode(pair.public_key().as_ref()), &["a"])));
    let policy = RefreshPolicy { max_waiting_threads: 1, ..quick_policy() };
    let remote = remote_key_set(&server, policy);
    let (verifier, slot) = (verifier_of(&[&remote]), remote.reserve_waiter(Waiter::Thread, 0).unwrap());
    let (good, other, forged) = (signed_token("a", &pair), signed_token("b", &pair), forged_token("a"));
    let [good, other] = [&good, &other].map(|text| plausible_token(&verifier, text));
    block_on(remote.fetch()).unwrap();
    let verdict = |token: PlausibleToken<'_>| {
        let waiting = token.reserve_wait(Waiter::Thread);
        assert!(waiting.is_refused());
        verifier.verify_signature_after_fetch(waiting, None)
    };
    assert!(verdict(good).is_ok(), "its key is cached meanwhile");
    assert!(matches!(verdict(other), Err(Error::KeysUnavailable { .. })));
    assert_eq!(verdict(plausible_token(&verifier, &forged)), Err(Error::BadSignature));
    drop(slot);
    assert!(!plausible_token(&verifier, &forged).reserve_wait(Waiter::Thread).is_refused());
}

#[test]
fn a_token_that_its_claims_rule_out_needs_no_fetch() {
    let server = Server::start_with_response(ok(&key_set(&["a"])));
    let remote = remote_key_set(&server, quick_policy());
    let verifier = verifier_of(&[&remote]);
    for (payload, code) in [
        (r#"{"exp":999}"#, "expired"),
        (r#"{"nbf":1001}"#, "not_yet_valid"),
        (r#"{"aud":"api"}"#, "wrong_audience"),
        ("[]", "malformed"),
        (r#"{"exp":2000}"#, "unknown_key"),
    ] {
        let header = encode(br#"{"alg":"EdDSA","kid":"b"}"#);
        let text = format!("{header}.{}.{}", encode(payload.as_bytes()), encode(&[0; 64]));
        assert_eq!(verifier.verify(text.as_bytes(), 1_000.0).unwrap_err().code(), code, "{payload}");
    }
    assert_eq!(server.request_count(), 0);
}

#[test]
fn a_verified_token_names_the_key_which_is_current_until_its_set_comes_without_it() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let x = encode(pair.public_key().as_ref());
    let servers = ["a", "b"].map(|kid| Server::start_with_response(ok(&ed25519_key_set(&x, &[kid]))));
    let [one, other] = [&servers[0], &servers[1]].map(|server| fetched_key_set(server, quick_policy()));
    let verifier = verifier_of(&[&one, &other]);
    let origin = |kid| match verifier.verify_signature(verifier.parse(&signed_token(kid, &pair)).unwrap()).unwrap() {
        SignatureCheck::Verified(AuthenticatedPayload { origin, .. }) => Some(origin),
        SignatureCheck::NeedsFetch(_) => None,
    };
    let (first, second) = (origin("a").unwrap(), origin("b").unwrap());
    let (KeyOrigin::Remote { index: 0, key: first_key }, KeyOrigin::Remote { index: 1, key: second_key }) =
        (first, second)
    else {
        panic!("{first:?}, {second:?}");
    };
    assert!(one.is_current(first_key) && !one.is_current(second_key));
    let change = |kids: &[&str]| {
        let body = ed25519_key_set(&x, kids);
        servers[1].set_responder(move |_| ok(&body));
        block_on(other.fetch()).unwrap();
        (verifier.is_current(first), verifier.is_current(second))
    };
    assert_eq!(change(&["c", "b"]), (true, true));
    assert_eq!(origin("b"), Some(second));
    assert_eq!(change(&["c"]), (true, false));
    assert_eq!(change(&["b"]), (true, false), "a key that returns is another one");
    assert!(origin("b").is_some_and(|returned| returned != second));
    assert!(verifier.is_current(KeyOrigin::Local));
    assert!(!verifier.is_current(KeyOrigin::Remote { index: 2, key: first_key }));
}

#[test]
fn a_token_verified_after_a_fetch_names_the_fetched_key() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let server = Server::start_with_response(ok(&ed25519_key_set(&encode(pair.public_key().as_ref()), &["a"])));
    let remote = remote_key_set(&server, quick_policy());
    let (verifier, text) = (verifier_of(&[&remote]), signed_token("a", &pair));
    let waiting = plausible_token(&verifier, &text).reserve_wait(Waiter::Thread);
    assert_eq!(block_on(waiting.fetch_keys()), None);
    let payload = verifier.verify_signature_after_fetch(waiting, None).unwrap();
    assert!(matches!(payload.origin, KeyOrigin::Remote { index: 0, key } if remote.is_current(key)));
    assert!(verifier.is_current(payload.origin));
}

#[test]
fn a_set_is_usable_with_keys_until_it_expires() {
    let server = Server::start_with_response(ok(&key_set(&["a"])));
    let remote = remote_key_set(&server, quick_policy());
    assert!(!remote.has_usable_keys());
    block_on(remote.fetch_if_needed()).unwrap();
    assert_eq!((remote.has_usable_keys(), server.request_count()), (true, 1));
    block_on(remote.fetch_if_needed()).unwrap();
    assert_eq!(server.request_count(), 1);
    server.set_responder(|_| ok(r#"{"keys":[]}"#));
    block_on(remote.fetch()).unwrap();
    assert!(!remote.has_usable_keys(), "an empty set");
    server.set_responder(|_| ok(&key_set(&["a"])));
    let policy = RefreshPolicy { max_stale: Duration::ZERO, ..immediate_refresh_policy(Duration::from_millis(50)) };
    let remote = remote_key_set(&server, policy);
    block_on(remote.fetch()).unwrap();
    server.set_responder(|_| reply("500 Oops", &[], b""));
    wait_until(|| remote.age().unwrap() > Duration::from_millis(50) && remote.last_failure().is_some());
    assert!(!remote.has_usable_keys(), "an expired set");
}

fn per_kid_key_set(server: &Server) -> Arc<RemoteKeySet> {
    let network = NetworkOptions::default();
    Arc::new(RemoteKeySet::per_kid(&server.url, false, HttpLimits::default(), quick_policy(), network).unwrap())
}

#[test]
fn keys_that_are_fetched_one_by_one_are_fetched_for_tokens_alone() {
    let server = Server::start_with_response(reply("500 Oops", &[], b""));
    let remote = per_kid_key_set(&server);
    block_on(remote.fetch_if_needed()).unwrap();
    assert_eq!(remote.verify_signature(&parse(&forged_token("a b"))), Err(Error::UnknownKey));
    assert_eq!(remote.verify_signature(&parse(&forged_token("a"))), Ok(SignatureStatus::NeedsFetch));
    assert_eq!(server.request_count(), 0);
    assert!(matches!(verify(&remote, &forged_token("a")), Err(Error::KeysUnavailable { .. })));
    assert!(server.request_count() > 0);
    assert_eq!((remote.generation(), remote.age()), (0, None), "a failure is not an answer");
}

#[test]
fn a_fetch_of_a_set_of_single_keys_asks_for_each_that_is_cached() {
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\n-----END PUBLIC KEY-----\n";
    let server = Server::start_with_response(ok(pem));
    let remote = per_kid_key_set(&server);
    for kid in ["a", "b"] {
        assert_eq!(verify(&remote, &forged_token(kid)), Err(Error::BadSignature));
    }
    let before = server.request_count();
    block_on(remote.fetch()).unwrap();
    let requests = server.requests.lock().unwrap();
    let mut asked: Vec<_> = requests[before..].iter().filter_map(|request| request.split(' ').nth(1)).collect();
    asked.sort_unstable();
    assert_eq!(asked, ["/jwks/a", "/jwks/b"]);
}

#[test]
fn a_stale_set_is_fetched_even_if_it_has_the_key() {
    let server = Server::start_with_response(ok(&key_set(&["a"])));
    let remote = fetched_key_set(&server, immediate_refresh_policy(Duration::from_millis(50)));
    server.set_responder(|_| reply("500 Oops", &[], b""));
    wait_until(|| remote.last_failure().is_some() && remote.age().unwrap() > Duration::from_millis(100));
    let fetched = block_on(remote.fetch_key_for(&parse(&forged_token("a"))));
    assert!(matches!(fetched, Err(Error::KeysUnavailable { .. })), "{fetched:?}");
}

#[test]
fn a_body_of_the_greatest_length_is_read() {
    let body = |bytes: usize| format!("{:<bytes$}", key_set(&["a"]));
    let server = Server::start_with_response(ok(&body(20_000)));
    let remote = remote_key_set(&server, quick_policy());
    assert_eq!(block_on(remote.fetch()), Ok(()));
    server.set_responder(move |_| ok(&body(20_001)));
    let error = block_on(remote.fetch()).unwrap_err().to_string();
    assert!(error.contains("must be at most 20000 bytes long"), "{error}");
}
