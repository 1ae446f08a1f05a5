//! The `kid`s that tokens wait for, of keys that are fetched one by one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The `kid`s that tokens wait for, each with the number of its tokens.
#[derive(Debug, Default)]
pub(in crate::jwks) struct WantedKids(Mutex<HashMap<String, usize>>);

/// A `kid` that is wanted until this value is dropped.
#[derive(Debug)]
pub struct WantedKid {
    kids: Arc<WantedKids>,
    kid: String,
}

impl WantedKids {
    /// Registers `kid`, so that its entry stays from now on.
    pub fn register(self: &Arc<Self>, kid: &str) -> WantedKid {
        *self.lock().entry(kid.to_owned()).or_default() += 1;
        WantedKid { kids: Arc::clone(self), kid: kid.to_owned() }
    }

    /// Returns true if a token waits for `kid`.
    pub fn contains(&self, kid: &str) -> bool {
        self.lock().contains_key(kid)
    }

    /// Returns the number of the `kid`s that tokens wait for.
    pub fn count(&self) -> usize {
        self.lock().len()
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

    use super::WantedKids;

    #[test]
    fn a_kid_is_wanted_while_one_of_its_tokens_waits() {
        let kids = Arc::new(WantedKids::default());
        let (first, second) = (kids.register("a"), kids.register("a"));
        drop(first);
        assert!(kids.contains("a") && !kids.contains("b") && kids.count() == 1);
        drop(second);
        assert!(!kids.contains("a") && kids.count() == 0);
    }
}
