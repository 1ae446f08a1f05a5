//! The `kid`s that tokens wait for, of keys that are fetched one by one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The number of `kid`s that tokens may wait for at a time. One fetch requests all of them.
const MAX_WANTED_KIDS: usize = 8;

/// The `kid`s that tokens wait for, each with the number of its tokens.
#[derive(Debug, Default)]
pub(in crate::jwks) struct WantedKids(Mutex<HashMap<String, usize>>);

/// A `kid` that is wanted until this value is dropped.
#[derive(Debug)]
pub(in crate::jwks) struct WantedKid {
    kids: Arc<WantedKids>,
    kid: String,
}

impl WantedKids {
    /// Registers `kid`, so that every fetch that starts from now on requests it. Returns `None` if too many others are
    /// wanted.
    pub fn register(self: &Arc<Self>, kid: &str) -> Option<WantedKid> {
        let mut kids = self.lock();
        if kids.len() >= MAX_WANTED_KIDS && !kids.contains_key(kid) {
            return None;
        }
        *kids.entry(kid.to_owned()).or_default() += 1;
        drop(kids);
        Some(WantedKid { kids: Arc::clone(self), kid: kid.to_owned() })
    }

    /// Returns the wanted `kid`s.
    pub fn list(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        // No code panics while it holds the lock, so a poisoned map is still consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WantedKid {
    fn drop(&mut self) {
        let mut kids = self.kids.lock();
        if let Some(count) = kids.get_mut(&self.kid) {
            *count -= 1;
            if *count == 0 {
                kids.remove(&self.kid);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{MAX_WANTED_KIDS, WantedKids};

    #[test]
    fn a_kid_is_wanted_while_one_of_its_tokens_waits() {
        let kids = Arc::new(WantedKids::default());
        let (first, second) = (kids.register("a"), kids.register("a"));
        drop(first);
        assert_eq!(kids.list(), ["a"]);
        drop(second);
        assert!(kids.list().is_empty());
    }

    #[test]
    fn a_surplus_of_kids_is_refused_until_another_is_dropped() {
        let kids = Arc::new(WantedKids::default());
        let mut wanted: Vec<_> = (0..MAX_WANTED_KIDS).map(|number| kids.register(&number.to_string())).collect();
        assert!(wanted.iter().all(Option::is_some) && kids.register("x").is_none() && kids.register("0").is_some());
        wanted.pop();
        assert!(kids.register("x").is_some());
    }
}
