//! Look-ups of one server: one request in flight for each credential, shared by those who may share it, and cached answers.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use super::answer_cache::{Answer, AnswerCache, CachePolicy};
use super::flights::{Flights, Joined, Waiters};
use super::server::{LookupServer, Question};
use super::slots::{Slot, Slots};
use crate::error::Result;
use crate::http::runtime;
use crate::process::fork_local::ForkLocal;

/// The outcome of a look-up: the answer, or `None` if the credential does not exist or has ended.
pub type Lookup<A> = Result<Option<A>>;

/// Returns the question about one credential, once for each request.
pub(crate) type Ask<A> = Box<dyn Fn() -> Question<Option<A>> + Send + Sync>;

/// The requests that may wait for each credential that may be in flight, on average.
const WAITERS_PER_LOOKUP: usize = 8;

/// The look-ups of one server.
pub(crate) struct SharedLookups<A> {
    server: Arc<LookupServer>,
    cache_policy: CachePolicy,
    state: ForkLocal<LookupState<A>>,
}

/// The look-ups of one process.
struct LookupState<A> {
    cache: AnswerCache<A>,
    flights: Flights<Lookup<A>>,
    waiting: Arc<Slots>,
}

impl<A: Answer> SharedLookups<A> {
    /// Returns the look-ups of `server`. Sends nothing yet.
    pub fn new(server: Arc<LookupServer>, cache_policy: CachePolicy) -> Self {
        Self { server, cache_policy, state: ForkLocal::empty() }
    }

    /// Returns the cached answer about the credential `key`, if it may be used.
    pub fn cached(&self, key: &[u8]) -> Option<A> {
        self.state().cache.get(key, self.cache_policy, Instant::now())
    }

    /// Looks up the credential `key`, in a request that begins after this call. The call itself joins the look-up, and the
    /// future waits for it: callers whose futures are polled late share one request too.
    ///
    /// A caller that stops waiting does not cancel the request.
    ///
    /// # Errors
    /// [`Error::StoreUnavailable`](crate::Error::StoreUnavailable) if the server does not answer clearly, or too many look-ups are in flight.
    pub fn look_up(&self, key: &[u8], ask: Ask<A>) -> impl Future<Output = Lookup<A>> + Send + use<A> {
        let (server, joined) = (Arc::clone(&self.server), self.join(key, ask));
        async move {
            let (mut outcome, _slot) = joined.ok_or_else(|| server.too_many_in_flight())?;
            let received = outcome.wait_for(Option::is_some).await.ok().and_then(|received| received.clone());
            received.unwrap_or_else(|| Err(server.unavailable("the look-up was interrupted", None)))
        }
    }

    /// Joins the next look-up of `key`, and starts it if none is in flight. Returns `None` if too many are.
    fn join(&self, key: &[u8], ask: Ask<A>) -> Option<(watch::Receiver<Option<Lookup<A>>>, Slot)> {
        let state = self.state();
        let max_in_flight = self.server.limits().max_in_flight;
        let slot = state.waiting.reserve(max_in_flight.saturating_mul(WAITERS_PER_LOOKUP))?;
        let Joined { outcome, to_start } = state.flights.join(key, max_in_flight)?;
        if let Some(waiters) = to_start {
            self.start(&state, key, ask, waiters);
        }
        Some((outcome, slot))
    }

    fn state(&self) -> Arc<LookupState<A>> {
        self.state.get_or_create(|| LookupState {
            cache: AnswerCache::new(self.cache_policy),
            flights: Flights::new(),
            waiting: Arc::default(),
        })
    }

    /// Starts a task on the runtime of the process, so that a caller that leaves does not cancel the look-up.
    fn start(&self, state: &Arc<LookupState<A>>, key: &[u8], ask: Ask<A>, waiters: Waiters<Lookup<A>>) {
        let flight = Flight {
            server: Arc::clone(&self.server),
            cache_policy: self.cache_policy,
            state: Arc::clone(state),
            key: key.into(),
            ask,
            has_ended: false,
        };
        match runtime::current() {
            Ok(runtime) => drop(runtime.spawn(flight.run(waiters))),
            Err(_) => drop(waiters.send_replace(Some(Err(self.server.unavailable("cannot start a thread", None))))),
        }
    }
}

