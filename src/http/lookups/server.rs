//! One request of a look-up: the connection, the time limit, the second try, and the pause after a 429.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Request, Response, StatusCode};
use tokio::task::JoinHandle;

use super::connections::{Clients, Connections};
use crate::error::{Error, Result};
use crate::http::failure::{RequestFailure, is_closed_connection};
use crate::http::network::{Network, NetworkOptions};
use crate::http::response::{read_body, retry_after};
use crate::process::fork_local::ForkLocal;

/// Limits of one look-up.
#[derive(Debug, Clone, Copy)]
pub struct LookupLimits {
    /// The time for a look-up, from name resolution to the last byte. Defaults to 5 s.
    pub timeout: Duration,
    /// The maximum size of the response body after decompression, in bytes. Defaults to 262,144.
    pub max_body_bytes: usize,
    /// The maximum number of credentials that are looked up at a time in one process. Defaults to 256.
    pub max_in_flight: usize,
}

impl Default for LookupLimits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(5), max_body_bytes: 262_144, max_in_flight: 256 }
    }
}

impl LookupLimits {
    fn validate(&self) -> Result<()> {
        if self.max_in_flight == 0 {
            return Err(Error::Configuration("max_lookups_in_flight must be at least 1.".to_owned()));
        }
        if self.timeout.is_zero() {
            return Err(Error::Configuration("timeout_seconds must be more than 0.".to_owned()));
        }
        Ok(())
    }
}

/// A response, of which `body` is empty unless the caller reads bodies of this status.
pub(crate) struct Reply {
    pub status: StatusCode,
    pub body: Vec<u8>,
    /// The time that the server asks to wait.
    pub retry_after: Option<Duration>,
    /// True if the `Content-Type` is HTML.
    pub is_html: bool,
}

/// One request, and the way to read its response.
pub(crate) struct Question<T> {
    /// Returns the request, once more for a second try. Runs on the thread of the connections.
    pub build_request: Box<dyn Fn() -> Result<Request, RequestFailure> + Send + Sync>,
    /// Returns true if the body of a response with this status is read.
    pub reads_body: fn(StatusCode) -> bool,
    /// Returns the answer in a response. Runs on the thread of the connections.
    pub read: fn(&Reply) -> Result<T, RequestFailure>,
}

/// A server that is asked.
pub(crate) struct LookupServer {
    url: String,
    limits: LookupLimits,
    network: Network,
    state: ForkLocal<ServerState>,
}

/// The connections and the pause of one process.
#[derive(Default)]
struct ServerState {
    connections: Mutex<Option<Arc<Connections>>>,
    /// The time before which the server permits no request.
    paused_until: Mutex<Option<Instant>>,
}

/// The longest pause after a 429.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// The time after which a client may try again, if the server names none, and the longest that it may name.
const RETRY_AFTER: Duration = Duration::from_secs(1);
const MAX_RETRY_AFTER: Duration = Duration::from_secs(86_400);

/// The time for the thread of the connections to report that a request has timed out. If it does not, it is stuck.
const STUCK_AFTER: Duration = Duration::from_millis(250);

impl LookupServer {
    /// Returns the server that errors call `url`.
    ///
    /// # Errors
    /// [`Error::Configuration`] if a limit is 0.
    pub fn new(url: String, limits: LookupLimits, network: NetworkOptions) -> Result<Self> {
        limits.validate()?;
        Ok(Self { url, limits, network: network.for_one_server(), state: ForkLocal::empty() })
    }

    /// Returns the limits of one look-up.
    pub fn limits(&self) -> LookupLimits {
        self.limits
    }

    /// Returns the error for a look-up that failed for `reason`.
    pub fn unavailable(&self, reason: &str, retry_after: Option<Duration>) -> Error {
        Error::StoreUnavailable {
            reason: format!("{reason} ({})", self.url),
            retry_after: retry_after.unwrap_or(RETRY_AFTER).min(MAX_RETRY_AFTER),
        }
    }

    /// Returns the error for a look-up that is not started, because too many are in flight.
    pub fn too_many_in_flight(&self) -> Error {
        let reason = "too many look-ups are in flight; raise max_lookups_in_flight if the server is fast enough";
        self.unavailable(reason, None)
    }

    /// Sends one request, and returns the answer. It ends in time, whatever the server sends.
    ///
    /// # Errors
    /// [`Error::StoreUnavailable`] without an answer.
    pub async fn ask<T: Send + 'static>(&self, question: Question<T>) -> Result<T> {
        let state = self.state.get_or_create(ServerState::default);
        if let Some(pause) = state.remaining_pause(Instant::now()) {
            return Err(self.unavailable("the server limits the rate of requests; see the errors before", Some(pause)));
        }
        let connections =
            state.connections(&self.network).map_err(|_| self.unavailable("cannot start a thread", None))?;
        let limits = self.limits;
        let mut request = AbortOnDrop(connections.spawn(|clients| answer(clients, question, limits)));
        let failure = match tokio::time::timeout(limits.timeout + STUCK_AFTER, &mut request.0).await {
            Ok(Ok(Answer { outcome, pause })) => {
                state.pause(pause, Instant::now());
                return outcome.map_err(|failure| self.unavailable(&failure.reason, failure.retry_after));
            }
            Ok(Err(_)) => RequestFailure::from("the look-up was interrupted"),
            Err(_) => timed_out(limits.timeout),
        };
        state.replace(&connections);
        Err(self.unavailable(&failure.reason, failure.retry_after))
    }
}

