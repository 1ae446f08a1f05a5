//! The keys of a set that are fetched one by one: which of them are cached, and which make room for another.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::future::join_all;

use super::wanted_kids::{WantedKid, WantedKids};
use crate::error::{Error, Result};
use crate::jwks::fetch_policy::FetchReason;
use crate::jwks::location::{Location, PerKidUrl};
use crate::jwks::refresher::Refresher;
use crate::keys::KeyInstance;

/// The number of keys that are kept.
const MAX_KEPT_KEYS: usize = 16;

/// The number of further `kid`s that tokens may wait for at a time. It bounds the memory, not the fetches: see
/// [`FetchRounds`](super::FetchRounds).
const MAX_OTHER_KIDS: usize = 256;

/// The bounds of a table: [`MAX_KEPT_KEYS`] and [`MAX_OTHER_KIDS`], or less in a model check.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    kept_keys: usize,
    other_kids: usize,
}

/// A `kid` with the refresher of its key.
pub(in crate::jwks) struct KeyEntry {
    kid: String,
    pub refresher: Arc<Refresher>,
    /// The second, counted from 1, in which a token of this key was last accepted. 0: no token was.
    last_use: AtomicU64,
    /// The number of a key that this entry had, to look there first. It may be out of date.
    last_key: AtomicU64,
}

/// The entries of a set, which are read without a lock.
pub(in crate::jwks) struct KeyTable {
    url: PerKidUrl,
    set: Arc<Refresher>,
    bounds: Bounds,
    entries: ArcSwap<Vec<Arc<KeyEntry>>>,
}

impl KeyEntry {
    /// Returns true if the key may verify a token now, even if only while fetches fail.
    pub fn is_usable(&self) -> bool {
        self.refresher.snapshot().is_usable(self.refresher.now())
    }

    /// Returns true if a token of this key was accepted. Tokens that are forged can have a key fetched, but not this.
    pub fn is_proven(&self) -> bool {
        self.last_use.load(Ordering::Relaxed) > 0
    }

    fn has_key(&self, key: KeyInstance) -> bool {
        self.refresher.snapshot().keys.contains(key)
    }

    fn may_have_key(&self, key: KeyInstance) -> bool {
        self.last_key.load(Ordering::Relaxed) == key.number()
    }

    /// Records that a token was accepted at `now`. Returns true for the first one. Writes at most once a second, so that
    /// threads do not compete for the memory.
    pub fn record_use(&self, now: Duration) -> bool {
        let second = now.as_secs().saturating_add(1);
        self.last_use.load(Ordering::Relaxed) != second && self.last_use.swap(second, Ordering::Relaxed) == 0
    }
}

impl KeyTable {
    /// Returns the table of the keys below `url`, without entries. `set` has the settings, and what all keys share.
    pub fn new(url: PerKidUrl, set: Arc<Refresher>) -> Self {
        let bounds = Bounds { kept_keys: MAX_KEPT_KEYS, other_kids: MAX_OTHER_KIDS };
        Self { url, set, bounds, entries: ArcSwap::default() }
    }

    /// Returns every entry.
    pub fn entries(&self) -> Arc<Vec<Arc<KeyEntry>>> {
        self.entries.load_full()
    }

    /// Returns the entry of `kid`.
    pub fn find(&self, kid: Option<&str>) -> Option<Arc<KeyEntry>> {
        self.entries.load().iter().find(|entry| Some(entry.kid.as_str()) == kid).cloned()
    }

    /// Returns what `read` returns for the entry that has `key`. Copies no reference, for which threads would compete.
    pub fn read_entry_of<R>(&self, key: KeyInstance, read: impl FnOnce(&KeyEntry) -> R) -> Option<R> {
        let entries = self.entries.load();
        let likely = entries.iter().find(|entry| entry.may_have_key(key) && entry.has_key(key));
        let entry = likely.or_else(|| {
            let entry = entries.iter().find(|entry| entry.has_key(key))?;
            entry.last_key.store(key.number(), Ordering::Relaxed);
            Some(entry)
        })?;
        Some(read(entry))
    }

