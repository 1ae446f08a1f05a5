//! API keys of a Better Auth server, as get-session reports them. Nothing is cached or shared, because the server counts the
//! requests of each key.

use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, COOKIE, HOST, HeaderName};

use super::auth_server::{AuthServer, Reading};
use super::credential::Credential;
use super::verdict::{ApiKeyOwner, read_api_key_owner, reads_api_key_body};
use crate::error::{Error, Result};
use crate::http::lookups::{LookupLimits, Slots};
use crate::process::fork_local::ForkLocal;

/// The API keys of one server.
pub struct RemoteApiKeys {
    server: AuthServer,
    header: HeaderName,
    in_flight: ForkLocal<Arc<Slots>>,
}

impl RemoteApiKeys {
    /// Returns the API keys of the server at `base_url`, which it reads from `header`. Sends nothing yet.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the URL is not permitted, a number is out of its range, or `header` cannot have a key.
    pub fn new(base_url: &str, allow_http: bool, header: &str, limits: LookupLimits) -> Result<Self> {
        let server = AuthServer::new(base_url, allow_http, limits)?;
        let name =
            HeaderName::from_bytes(header.as_bytes()).ok().filter(|name| ![AUTHORIZATION, COOKIE, HOST].contains(name));
        let invalid = || Error::Configuration("header must be the name of a header, such as x-api-key.".to_owned());
        Ok(Self { server, header: name.ok_or_else(invalid)?, in_flight: ForkLocal::empty() })
    }

    /// Returns the URL of the server's routes.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.server.base_url().as_str()
    }

    /// Returns the header with the value `key`, or `None` if `key` cannot be an API key.
    #[must_use]
    pub fn credential(&self, key: &str) -> Option<Credential> {
        Credential::api_key(&self.header, key)
    }

    /// Looks up the owner of a key; returns `None` if the server refuses the key. Each look-up counts as a request of the
    /// key.
    ///
    /// # Errors
    /// [`Error::StoreUnavailable`] if the server does not answer clearly, the key has used up its limit, or too many
    /// look-ups are in flight.
    pub async fn look_up(&self, credential: Credential) -> Result<Option<ApiKeyOwner>> {
        let server = &self.server.lookups;
        let slot = self.in_flight.get_or_create(Arc::default).reserve(server.limits().max_in_flight);
        let _slot = slot.ok_or_else(|| server.too_many_in_flight())?;
        let query = [("disableCookieCache", "true"), ("disableRefresh", "true")];
        let url = self.server.route("/get-session", &query);
        let reading = Reading { reads_body: reads_api_key_body, read: read_api_key_owner };
        server.ask(reading.of_get(url, credential)).await
    }
}

#[cfg(test)]
mod tests {
    use super::RemoteApiKeys;
    use crate::http::lookups::LookupLimits;
    use crate::http::runtime;
    use crate::http::test_server::serve;

    #[test]
    fn a_key_is_sent_in_the_configured_header() {
        let keys = |header| RemoteApiKeys::new("https://a.example", false, header, LookupLimits::default());
        let found = keys("X-Api-Key").unwrap();
        assert_eq!(found.base_url(), "https://a.example/api/auth");
        let (name, value) = found.credential("sk_1").unwrap().header();
        assert_eq!((name.as_str(), value.as_bytes()), ("x-api-key", &b"sk_1"[..]));
        assert!(found.credential("").is_none());
        for header in ["authorization", "Cookie", "host", "a b", ""] {
            assert!(keys(header).is_err(), "{header}");
        }
    }

    #[test]
    fn an_owner_is_looked_up_each_time() {
        let (url, _requests) = serve(&[
            (200, r#"{"session":{"id":"k"},"user":{"id":"u"}}"#),
            (401, r#"{"code":"INVALID_API_KEY"}"#),
            (500, ""),
        ]);
        let keys = RemoteApiKeys::new(&url, false, "x-api-key", LookupLimits::default()).unwrap();
        let look_up = || runtime::current().unwrap().block_on(keys.look_up(keys.credential("sk_1").unwrap()));
        let owner = look_up().unwrap().unwrap();
        assert_eq!((owner.key_id.as_str(), owner.user_id.as_str()), ("k", "u"));
        assert_eq!(look_up(), Ok(None));
        assert_eq!(look_up().unwrap_err().code(), "store_unavailable");
    }
}
