//! One world of the model: the callers, the server, the fetch in flight and the policy, with every time relative to now.

use super::super::{FetchDecision, FetchPolicy, FetchReason, RefreshPolicy};
use super::caller::{Caller, Role, Step};
use super::times::{
    FETCH_BURST, FETCH_INTERVAL_TICKS, MAX_CALL_TICKS, MAX_FETCH_TICKS, NOW, TICK, move_into_past, refresh_policy,
};

/// A request to the server, which answers once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Fetch {
    /// The version of the key in the response. `None` before the server responds.
    response: Option<u8>,
    has_failed: bool,
    ticks: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub policy: FetchPolicy,
    pub callers: Vec<Caller>,
    pub fetch: Option<Fetch>,
    pub is_up: bool,
    pub published_key: u8,
    pub cached_key: u8,
    pub outages_left: u8,
    pub rotations_left: u8,
    /// A token bucket that counts, beside the one of the policy, in ticks.
    pub bucket: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Step(usize),
    Tick,
    ServerResponds,
    FetchEnds { with_full_jitter: bool },
    ServerFails,
    ServerRecovers,
    ServerRotates,
}

/// The limits of one search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds<'a> {
    pub roles: &'a [Role],
    pub outages: u8,
    pub rotations: u8,
    /// Time passes only when no caller can take a step. Otherwise callers may be delayed without bound.
    pub is_prompt: bool,
}

impl World {
    pub fn new(bounds: Bounds<'_>) -> Self {
        Self {
            policy: FetchPolicy::default(),
            callers: bounds.roles.iter().map(|&role| Caller::new(role, Step::Arrive)).collect(),
            fetch: None,
            is_up: true,
            published_key: 1,
            cached_key: 0,
            outages_left: bounds.outages,
            rotations_left: bounds.rotations,
            bucket: FETCH_BURST * FETCH_INTERVAL_TICKS,
        }
    }

    /// Returns the actions that are possible.
    pub fn actions(&self, is_prompt: bool) -> Vec<Action> {
        let mut actions: Vec<_> =
            (0..self.callers.len()).filter(|&index| self.can_step(index)).map(Action::Step).collect();
        let is_busy =
            self.callers.iter().enumerate().any(|(index, caller)| caller.step != Step::Arrive && self.can_step(index));
        let is_overdue = self.fetch.is_some_and(|fetch| fetch.ticks >= MAX_FETCH_TICKS);
        if !is_overdue && (!is_prompt || !is_busy) {
            actions.push(Action::Tick);
        }
        match self.fetch {
            Some(Fetch { has_failed: true, .. }) => {
                let end = |with_full_jitter| Action::FetchEnds { with_full_jitter };
                actions.extend([end(false), end(true)]);
            }
            Some(Fetch { response: Some(_), .. }) => actions.push(Action::FetchEnds { with_full_jitter: false }),
            Some(_) => actions.push(Action::ServerResponds),
            None => {}
        }
        match (self.is_up, self.outages_left) {
            (true, 1..) => actions.push(Action::ServerFails),
            (false, _) => actions.push(Action::ServerRecovers),
            (true, 0) => {}
        }
        if self.rotations_left > 0 {
            actions.push(Action::ServerRotates);
        }
        actions
    }

    fn can_step(&self, index: usize) -> bool {
        let caller = &self.callers[index];
        match caller.step {
            Step::AwaitEnd => caller.is_notified,
            Step::AwaitEndUntil(time) => caller.is_notified || time <= NOW,
            _ => true,
        }
    }

    /// Takes `action`.
    ///
    /// # Errors
    /// The property that does not hold.
    pub fn take(&mut self, action: Action) -> Result<(), String> {
        match action {
            Action::Step(index) => self.step(index)?,
            Action::Tick => self.tick(),
            Action::ServerResponds => {
                if let Some(fetch) = &mut self.fetch {
                    fetch.response = Some(self.published_key);
                }
            }
            Action::FetchEnds { with_full_jitter } => self.end_fetch(with_full_jitter),
            Action::ServerFails => self.fail_server(),
            Action::ServerRecovers => self.is_up = true,
            Action::ServerRotates => {
                self.rotations_left -= 1;
                self.published_key += 1;
            }
        }
        self.check()
    }

    fn step(&mut self, index: usize) -> Result<(), String> {
        let mut caller = self.callers[index];
        match caller.step {
            Step::Arrive => {
                caller.key = self.published_key;
                caller.saw_outage = !self.is_up;
                caller.step = Step::TakeTicket; // it has subscribed
            }
            Step::TakeTicket => {
                caller.ticket = self.policy.ticket(caller.role.reason());
                caller.step = Step::CheckKeyAndDecide;
            }
            Step::CheckKeyAndDecide => caller.step = self.decide(&mut caller)?,
            Step::AwaitEnd | Step::AwaitEndUntil(_) => {
                caller.is_notified = false;
                caller.step = Step::CheckKeyAndDecide;
            }
            Step::Leave => caller = Caller::new(caller.role, Step::Arrive),
        }
        self.callers[index] = caller;
        Ok(())
    }

