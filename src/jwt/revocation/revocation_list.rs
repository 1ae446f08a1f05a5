//! The list of revoked tokens, sessions and users.

use std::fmt;
use std::time::{Duration, Instant};

use super::fingerprint::Fingerprinter;
use super::lifetime::{KEEP_SECONDS, Lifetime, Moment};
use super::revocation_keys::RevocationKeys;
use super::sharded_map::{Expiring, ShardedMap};
use super::trust::{StorePolicy, Trust};
use crate::error::{Error, Result};
use crate::jwt::claims::ClaimsSet;

/// The time after which a client may try again while the list is not synchronised.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The thing that a revocation concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// The token with this `jti`.
    Token(&'a str),
    /// The tokens with this `sid`.
    Session(&'a str),
    /// The tokens with this `sub` that were issued at or before a time.
    User(&'a str),
}

/// A revocation. Times are in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Revocation<'a> {
    /// The thing that is revoked.
    pub subject: Subject<'a>,
    /// The time of the revocation; of a user alone.
    pub at: f64,
    /// The latest `exp` of a token that the revocation can concern.
    pub until: f64,
}

/// A list of revocations in memory. Reading it takes no lock that another reader waits for.
pub struct RevocationList {
    fingerprinter: Fingerprinter,
    tokens: ShardedMap<IdEntry>,
    sessions: ShardedMap<IdEntry>,
    users: ShardedMap<UserEntry>,
    trust: Trust,
    created_at: Instant,
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RevocationList").field("trust", &self.trust).finish_non_exhaustive()
    }
}

impl RevocationList {
    /// Creates an empty list; with `policy`, a copy of a store that is not synchronised yet.
    #[must_use]
    pub fn new(policy: Option<StorePolicy>) -> Self {
        Self {
            fingerprinter: Fingerprinter::new(),
            tokens: ShardedMap::new(),
            sessions: ShardedMap::new(),
            users: ShardedMap::new(),
            trust: policy.map_or_else(Trust::always, Trust::of_copy),
            created_at: Instant::now(),
        }
    }

    /// Returns whether the list is complete.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Adds a revocation. If the list has one of the same subject, the later times count.
    pub fn revoke(&self, revocation: &Revocation<'_>, now: f64) {
        let since_creation = self.created_at.elapsed().as_secs_f64();
        self.revoke_at(revocation, Moment { since_epoch: now, since_creation });
    }

    fn revoke_at(&self, revocation: &Revocation<'_>, now: Moment) {
        let Revocation { subject, at, until } = *revocation;
        let lifetime = Lifetime::new(until, now);
        let entry = IdEntry { lifetime };
        match subject {
            Subject::Token(jti) => self.tokens.insert(self.fingerprinter.fingerprint(jti), entry, now),
            Subject::Session(sid) => self.sessions.insert(self.fingerprinter.fingerprint(sid), entry, now),
            Subject::User(sub) => {
                self.users.insert(self.fingerprinter.fingerprint(sub), UserEntry { at, lifetime }, now);
            }
        }
    }

    /// Returns the keys by which a token with these valid claims can be revoked.
    ///
    /// # Errors
    /// [`Error::InvalidClaim`] for a `sid` of the wrong type.
    pub fn keys_of_claims(&self, claims: &ClaimsSet<'_>) -> Result<RevocationKeys> {
        RevocationKeys::from_claims(claims, &self.fingerprinter)
    }

    /// Returns the keys for identifiers.
    #[must_use]
    pub fn keys(
        &self,
        jti: Option<&str>,
        sid: Option<&str>,
        sub: Option<&str>,
        issued_at: Option<f64>,
    ) -> RevocationKeys {
        let fingerprint = |text: Option<&str>| text.map(|text| self.fingerprinter.fingerprint(text));
        RevocationKeys { token: fingerprint(jti), session: fingerprint(sid), user: fingerprint(sub), issued_at }
    }

