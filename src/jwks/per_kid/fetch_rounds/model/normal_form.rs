//! The normal form of a world, so that the search visits worlds that behave alike once.

use std::time::Duration;

use super::super::Place;
use super::caller::{Caller, Step};
use super::entry::Entry;
use super::world::World;
use crate::jwks::fetch_policy::model::normal_form::renumber_fetches;
use crate::jwks::fetch_policy::model::times::{NOW, TICK};
use crate::jwks::model_search::fingerprint;

impl World {
    /// Returns the smallest world that behaves alike: of fetches, past rounds and random numbers only the order counts, and
    /// callers with the same role are alike.
    pub fn normalized(mut self, is_prompt: bool) -> Self {
        self.callers.iter_mut().for_each(|caller| normalize_caller(caller, is_prompt));
        self.drop_useless_permits();
        self.renumber_times();
        self.renumber_draws();
        for (index, entry) in self.entries.iter_mut().enumerate() {
            let of_entry = self.callers.iter_mut().filter(|caller| caller.entry == index && caller.has_ticket());
            renumber_fetches(&mut entry.policy, of_entry.map(|caller| &mut caller.ticket).collect());
        }
        self.sort();
        self
    }

    /// Removes each permit whose round was removed, and the numbers of each started round without a permit.
    fn drop_useless_permits(&mut self) {
        let rounds = &mut self.rounds.recent;
        for entry in &mut self.entries {
            let is_kept = |place: &Place| place.time > NOW || rounds.iter().any(|round| round.time == place.time);
            entry.permit = entry.permit.filter(is_kept);
            entry.lower = if entry.permit.is_some() { entry.lower } else { 0 };
        }
        let is_used = |time| self.entries.iter().any(|entry| entry.permit.is_some_and(|place| place.time == time));
        for round in rounds.iter_mut().filter(|round| round.time <= NOW && !is_used(round.time)) {
            round.lowest.clear();
        }
    }

    /// Gives the rounds of the past the last times before now, in their order.
    fn renumber_times(&mut self) {
        let mut times: Vec<Duration> = self.rounds.recent.iter().map(|round| round.time).collect();
        times.retain(|time| *time < NOW);
        times.dedup();
        let count = times.len();
        let renumber = |time: &mut Duration| {
            if let Some(index) = times.iter().position(|other| other == time) {
                *time = NOW.saturating_sub(Duration::from_nanos((count - index) as u64));
            }
        };
        self.rounds.recent.iter_mut().for_each(|round| renumber(&mut round.time));
        self.entries.iter_mut().filter_map(|entry| entry.permit.as_mut()).for_each(|place| renumber(&mut place.time));
    }

    /// Gives the random numbers of each round even numbers of the same order, so that another finds a place between them.
    fn renumber_draws(&mut self) {
        for round in &mut self.rounds.recent {
            let of_round = |entry: &&mut Entry| entry.permit.is_some_and(|place| place.time == round.time);
            let permits = self.entries.iter_mut().filter(of_round).filter_map(|entry| entry.permit.as_mut());
            let mut references: Vec<_> = permits.map(|place| &mut place.number).chain(&mut round.lowest).collect();
            let mut numbers: Vec<u64> = references.iter().map(|number| **number).collect();
            numbers.sort_unstable();
            numbers.dedup();
            for number in &mut references {
                **number = 2 * (numbers.partition_point(|other| *other < **number) as u64 + 1);
            }
        }
    }

    /// Sorts the callers, and the entries of made-up `kid`s with them.
    fn sort(&mut self) {
        let is_shared = |caller: &Caller, entries: &[Entry]| !entries[caller.entry].is_made_up;
        let (mut callers, made_up): (Vec<_>, Vec<_>) =
            self.callers.iter().partition(|caller| is_shared(caller, &self.entries));
        let mut pairs: Vec<(Caller, Entry)> = made_up
            .into_iter()
            .map(|caller| (Caller { entry: 0, ..caller }, self.entries[caller.entry].clone()))
            .collect();
        pairs.sort_by_cached_key(fingerprint);
        callers.sort_by_cached_key(fingerprint);
        self.entries.retain(|entry| !entry.is_made_up);
        for (caller, entry) in pairs {
            callers.push(Caller { entry: self.entries.len(), ..caller });
            self.entries.push(entry);
        }
        self.callers = callers;
    }
}

fn normalize_caller(caller: &mut Caller, is_prompt: bool) {
    if caller.step == Step::Arrive {
        *caller = Caller::new(caller.entry);
    }
    if caller.has_ticket() {
        caller.wait.deadline = caller.wait.deadline.max(NOW.saturating_sub(TICK));
    }
    if !is_prompt {
        caller.ticks = 0;
    }
}
