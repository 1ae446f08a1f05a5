//! The reason why a request failed, with what the operator can do. No text contains content of the response.

use std::error::Error as StdError;
use std::io::ErrorKind;
use std::time::Duration;

use reqwest::StatusCode;
use rustls::{AlertDescription, CertificateError};

/// A failed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestFailure {
    /// The cause, for logs. The status is the only part of the response in it.
    pub reason: String,
    /// The server's `Retry-After`.
    pub retry_after: Option<Duration>,
}

/// The proxy of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ProxyUse {
    /// The client connects to the server itself.
    #[default]
    Direct,
    /// The proxy forwards a request over plain http.
    Forward,
    /// The proxy opens a tunnel, for https.
    Tunnel,
}

/// The parts of a client's configuration that a remedy depends on.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Route {
    /// The proxy that the request goes through.
    pub proxy: ProxyUse,
    /// The operator names the authorities that are trusted.
    pub has_ca_certificates: bool,
    /// The client has a certificate.
    pub has_client_certificate: bool,
}

impl Route {
    fn has_proxy(self) -> bool {
        self.proxy != ProxyUse::Direct
    }
}

impl From<&str> for RequestFailure {
    fn from(reason: &str) -> Self {
        Self::new(reason.to_owned())
    }
}

impl RequestFailure {
    /// Returns the failure for a response with another status than the expected one. Every server has the same remedy for
    /// a status of 300 to 399 and for an error of its own; `remedy` is that of any other status.
    pub fn from_status(status: StatusCode, retry_after: Option<Duration>, remedy: &str) -> Self {
        let remedy = match status.as_u16() {
            304 => ", but the request had no condition; look into the cache in front of the server",
            300..=399 => ", a redirect, which is not followed; use the URL that it leads to",
            500..=599 => ", an error of the server; look into its log",
            _ => remedy,
        };
        Self { reason: format!("the server responded with status {}{remedy}", status.as_u16()), retry_after }
    }

    /// Returns the failure for `reason`.
    pub fn new(reason: String) -> Self {
        Self { reason, retry_after: None }
    }

    /// Returns the error for a request without a complete response, after at most `timeout`.
    pub fn from_transport(error: &reqwest::Error, timeout: Duration, route: Route) -> Self {
        if error.is_dns() {
            return dns_reason(route).into();
        }
        let tunnel_error = find_tunnel_error(error);
        if let Some(tls_error) = find_source::<rustls::Error>(error) {
            let is_of_proxy = tunnel_error.is_some() || route.proxy == ProxyUse::Forward;
            let reason = tls_reason(tls_error, route);
            return if is_of_proxy { Self::new(about_proxy(reason)) } else { reason.into() };
        }
        if error.is_timeout() {
            let seconds = timeout.as_secs_f64();
            let target = if route.has_proxy() { "the proxy, and the proxy the server" } else { "the server" };
            return Self::new(format!(
                "the fetch timed out after {seconds} s; check that this machine can reach {target}, or raise \
                 timeout_seconds"
            ));
        }
        let kind = find_source::<std::io::Error>(error).map(std::io::Error::kind);
        if let Some(reason) = tunnel_error.and_then(|text| tunnel_reason(&text)) {
            return reason.into();
        }
        if route.has_proxy() && error.is_connect() {
            return proxy_io_reason(kind).into();
        }
        io_reason(kind, error.is_connect()).into()
    }
}

fn dns_reason(route: Route) -> &'static str {
    if route.has_proxy() {
        "the host name of the proxy cannot be resolved; check the URL of the proxy, and DNS on this machine"
    } else {
        "the host name cannot be resolved; check the URL, and DNS on this machine"
    }
}

/// The status of a proxy that requires credentials (RFC 9110 §15.5.8).
pub(crate) const PROXY_AUTHENTICATION_REQUIRED: &str =
    "the proxy requires authentication (407); name a user and a password that it accepts in the proxy's URL";

/// Returns the reason for which a proxy opened no tunnel to the server, or `None` if the proxy was not reached. hyper-util
/// does not export the type of the error.
fn tunnel_reason(text: &str) -> Option<&'static str> {
    if text.ends_with("proxy authorization required") {
        return Some(PROXY_AUTHENTICATION_REQUIRED);
    }
    if text.ends_with("failed to create underlying connection") {
        return None;
    }
    if text.ends_with("unsuccessful") {
        return Some(
            "the proxy refused to connect to the server, or could not; check that the proxy permits the URL's host and \
             port, and look into its log",
        );
    }
    Some("the proxy closed the connection, or its response is not HTTP; check the URL of the proxy")
}