    /// Returns the entry of `kid`, a new one if necessary. It stays while the second value exists. Returns `None` if too many
    /// others are fetched or wanted, which have no key.
    pub fn want(&self, kid: &str) -> Option<(Arc<KeyEntry>, WantedKid)> {
        let (state, bounds) = (self.set.fetch_state(), self.bounds);
        if state.wanted_kids().count() >= bounds.other_kids && self.find(Some(kid)).is_none() {
            return None; // at once: a client that makes up `kid`s comes here often
        }
        let wanted = state.wanted_kids().register(kid);
        let new = self.new_entry(kid)?;
        self.entries.rcu(|entries| {
            let mut entries = Vec::clone(entries);
            if entries.iter().all(|entry| entry.kid != kid) {
                bounds.make_room(&mut entries, state.wanted_kids());
                if bounds.count_others(&entries) < bounds.other_kids {
                    entries.push(Arc::clone(&new));
                }
            }
            // A new value even if it is equal: a thread that has found the `kid` not wanted, and removes it, begins again.
            Arc::new(entries)
        });
        Some((self.find(Some(kid))?, wanted))
    }

    fn new_entry(&self, kid: &str) -> Option<Arc<KeyEntry>> {
        let refresher = Arc::new(Refresher::of_key(&self.set, Location::OneKey(self.url.key(kid)?)));
        Some(Arc::new(KeyEntry {
            kid: kid.to_owned(),
            refresher,
            last_use: AtomicU64::new(0),
            last_key: AtomicU64::new(0),
        }))
    }

    /// Records that a token which `key` verified was accepted at `now`. Its key is kept before those whose tokens were not, or
    /// were longer ago.
    pub fn record_use(&self, key: KeyInstance, now: Duration) {
        let is_first = self.read_entry_of(key, |entry| entry.record_use(now)).unwrap_or(false);
        if is_first {
            let state = self.set.fetch_state();
            self.entries.rcu(|entries| {
                let mut entries = Vec::clone(entries);
                self.bounds.remove_surplus_keys(&mut entries, state.wanted_kids());
                Arc::new(entries)
            });
        }
    }

    /// Fetches every key of the table. A failure does not affect the other keys.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if a key that has verified an accepted token cannot be fetched.
    pub async fn fetch(&self) -> Result<()> {
        let entries = self.entries();
        let fetches = entries.iter().filter(|entry| entry.is_usable()).map(|entry| async {
            let state = entry.refresher.fetch_state();
            let fetched = entry.refresher.wait_for_fetch(FetchReason::Manual, || false, &state).await;
            fetched.or_else(|error| if entry.is_proven() { Err(error) } else { Ok(()) })
        });
        join_all(fetches).await.into_iter().collect()
    }

    /// Returns the error for a `kid` that may not be wanted.
    pub fn refusal(&self) -> Error {
        let reason = "tokens with too many different keys are waiting".to_owned();
        Error::KeysUnavailable { reason, retry_after: self.set.refresh_policy().fetch_interval }
    }
}

impl Bounds {
    /// Removes what exceeds the bounds, so that one more entry may find room.
    fn make_room(self, entries: &mut Vec<Arc<KeyEntry>>, wanted: &WantedKids) {
        self.remove_surplus_keys(entries, wanted);
        while self.count_others(entries) >= self.other_kids {
            let Some(index) = entries.iter().position(|entry| !entry.is_usable() && !is_busy(entry, wanted)) else {
                return;
            };
            entries.remove(index);
        }
    }

    /// Removes the least recently used keys beyond the bound: first those that no accepted token has used.
    fn remove_surplus_keys(self, entries: &mut Vec<Arc<KeyEntry>>, wanted: &WantedKids) {
        while count_kept(entries) > self.kept_keys {
            let unneeded = entries.iter().enumerate().filter(|(_, entry)| entry.is_usable() && !is_busy(entry, wanted));
            let least_used = unneeded.min_by_key(|(_, entry)| entry.last_use.load(Ordering::Relaxed));
            let Some((index, _)) = least_used else { return };
            entries.remove(index);
        }
    }

    /// Returns the number of entries besides the keys that are kept.
    fn count_others(self, entries: &[Arc<KeyEntry>]) -> usize {
        entries.len() - count_kept(entries).min(self.kept_keys)
    }
}

fn count_kept(entries: &[Arc<KeyEntry>]) -> usize {
    entries.iter().filter(|entry| entry.is_usable()).count()
}

/// Returns true if a token waits for the key, or a fetch may still bring it.
fn is_busy(entry: &KeyEntry, wanted: &WantedKids) -> bool {
    wanted.contains(&entry.kid) || entry.refresher.fetch_state().lock_policy().is_in_flight()
}

