//! Tokens whose key must be fetched, in three steps: the cached keys do not suffice ([`UnresolvedToken`]), the unverified
//! claims do not rule the token out ([`PlausibleToken`]), and a place to wait is reserved ([`WaitingToken`]).

use std::sync::Arc;

use futures_util::future::join_all;

use super::key_origin::KeyOrigin;
use crate::error::{Error, Result};
use crate::jwks::{RemoteKeySet, Waiter, WaiterSlot, WantedKid};
use crate::jws::compact::CompactJws;
use crate::jws::verify::SignatureStatus;

/// Collects what the cached keys of each key set say about one token.
pub(super) struct KeySearch {
    result: Result<KeyOrigin>,
    fetches: Vec<KeyFetch>,
}

/// A key set that may have the key of a token after a fetch.
struct KeyFetch {
    set: Arc<RemoteKeySet>,
    /// True if the set has a key for the token, which does not verify its signature.
    is_recheck: bool,
}

/// The fetches that may bring the key of a token.
pub(super) struct RequiredFetches {
    fetches: Vec<KeyFetch>,
    /// The error of the cached keys, for a token that is rejected without a fetch.
    cached_error: Error,
}

/// The end of a search among the cached keys.
pub(super) enum SearchResult {
    /// A key of this origin verified the signature.
    Verified(KeyOrigin),
    /// These fetches may bring a key that verifies it.
    NeedsFetch(RequiredFetches),
}

impl KeySearch {
    /// Begins with the result of the keys that the application supplies.
    pub fn new(result: Result<KeyOrigin>) -> Self {
        Self { result, fetches: vec![] }
    }

    /// Returns true if a key has verified the signature.
    pub fn is_verified(&self) -> bool {
        self.result.is_ok()
    }

    /// Adds the result of the cached keys of `set`, which is the remote key set at `index`.
    pub fn add(&mut self, index: usize, set: &Arc<RemoteKeySet>, status: Result<SignatureStatus>) {
        let (result, is_recheck) = match status {
            Ok(SignatureStatus::Verified { key }) => (Ok(KeyOrigin::Remote { index, key }), None),
            Ok(SignatureStatus::NeedsFetch) => (Err(Error::UnknownKey), Some(false)),
            Ok(SignatureStatus::NeedsRecheck) => (Err(Error::BadSignature), Some(true)),
            Err(error) => (Err(error), None),
        };
        self.fetches.extend(is_recheck.map(|is_recheck| KeyFetch { set: Arc::clone(set), is_recheck }));
        if rank(&result) > rank(&self.result) {
            self.result = result;
        }
    }

    /// Returns the origin of the key that verified the signature, or the fetches that the token needs.
    ///
    /// # Errors
    /// The most specific error of the cached keys, if no fetch can change it.
    pub fn finish(self) -> Result<SearchResult> {
        match self.result {
            Ok(origin) => Ok(SearchResult::Verified(origin)),
            Err(error) if self.fetches.is_empty() => Err(error),
            Err(cached_error) => Ok(SearchResult::NeedsFetch(RequiredFetches { fetches: self.fetches, cached_error })),
        }
    }
}

/// A token that no cached key verifies, and whose key a fetch may bring. Its claims are unverified and not validated.
pub struct UnresolvedToken<'t> {
    pub(super) token: CompactJws<'t>,
    pub(super) required: RequiredFetches,
}

impl<'t> UnresolvedToken<'t> {
    /// Returns the token if its unverified claims do not rule it out, which `claims` says.
    ///
    /// # Errors
    /// [`Error::BadSignature`] if a cached key fits the token, because that result is certain; else the error of `claims`.
    pub(super) fn unless_ruled_out(self, claims: Result<()>) -> Result<PlausibleToken<'t>> {
        match claims {
            Ok(()) => Ok(PlausibleToken { token: self.token, fetches: self.required.fetches }),
            Err(_) if self.required.cached_error == Error::BadSignature => Err(Error::BadSignature),
            Err(error) => Err(error),
        }
    }
}

/// A token whose key must be fetched, and whose unverified claims satisfy the policy. Only such a token causes a fetch.
pub struct PlausibleToken<'t> {
    token: CompactJws<'t>,
    fetches: Vec<KeyFetch>,
}

impl<'t> PlausibleToken<'t> {
    /// Reserves a place to wait at every key set that may have the key.
    #[must_use]
    pub fn reserve_wait(self, waiter: Waiter) -> WaitingToken<'t> {
        let occupied_bytes = occupied_bytes(&self.token);
        let (mut waits, mut refusal) = (vec![], None);
        for KeyFetch { set, is_recheck } in self.fetches {
            match Wait::reserve(set, &self.token, waiter, occupied_bytes) {
                Ok(wait) => waits.push(wait),
                // A recheck is optional: without it the token is rejected for its signature.
                Err(error) => refusal = refusal.or((!is_recheck).then_some(error)),
            }
        }
        WaitingToken { token: self.token, waits, refusal }
    }
}