/// The look-ups of one credential, one after the other, until no request waits.
struct Flight<A: Answer> {
    server: Arc<LookupServer>,
    cache_policy: CachePolicy,
    state: Arc<LookupState<A>>,
    key: Box<[u8]>,
    ask: Ask<A>,
    has_ended: bool,
}

impl<A: Answer> Flight<A> {
    async fn run(mut self, mut waiters: Waiters<Lookup<A>>) {
        while !self.has_ended {
            let (asked_at, outcome) = (Instant::now(), self.server.ask((self.ask)()).await);
            if let Ok(answer) = &outcome {
                self.state.cache.store(&self.key, answer.as_ref(), asked_at);
            }
            let can_share = self.can_share(&outcome, asked_at);
            let next = self.state.flights.end(&self.key, can_share);
            self.has_ended = can_share || next.is_none();
            waiters.send_replace(Some(outcome.clone()));
            match next {
                Some(next) if can_share => drop(next.send_replace(Some(outcome))),
                Some(next) => waiters = next,
                None => {}
            }
        }
    }

    /// Returns true if those who came during the look-up get its outcome: an answer that the cache would give them, or a
    /// failure, which is not a verdict. In an outage no request waits for two timeouts.
    fn can_share(&self, outcome: &Lookup<A>, asked_at: Instant) -> bool {
        match outcome {
            Ok(Some(_)) => self.cache_policy.permits(asked_at, Instant::now()),
            Ok(None) => false,
            Err(_) => true,
        }
    }
}

