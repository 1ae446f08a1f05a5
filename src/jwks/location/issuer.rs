//! An issuer: finds its discovery document, and the key set that the document names.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use futures_util::future::join;
use reqwest::header::HeaderValue;
use reqwest::{StatusCode, Url};

use super::discovery_document::DiscoveryDocument;
use super::fetched_keys::{FetchedKeys, fetch_key_set};
use crate::error::Error;
use crate::http::failure::RequestFailure;
use crate::http::url::parse_allowed_url;
use crate::jwks::http::{Content, Requests, Response};
use crate::jwks::snapshot::KeySetSnapshot;

/// An issuer with its discovery document, which is fetched again with each fetch of the key set.
pub(in crate::jwks) struct Issuer {
    name: String,
    document_urls: [Url; 2],
    allow_http: bool,
    max_document_age: Duration,
    cached: ArcSwapOption<CachedDocument>,
}

/// A document, the URL that sent it and its `ETag`, for the next request.
struct CachedDocument {
    document: Arc<DiscoveryDocument>,
    url_index: usize,
    etag: Option<HeaderValue>,
    fetched_at: Instant,
}

impl CachedDocument {
    fn age(&self) -> Duration {
        self.fetched_at.elapsed()
    }
}

/// The reason for which a document cannot be used.
enum DocumentFailure {
    /// The server does not send it. A cached document may be used.
    Unavailable(RequestFailure),
    /// The server sends something that is not the document of this issuer.
    Unusable(RequestFailure),
}

impl Issuer {
    /// Returns the issuer called `name`, to the letter as in its tokens. Fetches nothing yet. A document is used
    /// up to `max_document_age`.
    ///
    /// # Errors
    /// [`Error::Configuration`] if `name` is not a permitted URL, or has a query, a fragment or white space.
    pub fn new(name: &str, allow_http: bool, max_document_age: Duration) -> crate::error::Result<Self> {
        let document_urls = document_urls(name, allow_http)?;
        Ok(Self { name: name.to_owned(), document_urls, allow_http, max_document_age, cached: ArcSwapOption::empty() })
    }

    /// Returns the configured name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the first URL of the document.
    pub fn document_url(&self) -> &Url {
        &self.document_urls[0]
    }

    /// Returns the document that was last fetched, unless it is too old.
    pub fn document(&self) -> Option<Arc<DiscoveryDocument>> {
        self.document_if(|cached| cached.age() < self.max_document_age)
    }

    /// Returns the document that was last fetched if that was after `time`, or if it is not too old.
    pub fn document_since(&self, time: Instant) -> Option<Arc<DiscoveryDocument>> {
        self.document_if(|cached| cached.fetched_at >= time || cached.age() < self.max_document_age)
    }

    fn document_if(&self, is_usable: impl FnOnce(&CachedDocument) -> bool) -> Option<Arc<DiscoveryDocument>> {
        let cached = self.cached.load();
        cached.as_ref().filter(|cached| is_usable(cached)).map(|cached| Arc::clone(&cached.document))
    }

    /// Returns the age of the last document if it names no key set.
    pub fn age_without_key_set(&self) -> Option<Duration> {
        let cached = self.cached.load();
        cached.as_ref().filter(|cached| cached.document.jwks_uri.is_none()).map(|cached| cached.age())
    }

    /// Fetches the document and the key set that it names.
    ///
    /// If a document is cached, its key set is fetched at the same time, and again only if `jwks_uri` has changed.
    ///
    /// # Errors
    /// [`RequestFailure`] if the document or the key set cannot be fetched. If only the document is unavailable, the key set
    /// of the cached one is enough.
    pub async fn fetch(
        &self,
        snapshot: &KeySetSnapshot,
        requests: &Requests<'_>,
    ) -> Result<FetchedKeys, RequestFailure> {
        let Some(known) = self.known_jwks_uri() else {
            let document = self.fetch_document(requests).await.map_err(DocumentFailure::into_failure)?;
            return fetch_named_set(&document, snapshot, requests).await;
        };
        let key_set = fetch_key_set(&known, snapshot, requests);
        let (document, key_set) = join(self.fetch_document(requests), key_set).await;
        match document {
            Ok(document) if document.jwks_uri.as_ref() == Some(&known) => key_set.map_err(name_key_set),
            Ok(document) => fetch_named_set(&document, snapshot, requests).await,
            Err(DocumentFailure::Unavailable(failure)) => key_set.map_err(|of_keys| {
                let (failure, of_keys) = (name_document(failure), name_key_set(of_keys));
                RequestFailure { reason: format!("{}; {}", failure.reason, of_keys.reason), ..of_keys }
            }),
            Err(failure) => Err(failure.into_failure()),
        }
    }

