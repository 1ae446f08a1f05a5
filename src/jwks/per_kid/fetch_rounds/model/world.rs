//! One world of the model: the callers, the `kid`s, the rounds and the server, with every time relative to now.

use super::super::{FetchPermit, FetchRounds, MAX_RECENT_ROUNDS, Place, Rounds, lock};
use super::caller::{Caller, MAX_LOST, Role, Step};
use super::entry::{Entry, Fetch};
use crate::jwks::fetch_policy::model::times::{
    FETCH_BURST, FETCH_INTERVAL_TICKS, MAX_FETCH_TICKS, MAX_WAIT_TICKS, NOW, TICK, move_bucket_into_past,
    move_into_past, refresh_policy,
};
use crate::jwks::fetch_policy::{FetchDecision, FetchPolicy, FetchReason};

/// A caller joins the fetch in flight, waits for `max_wait` at most, and joins the fetch that is permitted then.
#[expect(clippy::cast_possible_truncation, reason = "the number is small")]
const MAX_CALL_TICKS: u8 = 2 * MAX_FETCH_TICKS + MAX_WAIT_TICKS as u8;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub rounds: Rounds,
    pub entries: Vec<Entry>,
    pub callers: Vec<Caller>,
    pub is_up: bool,
    pub outages_left: u8,
    /// A bucket of fetches that counts, beside the one of the rounds, in ticks.
    pub bucket: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// The caller takes its next step. A number that it draws then has `rank` known numbers of the newest round below it.
    Step {
        caller: usize,
        rank: u64,
    },
    /// The caller stops waiting.
    Cancel {
        caller: usize,
    },
    Tick,
    ServerResponds {
        entry: usize,
    },
    FetchEnds {
        entry: usize,
        with_full_jitter: bool,
    },
    ServerFails,
    ServerRecovers,
    ServerPublishes {
        entry: usize,
    },
    /// The table makes room for another `kid`.
    Forget {
        entry: usize,
    },
}

/// The limits of one search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds<'a> {
    pub roles: &'a [Role],
    /// The number of `kid`s that are fetched in one round.
    pub max_kids: usize,
    pub outages: u8,
    /// Callers may stop waiting, and entries make room for others.
    pub may_leave: bool,
    /// Time passes only when no caller can take a step. Otherwise callers may be delayed without bound.
    pub is_prompt: bool,
}

impl Bounds<'_> {
    /// Returns the size of the bucket that counts. A `kid` whose callers left, or were late, keeps the permit of its round:
    /// such permits of the last rounds come on top of the burst.
    fn bucket_size(&self) -> u32 {
        let late_rounds = if self.may_leave || !self.is_prompt { MAX_RECENT_ROUNDS } else { 0 };
        (FETCH_BURST + u32::try_from(late_rounds).unwrap_or(u32::MAX)) * FETCH_INTERVAL_TICKS
    }
}

impl World {
    pub fn new(bounds: Bounds<'_>) -> Self {
        let mut entries = vec![Entry::new(true, false), Entry::new(false, false)];
        let callers = bounds.roles.iter().map(|role| match role {
            Role::Published => Caller::new(0),
            Role::PublishedLater => Caller::new(1),
            Role::MadeUp => {
                entries.push(Entry::new(false, true));
                Caller::new(entries.len() - 1)
            }
        });
        Self {
            callers: callers.collect(),
            rounds: Rounds { max_kids: bounds.max_kids, ..Rounds::default() },
            entries,
            is_up: true,
            outages_left: bounds.outages,
            bucket: bounds.bucket_size(),
        }
    }

    /// Returns the actions that are possible.
    pub fn actions(&self, bounds: Bounds<'_>) -> Vec<Action> {
        let mut actions = vec![];
        for caller in (0..self.callers.len()).filter(|&caller| self.can_step(caller)) {
            let ranks = if self.may_draw(caller) { self.numbers_of_newest_round().len() as u64 } else { 0 };
            actions.extend((0..=ranks).map(|rank| Action::Step { caller, rank }));
        }
        if self.can_tick(bounds.is_prompt) {
            actions.push(Action::Tick);
        }
        (0..self.entries.len()).for_each(|entry| actions.extend(self.actions_of_entry(entry, bounds)));
        match (self.is_up, self.outages_left) {
            (true, 1..) => actions.push(Action::ServerFails),
            (false, _) => actions.push(Action::ServerRecovers),
            (true, 0) => {}
        }
        if bounds.may_leave {
            let waiting = (0..self.callers.len()).filter(|&caller| self.callers[caller].is_waiting());
            actions.extend(waiting.map(|caller| Action::Cancel { caller }));
        }
        actions
    }

