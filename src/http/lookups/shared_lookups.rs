//! Look-ups of one server: one request in flight for each credential, shared by those who may share it, and cached answers.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use super::answer_cache::{Answer, AnswerCache, CachePolicy};
use super::flights::{Flights, Joined, Waiters};
use super::server::{LookupServer, Question};
use super::slots::{Slot, Slots};
use crate::error::Result;
use crate::http::fork_local::ForkLocal;
use crate::http::runtime;

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
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::time::Duration;

    use futures_util::FutureExt;
    use reqwest::{Method, Request};

    use super::SharedLookups;
    use crate::error::{Error, Result};
    use crate::http::lookups::{Answer, CachePolicy, LookupLimits, LookupServer, Question};
    use crate::http::network::NetworkOptions;

    #[derive(Clone)]
    struct Owner;

    impl Answer for Owner {
        fn size_bytes(&self) -> usize {
            0
        }
    }

    fn ask(url: &str) -> Question<Option<Owner>> {
        let url = url.parse().unwrap();
        Question {
            build_request: Box::new(move || Ok(Request::new(Method::GET, Clone::clone(&url)))),
            reads_body: |_| false,
            read: |_| Ok(Some(Owner)),
        }
    }

    #[test]
    fn a_call_joins_the_look_up_before_its_future_is_polled() -> Result<()> {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let limits = LookupLimits { max_in_flight: 1, ..LookupLimits::default() };
        let server = Arc::new(LookupServer::new(url.clone(), limits, NetworkOptions::default())?);
        let lookups = SharedLookups::new(server, CachePolicy::new(Duration::ZERO, 1, "max_cached")?);
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