    /// Checks that the user `user_id` of a token that was issued at `issued_at` is not revoked at `now`.
    ///
    /// # Errors
    /// Those of [`RevocationList::check`].
    pub fn check_user(&self, user_id: &str, issued_at: Option<f64>, now: f64) -> Result<()> {
        self.check(&self.keys(None, None, Some(user_id), issued_at), now)
    }

    /// Checks that the entries outlive the leeway with which tokens are accepted after their `exp`.
    ///
    /// # Errors
    /// [`Error::Configuration`].
    pub fn check_leeway(leeway_seconds: f64) -> Result<()> {
        if leeway_seconds <= KEEP_SECONDS {
            return Ok(());
        }
        let reason = format!("leeway_seconds must be at most {KEEP_SECONDS} with revocations, which are kept so long.");
        Err(Error::Configuration(reason))
    }

    /// Returns true if a token with these keys is revoked at `now`.
    #[must_use]
    pub fn contains(&self, keys: &RevocationKeys, now: f64) -> bool {
        let is_listed = |user: UserEntry| user.concerns(keys.issued_at);
        keys.token.is_some_and(|token| self.tokens.get(token, now).is_some())
            || keys.session.is_some_and(|session| self.sessions.get(session, now).is_some())
            || keys.user.is_some_and(|user| self.users.get(user, now).is_some_and(is_listed))
    }

    /// Checks that a token with these keys is not revoked at `now`.
    ///
    /// # Errors
    /// [`Error::Revoked`]; [`Error::StoreUnavailable`] if it is not listed, but the list is a copy that is not synchronised
    /// and closed.
    pub fn check(&self, keys: &RevocationKeys, now: f64) -> Result<()> {
        // Before the entries are read: what is revoked while the copy is trusted must be found.
        let is_closed = self.trust.is_closed();
        if self.contains(keys, now) {
            return Err(Error::Revoked);
        }
        if is_closed {
            let reason = "the list of revocations is not synchronised".to_owned();
            return Err(Error::StoreUnavailable { reason, retry_after: RETRY_AFTER });
        }
        Ok(())
    }

    /// Returns the number of entries that have an effect at `now`. Looks at every entry.
    #[must_use]
    pub fn len(&self, now: f64) -> usize {
        self.tokens.count_live(now) + self.sessions.count_live(now) + self.users.count_live(now)
    }

    /// Returns true if no entry has an effect at `now`.
    #[must_use]
    pub fn is_empty(&self, now: f64) -> bool {
        self.len(now) == 0
    }
}

/// The entry of a token or a session.
#[derive(Debug, Clone, Copy)]
struct IdEntry {
    lifetime: Lifetime,
}

impl Expiring for IdEntry {
    fn merge(self, other: Self) -> Self {
        Self { lifetime: self.lifetime.merge(other.lifetime) }
    }

    fn lifetime(&self) -> Lifetime {
        self.lifetime
    }
}

/// The entry of a user.
#[derive(Debug, Clone, Copy)]
struct UserEntry {
    at: f64,
    lifetime: Lifetime,
}

impl UserEntry {
    /// Returns true if a token that was issued at `issued_at` is revoked.
    ///
    /// Most issuers round `iat` down to a second. A token of the second of the revocation may have been issued before it, so
    /// it is revoked, also if its `iat` has a fraction.
    fn concerns(self, issued_at: Option<f64>) -> bool {
        issued_at.is_none_or(|issued_at| issued_at.floor() <= self.at.floor())
    }
}

impl Expiring for UserEntry {
    fn merge(self, other: Self) -> Self {
        Self { at: self.at.max(other.at), lifetime: self.lifetime.merge(other.lifetime) }
    }

    fn lifetime(&self) -> Lifetime {
        self.lifetime
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Moment, Revocation, RevocationList, Subject};
    use crate::error::Error;
    use crate::jwt::claims::ClaimsSet;
    use crate::jwt::revocation::StorePolicy;
    use crate::jwt::revocation::lifetime::KEEP_SECONDS;

