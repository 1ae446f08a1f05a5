//! A key set behind a URL: the keys at hand, and the fetch when something is wanted that is not at hand.
//!
//! What may be fetched when is decided in [`crate::jwks`]; here is who does it, and who waits for it. A verification whose
//! key is at hand reads a snapshot and is done: no lock, no task.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use reqwest::Url;

use super::fetch_policy::{Need, Schedule, Step};
use super::fetch_state::Desk;
use super::http::{self, Answer, Failure};
use super::refresh_policy::Limits;
use super::runtime;
use super::set_state::Standing;
use super::snapshot::Held;
use crate::error::{Error, Result};
use crate::jws::compact::Token;

/// A JWK Set that is fetched when first needed, when a token names a key that it does not have, and before it has aged.
pub struct RemoteKeySet {
    url: Url,
    http: http::Limits,
    limits: Limits,
    started: Instant,
    pub(super) held: ArcSwap<Held>,
    desk: ArcSwap<Desk>,
}

impl RemoteKeySet {
    /// The set at `url`; nothing is fetched yet. Plain http is taken to this machine, or anywhere with `allow_http`.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a URL that is none, or not to be trusted, and for limits that cannot be kept.
    pub fn new(url: &str, allow_http: bool, http: http::Limits, limits: Limits) -> Result<Self> {
        let url = http::checked_url(url, allow_http)?;
        limits.check()?;
        let (held, desk) = (ArcSwap::default(), ArcSwap::from_pointee(Desk::of_this_process()));
        Ok(Self { url, http, limits, started: Instant::now(), held, desk })
    }

    /// Where it is fetched from.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The same without its query, which may hold what is not for a log.
    #[must_use]
    pub fn address(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        url.to_string()
    }

