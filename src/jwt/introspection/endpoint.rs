//! The URL of an introspection endpoint: configured, or named by the discovery document of an issuer.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;

use crate::error::{Error, Result};
use crate::http::url::{parse_allowed_url, without_query};
use crate::jwks::{DiscoveryDocument, RemoteKeySet, Waiter};

/// An introspection endpoint.
pub enum Endpoint {
    /// The endpoint at a URL.
    Url(Url),
    /// The `introspection_endpoint` of the issuer of a key set, whose document is fetched with the set.
    OfIssuer(Arc<RemoteKeySet>),
}

impl Endpoint {
    /// Returns the endpoint at `url`.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the URL is not permitted.
    pub fn at(url: &str, allow_http: bool) -> Result<Self> {
        let mut url = parse_allowed_url("url", url, allow_http)?;
        url.set_fragment(None);
        Ok(Self::Url(url))
    }

    /// Returns the endpoint that the issuer of `keys` names.
    ///
    /// # Errors
    /// [`Error::Configuration`] if `keys` is not the set of an issuer.
    pub fn of_issuer(keys: Arc<RemoteKeySet>) -> Result<Self> {
        if keys.issuer().is_none() {
            let reason = "url must be the URL of the introspection endpoint, or a key set of RemoteKeySet.of_issuer.";
            return Err(Error::Configuration(reason.to_owned()));
        }
        Ok(Self::OfIssuer(keys))
    }

    /// Returns the configured URL, of the endpoint or of the issuer, without its query, which may contain a secret.
    pub(super) fn configured_url(&self) -> String {
        match self {
            Self::Url(url) => without_query(url),
            Self::OfIssuer(keys) => keys.url_without_query(),
        }
    }

    /// Returns the URL of the endpoint, or `None` if the document of the issuer must be fetched first.
    ///
    /// # Errors
    /// [`Error::StoreUnavailable`] if the document names no endpoint that may be requested.
    pub(super) fn known(&self) -> Option<Result<Url>> {
        let keys = match self {
            Self::Url(url) => return Some(Ok(url.clone())),
            Self::OfIssuer(keys) => keys,
        };
        let document = keys.discovery()?;
        keys.refresh_if_due();
        Some(self.named_by(&document))
    }

    /// Returns the URL of the endpoint. Fetches the document of the issuer if none is cached, or if it is too old: meanwhile
    /// the caller waits with a token of `token_bytes`.
    ///
    /// # Errors
    /// [`Error::StoreUnavailable`] if the document is unavailable, or names no endpoint that may be requested.
    pub(super) async fn find(&self, token_bytes: usize) -> Result<Url> {
        match self {
            Self::Url(url) => Ok(url.clone()),
            Self::OfIssuer(keys) => {
                self.named_by(&*fetch_document(keys, token_bytes).await.map_err(to_store_unavailable)?)
            }
        }
    }

    fn named_by(&self, document: &DiscoveryDocument) -> Result<Url> {
        document.introspection_endpoint.clone().ok_or_else(|| self.names_no_endpoint())
    }

    fn names_no_endpoint(&self) -> Error {
        let issuer = self.configured_url();
        let reason = "the discovery document of the issuer names no introspection_endpoint, or one that may not be \
                      requested; pass the URL of the endpoint";
        Error::StoreUnavailable { reason: format!("{reason} ({issuer})"), retry_after: Duration::from_secs(1) }
    }
}

async fn fetch_document(keys: &RemoteKeySet, token_bytes: usize) -> Result<Arc<DiscoveryDocument>> {
    let _slot = keys.reserve_waiter(Waiter::Task, token_bytes)?;
    keys.fetch_discovery().await
}

fn to_store_unavailable(error: Error) -> Error {
    match error {
        Error::KeysUnavailable { reason, retry_after } => Error::StoreUnavailable { reason, retry_after },
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;
    use crate::error::Result;

    #[test]
    fn the_configured_url_has_neither_query_nor_fragment() -> Result<()> {
        let endpoint = Endpoint::at("https://a.example/introspect?key=s3cret#part", false)?;
        assert_eq!(endpoint.configured_url(), "https://a.example/introspect");
        Ok(())
    }

    #[test]
    fn a_configured_endpoint_is_known_without_a_fetch() -> Result<()> {
        let endpoint = Endpoint::at("https://a.example/introspect?key=1#part", false)?;
        let known = endpoint.known().transpose()?;
        assert_eq!(known.as_ref().map(reqwest::Url::as_str), Some("https://a.example/introspect?key=1"));
        Ok(())
    }
}
