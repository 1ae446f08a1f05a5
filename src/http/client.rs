//! The HTTP client: one server, a timeout, no redirects, no proxy, no cookies.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};

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

/// Builds a client for requests to `url`. `timeout` is the time for a whole request, from name resolution to the last byte.
/// For plain http the client loads no CA certificates, so that it works on systems without them.
///
/// # Errors
/// [`RequestFailure`] if the system has no store of CA certificates, and `url` needs one.
pub(crate) fn build_client(url: &Url, timeout: Duration, keep_alive: KeepAlive) -> Result<Client, RequestFailure> {
    let agent = concat!("fastjose/", env!("CARGO_PKG_VERSION"));
    let client = Client::builder().user_agent(agent).timeout(timeout).redirect(Policy::none()).no_proxy();
    let client = client.pool_max_idle_per_host(keep_alive.max_connections).pool_idle_timeout(keep_alive.idle_timeout);
    let client = if url.scheme() == "https" { client } else { client.tls_certs_only([]) };
    client.build().map_err(|_| {
        RequestFailure::from(
            "https requires a store of CA certificates; install one on this machine, and check SSL_CERT_FILE and \
             SSL_CERT_DIR if they are set",
        )
    })
}
