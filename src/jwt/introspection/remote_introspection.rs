//! The introspection endpoint of one authorization server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request, Url};

use super::access_token::AccessToken;
use super::answer::{IntrospectionAnswer, read_answer, reads_body};
use super::client_authentication::ClientAuthentication;
use super::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::http::failure::RequestFailure;
use crate::http::lookups::{CachePolicy, Lookup, LookupLimits, LookupServer, Question, SharedLookups};
use crate::http::network::NetworkOptions;
use crate::jwt::claims::{ClaimsPolicy, ClaimsSet};

/// The options of an introspection endpoint.
pub struct IntrospectionOptions {
    /// The requirements on the claims of an active token.
    pub policy: ClaimsPolicy,
    /// The time up to which an answer about an active token is used again. 0: never.
    pub cache_age: Duration,
    /// The number of answers that are stored.
    pub max_cached: usize,
    /// Limits of one look-up.
    pub limits: LookupLimits,
    /// Certificates and the proxy.
    pub network: NetworkOptions,
}

/// The introspection endpoint, and the policy for the tokens that it knows.
pub struct RemoteIntrospection {
    endpoint: Endpoint,
    client: Arc<ClientAuthentication>,
    policy: ClaimsPolicy,
    lookups: SharedLookups<IntrospectionAnswer>,
    has_seen_active: AtomicBool,
}

impl RemoteIntrospection {
    /// Returns `endpoint`, at which this application is `client`. Sends nothing yet.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the requirements do not fit together, or a number is out of its range.
    pub fn new(endpoint: Endpoint, client: ClientAuthentication, options: IntrospectionOptions) -> Result<Self> {
        let IntrospectionOptions { policy, cache_age, max_cached, limits, network } = options;
        policy.check()?;
        let server = Arc::new(LookupServer::new(endpoint.configured_url(), limits, network)?);
        let lookups = SharedLookups::new(server, CachePolicy::new(cache_age, max_cached, "max_cached_tokens")?);
        Ok(Self { endpoint, client: Arc::new(client), policy, lookups, has_seen_active: AtomicBool::new(false) })
    }

    /// Returns the configured URL, of the endpoint or of the issuer, without its query, which may contain a secret.
    #[must_use]
    pub fn url_without_query(&self) -> String {
        self.endpoint.configured_url()
    }

    /// Returns true once the server has called a token active.
    #[must_use]
    pub fn has_seen_active(&self) -> bool {
        self.has_seen_active.load(Ordering::Relaxed)
    }

    /// Returns the cached answer about an active token, unless it has expired at `now`, in seconds since the epoch.
    #[must_use]
    pub fn cached(&self, token: &AccessToken, now: f64) -> Option<IntrospectionAnswer> {
        self.lookups.cached(token.as_str().as_bytes()).filter(|answer| answer.is_fresh(now))
    }

    /// Asks the server about `token`, in a request that begins after this call.
    ///
    /// A caller that stops waiting does not cancel the request.
    ///
    /// # Errors
    /// [`Error::InactiveToken`] if the token is not active; [`Error::StoreUnavailable`] if the server does not answer
    /// clearly, or too many look-ups are in flight.
    pub fn look_up(
        self: &Arc<Self>,
        token: AccessToken,
    ) -> impl Future<Output = Result<IntrospectionAnswer>> + Send + use<> {
        let introspection = Arc::clone(self);
        // The caller joins the look-up now, and not when its future is polled, unless the endpoint must be found first.
        let joined = self.endpoint.known().map(|url| url.map(|url| self.ask(url, token.clone())));
        async move {
            let lookup = match joined {
                Some(lookup) => lookup?,
                None => introspection.ask(introspection.endpoint.find(token.as_str().len()).await?, token),
            };
            let answer = lookup.await?.ok_or(Error::InactiveToken)?;
            introspection.has_seen_active.store(true, Ordering::Relaxed);
            Ok(answer)
        }
    }

    /// Joins the look-up of `token` at the endpoint `url`.
    fn ask(&self, url: Url, token: AccessToken) -> impl Future<Output = Lookup<IntrospectionAnswer>> + Send + use<> {
        let (client, key) = (Arc::clone(&self.client), token.clone());
        let ask = move || {
            let (url, client, token) = (url.clone(), Arc::clone(&client), token.clone());
            Question {
                build_request: Box::new(move || build_request(&url, &client, &token)),
                reads_body,
                read: read_answer,
            }
        };
        self.lookups.look_up(key.as_str().as_bytes(), Box::new(ask))
    }

    /// Validates the claims of an answer at `now`, in seconds since the epoch.
    ///
    /// # Errors
    /// See [`IntrospectionAnswer::validate`].
    pub fn validate<'a>(&self, answer: &'a IntrospectionAnswer, now: f64) -> Result<ClaimsSet<'a>> {
        answer.validate(&self.policy, now)
    }
}

/// Returns the request (RFC 7662 §2.1). The hint keeps a server from looking among its refresh tokens first.
fn build_request(url: &Url, client: &ClientAuthentication, token: &AccessToken) -> Result<Request, RequestFailure> {
    let mut request = Request::new(Method::POST, url.clone());
    let fields = [("token", token.as_str()), ("token_type_hint", "access_token")];
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let body = client.build_form(&fields, headers)?;
    *request.body_mut() = Some(body.into());
    Ok(request)
}