#[cfg(test)]
mod model;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{KeyEntry, KeyTable, MAX_KEPT_KEYS, MAX_OTHER_KIDS};
    use crate::http::network::NetworkOptions;
    use crate::jwks::fetch_policy::{FetchDecision, FetchReason};
    use crate::jwks::http::HttpLimits;
    use crate::jwks::location::{KeyAnswer, Location, PerKidUrl};
    use crate::jwks::refresh_policy::RefreshPolicy;
    use crate::jwks::refresher::Refresher;
    use crate::keys::KeyInstance;

    pub(super) const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    const OTHER_PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA2Q5CZMSuyj3d6d3g2Eh6CdCQdRH+I4J5qIrlQRBxYzY=\n-----END PUBLIC KEY-----\n";

    pub(super) fn table(policy: RefreshPolicy) -> KeyTable {
        let url = PerKidUrl::new("http://127.0.0.1:9/keys", false).unwrap();
        let network = NetworkOptions::default().with_headers_for(url.url());
        let set = Refresher::new(Location::PerKid(url.clone()), HttpLimits::default(), policy, network);
        KeyTable::new(url, Arc::new(set))
    }

    /// Adds the key `kid`, which was fetched `now`.
    fn add_at(table: &KeyTable, kid: &str, now: Duration) -> Arc<KeyEntry> {
        let (entry, _wanted) = table.want(kid).unwrap();
        let found = KeyAnswer::Found { kid: kid.to_owned(), pem: PEM.as_bytes().to_vec(), max_age: None };
        entry.refresher.store_answer(found, now);
        entry
    }

    fn add(table: &KeyTable, kid: &str) -> Arc<KeyEntry> {
        add_at(table, kid, table.set.now())
    }

    fn use_key(table: &KeyTable, entry: &KeyEntry) {
        table.record_use(key_of(entry), Duration::ZERO);
    }

    fn key_of(entry: &KeyEntry) -> KeyInstance {
        entry.refresher.snapshot().keys.iter().next().unwrap().instance()
    }

    fn kids(table: &KeyTable) -> Vec<String> {
        table.entries().iter().map(|entry| entry.kid.clone()).collect()
    }

    #[test]
    fn a_surplus_of_unknown_kids_is_refused_until_another_is_no_longer_wanted() {
        let table = table(RefreshPolicy::default());
        add(&table, "kept");
        let mut wanted: Vec<_> = (0..MAX_OTHER_KIDS).map(|number| table.want(&number.to_string()).unwrap()).collect();
        assert!(table.want("x").is_none() && table.find(Some("x")).is_none());
        assert!(table.want("0").is_some() && table.want("kept").is_some());
        wanted.remove(3);
        assert!(table.want("x").is_some());
        assert!(table.find(Some("3")).is_none() && table.find(Some("0")).is_some() && table.find(None).is_none());
    }

    #[test]
    fn a_kid_whose_fetch_is_in_flight_keeps_its_place() {
        let table = table(RefreshPolicy::default());
        for number in 0..MAX_OTHER_KIDS {
            let (entry, _wanted) = table.want(&number.to_string()).unwrap();
            let state = entry.refresher.fetch_state();
            let now = entry.refresher.now();
            state.lock_policy().record_start(FetchReason::UnknownKey, now, &RefreshPolicy::default());
        }
        assert!(table.want("x").is_none());
        let first = table.find(Some("0")).unwrap();
        first.refresher.fetch_state().lock_policy().record_success();
        assert!(table.want("x").is_some() && table.find(Some("0")).is_none());
    }

    #[test]
    fn keys_that_no_accepted_token_has_used_make_room_first() {
        let table = table(RefreshPolicy::default());
        let used = add(&table, "used");
        use_key(&table, &used);
        for number in 0..100 {
            add(&table, &number.to_string());
        }
        assert!(table.find(Some("used")).is_some() && used.is_proven());
        assert!(kids(&table).len() <= MAX_KEPT_KEYS + 1);
        assert!(table.find(Some("99")).is_some() && table.find(Some("1")).is_none());
    }

    #[test]
    fn the_least_recently_used_key_makes_room_for_a_used_one() {
        let table = table(RefreshPolicy::default());
        let entries: Vec<_> = (0..MAX_KEPT_KEYS).map(|number| add(&table, &number.to_string())).collect();
        for (second, entry) in (0..).zip(&entries) {
            table.record_use(key_of(entry), Duration::from_secs(second));
        }
        table.record_use(key_of(&entries[0]), Duration::from_secs(100));
        let new = add(&table, "new");
        assert_eq!(kids(&table).len(), MAX_KEPT_KEYS + 1, "a key that is not used yet replaces none");
        table.record_use(key_of(&new), Duration::from_secs(101));
        assert_eq!(kids(&table).len(), MAX_KEPT_KEYS);
        assert!(table.find(Some("1")).is_none(), "it was used before all others");
    }

    #[test]
    fn a_key_that_a_token_waits_for_keeps_its_place() {
        let table = table(RefreshPolicy::default());
        add(&table, "first");
        let wanted = table.want("first").unwrap();
        for number in 0..30 {
            use_key(&table, &add(&table, &number.to_string()));
        }
        assert!(table.find(Some("first")).is_some());
        drop(wanted);
        add(&table, "more");
        add(&table, "last");
        assert!(table.find(Some("first")).is_none());
    }

    #[test]
    fn keys_expire_each_at_its_own_time() {
        let policy = RefreshPolicy {
            max_age: Duration::ZERO,
            max_stale: Duration::from_secs(3_600),
            ..RefreshPolicy::default()
        };
        let table = table(policy);
        let (old, new) = (add_at(&table, "old", Duration::ZERO), add(&table, "new"));
        let now = Duration::from_secs(3_600);
        assert!(!old.refresher.snapshot().is_usable(now) && new.refresher.snapshot().is_usable(now));
        let expired =
            add_at(&self::table(RefreshPolicy { max_stale: Duration::ZERO, ..policy }), "old", Duration::ZERO);
        assert!(!expired.is_usable());
    }

    #[test]
    fn a_key_is_lost_until_it_is_fetched_and_a_set_never() {
        let table = table(RefreshPolicy::default());
        let (waiting, _wanted) = table.want("waiting").unwrap();
        assert!(waiting.refresher.has_lost_its_key() && !table.set.has_lost_its_key());
        assert!(!add(&table, "a").refresher.has_lost_its_key());
    }

    #[test]
    fn a_key_that_is_lost_or_fresh_is_not_refreshed() {
        let table = table(RefreshPolicy::default());
        let (lost, _wanted) = table.want("lost").unwrap();
        for entry in [lost, add(&table, "fresh")] {
            entry.refresher.refresh_if_due();
            assert!(entry.refresher.fetch_state().claim_refresh_task(), "no task was started");
        }
    }

    #[test]
    fn only_a_key_that_is_not_cached_takes_part_in_a_round() {
        let policy = RefreshPolicy { fetch_burst: 1, ..RefreshPolicy::default() };
        let table = table(policy);
        let admit = |kid: &str, reason| {
            let state = table.want(kid).unwrap().0.refresher.fetch_state();
            state.admit(reason, || 0, Duration::ZERO, Duration::ZERO, &policy)
        };
        assert_eq!(admit("a", FetchReason::UnknownKey), FetchDecision::Start);
        assert_eq!(admit("b", FetchReason::UnknownKey), FetchDecision::RetryAfter(policy.fetch_interval));
        for reason in [FetchReason::Refresh, FetchReason::BadSignature, FetchReason::Manual] {
            assert_eq!(admit("c", reason), FetchDecision::Start, "{reason:?}");
        }
    }

    #[test]
    fn a_key_that_was_replaced_is_not_found_where_it_was() {
        let table = table(RefreshPolicy::default());
        let entry = add(&table, "a");
        let key = key_of(&entry);
        assert_eq!(table.read_entry_of(key, |found| found.kid.clone()).as_deref(), Some("a"));
        let (now, pem) = (table.set.now(), OTHER_PEM.as_bytes().to_vec());
        entry.refresher.store_answer(KeyAnswer::Found { kid: "a".to_owned(), pem, max_age: None }, now);
        assert_ne!(key_of(&entry), key);
        assert!(table.read_entry_of(key, |_| ()).is_none());
    }

    #[test]
    fn keys_of_one_text_are_different_for_two_kids() {
        let table = table(RefreshPolicy::default());
        let (one, other) = (add(&table, "a"), add(&table, "b"));
        use_key(&table, &other);
        assert_eq!((one.is_proven(), other.is_proven()), (false, true));
        for entry in [&one, &other, &one] {
            let found = table.read_entry_of(key_of(entry), |found| found.kid.clone());
            assert_eq!(found.as_ref(), Some(&entry.kid));
        }
        assert_eq!(table.read_entry_of(KeyInstance::of_test(u64::MAX), |_| ()), None);
    }
}
