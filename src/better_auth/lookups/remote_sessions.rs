//! Sessions of a Better Auth server: one request for each look-up, shared by those who may share it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::answer_cache::{AnswerCache, CachePolicy};
use super::auth_server::{AuthServer, LookupLimits, Question};
use super::credential::Credential;
use super::flights::{Flights, Joined, Waiters};
use super::slots::{Slot, Slots};
use super::verdict::{SessionAnswer, read_roles, read_session, reads_session_body};
use crate::error::Result;
use crate::http::fork_local::ForkLocal;
use crate::http::runtime;

/// The outcome of a look-up: the session, or `None` if it does not exist or has ended.
pub type SessionLookup = Result<Option<SessionAnswer>>;

/// The requests that may wait for each credential that may be in flight, on average.
const WAITERS_PER_LOOKUP: usize = 8;

/// The sessions of one server.
pub struct RemoteSessions {
    server: Arc<AuthServer>,
    cache_policy: CachePolicy,
    state: ForkLocal<LookupState>,
}

/// The look-ups of one process.
struct LookupState {
    cache: AnswerCache,
    flights: Flights<SessionLookup>,
    waiting: Arc<Slots>,
    role_lookups: Arc<Slots>,
}

impl RemoteSessions {
    /// Returns the sessions of the server at `base_url`. Sends nothing yet.
    ///
    /// An answer about a session that lives is used again up to `cache_age` after its request; at most `max_cached` answers
    /// are stored.
    ///
    /// # Errors
    /// [`Error::Configuration`](crate::Error::Configuration) if the URL is not permitted, or a number is out of its range.
    pub fn new(
        base_url: &str,
        allow_http: bool,
        cache_age: Duration,
        max_cached: usize,
        limits: LookupLimits,
    ) -> Result<Self> {
        let server = Arc::new(AuthServer::new(base_url, allow_http, limits)?);
        let cache_policy = CachePolicy::new(cache_age, max_cached)?;
        Ok(Self { server, cache_policy, state: ForkLocal::empty() })
    }

    /// Returns the URL of the server's routes.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.server.base_url().as_str()
    }

    /// Returns the cached answer, if it may be used.
    #[must_use]
    pub fn cached(&self, credential: &Credential) -> Option<SessionAnswer> {
        self.state().cache.get(credential.key(), self.cache_policy, Instant::now())
    }

    /// Looks up the session of `credential`, in a request that begins after this call.
    ///
    /// A caller that stops waiting does not cancel the request.
    ///
    /// # Errors
    /// [`Error::StoreUnavailable`](crate::Error::StoreUnavailable) if the server does not answer clearly, or too many look-ups are in flight.
    pub async fn look_up(&self, credential: Credential) -> SessionLookup {
        let state = self.state();
        let _slot = self.reserve(&state.waiting, self.max_waiting())?;
        let joined = state.flights.join(credential.key(), self.server.limits.max_in_flight);
        let Some(Joined { mut outcome, to_start }) = joined else { return Err(self.server.too_many_in_flight()) };
        if let Some(waiters) = to_start {
            self.start(&state, credential, waiters);
        }
        let received = outcome.wait_for(Option::is_some).await.ok().and_then(|received| received.clone());
        received.unwrap_or_else(|| Err(self.server.unavailable("the look-up was interrupted", None)))
    }

    /// Returns the roles of the user `user_id` in an organization, without any if the user is not a member.
    ///
    /// # Errors
    /// [`Error::StoreUnavailable`](crate::Error::StoreUnavailable) if the server does not answer clearly, or too many look-ups are in flight.
    pub async fn find_organization_roles(
        &self,
        credential: Credential,
        user_id: &str,
        organization_id: &str,
    ) -> Result<Vec<String>> {
        let state = self.state();
        let _slot = self.reserve(&state.role_lookups, self.server.limits.max_in_flight)?;
        let query = [("organizationId", organization_id), ("userId", user_id)];
        let url = self.server.route("/organization/get-active-member-role", &query);
        let question = Question { url, reads_body: reads_session_body, read: read_roles };
        self.server.ask(question, &credential).await
    }

    fn state(&self) -> Arc<LookupState> {
        self.state.get_or_create(|| LookupState {
            cache: AnswerCache::new(self.cache_policy),
            flights: Flights::new(),
            waiting: Arc::default(),
            role_lookups: Arc::default(),
        })
    }

    /// Starts a task on the runtime of the process, so that a caller that leaves does not cancel the look-up.
    fn start(&self, state: &Arc<LookupState>, credential: Credential, waiters: Waiters<SessionLookup>) {
        let flight = Flight {
            server: Arc::clone(&self.server),
            cache_policy: self.cache_policy,
            state: Arc::clone(state),
            credential,
            has_ended: false,
        };
        match runtime::current() {
            Ok(runtime) => drop(runtime.spawn(flight.run(waiters))),
            Err(_) => drop(waiters.send_replace(Some(Err(self.server.unavailable("cannot start a thread", None))))),
        }
    }

    fn max_waiting(&self) -> usize {
        self.server.limits.max_in_flight.saturating_mul(WAITERS_PER_LOOKUP)
    }

    fn reserve(&self, slots: &Arc<Slots>, max: usize) -> Result<Slot> {
        slots.reserve(max).ok_or_else(|| self.server.too_many_in_flight())
    }
}

/// The look-ups of one credential, one after the other, until no request waits.
struct Flight {
    server: Arc<AuthServer>,
    cache_policy: CachePolicy,
    state: Arc<LookupState>,
    credential: Credential,
    has_ended: bool,
}

impl Flight {
    async fn run(mut self, mut waiters: Waiters<SessionLookup>) {
        while !self.has_ended {
            let (asked_at, outcome) = (Instant::now(), self.ask().await);
            if let Ok(answer) = &outcome {
                self.state.cache.store(self.credential.key(), answer.as_ref(), asked_at);
            }
            let can_share = self.can_share(&outcome, asked_at);
            let next = self.state.flights.end(self.credential.key(), can_share);
            self.has_ended = can_share || next.is_none();
            waiters.send_replace(Some(outcome.clone()));
            match next {
                Some(next) if can_share => drop(next.send_replace(Some(outcome))),
                Some(next) => waiters = next,
                None => {}
            }
        }
    }

    async fn ask(&self) -> SessionLookup {
        let query = [("disableCookieCache", "true"), ("disableRefresh", "true")];
        let url = self.server.route("/get-session", &query);
        let question = Question { url, reads_body: reads_session_body, read: read_session };
        self.server.ask(question, &self.credential).await
    }

    /// Returns true if those who came during the look-up get its outcome: an answer that the cache would give them, or a
    /// failure, which is not a verdict. In an outage no request waits for two timeouts.
    fn can_share(&self, outcome: &SessionLookup, asked_at: Instant) -> bool {
        match outcome {
            Ok(Some(_)) => self.cache_policy.permits(asked_at, Instant::now()),
            Ok(None) => false,
            Err(_) => true,
        }
    }
}

impl Drop for Flight {
    /// After a panic, lets the next request start again. Those who wait receive an error.
    fn drop(&mut self) {
        if !self.has_ended {
            self.state.flights.end(self.credential.key(), true);
        }
    }
}
