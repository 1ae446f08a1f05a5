//! The open connections to a server, on a thread of their own.
//!
//! A server that never ends a response can keep the thread busy. Then look-ups time out elsewhere, and the next ones get new
//! connections on a new thread.

use std::io;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use reqwest::{Client, Url};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::http::client::{KeepAlive, TlsOptions, build_client};
use crate::http::failure::RequestFailure;

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
    pub fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (stop, is_stopped) = oneshot::channel::<()>();
        let handle = runtime.handle().clone();
        thread::Builder::new().name("fastjose-lookup".to_owned()).spawn(move || {
            let _ = runtime.block_on(is_stopped);
            runtime.shutdown_background(); // does not wait for a name resolution that hangs
        })?;
        Ok(Self { runtime: handle, clients: Arc::default(), _stop: stop })
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
#[derive(Default)]
pub(super) struct Clients {
    pooled: OnceLock<Client>,
    unpooled: OnceLock<Client>,
}

impl Clients {
    /// Returns the client that keeps connections open.
    ///
    /// # Errors
    /// See [`build_client`].
    pub fn pooled(&self, url: &Url, timeout: Duration) -> Result<&Client, RequestFailure> {
        get_or_build(&self.pooled, url, timeout, KEEP_ALIVE)
    }

    /// Returns the client that opens a connection for each request.
    ///
    /// # Errors
    /// See [`build_client`].
    pub fn unpooled(&self, url: &Url, timeout: Duration) -> Result<&Client, RequestFailure> {
        get_or_build(&self.unpooled, url, timeout, KeepAlive::NONE)
    }
}

fn get_or_build<'c>(
    slot: &'c OnceLock<Client>,
    url: &Url,
    timeout: Duration,
    keep_alive: KeepAlive,
) -> Result<&'c Client, RequestFailure> {
    match slot.get() {
        Some(client) => Ok(client),
        None => build_client(url, timeout, keep_alive, TlsOptions::default(), None)
            .map(|client| slot.get_or_init(|| client)),
    }
}