/// Returns the memory that is kept while `token` waits, in bytes. The text counts for each copy: one for the fetch, and
/// those in the header and in the arguments of the caller's request.
fn occupied_bytes(token: &CompactJws<'_>) -> usize {
    const COPIES_OF_CALLER: usize = 2;
    token.owned_bytes().saturating_add(token.text().len().saturating_mul(COPIES_OF_CALLER))
}

/// A token that waits for its key, with its reserved places.
pub struct WaitingToken<'t> {
    pub(super) token: CompactJws<'t>,
    waits: Vec<Wait>,
    /// The error of the first key set that refused to let the token wait.
    pub(super) refusal: Option<Error>,
}

/// A key set with the places that a token has there, until it is verified.
struct Wait {
    set: Arc<RemoteKeySet>,
    _slot: WaiterSlot,
    _wanted: Option<WantedKid>,
}

impl Wait {
    fn reserve(set: Arc<RemoteKeySet>, token: &CompactJws<'_>, waiter: Waiter, occupied_bytes: usize) -> Result<Self> {
        let (slot, wanted) = (set.reserve_waiter(waiter, occupied_bytes)?, set.want_key_of(token)?);
        Ok(Self { set, _slot: slot, _wanted: wanted })
    }
}

impl WaitingToken<'_> {
    /// Returns the token.
    #[must_use]
    pub fn token(&self) -> &CompactJws<'_> {
        &self.token
    }

    /// Returns true if no key set lets the token wait. Then the cached keys decide at once.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.waits.is_empty()
    }

    /// Fetches every key set that may have the key of the token, at the same time. Returns the first failure.
    pub async fn fetch_keys(&self) -> Option<Error> {
        let fetches = self.waits.iter().map(|wait| wait.set.fetch_key_for(&self.token));
        join_all(fetches).await.into_iter().find_map(Result::err)
    }

    /// Copies the text of the token, so that the token can outlive its request.
    #[must_use]
    pub fn into_owned(self) -> WaitingToken<'static> {
        WaitingToken { token: self.token.into_owned(), waits: self.waits, refusal: self.refusal }
    }
}

/// Returns the more specific result: verified, keys unavailable, bad signature, then every other error.
pub(super) fn more_specific(one: Result<KeyOrigin>, other: Result<KeyOrigin>) -> Result<KeyOrigin> {
    if rank(&other) > rank(&one) { other } else { one }
}

