//! The open connections to a server, on a thread of their own.
//!
//! A server that never ends a response can keep the thread busy. Then look-ups time out elsewhere, and the next ones get new
//! connections on a new thread.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::Url;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::http::client::KeepAlive;
use crate::http::failure::RequestFailure;
use crate::http::network::{Connection, Network};

/// Connections that are kept open. Node.js closes an idle connection after 5 seconds: one that is closed earlier here is not
/// lost in a request.
const KEEP_ALIVE: KeepAlive = KeepAlive { max_connections: 64, idle_timeout: Duration::from_secs(4) };

/// The thread of the connections, which ends when this value is dropped.
pub(super) struct Connections {
    runtime: Handle,
    clients: Arc<Clients>,
    _stop: oneshot::Sender<()>,
}

impl Connections {
    /// Starts the thread. Opens no connection yet.
    ///
    /// # Errors
    /// The system cannot start a thread.
    pub fn start(network: Network) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (stop, is_stopped) = oneshot::channel::<()>();
        let handle = runtime.handle().clone();
        thread::Builder::new().name("fastjose-lookup".to_owned()).spawn(move || {
            let _ = runtime.block_on(is_stopped);
            runtime.shutdown_background(); // does not wait for a name resolution that hangs
        })?;
        Ok(Self { runtime: handle, clients: Arc::new(Clients::new(network)), _stop: stop })
    }

    /// Runs `request` on the thread.
    pub fn spawn<F>(&self, request: impl FnOnce(Arc<Clients>) -> F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.runtime.spawn(request(Arc::clone(&self.clients)))
    }
}

/// The clients, which are built when they are first needed: for https that reads the CA certificates.
pub(super) struct Clients {
    network: Network,
    pooled: ClientSlot,
    unpooled: ClientSlot,
}

impl Clients {
    fn new(network: Network) -> Self {
        Self { network, pooled: ClientSlot::new(KEEP_ALIVE), unpooled: ClientSlot::new(KeepAlive::NONE) }
    }

    /// Returns the client that keeps connections open.
    ///
    /// # Errors
    /// See [`Network::connect`].
    pub async fn pooled(&self, url: &Url, timeout: Duration) -> Result<Arc<Connection>, RequestFailure> {
        self.pooled.get_or_connect(&self.network, url, timeout).await
    }

    /// Returns the client that opens a connection for each request.
    ///
    /// # Errors
    /// See [`Network::connect`].
    pub async fn unpooled(&self, url: &Url, timeout: Duration) -> Result<Arc<Connection>, RequestFailure> {
        self.unpooled.get_or_connect(&self.network, url, timeout).await
    }
}

/// The time after which the files of certificates are read again.
const MAX_FILE_AGE: Duration = Duration::from_secs(60);

/// A client for requests to the origin of `url`.
struct BuiltClient {
    client: Arc<Connection>,
    url: Url,
    built_at: Instant,
}

/// The place of a client.
struct ClientSlot {
    keep_alive: KeepAlive,
    built: Mutex<Option<BuiltClient>>,
}

impl ClientSlot {
    fn new(keep_alive: KeepAlive) -> Self {
        Self { keep_alive, built: Mutex::new(None) }
    }

    async fn get_or_connect(
        &self,
        network: &Network,
        url: &Url,
        timeout: Duration,
    ) -> Result<Arc<Connection>, RequestFailure> {
        if let Some(client) = self.current(network, url) {
            return Ok(client);
        }
        let client = Arc::new(network.connect(url, timeout, self.keep_alive).await?);
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        *built = Some(BuiltClient { client: Arc::clone(&client), url: url.clone(), built_at: Instant::now() });
        Ok(client)
    }

    fn current(&self, network: &Network, url: &Url) -> Option<Arc<Connection>> {
        let built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        let built = built.as_ref().filter(|built| built.url.origin() == url.origin())?;
        let is_fresh = !network.has_certificate_files() || built.built_at.elapsed() < MAX_FILE_AGE;
        is_fresh.then(|| Arc::clone(&built.client))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use reqwest::Url;

    use super::{BuiltClient, ClientSlot, KEEP_ALIVE, MAX_FILE_AGE};
    use crate::http::network::{NetworkOptions, RequestHeaders};
    use crate::http::runtime;

    #[test]
    fn a_client_is_used_for_its_origin_until_its_files_may_have_changed() {
        let mut headers = RequestHeaders::default();
        headers.add_file("X-Key", "/nowhere".as_ref()).unwrap();
        let files = NetworkOptions { headers, ..NetworkOptions::default() }.for_one_server();
        let none = NetworkOptions::default().for_one_server();
        let url = |text: &str| Url::parse(text).unwrap();
        let (own, same) = (url("http://127.0.0.1:1/a"), url("http://127.0.0.1:1/b"));
        let other = url("http://127.0.0.1:2/a");
        let slot = ClientSlot::new(KEEP_ALIVE);
        assert!(slot.current(&none, &own).is_none());
        let connect = slot.get_or_connect(&none, &own, Duration::from_secs(10));
        let client = runtime::current().unwrap().block_on(connect).ok().unwrap();
        let is_used = |network, url| slot.current(network, url).is_some_and(|current| Arc::ptr_eq(&current, &client));
        assert!(is_used(&none, &own) && is_used(&none, &same) && is_used(&files, &own));
        assert!(!is_used(&none, &other) && !is_used(&files, &other));
        let built_at = Instant::now().checked_sub(MAX_FILE_AGE + Duration::from_secs(1)).unwrap();
        *slot.built.lock().unwrap() = Some(BuiltClient { client: Arc::clone(&client), url: own.clone(), built_at });
        assert!(is_used(&none, &own) && !is_used(&files, &own));
    }
}