    const NOW: f64 = 1_000.0;
    const UNTIL: f64 = 2_000.0;

    fn revoke(list: &RevocationList, subject: Subject<'_>) {
        list.revoke(&Revocation { subject, at: NOW, until: UNTIL }, NOW);
    }

    fn is_revoked(list: &RevocationList, claims: &str, now: f64) -> bool {
        let claims = ClaimsSet::parse(claims.as_bytes()).unwrap();
        list.contains(&list.keys_of_claims(&claims).unwrap(), now)
    }

    #[test]
    fn list_is_empty_before_its_first_entry_and_after_its_last() {
        let list = RevocationList::new(None);
        assert!(list.is_empty(NOW));
        revoke(&list, Subject::Token("t"));
        assert_eq!((list.is_empty(NOW), list.is_empty(UNTIL + KEEP_SECONDS + 1.0)), (false, true));
        assert!(format!("{list:?}").starts_with("RevocationList { trust: "));
    }

    #[test]
    fn finds_tokens_sessions_and_users_apart() {
        let list = RevocationList::new(None);
        revoke(&list, Subject::Token("t"));
        revoke(&list, Subject::Session("s"));
        revoke(&list, Subject::User("u"));
        for claims in [r#"{"jti":"t"}"#, r#"{"sid":"s","jti":"x"}"#, r#"{"sub":"u","iat":1000}"#, r#"{"sub":"u"}"#] {
            assert!(is_revoked(&list, claims, NOW), "{claims}");
        }
        for claims in ["{}", r#"{"jti":"s","sid":"t","sub":"t"}"#, r#"{"jti":"T"}"#, r#"{"sub":"u","iat":1001}"#] {
            assert!(!is_revoked(&list, claims, NOW), "{claims}");
        }
        assert_eq!(list.len(NOW), 3);
    }

