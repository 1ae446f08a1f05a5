//! Options for the network between this process and a server: headers, certificates, a proxy.

mod certificates;
pub(crate) mod file;
mod proxy;
mod request_headers;

use std::fmt::{Debug, Formatter};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::{Client, Request, RequestBuilder, Response, Url};

use super::client::{KeepAlive, TlsOptions, build_client};
use super::failure::{ProxyUse, RequestFailure, Route};

pub use certificates::{CaCertificates, ClientCertificate, PemSource};
pub use proxy::ProxySettings;
pub use request_headers::RequestHeaders;

/// Options for requests to a server. The default is a request without headers of the operator, certificates of the system,
/// and no proxy.
#[derive(Default)]
pub struct NetworkOptions {
    /// Header fields that are sent to the server's origin, and to no other.
    pub headers: RequestHeaders,
    /// The authorities that sign the server's certificate, in place of those of the system.
    pub ca_certificates: Option<CaCertificates>,
    /// The certificate that this client presents to the server's origin, and to no other.
    pub client_certificate: Option<ClientCertificate>,
    /// The proxies.
    pub proxy: Option<ProxySettings>,
}

impl NetworkOptions {
    /// Returns the network for requests to servers. Only requests to the origin of `url` contain the headers and
    /// the client certificate.
    pub(crate) fn with_headers_for(self, url: &Url) -> Network {
        Network { options: Arc::new(self), headers_url: Some(url.clone()) }
    }

    /// Returns the network for requests to one server, whatever its origin is.
    pub(crate) fn for_one_server(self) -> Network {
        Network { options: Arc::new(self), headers_url: None }
    }

    fn has_files(&self, is_own_origin: bool) -> bool {
        let has_credential_file =
            self.headers.has_files() || self.client_certificate.as_ref().is_some_and(ClientCertificate::has_file);
        (is_own_origin && has_credential_file) || self.ca_certificates.as_ref().is_some_and(CaCertificates::has_file)
    }

    /// Reads the options for a request. Headers and client certificate are for the server's own origin alone.
    fn read(&self, is_own_origin: bool) -> Result<(HeaderMap, TlsOptions), RequestFailure> {
        let headers = if is_own_origin { self.headers.read()? } else { HeaderMap::new() };
        let ca_certificates = self.ca_certificates.as_ref().map(CaCertificates::read).transpose()?;
        let client_certificate = self.client_certificate.as_ref().filter(|_| is_own_origin);
        let identity = client_certificate.map(ClientCertificate::read).transpose()?;
        Ok((headers, TlsOptions { ca_certificates, identity }))
    }
}

impl Debug for NetworkOptions {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NetworkOptions").field("headers", &self.headers).finish_non_exhaustive()
    }
}

/// The options together with the origin that may see the headers and the client certificate. `None`: every origin.
#[derive(Clone)]
pub(crate) struct Network {
    options: Arc<NetworkOptions>,
    headers_url: Option<Url>,
}

impl Network {
    /// Returns true if a request to `url` contains headers of the operator: its origin is the one that may see them.
    pub fn sends_headers_to(&self, url: &Url) -> bool {
        !self.options.headers.is_empty() && self.is_own_origin(url)
    }

    /// Returns true if `url` has the origin that may see the headers and the client certificate.
    fn is_own_origin(&self, url: &Url) -> bool {
        self.headers_url.as_ref().is_none_or(|own| url.origin() == own.origin())
    }

    /// Returns true if certificates are in files, which can change.
    pub fn has_certificate_files(&self) -> bool {
        self.options.has_files(true)
    }

    /// Reads the files of the options as they are now, and returns a client for requests to `url`. `timeout` is the time for
    /// both this and a whole request.
    ///
    /// # Errors
    /// [`RequestFailure`] if a file cannot be used, or the system has no store of CA certificates, and `url` needs one.
    pub async fn connect(
        &self,
        url: &Url,
        timeout: Duration,
        keep_alive: KeepAlive,
    ) -> Result<Connection, RequestFailure> {
        let started_at = Instant::now();
        let (headers, tls) = self.read_options(self.is_own_origin(url), timeout).await?;
        let proxy = self.options.proxy.as_ref().and_then(|settings| settings.proxy_for(url));
        let route = Route {
            proxy: match proxy {
                None => ProxyUse::Direct,
                Some(_) if url.scheme() == "https" => ProxyUse::Tunnel,
                Some(_) => ProxyUse::Forward,
            },
            has_ca_certificates: tls.ca_certificates.is_some(),
            has_client_certificate: tls.identity.is_some(),
        };
        let remaining_time = timeout.saturating_sub(started_at.elapsed());
        let client = build_client(url, remaining_time, keep_alive, tls, proxy.as_ref())?;
        Ok(Connection { client, headers, route })
    }