/// Returns the text of the error of a tunnel through a proxy among the sources of `error`.
fn find_tunnel_error(error: &reqwest::Error) -> Option<String> {
    let mut next = error.source();
    while let Some(error) = next {
        let text = error.to_string();
        if text.starts_with("tunnel error: ") {
            return Some(text);
        }
        next = error.source();
    }
    None
}

fn proxy_io_reason(kind: Option<ErrorKind>) -> &'static str {
    match kind {
        Some(ErrorKind::ConnectionRefused) => {
            "the connection to the proxy was refused; check the port in the proxy's URL, and that the proxy is running"
        }
        _ => "the connection to the proxy failed; check the URL of the proxy, and that this machine can reach it",
    }
}

fn io_reason(kind: Option<ErrorKind>, is_connect: bool) -> &'static str {
    match kind {
        Some(ErrorKind::ConnectionRefused) => {
            "the connection was refused; check the port of the URL, and that the server is running"
        }
        Some(ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable) => {
            "the host or its network is unreachable from this machine; check the address and the routes"
        }
        Some(ErrorKind::TimedOut) => {
            "the connection timed out; check the address, and that a firewall lets this machine reach the server"
        }
        _ if is_connect => "the connection failed; check the URL, and that the server is running",
        _ => "the server closed the connection, or its response is not HTTP; check the scheme and the port of the URL",
    }
}

/// Returns `reason`, about the TLS of a server, for the TLS of the proxy.
fn about_proxy(reason: &str) -> String {
    reason.replace("the server", "the proxy").replace("the URL", "the proxy's URL")
}

fn tls_reason(error: &rustls::Error, route: Route) -> &'static str {
    match error {
        rustls::Error::InvalidCertificate(error) => certificate_reason(error, route),
        rustls::Error::AlertReceived(alert) => alert_reason(*alert, route),
        rustls::Error::InvalidMessage(_) => {
            "the TLS handshake failed, because the server does not use TLS at this port; check the scheme and the port \
             of the URL"
        }
        _ => HANDSHAKE_FAILED,
    }
}

const HANDSHAKE_FAILED: &str =
    "the TLS handshake failed; check that the server offers TLS 1.2 or 1.3 for this host name";

/// Returns the reason for which the server ended the handshake (RFC 8446 §6.2).
fn alert_reason(alert: AlertDescription, route: Route) -> &'static str {
    use AlertDescription as Alert;
    match alert {
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::AccessDenied
            if route.has_client_certificate =>
        {
            "the server refused the client certificate; check that client_certificate is valid, and signed by an \
             authority that the server trusts"
        }
        Alert::CertificateRequired | Alert::HandshakeFailure if !route.has_client_certificate => {
            "the TLS handshake failed: the server requires a client certificate, or offers no common TLS parameters; \
             pass client_certificate if it requires one"
        }
        Alert::CertificateRequired => {
            "the server requires a client certificate, and client_certificate is not of a kind that it accepts"
        }
        _ => HANDSHAKE_FAILED,
    }
}

fn certificate_reason(error: &CertificateError, route: Route) -> &'static str {
    match error {
        CertificateError::UnknownIssuer if route.has_ca_certificates => {
            "the server's certificate is signed by an authority that ca_certificates does not contain; add the \
             certificate of the authority to ca_certificates"
        }
        CertificateError::UnknownIssuer => {
            "the server's certificate is signed by an unknown authority; install the CA certificate on this machine, \
             name it in SSL_CERT_FILE or SSL_CERT_DIR, or pass ca_certificates"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the server's certificate is for another host name; use a host name of the certificate in the URL"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired; renew it, or correct the clock of this machine"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet; correct the clock of this machine"
        }
        CertificateError::Revoked => "the server's certificate is revoked; renew it",
        _ => {
            "the server's certificate is not acceptable; it must be an X.509 v3 server certificate that is signed by a \
             CA"
        }
    }
}