/// A request that ends when the caller stops waiting.
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl ServerState {
    fn connections(&self, network: &Network) -> std::io::Result<Arc<Connections>> {
        let mut slot = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connections) = &*slot {
            return Ok(Arc::clone(connections));
        }
        let connections = Arc::new(Connections::start(network.clone())?);
        *slot = Some(Arc::clone(&connections));
        Ok(connections)
    }

    /// Lets the next request open new connections, unless another request has replaced `stuck` before. Requests that are in
    /// flight keep theirs.
    fn replace(&self, stuck: &Arc<Connections>) {
        let mut slot = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.as_ref().is_some_and(|current| Arc::ptr_eq(current, stuck)) {
            *slot = None;
        }
    }

    fn pause(&self, pause: Option<Duration>, now: Instant) {
        if let Some(pause) = pause {
            let mut paused_until = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
            *paused_until = (*paused_until).max(Some(now + pause.min(MAX_PAUSE)));
        }
    }

    fn remaining_pause(&self, now: Instant) -> Option<Duration> {
        let paused_until = *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        paused_until.and_then(|until| until.checked_duration_since(now)).filter(|pause| !pause.is_zero())
    }
}

/// The answer to a request, and the pause that the server asks of everybody.
struct Answer<T> {
    outcome: Result<T, RequestFailure>,
    pause: Option<Duration>,
}

/// Sends the request on the thread of the connections.
async fn answer<T>(clients: Arc<Clients>, question: Question<T>, limits: LookupLimits) -> Answer<T> {
    let reply = tokio::time::timeout(limits.timeout, request(&clients, &question, limits)).await;
    let reply = reply.unwrap_or_else(|_| Err(timed_out(limits.timeout)));
    let pause = reply.as_ref().ok().and_then(pause_after);
    Answer { outcome: reply.and_then(|reply| (question.read)(&reply)), pause }
}

/// Returns the pause after a 429 of the server's rate limiter, which counts the requests of all credentials. A 429 for the
/// limit of one API key has a body instead of a header.
fn pause_after(reply: &Reply) -> Option<Duration> {
    let is_limited = reply.status == StatusCode::TOO_MANY_REQUESTS;
    reply.retry_after.or_else(|| reply.body.is_empty().then_some(RETRY_AFTER)).filter(|_| is_limited)
}

/// Sends the request, and sends it once more if the server closed the connection without a response: it closes an idle
/// connection at any time, also while a request is on its way.
async fn request<T>(clients: &Clients, question: &Question<T>, limits: LookupLimits) -> Result<Reply, RequestFailure> {
    // Longer than the look-up may take: the caller measures the time of both tries.
    let client_timeout = limits.timeout + RETRY_AFTER;
    let request = (question.build_request)()?;
    let mut client = clients.pooled(request.url(), client_timeout).await?;
    let mut sent = client.execute(request).await;
    if sent.as_ref().is_err_and(is_closed_connection) {
        let request = (question.build_request)()?;
        client = clients.unpooled(request.url(), client_timeout).await?;
        sent = client.execute(request).await;
    }
    let response = sent.map_err(|error| client.failure(&error, limits.timeout))?;
    read_reply(response, question.reads_body, limits).await
}

async fn read_reply(
    response: Response,
    reads_body: fn(StatusCode) -> bool,
    limits: LookupLimits,
) -> Result<Reply, RequestFailure> {
    let status = response.status();
    let (retry_after, is_html) = (retry_after(response.headers(), SystemTime::now()), is_html(response.headers()));
    let body =
        if reads_body(status) { read_body(response, limits.max_body_bytes, limits.timeout).await? } else { Vec::new() };
    Ok(Reply { status, body, retry_after, is_html })
}