    /// Reads the options. A file system that does not respond costs at most `timeout`.
    async fn read_options(
        &self,
        is_own_origin: bool,
        timeout: Duration,
    ) -> Result<(HeaderMap, TlsOptions), RequestFailure> {
        if !self.options.has_files(is_own_origin) {
            return self.options.read(is_own_origin);
        }
        let options = Arc::clone(&self.options);
        let reading = tokio::task::spawn_blocking(move || options.read(is_own_origin));
        match tokio::time::timeout(timeout, reading).await {
            Ok(Ok(read)) => read,
            Ok(Err(_)) => Err("the files of headers and certificates could not be read".into()),
            Err(_) => {
                Err("the files of headers and certificates could not be read in time; check the file system".into())
            }
        }
    }
}

/// A client with the headers of its requests.
pub(crate) struct Connection {
    client: Client,
    headers: HeaderMap,
    route: Route,
}

impl Connection {
    /// Returns a GET of `url`, the URL of [`Network::connect`].
    pub fn get(&self, url: &Url) -> RequestBuilder {
        self.client.get(url.clone()).headers(self.headers.clone())
    }

    /// Sends `request`, to the URL of [`Network::connect`], without the headers of the operator.
    ///
    /// # Errors
    /// See [`Client::execute`].
    pub async fn execute(&self, request: Request) -> reqwest::Result<Response> {
        self.client.execute(request).await
    }

