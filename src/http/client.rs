//! The HTTP client: one server, a timeout, no redirects, no cookies, and no proxy unless one is named.

use std::time::Duration;

use hyper_util::client::proxy::matcher::Intercept;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Identity, Proxy, Url};

use super::failure::RequestFailure;

/// The connections that a client keeps open between requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeepAlive {
    /// The number of idle connections. 0: each request opens a connection.
    pub max_connections: usize,
    /// The time after which an idle connection is closed.
    pub idle_timeout: Duration,
}

impl KeepAlive {
    /// Every request opens a connection.
    pub const NONE: Self = Self { max_connections: 0, idle_timeout: Duration::ZERO };
}

/// The certificates of a client.
#[derive(Default)]
pub(crate) struct TlsOptions {
    /// The authorities that are trusted, in place of those of the system.
    pub ca_certificates: Option<Vec<Certificate>>,
    /// The certificate that the client presents.
    pub identity: Option<Identity>,
}

/// Builds a client for requests to `url`. `timeout` is the time for a whole request, from name resolution to the last byte.
/// If only plain http is used, the client loads no CA certificates, so that it works on systems without them.
///
/// # Errors
/// [`RequestFailure`] if the system has no store of CA certificates, and `url` or the proxy needs one.
pub(crate) fn build_client(
    url: &Url,
    timeout: Duration,
    keep_alive: KeepAlive,
    tls: TlsOptions,
    proxy: Option<&Intercept>,
) -> Result<Client, RequestFailure> {
    let agent = concat!("fastjose/", env!("CARGO_PKG_VERSION"));
    let client = Client::builder().user_agent(agent).timeout(timeout).redirect(Policy::none()).no_proxy();
    let client = client.pool_max_idle_per_host(keep_alive.max_connections).pool_idle_timeout(keep_alive.idle_timeout);
    let uses_tls = url.scheme() == "https" || proxy.is_some_and(|proxy| proxy.uri().scheme_str() == Some("https"));
    let client = match tls.ca_certificates {
        Some(certificates) => client.tls_certs_only(certificates),
        None if uses_tls => client,
        None => client.tls_certs_only([]),
    };
    let client = tls.identity.into_iter().fold(client, reqwest::ClientBuilder::identity);
    let client = match proxy {
        Some(proxy) => client.proxy(reqwest_proxy(proxy)?),
        None => client,
    };
    client.build().map_err(|_| {
        RequestFailure::from(
            "https requires a store of CA certificates; install one on this machine, check SSL_CERT_FILE and \
             SSL_CERT_DIR if they are set, or pass ca_certificates",
        )
    })
}

/// Returns the proxy for every request of a client.
fn reqwest_proxy(proxy: &Intercept) -> Result<Proxy, RequestFailure> {
    let built = Proxy::all(proxy.uri().to_string()).map_err(|_| RequestFailure::from("the proxy has no valid URL"))?;
    Ok(proxy.basic_auth().cloned().into_iter().fold(built, Proxy::custom_http_auth))
}
