//! Sessions of a Better Auth server: one request for each look-up, shared by those who may share it.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;

use super::auth_server::{AuthServer, Reading};
use super::credential::Credential;
use super::verdict::{SessionAnswer, read_roles, read_session, reads_session_body};
use crate::error::Result;
use crate::http::lookups::{CachePolicy, Lookup, LookupLimits, Question, SharedLookups, Slots};
use crate::process::fork_local::ForkLocal;

/// The outcome of a look-up: the session, or `None` if it does not exist or has ended.
pub type SessionLookup = Lookup<SessionAnswer>;

/// The sessions of one server.
pub struct RemoteSessions {
    server: AuthServer,
    lookups: SharedLookups<SessionAnswer>,
    role_lookups: ForkLocal<Arc<Slots>>,
}

impl RemoteSessions {
    /// Returns the sessions of the server at `base_url`. Sends nothing yet.
    ///
    /// An answer about a session that lives is used again up to `cache_age` after its request; at most `max_cached` answers
    /// are stored.
    ///
    /// # Errors
    /// [`Error::Configuration`](crate::Error::Configuration) if the URL is not permitted, or a number is out of its range.
    pub fn new(
        base_url: &str,
        allow_http: bool,
        cache_age: Duration,
        max_cached: usize,
        limits: LookupLimits,
    ) -> Result<Self> {
        let server = AuthServer::new(base_url, allow_http, limits)?;
        let cache_policy = CachePolicy::new(cache_age, max_cached, "max_cached_sessions")?;
        let lookups = SharedLookups::new(Arc::clone(&server.lookups), cache_policy);
        Ok(Self { server, lookups, role_lookups: ForkLocal::empty() })
    }

    /// Returns the URL of the server's routes.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.server.base_url().as_str()
    }

    /// Returns the cached answer, if it may be used.
    #[must_use]
    pub fn cached(&self, credential: &Credential) -> Option<SessionAnswer> {
        self.lookups.cached(credential.key())
    }

    /// Looks up the session of `credential`, in a request that begins after this call.
    ///
    /// A caller that stops waiting does not cancel the request.
    ///
    /// # Errors
    /// [`Error::StoreUnavailable`](crate::Error::StoreUnavailable) if the server does not answer clearly, or too many look-ups are in flight.
    pub fn look_up(&self, credential: Credential) -> impl Future<Output = SessionLookup> + Send + use<> {
        let url = self.server.route("/get-session", &[("disableCookieCache", "true"), ("disableRefresh", "true")]);
        let key = credential.key().to_vec();
        self.lookups.look_up(&key, Box::new(move || ask_for_session(url.clone(), credential.clone())))
    }

    /// Returns the roles of the user `user_id` in an organization, without any if the user is not a member.
    ///
    /// # Errors
    /// [`Error::StoreUnavailable`](crate::Error::StoreUnavailable) if the server does not answer clearly, or too many look-ups are in flight.
    pub async fn find_organization_roles(
        &self,
        credential: Credential,
        user_id: &str,
        organization_id: &str,
    ) -> Result<Vec<String>> {
        let server = &self.server.lookups;
        let slot = self.role_lookups.get_or_create(Arc::default).reserve(server.limits().max_in_flight);
        let _slot = slot.ok_or_else(|| server.too_many_in_flight())?;
        let query = [("organizationId", organization_id), ("userId", user_id)];
        let url = self.server.route("/organization/get-active-member-role", &query);
        let reading = Reading { reads_body: reads_session_body, read: read_roles };
        server.ask(reading.of_get(url, credential)).await
    }
}

fn ask_for_session(url: Url, credential: Credential) -> Question<Option<SessionAnswer>> {
    Reading { reads_body: reads_session_body, read: read_session }.of_get(url, credential)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Credential, RemoteSessions};
    use crate::http::lookups::LookupLimits;
    use crate::http::runtime;
    use crate::http::test_server::serve;

    #[test]
    fn the_url_is_that_of_the_routes() {
        let limits = LookupLimits::default();
        let sessions = RemoteSessions::new("https://a.example/?a=1", false, Duration::ZERO, 1, limits).unwrap();
        assert_eq!(sessions.base_url(), "https://a.example/api/auth");
    }

    fn sessions_at(url: &str) -> RemoteSessions {
        RemoteSessions::new(url, false, Duration::from_secs(60), 10, LookupLimits::default()).unwrap()
    }

    #[test]
    fn a_session_that_lives_is_cached_for_its_credential() {
        let (url, requests) = serve(&[(200, r#"{"session":{"id":"s"},"user":{"id":"u"}}"#)]);
        let (sessions, credential) = (sessions_at(&url), Credential::bearer("abc").unwrap());
        assert_eq!(sessions.cached(&credential), None);
        let answer = runtime::current().unwrap().block_on(sessions.look_up(credential.clone())).unwrap();
        assert!(answer.is_some());
        assert_eq!(sessions.cached(&credential), answer);
        assert_eq!(sessions.cached(&Credential::bearer("abd").unwrap()), None);
        let request = requests.recv().unwrap();
        assert_eq!(request, "GET /api/auth/get-session?disableCookieCache=true&disableRefresh=true HTTP/1.1");
    }

    #[test]
    fn roles_are_those_of_the_member() {
        let (url, requests) = serve(&[(200, r#"{"role":"owner,admin"}"#), (403, ""), (500, "")]);
        let sessions = sessions_at(&url);
        let find = || {
            let found = sessions.find_organization_roles(Credential::bearer("abc").unwrap(), "u 1", "o&1");
            runtime::current().unwrap().block_on(found)
        };
        assert_eq!(find(), Ok(vec!["owner".to_owned(), "admin".to_owned()]));
        assert_eq!(find(), Ok(vec![]));
        assert_eq!(find().unwrap_err().code(), "store_unavailable");
        let expected = "GET /api/auth/organization/get-active-member-role?organizationId=o%261&userId=u+1 HTTP/1.1";
        assert_eq!(requests.recv().unwrap(), expected);
    }
}