    /// Returns the `jwks_uri` of the cached document, unless the document is too old.
    fn known_jwks_uri(&self) -> Option<Url> {
        self.document()?.jwks_uri.clone()
    }

    /// Fetches the document: first at the URL that sent the cached one, then at the other if the first has none.
    async fn fetch_document(&self, requests: &Requests<'_>) -> Result<Arc<DiscoveryDocument>, DocumentFailure> {
        let cached = self.cached.load_full();
        let first = cached.as_ref().map_or(0, |cached| cached.url_index);
        match self.fetch_document_at(first, cached.as_deref(), requests).await? {
            Found::Document(document) => return Ok(document),
            Found::Absent(_) => {}
        }
        match self.fetch_document_at(1 - first, None, requests).await? {
            Found::Document(document) => Ok(document),
            Found::Absent(failure) => Err(DocumentFailure::Unavailable(failure)),
        }
    }

    async fn fetch_document_at(
        &self,
        url_index: usize,
        cached: Option<&CachedDocument>,
        requests: &Requests<'_>,
    ) -> Result<Found, DocumentFailure> {
        let url = if url_index == 0 { &self.document_urls[0] } else { &self.document_urls[1] };
        let etag = cached.and_then(|cached| cached.etag.as_ref());
        match (requests.get(url, etag).await.map_err(DocumentFailure::Unavailable)?, cached) {
            (Response::Modified(Content { body, etag, .. }), _) => {
                let document = DiscoveryDocument::parse(&body, &self.name, self.allow_http);
                let document = document.map_err(|reason| DocumentFailure::Unusable(reason.as_str().into()))?;
                Ok(self.keep(Arc::new(document), url_index, etag))
            }
            (Response::NotModified { .. }, Some(CachedDocument { document, etag, .. })) => {
                Ok(self.keep(Arc::clone(document), url_index, etag.clone()))
            }
            (Response::Refused(refusal), _) if refusal.is_absence() => Ok(Found::Absent(absent(refusal.status))),
            (Response::Refused(refusal), _) => Err(DocumentFailure::Unavailable(refusal.into_failure("the document"))),
            (Response::NotModified { .. }, None) => Err(DocumentFailure::Unavailable("it was not requested".into())),
        }
    }

    fn keep(&self, document: Arc<DiscoveryDocument>, url_index: usize, etag: Option<HeaderValue>) -> Found {
        let cached = CachedDocument { document: Arc::clone(&document), url_index, etag, fetched_at: Instant::now() };
        self.cached.store(Some(Arc::new(cached)));
        Found::Document(document)
    }
}

/// The answer at a URL of the document.
enum Found {
    Document(Arc<DiscoveryDocument>),
    Absent(RequestFailure),
}

impl DocumentFailure {
    fn into_failure(self) -> RequestFailure {
        match self {
            Self::Unavailable(failure) => name_document(failure),
            Self::Unusable(failure) => failure,
        }
    }
}

async fn fetch_named_set(
    document: &DiscoveryDocument,
    snapshot: &KeySetSnapshot,
    requests: &Requests<'_>,
) -> Result<FetchedKeys, RequestFailure> {
    let url = document.jwks_uri.as_ref().ok_or_else(|| {
        RequestFailure::from("the discovery document must have a jwks_uri; this issuer publishes no key set")
    })?;
    fetch_key_set(url, snapshot, requests).await.map_err(name_key_set)
}

fn name_document(RequestFailure { reason, retry_after }: RequestFailure) -> RequestFailure {
    RequestFailure { reason: format!("the discovery document: {reason}"), retry_after }
}

fn name_key_set(RequestFailure { reason, retry_after }: RequestFailure) -> RequestFailure {
    RequestFailure { reason: format!("the key set at the document's jwks_uri: {reason}"), retry_after }
}