    fn actions_of_entry(&self, index: usize, bounds: Bounds<'_>) -> Vec<Action> {
        let entry = &self.entries[index];
        let end = |with_full_jitter| Action::FetchEnds { entry: index, with_full_jitter };
        let mut actions = match entry.fetch {
            Some(Fetch { has_failed: true, .. }) => vec![end(false), end(true)],
            Some(Fetch { response: Some(_), .. }) => vec![end(false)],
            Some(_) => vec![Action::ServerResponds { entry: index }],
            None => vec![],
        };
        let is_wanted = self.callers.iter().any(|caller| caller.entry == index && caller.step != Step::Arrive);
        if bounds.may_leave && !is_wanted && entry.fetch.is_none() && *entry != entry.forgotten() {
            actions.push(Action::Forget { entry: index });
        }
        let has_callers = self.callers.iter().any(|caller| caller.entry == index);
        if has_callers && !entry.is_published && !entry.is_made_up {
            actions.push(Action::ServerPublishes { entry: index });
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

    fn can_tick(&self, is_prompt: bool) -> bool {
        let can_step = |(index, caller): (usize, &Caller)| caller.step != Step::Arrive && self.can_step(index);
        let is_busy = self.callers.iter().enumerate().any(can_step);
        let is_overdue =
            self.entries.iter().any(|entry| entry.fetch.is_some_and(|fetch| fetch.ticks >= MAX_FETCH_TICKS));
        !(is_overdue || is_prompt && is_busy)
    }

    /// Returns true if the next step of the caller may draw a number.
    fn may_draw(&self, index: usize) -> bool {
        let Caller { step, entry, .. } = self.callers[index];
        step == Step::CheckKeyAndDecide && self.entries[entry].permit.is_none_or(|place| place.time <= NOW)
    }

    /// Returns the known numbers of the newest round, in order.
    fn numbers_of_newest_round(&self) -> Vec<u64> {
        let Some(round) = self.rounds.recent.back() else { return vec![] };
        let permits = self.entries.iter().filter_map(|entry| entry.permit);
        let others = permits.filter(|place| place.time == round.time).map(|place| place.number);
        let mut numbers: Vec<_> = round.lowest.iter().copied().chain(others).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Takes `action`.
    ///
    /// # Errors
    /// The property that does not hold.
    pub fn take(&mut self, action: Action, bounds: Bounds<'_>) -> Result<(), String> {
        match action {
            Action::Step { caller, rank } => self.step(caller, rank, bounds)?,
            Action::Cancel { caller } => self.callers[caller] = Caller::new(self.callers[caller].entry),
            Action::Tick => self.tick(bounds),
            Action::ServerResponds { entry } => self.respond(entry),
            Action::FetchEnds { entry, with_full_jitter } => self.end_fetch(entry, with_full_jitter),
            Action::ServerFails => self.fail_server(),
            Action::ServerRecovers => self.is_up = true,
            Action::ServerPublishes { entry } => self.entries[entry].is_published = true,
            Action::Forget { entry } => self.entries[entry] = self.entries[entry].forgotten(),
        }
        self.check(bounds)
    }

    fn step(&mut self, index: usize, rank: u64, bounds: Bounds<'_>) -> Result<(), String> {
        let mut caller = self.callers[index];
        match caller.step {
            Step::Arrive => {
                caller.is_published = self.entries[caller.entry].is_published;
                caller.saw_outage = !self.is_up;
                caller.saw_failure = self.entries[caller.entry].policy.is_failing(NOW);
                caller.step = Step::TakeTicket; // it has subscribed
            }
            Step::TakeTicket => {
                caller.ticket = self.entries[caller.entry].policy.ticket(FetchReason::UnknownKey);
                caller.step = Step::CheckKeyAndDecide;
            }
            Step::CheckKeyAndDecide => caller = self.check_key_and_decide(caller, rank, bounds)?,
            Step::AwaitEnd | Step::AwaitEndUntil(_) => {
                caller.is_notified = false;
                caller.step = Step::CheckKeyAndDecide;
            }
        }
        self.callers[index] = caller;
        Ok(())
    }

    /// Returns the caller after one turn of the loop in `wait_for_fetch`.
    fn check_key_and_decide(&mut self, mut caller: Caller, rank: u64, bounds: Bounds<'_>) -> Result<Caller, String> {
        if self.entries[caller.entry].is_cached {
            return Ok(Caller::new(caller.entry));
        }
        let decision = self.decide(&mut caller, rank)?;
        match decision {
            FetchDecision::Done | FetchDecision::RetryAfter(_) => {
                self.check_refusal(&caller, decision, bounds)?;
                self.replace_made_up(caller.entry, bounds);
                return Ok(Caller::new(caller.entry));
            }
            FetchDecision::WaitUntil(time) if time <= NOW => {
                return Err("a caller waits for a time in the past".to_owned());
            }
            FetchDecision::WaitUntil(time) if time > caller.wait.deadline => {
                return Err("a caller waits for a time after its deadline".to_owned());
            }
            FetchDecision::WaitUntil(time) => caller.step = Step::AwaitEndUntil(time),
            FetchDecision::JoinInFlight => caller.step = Step::AwaitEnd,
            FetchDecision::Start => {
                self.start_fetch(caller.entry)?;
                caller.step = Step::AwaitEnd;
            }
        }
        Ok(caller)
    }

    /// Replaces a made-up `kid` by another, unless [`Action::Forget`] does.
    fn replace_made_up(&mut self, index: usize, bounds: Bounds<'_>) {
        let entry = &mut self.entries[index];
        if entry.is_made_up && !bounds.may_leave {
            *entry = entry.forgotten();
        }
    }

    /// Asks the real policy of the `kid`, its real permit and the real rounds for the next step of `caller`.
    fn decide(&mut self, caller: &mut Caller, rank: u64) -> Result<FetchDecision, String> {
        let entry = &self.entries[caller.entry];
        let (permit, rounds) = (FetchPermit(entry.permit.into()), FetchRounds(self.rounds.clone().into()));
        let (number, mut is_admitted) = (2 * rank + 1, false);
        let admit = |deadline| {
            is_admitted = true;
            permit.decide(&rounds, || number, NOW, deadline, &refresh_policy())
        };
        let request = (FetchReason::UnknownKey, caller.ticket);
        let decision = caller.wait.decide(&entry.policy, request, NOW, &refresh_policy(), admit);
        let (old, new) = (entry.permit, *lock(&permit.0));
        caller.had_fetches |= !is_admitted && matches!(decision, FetchDecision::WaitUntil(_));
        if let Some(place) = old.filter(|place| is_admitted && place.time <= NOW && decision != FetchDecision::Start) {
            self.lose_round(caller, place)?;
        }
        if let Some(place) = new.filter(|place| old != Some(*place)) {
            self.count_lower(caller.entry, place);
        }
        self.entries[caller.entry].permit = new;
        self.rounds = lock(&rounds.0).clone();
        Ok(decision)
    }

    /// Checks that chance preferred others in the round of `place`, and counts the round for those who waited for it.
    fn lose_round(&mut self, caller: &mut Caller, place: Place) -> Result<(), String> {
        let is_kept = self.rounds.recent.iter().any(|round| round.time == place.time);
        if self.entries[caller.entry].lower < self.rounds.max_kids {
            let property = "a kid with one of the lowest numbers was not fetched in its round";
            return if is_kept { Err(property.to_owned()) } else { Ok(()) };
        }
        let waited = |other: &&mut Caller| match other.step {
            Step::AwaitEndUntil(time) => time <= NOW,
            step => step == Step::CheckKeyAndDecide && other.wait.has_begun,
        };
        for other in self.callers.iter_mut().filter(|other| other.entry == caller.entry).filter(waited) {
            other.lost_rounds = (other.lost_rounds + 1).min(MAX_LOST);
        }
        caller.lost_rounds = (caller.lost_rounds + 1).min(MAX_LOST);
        Ok(())
    }

    /// Counts the lower numbers in the round that the `kid` of `entry` has joined, for it and for the others.
    fn count_lower(&mut self, entry: usize, place: Place) {
        let is_same_round = self.rounds.recent.back().is_some_and(|round| round.time == place.time);
        let numbers = if is_same_round { self.numbers_of_newest_round() } else { vec![] };
        self.entries[entry].lower = numbers.iter().filter(|number| **number < place.number).count();
        let is_above = |other: &Place| other.time == place.time && other.number > place.number;
        for other in self.entries.iter_mut().filter(|other| other.permit.as_ref().is_some_and(is_above)) {
            other.lower += 1;
        }
        self.entries.iter_mut().for_each(|entry| entry.lower = entry.lower.min(self.rounds.max_kids));
    }

    fn start_fetch(&mut self, index: usize) -> Result<(), String> {
        let entry = &mut self.entries[index];
        if entry.fetch.is_some() {
            return Err("two fetches of one key are in flight".to_owned());
        }
        let cost = FETCH_INTERVAL_TICKS / u32::try_from(self.rounds.max_kids).unwrap_or(u32::MAX);
        let rest = self.bucket.checked_sub(cost);
        self.bucket = rest.ok_or("a fetch was started that the token bucket does not permit")?;
        entry.policy.record_start(FetchReason::UnknownKey, NOW, &refresh_policy());
        entry.fetch = Some(Fetch { response: None, has_failed: !self.is_up, ticks: 0 });
        Ok(())
    }

    fn respond(&mut self, index: usize) {
        let entry = &mut self.entries[index];
        if let Some(fetch) = &mut entry.fetch {
            fetch.response = Some(entry.is_published);
        }
    }

    fn end_fetch(&mut self, index: usize, with_full_jitter: bool) {
        let entry = &mut self.entries[index];
        if let Some(Fetch { has_failed: false, response: Some(is_found), .. }) = entry.fetch.take() {
            entry.is_cached = is_found;
            FetchPolicy::record_success(&mut entry.policy);
        } else {
            let jitter = if with_full_jitter { 1.0 } else { 0.0 };
            entry.policy.record_failure(NOW, None, &refresh_policy(), jitter);
        }
        let is_failing = entry.policy.is_failing(NOW);
        for caller in self.callers.iter_mut().filter(|caller| caller.entry == index && caller.step != Step::Arrive) {
            caller.is_notified = true;
            caller.saw_failure |= is_failing;
        }
    }

    fn fail_server(&mut self) {
        self.outages_left -= 1;
        self.is_up = false;
        for fetch in self.entries.iter_mut().filter_map(|entry| entry.fetch.as_mut()) {
            fetch.has_failed |= fetch.response.is_none();
        }
        self.callers.iter_mut().for_each(|caller| caller.saw_outage = true);
    }

    /// Moves every recorded time one tick into the past.
    fn tick(&mut self, bounds: Bounds<'_>) {
        self.bucket = (self.bucket + 1).min(bounds.bucket_size());
        move_bucket_into_past(&mut self.rounds.bucket);
        self.rounds.recent.iter_mut().for_each(|round| round.time = round.time.saturating_sub(TICK));
        for entry in &mut self.entries {
            move_into_past(&mut entry.policy);
            entry.permit = entry.permit.map(|place| Place { time: place.time.saturating_sub(TICK), ..place });
            entry.fetch = entry.fetch.map(|fetch| Fetch { ticks: fetch.ticks + 1, ..fetch });
        }
        for caller in self.callers.iter_mut().filter(|caller| caller.step != Step::Arrive) {
            caller.wait.deadline = caller.wait.deadline.saturating_sub(TICK);
            if let Step::AwaitEndUntil(time) = &mut caller.step {
                *time = time.saturating_sub(TICK).max(NOW);
            }
            caller.ticks += 1;
        }
    }

    fn check(&self, bounds: Bounds<'_>) -> Result<(), String> {
        let is_lost = |caller: &Caller| {
            caller.step == Step::AwaitEnd && !caller.is_notified && self.entries[caller.entry].fetch.is_none()
        };
        if self.callers.iter().any(is_lost) {
            return Err("a caller waits for the end of a fetch, and none is in flight".to_owned());
        }
        if bounds.is_prompt && self.callers.iter().any(|caller| caller.ticks > MAX_CALL_TICKS) {
            return Err(format!("a caller waits for more than {MAX_CALL_TICKS} ticks"));
        }
        Ok(())
    }

    /// Checks that a token whose key is published is refused only if the server was down, or if chance preferred others in
    /// each round that could begin while it waited. The pause after a failure takes the place of such rounds, and so does a
    /// delay of the caller.
    fn check_refusal(&self, caller: &Caller, decision: FetchDecision, bounds: Bounds<'_>) -> Result<(), String> {
        if !caller.is_published || caller.saw_outage {
            return Ok(());
        }
        if decision == FetchDecision::Done {
            return Err("a token whose key is published was refused as unknown".to_owned());
        }
        let has_rivals = self.callers.iter().any(|other| other.entry != caller.entry);
        let rounds = match (caller.saw_failure || !bounds.is_prompt, caller.had_fetches) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => MAX_LOST,
        };
        if has_rivals && caller.lost_rounds >= rounds {
            return Ok(());
        }
        Err(format!("a token whose key is published was refused before it lost {rounds} rounds by chance"))
    }
}
