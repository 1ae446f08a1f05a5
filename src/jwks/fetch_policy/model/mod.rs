//! A model check of the schedule of fetches: every interleaving of a few callers, one key server and the clock.
//!
//! The model runs the real [`FetchPolicy`](super::FetchPolicy). A caller takes the steps of `Refresher::wait_for_fetch`,
//! each of which may be separated from the next by steps of the others. The search visits every reachable world. Times are
//! in ticks, and only differences of times count, so the number of worlds is finite.
//!
//! In each world:
//! - no token whose key the server publishes is refused, unless the server was down while it waited
//! - fetches for unknown keys are at most those of the token bucket, and one fetch is in flight at a time
//! - no caller waits for the end of a fetch when none is in flight and none ended since (a lost wake-up)
//! - a caller waits for a bounded number of ticks

mod caller;
pub(in crate::jwks) mod normal_form;
pub(in crate::jwks) mod times;
mod world;

use caller::Role;
use world::{Action, Bounds, World};

use crate::jwks::model_search;

/// Visits every world that is reachable within `bounds`, and returns their number.
///
/// # Panics
/// If a property does not hold, with the actions that lead there.
fn search(bounds: Bounds<'_>) -> usize {
    let take = |world: &World, action: Action| {
        let mut next = world.clone();
        next.take(action)?;
        next.check_waits(bounds)?;
        Ok(next.normalized(bounds.is_prompt))
    };
    let first = World::new(bounds).normalized(bounds.is_prompt);
    model_search::search(&first, |world| world.actions(bounds.is_prompt), take)
}

const PARTNERS: [Role; 4] = [Role::MadeUp, Role::Published, Role::BadSignature, Role::Refresh];

/// Searches with a published token and each of [`PARTNERS`].
fn search_pairs(outages: u8, rotations: u8, is_prompt: bool) {
    for partner in PARTNERS {
        let worlds = search(Bounds { roles: &[Role::Published, partner], outages, rotations, is_prompt });
        assert!(worlds > 1_000, "{partner:?}: the search ended after {worlds} worlds");
    }
}

#[test]
fn two_callers_during_a_rotation() {
    search_pairs(0, 1, false);
}

#[test]
fn two_callers_during_an_outage() {
    search_pairs(1, 0, true);
}

#[test]
#[ignore = "takes minutes: make model-check"]
fn two_callers_during_a_rotation_and_an_outage() {
    search_pairs(1, 1, true);
    search_pairs(1, 0, false);
}

#[test]
#[ignore = "takes minutes: make model-check"]
fn three_callers() {
    for third in PARTNERS {
        let roles = [Role::Published, Role::MadeUp, third];
        for (outages, rotations, is_prompt) in [(0, 1, true), (0, 0, false), (1, 0, true)] {
            search(Bounds { roles: &roles, outages, rotations, is_prompt });
        }
    }
}