    /// Returns the next step of `caller`, as the loop of `wait_for_fetch` does.
    fn decide(&mut self, caller: &mut Caller) -> Result<Step, String> {
        let is_cached = caller.role == Role::Published && self.cached_key >= caller.key;
        if is_cached {
            return Ok(Step::Leave);
        }
        let (reason, policy) = (caller.role.reason(), refresh_policy());
        let admit = |_| FetchDecision::Start;
        match caller.wait.decide(&self.policy, (reason, caller.ticket), NOW, &policy, admit) {
            FetchDecision::Done | FetchDecision::RetryAfter(_)
                if caller.role == Role::Published && !caller.saw_outage =>
            {
                Err("a token whose key is published was refused while the server was up".to_owned())
            }
            FetchDecision::Done | FetchDecision::RetryAfter(_) => Ok(Step::Leave),
            FetchDecision::WaitUntil(time) if time <= NOW => Err("a caller waits for a time in the past".to_owned()),
            FetchDecision::WaitUntil(time) => Ok(Step::AwaitEndUntil(time)),
            FetchDecision::JoinInFlight => Ok(Step::AwaitEnd),
            FetchDecision::Start => {
                self.start_fetch(reason, &policy)?;
                Ok(Step::AwaitEnd)
            }
        }
    }

    fn start_fetch(&mut self, reason: FetchReason, policy: &RefreshPolicy) -> Result<(), String> {
        if self.fetch.is_some() {
            return Err("two fetches are in flight".to_owned());
        }
        if reason == FetchReason::UnknownKey {
            let rest = self.bucket.checked_sub(FETCH_INTERVAL_TICKS);
            self.bucket = rest.ok_or("an unknown key started a fetch that the token bucket does not permit")?;
        }
        self.policy.record_start(reason, NOW, policy);
        self.fetch = Some(Fetch { response: None, has_failed: !self.is_up, ticks: 0 });
        Ok(())
    }

    fn end_fetch(&mut self, with_full_jitter: bool) {
        if let Some(Fetch { has_failed: false, response: Some(key), .. }) = self.fetch.take() {
            self.cached_key = key;
            self.policy.record_success();
        } else {
            let jitter = if with_full_jitter { 1.0 } else { 0.0 };
            self.policy.record_failure(NOW, None, &refresh_policy(), jitter);
        }
        let has_subscribed = |caller: &&mut Caller| caller.step != Step::Arrive;
        self.callers.iter_mut().filter(has_subscribed).for_each(|caller| caller.is_notified = true);
    }

    fn fail_server(&mut self) {
        self.outages_left -= 1;
        self.is_up = false;
        if let Some(fetch) = &mut self.fetch {
            fetch.has_failed |= fetch.response.is_none();
        }
        self.callers.iter_mut().for_each(|caller| caller.saw_outage = true);
    }

    /// Moves every recorded time one tick into the past.
    fn tick(&mut self) {
        move_into_past(&mut self.policy);
        self.bucket = (self.bucket + 1).min(FETCH_BURST * FETCH_INTERVAL_TICKS);
        if let Some(fetch) = &mut self.fetch {
            fetch.ticks += 1;
        }
        for caller in self.callers.iter_mut().filter(|caller| caller.step != Step::Arrive) {
            caller.wait.deadline = caller.wait.deadline.saturating_sub(TICK);
            if let Step::AwaitEndUntil(time) = &mut caller.step {
                *time = time.saturating_sub(TICK).max(NOW);
            }
            caller.ticks += u8::from(caller.role == Role::Published);
        }
    }

    fn check(&self) -> Result<(), String> {
        let is_lost = |caller: &Caller| caller.step == Step::AwaitEnd && !caller.is_notified && self.fetch.is_none();
        if self.callers.iter().any(is_lost) {
            return Err("a caller waits for the end of a fetch, and none is in flight".to_owned());
        }
        Ok(())
    }

    /// Checks that no caller waits too long. A caller that is delayed without bound may.
    pub fn check_waits(&self, bounds: Bounds<'_>) -> Result<(), String> {
        let is_late = |caller: &Caller| bounds.is_prompt && caller.ticks > MAX_CALL_TICKS;
        if self.callers.iter().any(is_late) {
            return Err(format!("a caller waits for more than {MAX_CALL_TICKS} ticks"));
        }
        Ok(())
    }
}
