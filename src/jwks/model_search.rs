//! The search of the model checks: visits every world that is reachable from the first one.

use std::collections::{HashSet, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;

/// Visits every world that is reachable from `first` by `actions` and `take`, and returns their number.
///
/// # Panics
/// If `take` returns an error: a property does not hold. The text has the actions that lead there.
pub(super) fn search<World: Clone + Debug + Hash, Action: Copy + Debug>(
    first: &World,
    actions: impl Fn(&World) -> Vec<Action>,
    take: impl Fn(&World, Action) -> Result<World, String>,
) -> usize {
    let (mut origins, mut visited) = (vec![None], 0);
    let mut known = HashSet::from([fingerprint(first)]);
    let mut waiting = VecDeque::from([first.clone()]);
    while let Some(world) = waiting.pop_front() {
        for action in actions(&world) {
            let next = take(&world, action).unwrap_or_else(|property| {
                panic!("{property}:\n{}", describe(first, &path(&origins, visited, action), &take))
            });
            if known.insert(fingerprint(&next)) {
                origins.push(Some((visited, action)));
                waiting.push_back(next);
            }
        }
        visited += 1;
    }
    visited
}

/// Returns 64 bits that differ between two of a million worlds, but for one search in ten million.
pub(super) fn fingerprint(world: &impl Hash) -> u64 {
    ahash::RandomState::with_seeds(1, 2, 3, 4).hash_one(world)
}

/// Returns the actions that lead from the first world to the world with the number `last`, and then `action`.
fn path<Action: Copy>(origins: &[Option<(usize, Action)>], last: usize, action: Action) -> Vec<Action> {
    let mut actions = vec![action];
    let mut origin = &origins[last];
    while let Some((previous, action)) = origin {
        actions.push(*action);
        origin = &origins[*previous];
    }
    actions.reverse();
    actions
}

/// Returns the actions, each with the world after it.
fn describe<World: Clone + Debug, Action: Copy + Debug>(
    first: &World,
    actions: &[Action],
    take: &impl Fn(&World, Action) -> Result<World, String>,
) -> String {
    let mut world = first.clone();
    let mut lines = vec![];
    for action in actions {
        let next = take(&world, *action);
        lines.push(format!("{action:?} -> {next:?}"));
        world = next.unwrap_or(world);
    }
    lines.join("\n")
}