fn is_html(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

fn timed_out(timeout: Duration) -> RequestFailure {
    let seconds = timeout.as_secs_f64();
    let reason = format!(
        "the look-up timed out after {seconds} s; check that this machine can reach the server, or raise timeout_seconds"
    );
    RequestFailure { reason, retry_after: None }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use reqwest::header::{CONTENT_TYPE, HeaderMap};
    use reqwest::{Method, Request, StatusCode, Url};

    use super::{
        LookupLimits, LookupServer, MAX_PAUSE, MAX_RETRY_AFTER, Question, RETRY_AFTER, Reply, ServerState, is_html,
        pause_after,
    };
    use crate::error::{Error, Result};
    use crate::http::network::NetworkOptions;
    use crate::http::runtime;

    fn server(limits: LookupLimits) -> Result<LookupServer> {
        LookupServer::new("https://a.example/api/auth".to_owned(), limits, NetworkOptions::default())
    }

    #[test]
    fn a_limit_of_nothing_is_refused() {
        for limits in [
            LookupLimits { timeout: Duration::ZERO, ..LookupLimits::default() },
            LookupLimits { max_in_flight: 0, ..LookupLimits::default() },
        ] {
            assert!(matches!(server(limits), Err(Error::Configuration(_))));
        }
    }

    #[test]
    fn a_pause_is_bounded_and_never_shortened() {
        let (state, now) = (ServerState::default(), Instant::now());
        assert_eq!(state.remaining_pause(now), None);
        state.pause(Some(Duration::from_secs(600)), now);
        state.pause(Some(Duration::from_secs(1)), now);
        state.pause(None, now);
        assert_eq!(state.remaining_pause(now), Some(MAX_PAUSE));
        assert_eq!(state.remaining_pause(now + MAX_PAUSE), None);
    }

    #[test]
    fn an_error_names_the_server_and_a_bounded_time() {
        let server = server(LookupLimits::default()).unwrap();
        let error = server.unavailable("it failed", Some(Duration::MAX));
        assert_eq!(error.to_string(), "Store unavailable: it failed (https://a.example/api/auth)");
        assert!(matches!(error, Error::StoreUnavailable { retry_after, .. } if retry_after == MAX_RETRY_AFTER));
        assert_eq!(error.code(), "store_unavailable");
    }

    #[test]
    fn connections_that_are_stuck_are_replaced_once() {
        let (state, network) = (ServerState::default(), NetworkOptions::default().for_one_server());
        let connections = || state.connections(&network).unwrap();
        let stuck = connections();
        assert!(Arc::ptr_eq(&stuck, &connections()));
        state.replace(&stuck);
        let new = connections();
        assert!(!Arc::ptr_eq(&stuck, &new));
        state.replace(&stuck);
        assert!(Arc::ptr_eq(&new, &connections()));
    }

    #[test]
    fn a_429_without_a_body_is_a_pause() {
        let pause = |status, body: &[u8], seconds: Option<u64>| {
            let retry_after = seconds.map(Duration::from_secs);
            pause_after(&Reply { status, body: body.to_vec(), retry_after, is_html: false })
        };
        let limited = StatusCode::TOO_MANY_REQUESTS;
        assert_eq!(pause(limited, b"", Some(7)), Some(Duration::from_secs(7)));
        assert_eq!(pause(limited, b"{}", Some(7)), Some(Duration::from_secs(7)));
        assert_eq!(pause(limited, b"", None), Some(RETRY_AFTER));
        assert_eq!(pause(limited, b"{}", None), None);
        assert_eq!(pause(StatusCode::SERVICE_UNAVAILABLE, b"", Some(7)), None);
    }

    #[test]
    fn html_is_told_by_its_content_type() {
        for (value, expected) in
            [("text/html; charset=utf-8", true), (" Text/HTML", true), ("application/json", false), ("", false)]
        {
            let headers = [(CONTENT_TYPE, value.parse().unwrap())].into_iter().collect();
            assert_eq!(is_html(&headers), expected, "{value}");
        }
        assert!(!is_html(&HeaderMap::new()));
    }

    /// Returns a question to `url` that any response answers.
    fn question(url: &str) -> Question<()> {
        let url: Url = url.parse().unwrap();
        Question {
            build_request: Box::new(move || Ok(Request::new(Method::GET, url.clone()))),
            reads_body: |_| false,
            read: |_| Ok(()),
        }
    }

    /// Returns a listener that does not respond, and the server at its URL.
    fn silent_server(timeout: Duration) -> (TcpListener, LookupServer, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let limits = LookupLimits { timeout, ..LookupLimits::default() };
        let server = LookupServer::new(url.clone(), limits, NetworkOptions::default()).unwrap();
        (listener, server, url)
    }

    #[test]
    fn a_look_up_may_take_less_than_the_time_to_report_it() {
        let (_listener, server, url) = silent_server(Duration::from_millis(100));
        let error = runtime::current().unwrap().block_on(server.ask(question(&url))).unwrap_err().to_string();
        assert!(error.contains("timed out after 0.1 s"), "{error}");
    }

    #[test]
    fn a_caller_that_leaves_ends_its_request() {
        let (listener, server, url) = silent_server(Duration::from_secs(600));
        let (runtime, server) = (runtime::current().unwrap(), Arc::new(server));
        let its_own = Arc::clone(&server);
        let asked = runtime.spawn(async move { its_own.ask(question(&url)).await });
        let mut stream = listener.accept().unwrap().0;
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut request = [0; 1_024];
        assert!(stream.read(&mut request).unwrap() > 0);
        asked.abort();
        assert_eq!(stream.read(&mut request).unwrap(), 0, "the connection is closed");
    }
}