/// Returns true if the server closed the connection without a response: the request can be sent again on another one.
pub(crate) fn is_closed_connection(error: &reqwest::Error) -> bool {
    let has_no_other_cause =
        !error.is_timeout() && !error.is_connect() && find_source::<rustls::Error>(error).is_none();
    error.is_request() && has_no_other_cause
}

/// Returns the first error of type `E` among `error` and its sources. An `io::Error` keeps the error that it wraps
/// apart from its sources.
fn find_source<'e, E: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e E> {
    let wrapped = |error: &'e (dyn StdError + 'static)| error.downcast_ref::<std::io::Error>()?.get_ref();
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = match wrapped(error) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use std::io::{Error as IoError, ErrorKind, Read};
    use std::net::TcpListener;
    use std::time::Duration;

    use reqwest::StatusCode;
    use rustls::{AlertDescription as Alert, CertificateError, InvalidMessage};

    use super::{
        HANDSHAKE_FAILED, PROXY_AUTHENTICATION_REQUIRED, ProxyUse, RequestFailure, Route, about_proxy, dns_reason,
        find_source, io_reason, is_closed_connection, proxy_io_reason, tls_reason, tunnel_reason,
    };
    use crate::http::runtime;

    const DIRECT: Route = Route { proxy: ProxyUse::Direct, has_ca_certificates: false, has_client_certificate: false };

    /// Asserts that each reason, of the second of a pair, contains the text in the first, and not that of another.
    fn assert_each_has_its_own(reasons: &[(&str, &str)]) {
        for (text, reason) in reasons {
            let found: Vec<_> =
                reasons.iter().filter(|(other, _)| reason.contains(other)).map(|(text, _)| text).collect();
            assert_eq!(found, [text], "{reason}");
        }
    }

    #[test]
    fn remedy_depends_on_the_class_of_the_status() {
        for (status, expected) in [
            (300, "300, a redirect, which is not followed; use the URL that it leads to"),
            (304, "304, but the request had no condition; look into the cache in front of the server"),
            (308, "308, a redirect, which is not followed; use the URL that it leads to"),
            (399, "399, a redirect, which is not followed; use the URL that it leads to"),
            (404, "404; check"),
            (500, "500, an error of the server; look into its log"),
            (599, "599, an error of the server; look into its log"),
            (600, "600; check"),
        ] {
            let retry_after = Some(Duration::from_secs(1));
            let failure = RequestFailure::from_status(StatusCode::from_u16(status).unwrap(), retry_after, "; check");
            let reason = format!("the server responded with status {expected}");
            assert_eq!(failure, RequestFailure { reason, retry_after });
        }
    }

    #[test]
    fn unreachable_hosts_have_a_reason_each() {
        for (proxy, has_proxy) in [(ProxyUse::Direct, false), (ProxyUse::Forward, true), (ProxyUse::Tunnel, true)] {
            let route = Route { proxy, ..DIRECT };
            assert_eq!(route.has_proxy(), has_proxy);
            assert_eq!(dns_reason(route).contains("the host name of the proxy cannot be resolved"), has_proxy);
            assert!(dns_reason(route).contains("cannot be resolved; check the URL"));
        }
        assert_each_has_its_own(&[
            ("connection was refused", io_reason(Some(ErrorKind::ConnectionRefused), true)),
            ("unreachable from this machine", io_reason(Some(ErrorKind::NetworkUnreachable), true)),
            ("connection timed out", io_reason(Some(ErrorKind::TimedOut), true)),
            ("the connection failed", io_reason(Some(ErrorKind::Other), true)),
            ("the server closed the connection", io_reason(Some(ErrorKind::Other), false)),
            ("the connection to the proxy was refused", proxy_io_reason(Some(ErrorKind::ConnectionRefused))),
            ("the connection to the proxy failed", proxy_io_reason(Some(ErrorKind::TimedOut))),
        ]);
        assert!(io_reason(Some(ErrorKind::HostUnreachable), true).contains("unreachable from this machine"));
        assert_eq!((io_reason(None, true), io_reason(None, false)), {
            (io_reason(Some(ErrorKind::Other), true), io_reason(Some(ErrorKind::Other), false))
        });
    }

    #[test]
    fn tunnel_that_does_not_open_has_a_reason_unless_the_proxy_was_not_reached() {
        let reason = |text| tunnel_reason(&format!("tunnel error: {text}"));
        assert_eq!(reason("proxy authorization required"), Some(PROXY_AUTHENTICATION_REQUIRED));
        assert_eq!(reason("failed to create underlying connection"), None);
        assert!(reason("unsuccessful").is_some_and(|reason| reason.contains("refused to connect to the server")));
        assert!(reason("unexpected end of file").is_some_and(|reason| reason.contains("closed the connection")));
    }

    #[test]
    fn certificates_and_alerts_have_a_reason_each() {
        let (own_ca, own_certificate) =
            (Route { has_ca_certificates: true, ..DIRECT }, Route { has_client_certificate: true, ..DIRECT });
        let of = |error: CertificateError, route| tls_reason(&rustls::Error::InvalidCertificate(error), route);
        let alert = |alert, route| tls_reason(&rustls::Error::AlertReceived(alert), route);
        assert_each_has_its_own(&[
            ("that ca_certificates does not contain", of(CertificateError::UnknownIssuer, own_ca)),
            ("signed by an unknown authority", of(CertificateError::UnknownIssuer, DIRECT)),
            ("is for another host name", of(CertificateError::NotValidForName, DIRECT)),
            ("certificate has expired", of(CertificateError::Expired, DIRECT)),
            ("is not valid yet", of(CertificateError::NotValidYet, DIRECT)),
            ("certificate is revoked", of(CertificateError::Revoked, DIRECT)),
            ("is not acceptable", of(CertificateError::BadEncoding, DIRECT)),
            ("refused the client certificate", alert(Alert::UnknownCA, own_certificate)),
            ("pass client_certificate if", alert(Alert::CertificateRequired, DIRECT)),
            ("is not of a kind that it accepts", alert(Alert::CertificateRequired, own_certificate)),
            ("does not use TLS", tls_reason(&rustls::Error::InvalidMessage(InvalidMessage::MissingData("a")), DIRECT)),
            ("TLS 1.2 or 1.3", tls_reason(&rustls::Error::DecryptError, DIRECT)),
        ]);
        assert!(alert(Alert::HandshakeFailure, DIRECT).contains("pass client_certificate if"));
        for (of_alert, route) in [
            (Alert::UnknownCA, DIRECT),
            (Alert::HandshakeFailure, own_certificate),
            (Alert::ProtocolVersion, own_certificate),
        ] {
            assert_eq!(alert(of_alert, route), HANDSHAKE_FAILED, "{of_alert:?}");
        }
        assert_eq!(about_proxy("the server fails; check the URL"), "the proxy fails; check the proxy's URL");
    }

    #[test]
    fn source_is_found_within_errors_of_input_and_output() {
        let refused = || IoError::new(ErrorKind::InvalidData, rustls::Error::DecryptError);
        let error = IoError::other(refused());
        assert_eq!(find_source::<rustls::Error>(&error), Some(&rustls::Error::DecryptError));
        assert_eq!(find_source::<IoError>(&error).map(IoError::kind), Some(ErrorKind::Other));
        assert_eq!(find_source::<std::fmt::Error>(&error), None);
    }

    /// Returns the error of a request to a listener that `respond`s to the connection.
    fn transport_error(respond: fn(&TcpListener), timeout: Duration, url: Option<&str>) -> reqwest::Error {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = format!("http://{}/", listener.local_addr().unwrap());
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(timeout);
        let request = client.build().unwrap().get(url.unwrap_or(&own));
        let responding = std::thread::spawn(move || respond(&listener));
        let error = runtime::current().unwrap().block_on(async { request.send().await }).unwrap_err();
        responding.join().unwrap();
        error
    }

    #[test]
    fn only_a_connection_that_was_closed_without_a_response_is_tried_again() {
        let long = Duration::from_secs(60);
        assert!(is_closed_connection(&transport_error(|listener| drop(listener.accept()), long, None)));
        let wait = |listener: &TcpListener| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut all = Vec::new();
            drop(stream.read_to_end(&mut all)); // the client leaves
        };
        let timed_out = transport_error(wait, Duration::from_millis(100), None);
        assert!(timed_out.is_timeout() && !is_closed_connection(&timed_out));
        let refused = transport_error(|_| (), long, Some("http://127.0.0.1:1/"));
        assert!(refused.is_connect() && !is_closed_connection(&refused));
        assert!(!is_closed_connection(&transport_error(|_| (), long, Some("ftp://127.0.0.1:1/"))));
    }
}
