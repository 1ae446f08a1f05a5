//! A model check of the table: every order in which tokens name `kid`s, keys arrive and are withdrawn, and tokens are accepted.
//!
//! The model runs the real table with the real refreshers, with room for few keys. A world is reached by a sequence of steps,
//! which is repeated from an empty table. Two `kid`s more than there is room for have keys, and two more are made up.
//!
//! After each step:
//! - an entry stays while a token waits for it, and a token gets an entry unless others occupy every place
//! - the answer for one `kid` changes no other, and a `kid` without a key replaces no key
//! - keys are kept up to the bound; beyond it, those of which no token was accepted go first, then those whose last accepted
//!   token is the longest ago

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::super::wanted_kids::WantedKid;
use super::tests::{PEM, table};
use super::{Bounds, KeyEntry, KeyTable};
use crate::jwks::location::KeyAnswer;
use crate::jwks::model_search;
use crate::jwks::refresh_policy::RefreshPolicy;

const BOUNDS: Bounds = Bounds { kept_keys: 1, other_kids: 2 };

/// The `kid`s with a key, and those without.
const PUBLISHED: [&str; 3] = ["a", "b", "c"];
const MADE_UP: [&str; 2] = ["x", "y"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    /// A token names the `kid`, and waits.
    Want(&'static str),
    /// The token stops waiting.
    Leave(&'static str),
    /// The server has the key.
    Found(&'static str),
    /// The server has no such key.
    Absent(&'static str),
    /// A token of the key is accepted.
    Use(&'static str),
}

/// The entries that the steps so far have led to. The ranks of the last uses are those among the entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Shape(Vec<(String, bool, bool, usize)>);

#[derive(Debug, Clone, Default)]
struct World {
    actions: Vec<Action>,
    shape: Shape,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.shape.hash(state);
    }
}

/// A table with the tokens that wait.
struct Run {
    table: KeyTable,
    wanted: HashMap<&'static str, (Arc<KeyEntry>, WantedKid)>,
    time: Duration,
}

impl Run {
    fn new(actions: &[Action]) -> Self {
        let table = KeyTable { bounds: BOUNDS, ..table(RefreshPolicy::default()) };
        let mut run = Self { table, wanted: HashMap::new(), time: Duration::ZERO };
        for action in actions {
            run.take(*action);
        }
        run
    }

    fn take(&mut self, action: Action) {
        self.time += Duration::from_secs(1);
        match action {
            Action::Want(kid) => drop(self.table.want(kid).map(|wanted| self.wanted.insert(kid, wanted))),
            Action::Leave(kid) => drop(self.wanted.remove(kid)),
            Action::Found(kid) => {
                let pem = PEM.as_bytes().to_vec();
                self.store(kid, KeyAnswer::Found { kid: kid.to_owned(), pem, max_age: None });
            }
            Action::Absent(kid) => self.store(kid, KeyAnswer::Absent),
            Action::Use(kid) => {
                let key = self
                    .table
                    .find(Some(kid))
                    .and_then(|entry| entry.refresher.snapshot().keys.iter().next().map(|key| key.instance()));
                if let Some(key) = key {
                    self.table.record_use(key, self.time);
                }
            }
        }
    }

    fn store(&self, kid: &str, answer: KeyAnswer) {
        if let Some(entry) = self.table.find(Some(kid)) {
            entry.refresher.store_answer(answer, self.table.set.now());
        }
    }

    /// Returns the actions that are possible: the server answers for a `kid` that tokens name, or that it has sent before.
    fn actions(&self) -> Vec<Action> {
        let mut actions = vec![];
        for kid in PUBLISHED.into_iter().chain(MADE_UP) {
            let (is_wanted, entry) = (self.wanted.contains_key(kid), self.table.find(Some(kid)));
            let (is_published, has_key) =
                (PUBLISHED.contains(&kid), entry.as_ref().is_some_and(|entry| entry.is_usable()));
            actions.push(if is_wanted { Action::Leave(kid) } else { Action::Want(kid) });
            if is_wanted && is_published && !has_key {
                actions.push(Action::Found(kid));
            }
            if has_key {
                actions.extend([Action::Absent(kid), Action::Use(kid)]);
            }
        }
        actions
    }

    fn shape(&self) -> Shape {
        let entries = self.table.entries();
        let rank = |entry: &KeyEntry| entries.iter().filter(|other| last_use(other) < last_use(entry)).count();
        let describe = |entry: &Arc<KeyEntry>| {
            let (kid, is_wanted) = (entry.kid.clone(), self.wanted.contains_key(entry.kid.as_str()));
            (kid, entry.is_usable(), is_wanted, if entry.is_proven() { 1 + rank(entry) } else { 0 })
        };
        Shape(entries.iter().map(describe).collect())
    }

    /// Takes `action`, and checks what it has changed.
    ///
    /// # Errors
    /// The property that does not hold.
    fn check(&mut self, action: Action) -> Result<(), String> {
        let before = self.table.entries();
        let keys: Vec<_> = before.iter().filter(|entry| entry.is_usable()).cloned().collect();
        let others: Vec<_> = self.wanted.keys().copied().filter(|kid| Action::Want(kid) != action).collect();
        self.take(action);
        let after = self.table.entries();
        let stays = |entry: &Arc<KeyEntry>| after.iter().any(|other| Arc::ptr_eq(other, entry));
        if !self.wanted.values().all(|(entry, _)| stays(entry)) {
            return Err("an entry was removed for which a token waits".to_owned());
        }
        let is_refused = matches!(action, Action::Want(kid) if !self.wanted.contains_key(kid));
        if is_refused && others.len() < BOUNDS.other_kids {
            return Err("a token got no entry, and a place is free".to_owned());
        }
        let lost = keys.iter().filter(|entry| !entry.is_usable() || !stays(entry));
        lost.filter(|entry| action != Action::Absent(kid_of(entry))).try_for_each(|entry| self.check_loss(entry, &keys))
    }

    /// Checks that a key which made room was one too many, and the first to go of those for which no token waits.
    fn check_loss(&self, lost: &KeyEntry, keys: &[Arc<KeyEntry>]) -> Result<(), String> {
        if !lost.is_usable() {
            return Err("the answer for a kid changed another".to_owned());
        }
        if keys.len() <= BOUNDS.kept_keys {
            return Err("a key made room, and it was not one too many".to_owned());
        }
        let stays = |entry: &Arc<KeyEntry>| self.table.find(Some(&entry.kid)).is_some();
        let kept = keys.iter().filter(|entry| stays(entry) && !self.wanted.contains_key(entry.kid.as_str()));
        if kept.into_iter().any(|entry| last_use(entry) < last_use(lost)) {
            return Err("a key made room before one whose last use is longer ago".to_owned());
        }
        Ok(())
    }
}

fn last_use(entry: &KeyEntry) -> u64 {
    entry.last_use.load(Ordering::Relaxed)
}

fn kid_of(entry: &KeyEntry) -> &'static str {
    PUBLISHED.into_iter().chain(MADE_UP).find(|kid| *kid == entry.kid).unwrap_or_default()
}

/// Visits every world that at most `max_actions` steps lead to, and returns their number.
fn search(max_actions: usize) -> usize {
    let actions = |world: &World| match world.actions.len() {
        count if count < max_actions => Run::new(&world.actions).actions(),
        _ => vec![],
    };
    let take = |world: &World, action: Action| {
        let mut run = Run::new(&world.actions);
        run.check(action)?;
        Ok(World { actions: [&world.actions[..], &[action]].concat(), shape: run.shape() })
    };
    model_search::search(&World::default(), actions, take)
}

#[test]
fn seven_steps_in_a_small_table() {
    assert_eq!(search(7), 2_581);
}

#[test]
#[ignore = "takes minutes: make model-check"]
fn every_step_in_a_small_table() {
    let worlds = search(usize::MAX);
    assert!(worlds > 10_000, "the search ended after {worlds} worlds");
    println!("{worlds} worlds");
}