    /// Which set is at hand: another number, another set.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.held.load().generation
    }

    /// How long ago the set at hand was fetched, or last found unchanged.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        Some(self.now().saturating_sub(self.held.load().fetched_at?))
    }

    /// Why the last fetch failed, if it did.
    #[must_use]
    pub fn last_failure(&self) -> Option<String> {
        self.desk().failure()
    }

    /// Whether the set at hand may be used as it is, for a token whose key it has.
    #[must_use]
    pub fn is_usable(self: &Arc<Self>) -> bool {
        self.may_use(&self.held.load())
    }

    /// Whether a key at hand made the token's signature. Where the set will age soon, it is fetched meanwhile.
    ///
    /// # Errors
    /// [`Error::KeyNotAtHand`] if [`RemoteKeySet::fetch_for`] should be awaited first; else as
    /// [`crate::KeySet::authenticate`].
    pub fn authenticate(self: &Arc<Self>, token: &Token<'_>) -> Result<()> {
        let held = self.held.load();
        if !self.may_use(&held) {
            return Err(Error::KeyNotAtHand);
        }
        match held.keys.verify_signature(token) {
            Err(Error::UnknownKey) => Err(Error::KeyNotAtHand),
            Err(Error::BadSignature) if self.may_doubt() => Err(Error::KeyNotAtHand),
            verdict => verdict,
        }
    }

    /// The same once [`RemoteKeySet::fetch_for`] has done what it could: what is at hand must do, if it is trusted at all.
    ///
    /// # Errors
    /// As [`crate::KeySet::authenticate`].
    pub fn authenticate_after_fetch(&self, token: &Token<'_>) -> Result<()> {
        let held = self.held.load();
        match held.standing(self.now()) {
            Standing::Spent => Err(Error::UnknownKey),
            _ => held.keys.verify_signature(token),
        }
    }

    fn may_use(self: &Arc<Self>, held: &Held) -> bool {
        match held.standing(self.now()) {
            Standing::Fresh => true,
            Standing::Due => {
                self.keep();
                true
            }
            Standing::Aged => {
                self.keep();
                self.desk().schedule().is_trying()
            }
            Standing::Spent => false,
        }
    }

    fn may_doubt(&self) -> bool {
        self.desk().schedule().may_doubt(self.now(), &self.limits)
    }

    /// What a fetch would be good for: [`Need::Doubt`] for a token whose key is at hand.
    fn need(&self, token: &Token<'_>) -> Need {
        let held = self.held.load();
        let is_trusted = held.standing(self.now()) < Standing::Aged;
        if is_trusted && held.keys.has_key_for(token) { Need::Doubt } else { Need::Key }
    }

    /// Waits for a fetch that may bring the key of `token`, and begins it if nobody else does. Whoever stops waiting stops
    /// nobody's fetch. A failure keeps the keys.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if no fetch succeeded, or none was permitted soon enough.
    pub async fn fetch_for(self: &Arc<Self>, token: &Token<'_>) -> Result<()> {
        let desk = self.desk();
        let place = desk.queue(token.signing_input.len());
        let Some(_place) = place else {
            return Err(unavailable("too many tokens wait for it", self.limits.fetch_interval));
        };
        match self.need(token) {
            Need::Doubt => self.wait(Need::Doubt, || self.authenticate_after_fetch(token).is_ok(), &desk).await,
            need => self.wait(need, || self.need(token) == Need::Doubt, &desk).await,
        }
    }

    /// Fetches the set now, whether it has aged or not.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if that fails; the keys at hand stay.
    pub async fn fetch(self: &Arc<Self>) -> Result<()> {
        self.wait(Need::Command, || false, &self.desk()).await
    }

    /// Waits until `is_served`, or until no further fetch is to be hoped for.
    pub(super) async fn wait(
        self: &Arc<Self>,
        need: Need,
        is_served: impl Fn() -> bool,
        desk: &Arc<Desk>,
    ) -> Result<()> {
        let mut deadline = self.now().saturating_add(self.limits.max_wait);
        let mut ended = desk.watch();
        let arrival = desk.schedule().arrival(need);
        while !is_served() {
            match self.step(need, arrival, deadline, desk) {
                Step::Settled => return Ok(()),
                Step::Refuse(retry_after) => {
                    let why = desk.failure().unwrap_or_else(|| "it was fetched too often".to_owned());
                    return Err(unavailable(&why, retry_after));
                }
                Step::WaitUntil(time) => {
                    let _ = tokio::time::timeout(time.saturating_sub(self.now()), ended.changed()).await;
                }
                Step::Begin | Step::Join => {
                    let _ = ended.changed().await;
                    // One that was under way may take long to fail: whoever came meanwhile has had no fetch yet.
                    if !desk.schedule().has_ended_since(arrival) {
                        deadline = self.now().saturating_add(self.limits.max_wait);
                    }
                }
            }
        }
        Ok(())
    }

    /// The next step, which if it is a fetch has begun.
    fn step(self: &Arc<Self>, need: Need, arrival: u64, deadline: Duration, desk: &Arc<Desk>) -> Step {
        let mut schedule = desk.schedule();
        let step = schedule.step(need, arrival, self.now(), deadline, &self.limits);
        if step == Step::Begin {
            schedule.begin(need, self.now(), &self.limits);
            drop(schedule);
            self.begin(Arc::clone(desk));
        }
        step
    }

    /// Fetches on the runtime of this process, so that no waiter who leaves takes the fetch along.
    fn begin(self: &Arc<Self>, desk: Arc<Desk>) {
        let this = Arc::clone(self);
        match runtime::current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                let fetching = tokio::spawn(Arc::clone(&this).get());
                let fetched = fetching.await.unwrap_or_else(|_| Err("the fetch broke off".into()));
                this.settle(&desk, fetched);
            })),
            Err(_) => self.settle(&desk, Err("no thread can be started".into())),
        }
    }

    async fn get(self: Arc<Self>) -> Result<Answer, Failure> {
        let etag = self.held.load().etag.clone();
        http::get(&self.url, etag.as_ref(), self.http).await
    }

    fn settle(self: &Arc<Self>, desk: &Desk, fetched: Result<Answer, Failure>) {
        let (now, lot) = (self.now(), draw());
        match fetched.and_then(|answer| self.take(answer, now, lot)) {
            Ok(()) => {
                desk.settle(None, Schedule::succeed);
                self.keep();
            }
            Err(Failure { why, retry_after }) => {
                desk.settle(Some(why), |schedule| schedule.fail(now, retry_after, &self.limits, lot));
            }
        }
    }

    /// Keeps what came. An answer that is no usable key set is as good as none.
    fn take(&self, answer: Answer, now: Duration, lot: f64) -> Result<(), Failure> {
        let held = self.held.load().after(answer, self.http.max_keys, now, &self.limits, lot);
        self.held.store(Arc::new(held.map_err(|error| Failure { why: error.to_string(), retry_after: None })?));
        Ok(())
    }

    pub(super) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    pub(super) fn desk(&self) -> Arc<Desk> {
        let desk = self.desk.load_full();
        if desk.is_of_this_process() {
            return desk;
        }
        self.desk.rcu(
            |other| if other.is_of_this_process() { Arc::clone(other) } else { Arc::new(Desk::of_this_process()) },
        );
        self.desk.load_full()
    }
}

fn unavailable(why: &str, retry_after: Duration) -> Error {
    Error::KeysUnavailable { why: why.to_owned(), retry_after }
}

/// From 0 up to 1, by the system's own randomness: the children of a `fork()` must not draw alike.
pub(super) fn draw() -> f64 {
    let mut bytes = [0; 4];
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
        Err(_) => 0.5,
    }
}
