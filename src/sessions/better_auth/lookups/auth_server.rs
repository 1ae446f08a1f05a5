//! The routes of a Better Auth server, and a GET of one of them with one credential.

use std::sync::Arc;

use reqwest::{Method, Request, StatusCode, Url};

use super::credential::Credential;
use crate::error::Result;
use crate::http::failure::RequestFailure;
use crate::http::lookups::{LookupLimits, LookupServer, Question, Reply};
use crate::http::network::NetworkOptions;
use crate::http::url::parse_allowed_url;

/// The routes of a Better Auth server.
pub(super) struct AuthServer {
    base_url: Url,
    pub lookups: Arc<LookupServer>,
}

/// The way to read the response to a GET.
#[derive(Clone, Copy)]
pub(super) struct Reading<T> {
    /// Returns true if the body of a response with this status is read.
    pub reads_body: fn(StatusCode) -> bool,
    /// Returns the answer in a response. Runs on the thread of the connections.
    pub read: fn(&Reply) -> Result<T, RequestFailure>,
}

impl AuthServer {
    /// Returns the server at `base_url`, whose path is that of its routes, by default `/api/auth`.
    ///
    /// # Errors
    /// [`Error::Configuration`](crate::Error::Configuration) if the URL is not permitted, or a limit is 0.
    pub fn new(base_url: &str, allow_http: bool, limits: LookupLimits) -> Result<Self> {
        let mut base_url = parse_allowed_url("base_url", base_url, allow_http)?;
        base_url.set_query(None);
        base_url.set_fragment(None);
        let path = base_url.path().trim_end_matches('/').to_owned();
        base_url.set_path(if path.is_empty() { "/api/auth" } else { &path });
        let lookups = Arc::new(LookupServer::new(base_url.to_string(), limits, NetworkOptions::default())?);
        Ok(Self { base_url, lookups })
    }

    pub fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// Returns the URL of the route `path` with the parameters `query`.
    pub fn route(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base_url.clone();
        url.set_path(&format!("{}{path}", self.base_url.path()));
        url.query_pairs_mut().extend_pairs(query);
        url
    }
}

impl<T> Reading<T> {
    /// Returns the GET of `url` with `credential` and nothing else.
    pub fn of_get(self, url: Url, credential: Credential) -> Question<T> {
        let build_request = move || {
            let mut request = Request::new(Method::GET, url.clone());
            let (header, value) = credential.header();
            request.headers_mut().insert(header, value);
            Ok(request)
        };
        Question { build_request: Box::new(build_request), reads_body: self.reads_body, read: self.read }
    }
}

#[cfg(test)]
mod tests {
    use super::{AuthServer, LookupLimits};

    #[test]
    fn the_path_of_the_routes_is_that_of_the_base_url_or_the_default() {
        for (base_url, expected) in [
            ("https://a.example", "https://a.example/api/auth/get-session?a=b+%26c"),
            ("https://a.example/", "https://a.example/api/auth/get-session?a=b+%26c"),
            ("https://a.example/api/auth/", "https://a.example/api/auth/get-session?a=b+%26c"),
            (" https://a.example/auth?x=1#y ", "https://a.example/auth/get-session?a=b+%26c"),
        ] {
            let server = AuthServer::new(base_url, false, LookupLimits::default()).unwrap();
            assert_eq!(server.route("/get-session", &[("a", "b &c")]).as_str(), expected);
        }
    }

    #[test]
    fn an_error_names_the_server_without_its_query() {
        let server = AuthServer::new("https://a.example/?secret=1", false, LookupLimits::default()).unwrap();
        let error = server.lookups.unavailable("it failed", None);
        assert_eq!(error.to_string(), "Store unavailable: it failed (https://a.example/api/auth)");
    }
}