impl<A: Answer> Drop for Flight<A> {
    /// After a panic, lets the next request start again. Those who wait receive an error.
    fn drop(&mut self) {
        if !self.has_ended {
            self.state.flights.end(&self.key, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{self, Receiver, Sender};
    use std::thread;
    use std::time::Duration;

    use futures_util::FutureExt;
    use reqwest::{Method, Request};

    use super::{Lookup, SharedLookups};
    use crate::error::{Error, Result};
    use crate::http::failure::RequestFailure;
    use crate::http::lookups::{Answer, CachePolicy, LookupLimits, LookupServer, Question, Reply};
    use crate::http::network::NetworkOptions;
    use crate::http::runtime;

    #[derive(Clone, Debug, PartialEq)]
    struct Owner;

    impl Answer for Owner {
        fn size_bytes(&self) -> usize {
            0
        }
    }

    fn read(reply: &Reply) -> Result<Option<Owner>, RequestFailure> {
        match reply.status.as_u16() {
            200 => Ok(Some(Owner)),
            401 => Ok(None),
            _ => Err("it failed".into()),
        }
    }

    fn ask(url: &str) -> Question<Option<Owner>> {
        let url = url.parse().unwrap();
        let build_request = move || Ok(Request::new(Method::GET, Clone::clone(&url)));
        Question { build_request: Box::new(build_request), reads_body: |_| false, read }
    }

    fn lookups_at(url: &str, cache_age: Duration, max_in_flight: usize) -> Result<Arc<SharedLookups<Owner>>> {
        let limits = LookupLimits { max_in_flight, timeout: Duration::from_secs(60), ..LookupLimits::default() };
        let server = Arc::new(LookupServer::new(url.to_owned(), limits, NetworkOptions::default())?);
        Ok(Arc::new(SharedLookups::new(server, CachePolicy::new(cache_age, 10, "max_cached")?)))
    }

    /// A server that sends a status when the test says so, and counts its requests.
    struct Server {
        url: String,
        statuses: Sender<u16>,
        arrived: Receiver<()>,
        requests: Arc<AtomicUsize>,
    }

    impl Server {
        fn start() -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}/", listener.local_addr().unwrap());
            let (statuses, next_status) = mpsc::channel();
            let (arrivals, arrived) = mpsc::channel();
            let requests = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&requests);
            thread::spawn(move || {
                for mut stream in listener.incoming().map_while(Result::ok) {
                    let _ = stream.read(&mut [0; 4_096]);
                    count.fetch_add(1, Ordering::Relaxed);
                    let _ = arrivals.send(());
                    let Ok(status) = next_status.recv() else { return };
                    let _ = write!(stream, "HTTP/1.1 {status} A\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                }
            });
            Self { url, statuses, arrived, requests }
        }

        /// Returns the outcomes of two look-ups of one key, the second of which comes during the request of the first.
        fn look_up_twice(&self, lookups: &SharedLookups<Owner>, statuses: [u16; 2]) -> [Lookup<Owner>; 2] {
            let look_up = || {
                let url = self.url.clone();
                lookups.look_up(b"one", Box::new(move || ask(&url)))
            };
            let first = look_up();
            self.arrived.recv_timeout(Duration::from_secs(60)).unwrap();
            let second = look_up();
            for status in statuses {
                self.statuses.send(status).unwrap();
            }
            runtime::current().unwrap().block_on(async { [first.await, second.await] })
        }
    }

    #[test]
    fn an_answer_is_shared_with_those_whom_the_cache_would_give_it() -> Result<()> {
        for (age, statuses, expected, requests) in [
            (60, [200, 401], [Some(Some(Owner)), Some(Some(Owner))], 1),
            (0, [200, 401], [Some(Some(Owner)), Some(None)], 2),
            (60, [401, 200], [Some(None), Some(Some(Owner))], 2),
            (0, [500, 200], [None, None], 1),
        ] {
            let server = Server::start();
            let lookups = lookups_at(&server.url, Duration::from_secs(age), 10)?;
            assert_eq!(lookups.cached(b"one"), None);
            assert_eq!(server.look_up_twice(&lookups, statuses).map(Result::ok), expected, "{age} {statuses:?}");
            while Arc::strong_count(&lookups.server) > 1 {
                assert!(
                    server.requests.load(Ordering::Relaxed) <= requests,
                    "no request follows the last one that is waited for"
                );
                thread::yield_now();
            }
            assert_eq!(server.requests.load(Ordering::Relaxed), requests, "{age} {statuses:?}");
            let is_cached = age > 0 && expected.last() == Some(&Some(Some(Owner)));
            assert_eq!(lookups.cached(b"one").is_some(), is_cached, "{age} {statuses:?}");
        }
        Ok(())
    }

    #[test]
    fn a_look_up_that_panics_does_not_block_later_ones() -> Result<()> {
        let server = Server::start();
        let lookups = lookups_at(&server.url, Duration::ZERO, 10)?;
        let interrupted = lookups.server.unavailable("the look-up was interrupted", None);
        let look_up = |ask: Box<dyn Fn() -> Question<Option<Owner>> + Send + Sync>| {
            let (looked_up, long) = (lookups.look_up(b"one", ask), Duration::from_secs(60));
            let bounded = async move { tokio::time::timeout(long, looked_up).await };
            runtime::current().unwrap().block_on(bounded).unwrap()
        };
        assert_eq!(look_up(Box::new(|| panic!("on purpose"))), Err(interrupted.clone()));
        server.statuses.send(200).unwrap();
        // A look-up that joins before the panic has ended is interrupted, too.
        let again = || {
            let url = server.url.clone();
            look_up(Box::new(move || ask(&url)))
        };
        let outcome = std::iter::repeat_with(again).find(|outcome| *outcome != Err(interrupted.clone()));
        assert_eq!(outcome, Some(Ok(Some(Owner))));
        Ok(())
    }

    #[test]
    fn a_call_joins_the_look_up_before_its_future_is_polled() -> Result<()> {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let lookups = lookups_at(&url, Duration::ZERO, 1)?;
        let look_up = |key: &[u8]| {
            let url = url.clone();
            lookups.look_up(key, Box::new(move || ask(&url)))
        };
        let _first = look_up(b"one");
        let (_same, other) = (look_up(b"one"), look_up(b"two"));
        let refused = other.now_or_never();
        assert!(matches!(refused, Some(Err(Error::StoreUnavailable { .. }))));
        Ok(())
    }
}
