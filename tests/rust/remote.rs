//! Remote key sets against a real server on this machine: one fetch however many wait, failures that lose no keys, and no
//! key that is refused because it is new.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "in a test a panic is how it fails")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use fastjose::encoding::base64url::encode;
use fastjose::jwks;
use fastjose::jwks::http;
use fastjose::jws::compact::CompactJws;
use fastjose::jws::verify::SignatureStatus;
use fastjose::{Error, RemoteKeySet};
use flate2::Compression;
use flate2::write::GzEncoder;

type Answer = dyn FnMut(&str) -> Vec<u8> + Send;

/// A server that answers as it is told, and keeps what it is asked.
struct Server {
    url: String,
    answer: Arc<Mutex<Box<Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: impl FnMut(&str) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let answer: Arc<Mutex<Box<Answer>>> = Arc::new(Mutex::new(Box::new(answer)));
        let asked = Arc::new(Mutex::new(vec![]));
        let (answers, requests) = (Arc::clone(&answer), Arc::clone(&asked));
        // Ends with the process; it holds nothing but the socket.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                serve(stream, &answers, &requests);
            }
        });
        Self { url, answer, asked }
    }

    fn answering(body: Vec<u8>) -> Self {
        Self::start(move |_| body.clone())
    }

    fn answers(&self, answer: impl FnMut(&str) -> Vec<u8> + Send + 'static) {
        *self.answer.lock().unwrap() = Box::new(answer);
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

fn serve(mut stream: TcpStream, answer: &Mutex<Box<Answer>>, asked: &Mutex<Vec<String>>) {
    let mut request = vec![0; 4_096];
    let length = stream.read(&mut request).unwrap_or(0);
    let request = String::from_utf8_lossy(&request[..length]).to_lowercase();
    asked.lock().unwrap().push(request.clone());
    let _ = stream.write_all(&answer.lock().unwrap()(&request));
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

/// RFC 8037 A.2's public key, under each of these names.
fn key_set(kids: &[&str]) -> String {
    set_of("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", kids)
}

fn set_of(x: &str, kids: &[&str]) -> String {
    let jwk = |kid: &&str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","kid":"{kid}","alg":"EdDSA"}}"#);
    format!(r#"{{"keys":[{}]}}"#, kids.iter().map(jwk).collect::<Vec<_>>().join(","))
}

/// A token under `kid` whose signature is nobody's.
fn token(kid: &str) -> Vec<u8> {
    let header = encode(format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#).as_bytes());
    format!("{header}.e30.{}", encode(&[0; 64])).into_bytes()
}

fn signed(kid: &str, pair: &Ed25519KeyPair) -> Vec<u8> {
    let input = format!("{}.e30", encode(format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#).as_bytes()));
    format!("{input}.{}", encode(pair.sign(input.as_bytes()).as_ref())).into_bytes()
}

fn read(text: &[u8]) -> CompactJws<'_> {
    CompactJws::parse(text, 10_000).unwrap()
}

/// Limits under which nothing waits for long, and no wrong signature asks for a fetch.
fn quick() -> jwks::Limits {
    let (hour, moment) = (Duration::from_secs(3_600), Duration::from_millis(100));
    jwks::Limits { recheck_interval: hour, max_wait: moment, fetch_interval: moment, ..jwks::Limits::default() }
}

fn remote(server: &Server, limits: jwks::Limits) -> Arc<RemoteKeySet> {
    let http_limits = http::Limits { timeout: Duration::from_millis(500), max_body_bytes: 20_000, max_keys: 100 };
    Arc::new(RemoteKeySet::new(&server.url, false, http_limits, limits).unwrap())
}

/// A set that was fetched once, and has no doubt left of a wrong signature.
fn fetched(server: &Server, limits: jwks::Limits) -> Arc<RemoteKeySet> {
    let remote = remote(server, limits);
    run(remote.fetch()).unwrap();
    if remote.verify_signature(&read(&token("a"))) == Ok(SignatureStatus::NeedsFetch) {
        run(remote.fetch_for(&read(&token("a")))).unwrap();
    }
    remote
}

/// What becomes of `text`, with a fetch if it asks for one.
async fn judged(remote: &Arc<RemoteKeySet>, text: &[u8]) -> Result<(), Error> {
    let token = read(text);
    match remote.verify_signature(&token)? {
        SignatureStatus::NeedsFetch => {
            let failure = remote.fetch_for(&token).await.err();
            remote.verify_signature_cached(&token).map_err(|error| failure.unwrap_or(error))
        }
        SignatureStatus::Verified => Ok(()),
    }
}

fn verdict(remote: &Arc<RemoteKeySet>, text: &[u8]) -> Result<(), Error> {
    run(judged(remote, text))
}

fn run<T>(work: impl Future<Output = T>) -> T {
    fastjose::jwks::runtime::current().unwrap().block_on(work)
}

/// Waits until `is_so`, and fails after ten seconds.
fn until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn is_fetched_when_first_needed_and_then_at_hand() {
    let server = Server::answering(ok(&key_set(&["a"])));
    let remote = remote(&server, quick());
    assert_eq!((server.asked(), remote.age(), remote.is_usable()), (0, None, false));
    assert_eq!(remote.verify_signature(&read(&token("a"))), Ok(SignatureStatus::NeedsFetch));
    run(remote.fetch_for(&read(&token("a")))).unwrap();
    assert_eq!((server.asked(), remote.generation(), remote.is_usable()), (1, 1, true));
    assert!(remote.age().is_some_and(|age| age < Duration::from_secs(60)));
    let request = server.asked.lock().unwrap()[0].clone();
    assert!(request.starts_with("get /jwks http/1.1\r\n") && request.contains("accept-encoding: gzip"), "{request}");
}

#[test]
fn is_fetched_once_however_many_wait() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let server = Server::answering(ok(&set_of(&encode(pair.public_key().as_ref()), &["a"])));
    let (remote, text) = (remote(&server, quick()), signed("a", &pair));
    run(async {
        let waiting: Vec<_> = (0..200)
            .map(|_| {
                let (remote, text) = (Arc::clone(&remote), text.clone());
                tokio::spawn(async move { judged(&remote, &text).await })
            })
            .collect();
        for one in waiting {
            assert_eq!(one.await.unwrap(), Ok(()));
        }
    });
    assert_eq!(server.asked(), 1);
}

#[test]
fn whoever_stops_waiting_stops_nobodys_fetch() {
    let server = Server::start(|_| {
        std::thread::sleep(Duration::from_millis(200));
        ok(&key_set(&["a"]))
    });
    let remote = remote(&server, quick());
    run(async {
        let text = token("a");
        let token = read(&text);
        let leaving = tokio::time::timeout(Duration::from_millis(20), remote.fetch_for(&token)).await;
        assert!(leaving.is_err());
        remote.fetch_for(&token).await.unwrap();
    });
    assert_eq!(server.asked(), 1);
}

#[test]
fn a_key_that_is_made_while_a_fetch_is_under_way_is_found() {
    let mut sets = vec![key_set(&["a", "b"]), key_set(&["a"])];
    let server = Server::start(move |_| {
        std::thread::sleep(Duration::from_millis(100));
        ok(&sets.pop().unwrap())
    });
    let remote = remote(&server, quick());
    let first = Arc::clone(&remote);
    let first = std::thread::spawn(move || run(first.fetch_for(&read(&token("a")))));
    until(|| server.asked() == 1);
    run(remote.fetch_for(&read(&token("b")))).unwrap();
    assert_eq!(remote.verify_signature_cached(&read(&token("b"))), Err(Error::BadSignature));
    first.join().unwrap().unwrap();
}

#[test]
fn a_failure_keeps_the_keys() {
    let server = Server::answering(ok(&key_set(&["a"])));
    let remote = fetched(&server, quick());
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
        ok(r#"{"keys":[{"kty":"oct","k":"YS1zZWNyZXQtb2YtYXQtbGVhc3QtdGhpcnR5LXR3by1ieXRlcw"}]}"#),
        ok(&format!("{{\"keys\":[{}]}}", " ".repeat(30_000))),
        ok(&format!("{{\"keys\":[{}]}}", ["{}"; 101].join(","))),
        reply("200 OK", &["content-encoding: gzip"], &gzip(&vec![b' '; 30_000])),
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{".to_vec(),
        vec![],
    ] {
        let text = String::from_utf8_lossy(&failure).into_owned();
        server.answers(move |_| failure.clone());
        assert!(matches!(run(remote.fetch()), Err(Error::KeysUnavailable { .. })), "{text}");
        assert!(remote.last_failure().is_some() && remote.is_usable(), "{text}");
        assert_eq!(remote.verify_signature(&read(&token("a"))), Err(Error::BadSignature), "{text}");
    }
    assert_eq!(remote.generation(), 1);
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(vec![], Compression::best());
    writer.write_all(body).unwrap();
    writer.finish().unwrap()
}

#[test]
fn a_compressed_set_is_read() {
    let body = gzip(key_set(&["a"]).as_bytes());
    let server = Server::answering(reply("200 OK", &["content-encoding: gzip"], &body));
    let remote = fetched(&server, quick());
    assert_eq!(remote.verify_signature(&read(&token("a"))), Err(Error::BadSignature));
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    let http_limits = http::Limits { timeout: Duration::from_millis(100), ..http::Limits::default() };
    let remote = Arc::new(RemoteKeySet::new(&url, false, http_limits, quick()).unwrap());
    assert!(matches!(run(remote.fetch()), Err(Error::KeysUnavailable { .. })));
}

#[test]
fn an_empty_set_withdraws_every_key() {
    let server = Server::answering(ok(&key_set(&["a"])));
    let remote = fetched(&server, quick());
    server.answers(|_| ok(r#"{"keys":[]}"#));
    run(remote.fetch()).unwrap();
    assert_eq!(verdict(&remote, &token("a")), Err(Error::UnknownKey));
}

#[test]
fn a_bad_member_does_not_sink_the_set() {
    let good = key_set(&["a"]);
    let bad = good.replace("[{", r#"[null,{"kty":"EC","crv":"P-256"},{"kty":"new"},{"#);
    let server = Server::answering(ok(&bad));
    assert_eq!(fetched(&server, quick()).verify_signature(&read(&token("a"))), Err(Error::BadSignature));
}

#[test]
fn a_new_key_is_found_at_once_and_replaces_the_old() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let x = encode(pair.public_key().as_ref());
    let server = Server::answering(ok(&set_of(&x, &["a"])));
    let remote = fetched(&server, quick());
    assert_eq!(verdict(&remote, &signed("a", &pair)), Ok(()));
    server.answers(move |_| ok(&set_of(&x, &["b"])));
    assert_eq!(verdict(&remote, &signed("b", &pair)), Ok(()));
    assert_eq!((verdict(&remote, &signed("a", &pair)), remote.generation()), (Err(Error::UnknownKey), 2));
}

#[test]
fn a_set_that_is_the_same_stays_the_one_at_hand() {
    let server = Server::start(|request| {
        let etag = "etag: \"1\"";
        if request.contains("if-none-match: \"1\"") {
            reply("304 Not Modified", &[etag], b"")
        } else {
            reply("200 OK", &[etag], key_set(&["a"]).as_bytes())
        }
    });
    let remote = fetched(&server, quick());
    run(remote.fetch()).unwrap();
    server.answers(|_| ok(&key_set(&["a"])));
    run(remote.fetch()).unwrap();
    assert_eq!(remote.generation(), 1);
    let conditional: Vec<bool> = server.asked.lock().unwrap().iter().map(|one| one.contains("if-none-match")).collect();
    assert_eq!(conditional[conditional.len() - 2..], [true, true]);
}

#[test]
fn a_flood_of_unknown_keys_costs_the_bucket_and_delays_no_known_key() {
    let server = Server::answering(ok(&key_set(&["a"])));
    let limits = jwks::Limits { fetch_burst: 3, fetch_interval: Duration::from_secs(3_600), ..quick() };
    let remote = fetched(&server, limits);
    let before = server.asked();
    for number in 0..300 {
        assert!(matches!(
            verdict(&remote, &token(&format!("made up {number}"))),
            Err(Error::UnknownKey | Error::KeysUnavailable { .. })
        ));
        assert_eq!(remote.verify_signature(&read(&token("a"))), Err(Error::BadSignature));
    }
    assert_eq!(server.asked() - before, 3);
}

#[test]
fn a_known_key_waits_for_no_fetch() {
    let server = Server::answering(ok(&key_set(&["a"])));
    let remote = fetched(&server, quick());
    server.answers(|_| {
        std::thread::sleep(Duration::from_millis(400));
        ok(&key_set(&["a"]))
    });
    let (waiting, before) = (Arc::clone(&remote), server.asked());
    let waiting = std::thread::spawn(move || verdict(&waiting, &token("b")));
    until(|| server.asked() > before);
    for _ in 0..100 {
        assert_eq!(remote.verify_signature(&read(&token("a"))), Err(Error::BadSignature));
    }
    assert!(!waiting.is_finished());
    assert_eq!(waiting.join().unwrap(), Err(Error::UnknownKey));
}

#[test]
fn a_key_that_is_new_under_an_old_name_is_fetched_seldom() {
    let (old, new) = (Ed25519KeyPair::generate().unwrap(), Ed25519KeyPair::generate().unwrap());
    let sets = [&old, &new].map(|pair| set_of(&encode(pair.public_key().as_ref()), &["1"]));
    let server = Server::answering(ok(&sets[0]));
    let remote = remote(&server, quick());
    assert_eq!(verdict(&remote, &signed("1", &old)), Ok(()));
    let reset = sets[1].clone();
    server.answers(move |_| ok(&reset));
    assert_eq!(verdict(&remote, &signed("1", &new)), Ok(()));
    assert_eq!(server.asked(), 2);
    for _ in 0..100 {
        assert_eq!(verdict(&remote, &signed("1", &old)), Err(Error::BadSignature));
    }
    assert_eq!(server.asked(), 2);
}

#[test]
fn a_server_that_comes_back_is_found_by_whoever_waits() {
    let mut failures = 2;
    let server = Server::start(move |_| {
        failures -= 1;
        if failures >= 0 { reply("503 Later", &[], b"") } else { ok(&key_set(&["a"])) }
    });
    let remote = remote(&server, jwks::Limits { max_wait: Duration::from_secs(5), ..quick() });
    assert_eq!(verdict(&remote, &token("a")), Err(Error::BadSignature));
    assert_eq!(server.asked(), 3);
}

#[test]
fn a_server_that_asks_to_be_left_alone_is() {
    for header in ["retry-after: 7", "x-retry-after: 7"] {
        let server = Server::answering(reply("429 Slow Down", &[header], b""));
        let remote = remote(&server, quick());
        for _ in 0..20 {
            let Err(Error::KeysUnavailable { retry_after, reason: why }) = verdict(&remote, &token("a")) else {
                panic!("{header}: there is no key")
            };
            assert_eq!((retry_after.as_secs_f64().ceil(), why.as_str()), (7.0, "the server answered 429"));
        }
        assert_eq!(server.asked(), 1);
    }
}

/// Limits under which a set is due at once and aged only after `age`.
fn due_at_once(age: Duration) -> jwks::Limits {
    jwks::Limits { max_age: age, min_age: Duration::ZERO, refresh_jitter: 1.0, ..quick() }
}

#[test]
fn a_set_is_kept_fresh_though_no_token_comes() {
    let server = Server::answering(ok(&key_set(&["a"])));
    let remote = remote(&server, due_at_once(Duration::from_millis(40)));
    run(remote.fetch()).unwrap();
    until(|| server.asked() >= 5);
    drop(remote);
    std::thread::sleep(Duration::from_millis(100));
    let asked = server.asked();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(server.asked(), asked, "nobody needs it any more");
}

#[test]
fn a_set_that_cannot_be_refreshed_is_used() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let server = Server::answering(ok(&set_of(&encode(pair.public_key().as_ref()), &["a"])));
    let remote = remote(&server, due_at_once(Duration::from_millis(50)));
    run(remote.fetch()).unwrap();
    server.answers(|_| reply("500 Oops", &[], b""));
    until(|| remote.last_failure().is_some() && remote.age().unwrap() > Duration::from_millis(100));
    let before = server.asked();
    for _ in 0..100 {
        assert_eq!(remote.verify_signature(&read(&signed("a", &pair))), Ok(SignatureStatus::Verified));
    }
    assert!(server.asked() - before < 5);
}

#[test]
fn a_set_that_could_not_be_refreshed_for_too_long_is_not_trusted() {
    let server = Server::answering(ok(&key_set(&["a"])));
    let remote = remote(&server, jwks::Limits { max_stale: Duration::ZERO, ..due_at_once(Duration::from_millis(50)) });
    run(remote.fetch()).unwrap();
    server.answers(|_| reply("500 Oops", &[], b""));
    until(|| remote.last_failure().is_some() && remote.age().unwrap() > Duration::from_millis(50));
    assert!(matches!(verdict(&remote, &token("a")), Err(Error::KeysUnavailable { .. })));
}

#[test]
fn limits_that_cannot_be_kept_are_refused() {
    for limits in [
        jwks::Limits { refresh_jitter: 1.5, ..quick() },
        jwks::Limits { refresh_jitter: f64::NAN, ..quick() },
        jwks::Limits { fetch_burst: 0, ..quick() },
    ] {
        let refused = RemoteKeySet::new("https://a.example", false, http::Limits::default(), limits);
        assert!(matches!(refused.err(), Some(Error::Configuration(_))));
    }
}