fn rank(result: &Result<KeyOrigin>) -> u8 {
    match result {
        Ok(_) => 3,
        Err(Error::KeysUnavailable { .. }) => 2,
        Err(Error::BadSignature) => 1,
        Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{KeySearch, PlausibleToken, SearchResult, UnresolvedToken, more_specific, occupied_bytes};
    use crate::encoding::base64url::encode;
    use crate::error::{Error, Result};
    use crate::http::runtime;
    use crate::jwks::{HttpLimits, RefreshPolicy, RemoteKeySet, Waiter};
    use crate::jws::compact::{CompactJws, header_parses};
    use crate::jws::verify::SignatureStatus;
    use crate::jwt::claims::ClaimsPolicy;
    use crate::jwt::key_origin::KeyOrigin;
    use crate::jwt::verifier::{AuthenticatedPayload, KeySources, SignatureCheck, Verifier, VerifierOptions};
    use crate::keys::KeyInstance;

    /// A key set of a server that refuses connections.
    fn remote_set() -> Arc<RemoteKeySet> {
        let set = RemoteKeySet::new("http://127.0.0.1:1/", false, HttpLimits::default(), RefreshPolicy::default());
        Arc::new(set.unwrap())
    }

    /// A verifier with two key sets of a server that refuses connections.
    fn verifier() -> Verifier {
        let remote = vec![remote_set(), remote_set()];
        let policy = ClaimsPolicy { required: vec![], ..ClaimsPolicy::default() };
        let keys = KeySources { remote, ..KeySources::default() };
        Verifier::new(keys, VerifierOptions { policy, ..VerifierOptions::default() }).unwrap()
    }

    fn unsigned_token(payload: &str) -> String {
        let [header, payload] = [r#"{"alg":"EdDSA","kid":"a"}"#, payload].map(|text| encode(text.as_bytes()));
        format!("{header}.{payload}.{}", encode(&[0; 64]))
    }

    fn check_unverified<'t>(verifier: &Verifier, text: &'t str) -> Result<PlausibleToken<'t>> {
        match verifier.verify_signature(verifier.parse(text.as_bytes())?)? {
            SignatureCheck::NeedsFetch(token) => verifier.check_unverified(token, 1_000.0, |_| Ok(())),
            SignatureCheck::Verified(_) => Err(Error::BadSignature),
        }
    }

    fn verify_with_fetch(verifier: &Verifier, text: &str) -> Result<AuthenticatedPayload> {
        let waiting = check_unverified(verifier, text)?.reserve_wait(Waiter::Task).into_owned();
        let failure = runtime::current().unwrap().block_on(waiting.fetch_keys());
        verifier.verify_signature_after_fetch(waiting, failure)
    }

    #[test]
    fn the_first_of_two_equal_results_counts() {
        let set = remote_set();
        let results = [Err(Error::UnknownKey), Err(Error::WrongTyp), Err(Error::BadSignature), Err(Error::Expired)];
        let [unknown, other, bad, expired] = results;
        assert_eq!(more_specific(unknown.clone(), other.clone()), unknown);
        assert_eq!(more_specific(bad.clone(), expired.clone()), bad);
        assert_eq!(more_specific(expired, bad.clone()), bad);
        let mut search = KeySearch::new(unknown);
        search.add(0, &set, Err(Error::WrongTyp));
        assert!(!search.is_verified());
        assert_eq!(search.finish().err(), Some(Error::UnknownKey));
        let mut search = KeySearch::new(other);
        for (index, number) in [(1, 7), (2, 8)] {
            let key = KeyInstance::of_test(number);
            search.add(index, &set, Ok(SignatureStatus::Verified { key }));
            assert!(search.is_verified());
        }
        let origin = KeyOrigin::Remote { index: 1, key: KeyInstance::of_test(7) };
        assert!(matches!(search.finish(), Ok(SearchResult::Verified(found)) if found == origin));
    }

    #[test]
    fn signature_that_a_cached_key_refutes_is_reported_before_the_claims() {
        for (status, expected) in
            [(SignatureStatus::NeedsRecheck, Error::BadSignature), (SignatureStatus::NeedsFetch, Error::Expired)]
        {
            let text = unsigned_token("{}");
            let token = CompactJws::parse(text.as_bytes(), 1_000).unwrap();
            let mut search = KeySearch::new(Err(Error::UnknownKey));
            search.add(0, &remote_set(), Ok(status));
            let Ok(SearchResult::NeedsFetch(required)) = search.finish() else { panic!("a fetch may bring the key") };
            let ruled_out = UnresolvedToken { token, required }.unless_ruled_out(Err(Error::Expired));
            assert_eq!(ruled_out.err(), Some(expected));
        }
    }

    #[test]
    fn waiting_token_counts_its_text_for_each_copy() {
        let text = unsigned_token("{}");
        let token = CompactJws::parse(text.as_bytes(), 1_000).unwrap();
        assert_eq!(occupied_bytes(&token), token.owned_bytes() + 2 * text.len());
    }

    #[test]
    fn a_header_is_parsed_once_while_its_token_waits_for_a_fetch() {
        let (verifier, text) = (verifier(), unsigned_token("{}"));
        let (parses, result) = header_parses::during(|| verify_with_fetch(&verifier, &text));
        assert!(matches!(result, Err(Error::KeysUnavailable { .. })));
        assert_eq!(parses, 1);
    }

    #[test]
    fn a_header_is_parsed_once_if_no_place_to_wait_is_left() {
        let (verifier, text) = (verifier(), unsigned_token("{}"));
        let (parses, result) = header_parses::during(|| {
            let token = check_unverified(&verifier, &text)?;
            let places =
                [(); 5].map(|()| check_unverified(&verifier, &text).map(|one| one.reserve_wait(Waiter::Thread)));
            let waiting = token.reserve_wait(Waiter::Thread);
            assert!(waiting.is_refused() && places.iter().all(Result::is_ok));
            verifier.verify_signature_after_fetch(waiting, None)
        });
        assert!(matches!(result, Err(Error::KeysUnavailable { .. })));
        assert_eq!(parses, 6, "one for each of the five that wait, and one for the token");
    }

    #[test]
    fn a_header_is_parsed_once_if_the_claims_rule_the_token_out() {
        let (verifier, text) = (verifier(), unsigned_token(r#"{"exp":1}"#));
        let (parses, result) = header_parses::during(|| verify_with_fetch(&verifier, &text));
        assert_eq!((parses, result.err()), (1, Some(Error::Expired)));
        let (parses, result) = header_parses::during(|| verifier.verify(text.as_bytes(), 1_000.0));
        assert_eq!((parses, result.err()), (1, Some(Error::Expired)));
    }
}
