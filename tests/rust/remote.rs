//! Remote key sets against a real server on this machine: one fetch however many wait, failures that lose no keys.
#![expect(clippy::unwrap_used, reason = "in a test a panic is how it fails")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastjose::token::Token;
use fastjose::{Error, RemoteKeySet, fetch, jwks};

/// A server whose next answers are set from outside, and that counts what it is asked.
struct Server {
    url: String,
    answer: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn start(answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let (answer, asked) = (Arc::new(Mutex::new(answer)), Arc::new(AtomicUsize::new(0)));
        let (answers, count) = (Arc::clone(&answer), Arc::clone(&asked));
        // Ends with the process; it holds nothing but the socket.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, Ordering::SeqCst);
                serve(stream, &answers.lock().unwrap().clone());
            }
        });
        Self { url, answer, asked }
    }

    fn answers(&self, answer: String) {
        *self.answer.lock().unwrap() = answer;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, answer: &str) {
    let _ = stream.read(&mut [0; 4_096]);
    let _ = stream.write_all(answer.as_bytes());
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

/// RFC 8037 A.2's public key, under a name.
fn key_set(kid: &str) -> String {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{x}","kid":"{kid}","alg":"EdDSA"}}]}}"#)
}

fn token(kid: &str) -> Vec<u8> {
    let header = format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#);
    format!("{}.e30.AA", fastjose::base64url::encode(header.as_bytes())).into_bytes()
}

fn remote(server: &Server, cooldown: Duration) -> Arc<RemoteKeySet> {
    let limits = jwks::Limits { cooldown, ..jwks::Limits::default() };
    let http = fetch::Limits { timeout: Duration::from_secs(2), max_body_bytes: 2_000 };
    Arc::new(RemoteKeySet::new(&server.url, false, http, limits).unwrap())
}

/// Fetches for a token whose key no set here has, so that it is always needed.
fn fetch(remote: &RemoteKeySet) {
    run(remote.fetch_for(&Token::read(&token("unheard of"), 1_000).unwrap()));
}

fn run<T>(work: impl Future<Output = T>) -> T {
    fastjose::runtime::current().unwrap().block_on(work)
}

#[test]
fn is_fetched_when_first_needed_and_then_at_hand() {
    let server = Server::start(ok(&key_set("a")));
    let (remote, text) = (remote(&server, Duration::from_secs(5)), token("a"));
    let token = Token::read(&text, 1_000).unwrap();
    assert_eq!(remote.keys_for(&token).err(), Some(Error::KeyNotAtHand));
    fetch(&remote);
    assert!(remote.keys_for(&token).unwrap().has_key_for(&token));
    assert_eq!((server.asked(), remote.generation()), (1, 1));
}

#[test]
fn is_fetched_once_however_many_wait() {
    let server = Server::start(ok(&key_set("a")));
    let remote = remote(&server, Duration::from_secs(5));
    run(async {
        let waiting: Vec<_> = (0..200)
            .map(|_| {
                let remote = Arc::clone(&remote);
                tokio::spawn(async move { remote.fetch_for(&Token::read(&token("a"), 1_000).unwrap()).await })
            })
            .collect();
        for one in waiting {
            one.await.unwrap();
        }
    });
    assert_eq!(remote.generation(), server.asked() as u64);
    assert_eq!(server.asked(), 1);
}

#[test]
fn a_failure_keeps_the_keys() {
    let server = Server::start(ok(&key_set("a")));
    let remote = remote(&server, Duration::ZERO);
    fetch(&remote);
    let (known, unknown) = (token("a"), token("b"));
    let (known, unknown) = (Token::read(&known, 1_000).unwrap(), Token::read(&unknown, 1_000).unwrap());
    for failure in [
        "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_owned(),
        ok("<html>"),
        ok("null"),
        ok("{}"),
        ok(r#"{"keys":{}}"#),
        ok(r#"{"keys":[]}"#),
        ok(r#"{"keys":[1,null,"x"]}"#),
        ok(r#"{"keys":[],"keys":[]}"#),
        ok(r#"{"keys":[{"kty":"oct","k":"YS1zZWNyZXQtb2YtYXQtbGVhc3QtdGhpcnR5LXR3by1ieXRlcw"}]}"#),
        ok(&format!("{{\"keys\":[{}]}}", " ".repeat(3_000))),
        String::new(),
    ] {
        server.answers(failure.clone());
        fetch(&remote);
        assert!(remote.keys_after_fetch(&known).unwrap().has_key_for(&known), "{failure}");
        assert!(matches!(remote.keys_after_fetch(&unknown), Err(Error::KeysUnavailable(_))), "{failure}");
    }
    assert_eq!(remote.generation(), 1);
}

#[test]
fn a_bad_member_does_not_sink_the_set() {
    let good = key_set("a");
    let bad = good.replace("[{", r#"[null,{"kty":"EC","crv":"P-256"},{"kty":"new"},{"#);
    let server = Server::start(ok(&bad));
    let (remote, text) = (remote(&server, Duration::ZERO), token("a"));
    fetch(&remote);
    let token = Token::read(&text, 1_000).unwrap();
    assert!(remote.keys_after_fetch(&token).unwrap().has_key_for(&token));
}

#[test]
fn a_new_key_replaces_the_old() {
    let server = Server::start(ok(&key_set("a")));
    let remote = remote(&server, Duration::ZERO);
    fetch(&remote);
    server.answers(ok(&key_set("b")));
    fetch(&remote);
    let (old, new) = (token("a"), token("b"));
    let (old, new) = (Token::read(&old, 1_000).unwrap(), Token::read(&new, 1_000).unwrap());
    let keys = remote.keys_after_fetch(&new).unwrap();
    assert!(keys.has_key_for(&new) && !keys.has_key_for(&old));
    assert_eq!(remote.generation(), 2);
}
