//! The normal form of a world, so that the search visits worlds that behave alike once.

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
                (caller.ticks, caller.deadline) = (0, caller.deadline.max(NOW.saturating_sub(TICK)));
            }
        }
        self.renumber_fetches();
        self.callers.sort_unstable();
        self
    }

    fn renumber_fetches(&mut self) {
        let policy = &mut self.policy;
        let mut numbers = vec![policy.last_started, policy.last_finished, policy.last_succeeded];
        numbers.extend(self.callers.iter().filter(|caller| caller.has_ticket()).map(|caller| caller.ticket));
        numbers.sort_unstable();
        numbers.dedup();
        let rank = |number: &mut u64| *number = numbers.partition_point(|other| other < number) as u64;
        for number in [&mut policy.last_started, &mut policy.last_finished, &mut policy.last_succeeded] {
            rank(number);
        }
        self.callers.iter_mut().filter(|caller| caller.has_ticket()).for_each(|caller| rank(&mut caller.ticket));
    }
}