/// Returns the failure of an issuer that answers with `status` at both URLs.
fn absent(status: StatusCode) -> RequestFailure {
    let reason = format!(
        "the server has none, and responded with status {}; check the issuer, or pass the URL of its key set to \
         RemoteKeySet",
        status.as_u16()
    );
    RequestFailure { reason, retry_after: None }
}

/// Returns the URLs at which the document of `issuer` may be: OIDC Discovery 1.0 §4.1, RFC 8414 §3.1.
fn document_urls(issuer: &str, allow_http: bool) -> crate::error::Result<[Url; 2]> {
    let error = |problem: &str| Err(Error::Configuration(format!("The issuer must {problem}.")));
    if issuer.contains(|character: char| character <= ' ' || character == '\u{7f}') {
        return error("not contain white space or control characters");
    }
    let url = parse_allowed_url("The issuer", issuer, allow_http)?;
    if issuer.contains(['?', '#']) {
        return error("not have a query or a fragment");
    }
    if issuer.contains("/.well-known/") {
        return error("be the value of iss in its tokens, without /.well-known/openid-configuration");
    }
    let path = url.path().strip_suffix('/').unwrap_or(url.path());
    let at = |path: String| {
        let mut url = url.clone();
        url.set_path(&path);
        url
    };
    Ok([
        at(format!("{path}/.well-known/openid-configuration")),
        at(format!("/.well-known/oauth-authorization-server{path}")),
    ])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::{DiscoveryDocument, Issuer, document_urls};

    const NAME: &str = "https://a.example";
    const HOUR: Duration = Duration::from_secs(3_600);

    /// Returns an issuer whose document was fetched now.
    fn issuer(max_document_age: Duration) -> Issuer {
        let issuer = Issuer::new(NAME, false, max_document_age).unwrap();
        let body = format!(r#"{{"issuer":"{NAME}","jwks_uri":"{NAME}/jwks"}}"#);
        let document = DiscoveryDocument::parse(body.as_bytes(), NAME, false).unwrap();
        issuer.keep(Arc::new(document), 0, None);
        issuer
    }

    #[test]
    fn a_document_is_used_up_to_its_greatest_age() {
        assert!(issuer(HOUR).document().is_some() && issuer(Duration::ZERO).document().is_none());
        let issuer = issuer(Duration::from_nanos(1));
        std::thread::sleep(Duration::from_millis(1));
        assert!(issuer.document().is_none());
    }

    #[test]
    fn a_document_that_was_fetched_since_the_call_is_used_however_old_it_may_be() {
        let before = Instant::now();
        for (age, is_used_after) in [(HOUR, true), (Duration::ZERO, false)] {
            let issuer = issuer(age);
            assert!(issuer.document_since(before).is_some());
            assert_eq!(issuer.document_since(before + HOUR).is_some(), is_used_after);
        }
        assert!(Issuer::new(NAME, false, HOUR).unwrap().document_since(before).is_none());
    }

    #[test]
    fn the_document_is_below_the_issuer_or_between_host_and_path() {
        for (issuer, oidc, oauth) in [
            ("https://a.example", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"),
            ("https://a.example/", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"),
            (
                "https://a.example/realms/b",
                "/realms/b/.well-known/openid-configuration",
                "/.well-known/oauth-authorization-server/realms/b",
            ),
            (
                "https://a.example/b/",
                "/b/.well-known/openid-configuration",
                "/.well-known/oauth-authorization-server/b",
            ),
        ] {
            let urls = document_urls(issuer, false).unwrap().map(|url| url.to_string());
            assert_eq!(urls, [oidc, oauth].map(|path| format!("https://a.example{path}")), "{issuer}");
        }
    }

    #[test]
    fn an_issuer_that_is_not_a_permitted_url_is_rejected() {
        for issuer in [
            "",
            "accounts.google.com",
            "http://a.example",
            "file:///etc/passwd",
            "https://a.example?tenant=1",
            "https://a.example/#x",
            "https://u:p@a.example",
            " https://a.example",
            "https://a.example\n",
            "https://a.exa\tmple",
            "https://a.example/{tenantid}/v2.0",
            "https://a.example/.well-known/openid-configuration",
        ] {
            assert!(document_urls(issuer, false).is_err(), "{issuer:?}");
        }
        assert!(document_urls("http://auth:8080/realms/a", true).is_ok());
    }
}