    #[test]
    fn revocation_wins_the_second_in_which_it_happens() {
        let list = RevocationList::new(None);
        list.revoke(&Revocation { subject: Subject::User("u"), at: 1_000.7, until: UNTIL }, NOW);
        for (issued_at, expected) in
            [("999", true), ("1000", true), ("1000.7", true), ("1000.9", true), ("1001", false), ("1e300", false)]
        {
            let claims = format!(r#"{{"sub":"u","iat":{issued_at}}}"#);
            assert_eq!(is_revoked(&list, &claims, NOW), expected, "{issued_at}");
        }
    }

    #[test]
    fn later_times_of_one_subject_count() {
        let list = RevocationList::new(None);
        for (at, until) in [(500.0, 3_000.0), (700.0, 1_500.0), (600.0, 2_000.0)] {
            list.revoke(&Revocation { subject: Subject::User("u"), at, until }, NOW);
        }
        assert!(is_revoked(&list, r#"{"sub":"u","iat":700}"#, 3_000.0));
        assert!(!is_revoked(&list, r#"{"sub":"u","iat":701}"#, NOW));
        assert_eq!(list.len(NOW), 1);
    }

    #[test]
    fn session_that_is_a_number_counts_as_its_text() {
        let list = RevocationList::new(None);
        revoke(&list, Subject::Session("17"));
        assert!(is_revoked(&list, r#"{"sid":17}"#, NOW));
        assert!(!is_revoked(&list, r#"{"sid":null}"#, NOW));
        for sid in ["9223372036854775807", "9223372036854775808", "-9223372036854775809"] {
            let claims = format!(r#"{{"sid":{sid}}}"#);
            assert!(!is_revoked(&list, &claims, NOW), "{sid}");
            revoke(&list, Subject::Session(sid));
            assert!(is_revoked(&list, &claims, NOW), "{sid}");
        }
        for sid in ["[]", "{}", "true", "1.5"] {
            let claims = format!(r#"{{"sid":{sid}}}"#);
            let rejected = list.keys_of_claims(&ClaimsSet::parse(claims.as_bytes()).unwrap());
            assert!(matches!(rejected, Err(Error::InvalidClaim { claim: "sid", .. })), "{sid}");
        }
    }

    #[test]
    fn user_is_found_by_another_id_and_the_time_of_issue() {
        let list = RevocationList::new(None);
        revoke(&list, Subject::User("u"));
        for (id, issued_at, expected) in [
            ("u", None, Err(Error::Revoked)),
            ("u", Some(NOW), Err(Error::Revoked)),
            ("u", Some(NOW + 1.0), Ok(())),
            ("v", None, Ok(())),
        ] {
            assert_eq!(list.check_user(id, issued_at, NOW), expected, "{id} {issued_at:?}");
        }
    }

    /// Revokes sessions with one name and a number each.
    fn revoke_sessions(list: &RevocationList, name: &str, count: usize, until: f64, now: Moment) {
        for i in 0..count {
            list.revoke_at(&Revocation { subject: Subject::Session(&format!("{name}-{i}")), at: 0.0, until }, now);
        }
    }

    #[test]
    fn entries_expire_and_leave_the_memory() {
        let list = RevocationList::new(None);
        revoke_sessions(&list, "old", 10_000, UNTIL, Moment { since_epoch: NOW, since_creation: 0.0 });
        let later = UNTIL + KEEP_SECONDS;
        assert!(is_revoked(&list, r#"{"sid":"old-1"}"#, later - 1.0));
        assert!(!is_revoked(&list, r#"{"sid":"old-1"}"#, later));
        assert_eq!((list.len(later - 1.0), list.len(later)), (10_000, 0));
        let now = Moment { since_epoch: later, since_creation: later - NOW };
        revoke_sessions(&list, "new", 5_000, later + 100.0, now);
        assert_eq!((list.len(later), list.sessions.entries_in_memory()), (5_000, 5_000));
    }

    #[test]
    fn entry_survives_a_clock_that_is_wrong_for_a_while() {
        let list = RevocationList::new(None);
        revoke_sessions(&list, "old", 1_000, UNTIL, Moment { since_epoch: NOW, since_creation: 0.0 });
        let wrong = Moment { since_epoch: NOW + 86_400.0, since_creation: 60.0 };
        revoke_sessions(&list, "new", 20_000, wrong.since_epoch, wrong);
        assert!(!is_revoked(&list, r#"{"sid":"old-1"}"#, wrong.since_epoch));
        assert!((0..1_000).all(|i| is_revoked(&list, &format!(r#"{{"sid":"old-{i}"}}"#), NOW + 60.0)));
    }

    #[test]
    fn copy_is_trusted_until_its_deadline() {
        let (closed, open) =
            (RevocationList::new(Some(StorePolicy::Closed)), RevocationList::new(Some(StorePolicy::Open)));
        for list in [&closed, &open] {
            revoke(list, Subject::Token("t"));
            assert_eq!(list.check(&list.keys(Some("t"), None, None, None), NOW), Err(Error::Revoked));
            assert!(!list.trust().is_synchronised());
        }
        let check = |list: &RevocationList| list.check(&list.keys(Some("other"), None, None, None), NOW);
        assert!(matches!(check(&closed), Err(Error::StoreUnavailable { .. })));
        assert_eq!(check(&open), Ok(()));
        closed.trust().trust_for(Duration::from_secs(3_600));
        assert_eq!(check(&closed), Ok(()));
        closed.trust().distrust();
        assert!(check(&closed).is_err());
        closed.trust().trust_for(Duration::ZERO);
        assert!(check(&closed).is_err());
        closed.trust().trust_for(Duration::MAX);
        assert_eq!(check(&closed), Ok(()));
    }

    #[test]
    fn list_in_memory_is_always_trusted() {
        let list = RevocationList::new(None);
        list.trust().distrust();
        assert_eq!(list.check(&list.keys(Some("t"), Some("s"), Some("u"), None), NOW), Ok(()));
    }
}
