//! The normal form of a world, so that the search visits worlds that behave alike once.

use super::super::FetchPolicy;
use super::caller::{Caller, Step};
use super::times::{NOW, TICK};
use super::world::World;

impl World {
    /// Returns the smallest world that behaves alike: only the order of the numbers of fetches counts, and callers with the
    /// same role are alike.
    pub fn normalized(mut self, is_prompt: bool) -> Self {
        for caller in &mut self.callers {
            if matches!(caller.step, Step::Arrive | Step::Leave) {
                *caller = Caller::new(caller.role, caller.step);
            }
            if !is_prompt {
                caller.ticks = 0;
                caller.wait.deadline = caller.wait.deadline.max(NOW.saturating_sub(TICK));
            }
        }
        let tickets = self.callers.iter_mut().filter(|caller| caller.has_ticket()).map(|caller| &mut caller.ticket);
        renumber_fetches(&mut self.policy, tickets.collect());
        self.callers.sort_unstable();
        self
    }
}

/// Gives the fetches of `policy` the lowest numbers of the same order, also in the tickets of its callers.
pub(in crate::jwks) fn renumber_fetches(policy: &mut FetchPolicy, tickets: Vec<&mut u64>) {
    let mut references = vec![&mut policy.last_started, &mut policy.last_finished, &mut policy.last_succeeded];
    references.extend(tickets);
    let mut numbers: Vec<u64> = references.iter().map(|number| **number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    for number in references {
        *number = numbers.partition_point(|other| other < number) as u64;
    }
}
