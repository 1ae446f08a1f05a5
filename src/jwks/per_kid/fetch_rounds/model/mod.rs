//! A model check of the rounds: every interleaving of a few callers of a few `kid`s, one key server, the clock and chance.
//!
//! The model runs the real rounds and permits, and the real [`FetchPolicy`](crate::jwks::FetchPolicy) and `WaitTime` of each
//! `kid`. A caller takes the steps of `Refresher::wait_for_fetch`. A number that is drawn may be anywhere among the numbers
//! of its round, so that the search follows each selection that chance may make. The limit of a round is 1 or 2, so that
//! a few `kid`s compete for it; a caller with a made-up `kid` comes again and again.
//!
//! In each world:
//! - a `kid` is fetched in its round if fewer than `max_kids` others drew lower numbers, in whatever order they came
//! - a token whose key the server publishes is never refused as unknown, and is refused for the limit only if chance
//!   preferred others in each round that could begin while it waited, which are two (one if the policy of its own `kid` made
//!   it wait before), unless the server was down meanwhile
//! - fetches are at most those of the token bucket, and one fetch of a `kid` is in flight at a time. Permits of the last
//!   rounds, whose callers left or were late, come on top of the burst
//! - no caller waits for the end of a fetch when none of its `kid` is in flight and none ended since (a lost wake-up)
//! - a caller waits for a permit until its deadline at most, and for a bounded number of ticks in all

mod caller;
mod entry;
mod normal_form;
mod world;

use caller::Role::{MadeUp, Published, PublishedLater};
use world::{Action, Bounds, World};

use crate::jwks::model_search;

/// Visits every world that is reachable within `bounds`, and returns their number.
///
/// # Panics
/// If a property does not hold, with the actions that lead there.
fn search(bounds: Bounds<'_>) -> usize {
    let take = |world: &World, action: Action| {
        let mut next = world.clone();
        next.take(action, bounds)?;
        Ok(next.normalized(bounds.is_prompt))
    };
    let first = World::new(bounds).normalized(bounds.is_prompt);
    model_search::search(&first, |world| world.actions(bounds), take)
}

/// Searches within `bounds`, and checks that the search was not cut short: it must visit more than `count` worlds.
fn search_more_than(count: usize, bounds: Bounds<'_>) {
    let worlds = search(bounds);
    assert!(worlds > count, "{bounds:?}: the search ended after {worlds} worlds");
    println!("{bounds:?}: {worlds} worlds");
}

const BOUNDS: Bounds<'_> =
    Bounds { roles: &[Published, MadeUp], max_kids: 1, outages: 0, may_leave: false, is_prompt: true };

#[test]
fn a_published_and_a_made_up_kid() {
    search_more_than(10_000, BOUNDS);
}

#[test]
fn a_kid_that_is_published_later_and_a_made_up_one() {
    search_more_than(60_000, Bounds { roles: &[PublishedLater, MadeUp], ..BOUNDS });
}

#[test]
fn two_callers_of_one_kid_during_an_outage() {
    search_more_than(60_000, Bounds { roles: &[Published, Published], outages: 1, ..BOUNDS });
}

#[test]
fn two_callers_of_one_kid_that_may_leave() {
    search_more_than(60_000, Bounds { roles: &[Published, Published], may_leave: true, ..BOUNDS });
}

#[test]
#[ignore = "takes minutes: make model-check"]
fn callers_that_are_delayed() {
    search_more_than(200_000, Bounds { is_prompt: false, ..BOUNDS });
}

#[test]
#[ignore = "takes minutes: make model-check"]
fn three_callers() {
    for roles in [[Published, Published, MadeUp], [Published, MadeUp, MadeUp], [Published, PublishedLater, MadeUp]] {
        search_more_than(100_000, Bounds { roles: &roles, ..BOUNDS });
    }
}

#[test]
#[ignore = "takes minutes: make model-check"]
fn a_published_and_a_made_up_kid_during_an_outage() {
    search_more_than(500_000, Bounds { outages: 1, ..BOUNDS });
}

#[test]
#[ignore = "takes minutes: make model-check"]
fn two_kids_in_each_round() {
    search_more_than(100_000, Bounds { roles: &[Published, MadeUp, MadeUp], max_kids: 2, ..BOUNDS });
}