    /// Returns the failure of a request without a complete response, after at most `timeout`.
    pub fn failure(&self, error: &reqwest::Error, timeout: Duration) -> RequestFailure {
        RequestFailure::from_transport(error, timeout, self.route)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use reqwest::Url;
    use tokio::runtime::Builder;

    use super::{CaCertificates, ClientCertificate, NetworkOptions, PemSource, ProxySettings, RequestHeaders};
    use crate::http::client::KeepAlive;
    use crate::http::failure::ProxyUse;
    use crate::http::runtime;

    const CA_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\n\
        MIHZMIGMoAMCAQICAQEwBQYDK2VwMAwxCjAIBgNVBAMMAWEwHhcNMjYwMTAxMDAw\n\
        MDAwWhcNMzYwMTAxMDAwMDAwWjAMMQowCAYDVQQDDAFhMCowBQYDK2VwAyEAA6EH\n\
        v/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbijEzARMA8GA1UdEwEB/wQFMAMB\n\
        Af8wBQYDK2VwA0EA9eqPlQcwEATnppo9/VsunW0F7u6hUbagstGjILCOr4epQzFs\n\
        4euyDFr9bwAfJfHzZtNMBG5LAnoGUcXJ+Rz1Dg==\n\
        -----END CERTIFICATE-----";

    #[test]
    fn only_the_origin_of_the_configured_url_sees_the_headers() {
        let url = |text: &str| Url::parse(text).unwrap();
        let mut options = NetworkOptions::default();
        options.headers.add_value("X-Key", "secret").unwrap();
        let network = options.with_headers_for(&url("https://a.example/issuer"));
        for same in ["https://a.example/jwks?x", "https://A.example:443/"] {
            assert!(network.sends_headers_to(&url(same)), "{same}");
        }
        for other in ["http://a.example/", "https://a.example:444/", "https://b.a.example/", "https://a.example./"] {
            assert!(!network.sends_headers_to(&url(other)), "{other}");
        }
        let url = url("https://a.example/");
        assert!(!NetworkOptions::default().with_headers_for(&url).sends_headers_to(&url));
    }

    const URLS: [&str; 2] = ["https://a.example/", "https://b.example/"];

    fn pem_file() -> PemSource {
        PemSource::file("/nowhere".as_ref(), "a test").unwrap()
    }

    /// Returns options with a header, and with the three kinds of files as wanted.
    fn options(header_file: bool, client_certificate: bool, ca_certificates: bool) -> NetworkOptions {
        let mut headers = RequestHeaders::default();
        headers.add_value("X-Key", "secret").unwrap();
        if header_file {
            headers.add_file("X-Token", "/nowhere".as_ref()).unwrap();
        }
        NetworkOptions {
            headers,
            ca_certificates: ca_certificates.then(|| CaCertificates::new(pem_file()).unwrap()),
            client_certificate: client_certificate.then(|| ClientCertificate::new(vec![pem_file()]).unwrap()),
            proxy: None,
        }
    }

    #[test]
    fn files_are_those_that_a_request_to_the_origin_needs() {
        for (options, expected) in [
            (options(false, false, false), [false, false]),
            (options(true, false, false), [true, false]),
            (options(false, true, false), [true, false]),
            (options(false, false, true), [true, true]),
            (options(true, true, true), [true, true]),
        ] {
            assert_eq!([true, false].map(|is_own_origin| options.has_files(is_own_origin)), expected);
            assert_eq!(options.for_one_server().has_certificate_files(), expected[0]);
        }
    }

    #[test]
    fn only_the_own_origin_needs_the_files_of_its_credentials() {
        let connect = |options: NetworkOptions, url| {
            let network = options.with_headers_for(&Url::parse(URLS[0]).unwrap());
            let (url, timeout) = (Url::parse(url).unwrap(), Duration::from_secs(10));
            let keep_alive = KeepAlive::NONE;
            runtime::current().unwrap().block_on(async move { network.connect(&url, timeout, keep_alive).await })
        };
        for (header_file, client_certificate, name) in [(true, false, "x-token"), (false, true, "client_certificate")] {
            let failure = connect(options(header_file, client_certificate, false), URLS[0]).err().unwrap();
            assert!(failure.reason.contains(name) && failure.reason.contains("must exist"), "{}", failure.reason);
        }
        let plain = "http://127.0.0.1:1/";
        let connection = connect(options(true, true, false), plain).ok().unwrap();
        assert!(connection.headers.is_empty() && !connection.route.has_client_certificate);
        let of_own_origin = options(false, false, false).with_headers_for(&Url::parse(plain).unwrap());
        let (headers, _) = of_own_origin.options.read(true).unwrap();
        assert_eq!(headers.get("x-key").unwrap(), "secret");
    }

    #[test]
    fn route_is_a_tunnel_for_https_alone() {
        for (url, expected) in [("http://a.example/", ProxyUse::Forward), ("https://a.example/", ProxyUse::Tunnel)] {
            let proxy = Some(ProxySettings::from_url("http://127.0.0.1:1").unwrap());
            let ca_certificates = Some(CaCertificates::new(PemSource::Text(CA_CERTIFICATE.into())).unwrap());
            let network = NetworkOptions { ca_certificates, proxy, ..NetworkOptions::default() }.for_one_server();
            let url = Url::parse(url).unwrap();
            let connect = async move { network.connect(&url, Duration::from_secs(10), KeepAlive::NONE).await };
            let route = runtime::current().unwrap().block_on(connect).ok().unwrap().route;
            assert_eq!((route.proxy, route.has_ca_certificates), (expected, true));
        }
        let direct = NetworkOptions::default().for_one_server();
        let url = Url::parse("http://127.0.0.1:1/").unwrap();
        let connect = async move { direct.connect(&url, Duration::from_secs(10), KeepAlive::NONE).await };
        assert_eq!(runtime::current().unwrap().block_on(connect).ok().unwrap().route.proxy, ProxyUse::Direct);
    }

    #[test]
    fn debug_names_headers_without_their_values() {
        let text = format!("{:?}", options(false, true, true));
        assert!(text.starts_with("NetworkOptions") && text.contains("x-key") && !text.contains("secret"), "{text}");
    }

    #[test]
    fn files_are_read_on_a_thread_that_may_hang() {
        let runtime = Builder::new_current_thread().enable_time().max_blocking_threads(1).build().unwrap();
        let read = |options: NetworkOptions| {
            let (release, released) = mpsc::channel::<()>();
            let (network, moment) = (options.for_one_server(), Duration::from_millis(20));
            let read = runtime.block_on(async {
                drop(tokio::task::spawn_blocking(move || released.recv()));
                network.read_options(true, moment).await.map(drop)
            });
            drop(release);
            read.map_err(|failure| failure.reason)
        };
        assert_eq!(read(options(false, false, false)), Ok(()), "without files, no other thread is needed");
        assert!(read(options(true, false, false)).unwrap_err().contains("could not be read in time"));
    }
}
