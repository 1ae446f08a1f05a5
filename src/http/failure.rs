//! The reason why a request failed, with what the operator can do. No text contains content of the response.

use std::error::Error as StdError;
use std::io::ErrorKind;
use std::time::Duration;

use rustls::CertificateError;

/// A failed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestFailure {
    /// The cause, for logs. The status is the only part of the response in it.
    pub reason: String,
    /// The server's `Retry-After`.
    pub retry_after: Option<Duration>,
}

impl From<&str> for RequestFailure {
    fn from(reason: &str) -> Self {
        Self { reason: reason.to_owned(), retry_after: None }
    }
}

impl RequestFailure {
    /// Returns the error for a request without a complete response, after at most `timeout`.
    pub fn from_transport(error: &reqwest::Error, timeout: Duration) -> Self {
        if error.is_dns() {
            return "the host name cannot be resolved; check the URL, and DNS on this machine".into();
        }
        if let Some(error) = find_source::<rustls::Error>(error) {
            return tls_reason(error).into();
        }
        if error.is_timeout() {
            let seconds = timeout.as_secs_f64();
            let reason = format!(
                "the fetch timed out after {seconds} s; check that this machine can reach the server, or raise \
                 timeout_seconds"
            );
            return Self { reason, retry_after: None };
        }
        io_reason(find_source::<std::io::Error>(error).map(std::io::Error::kind), error.is_connect()).into()
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

fn tls_reason(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidCertificate(error) => certificate_reason(error),
        rustls::Error::InvalidMessage(_) => {
            "the TLS handshake failed, because the server does not use TLS at this port; check the scheme and the port \
             of the URL"
        }
        _ => "the TLS handshake failed; check that the server offers TLS 1.2 or 1.3 for this host name",
    }
}

fn certificate_reason(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::UnknownIssuer => {
            "the server's certificate is signed by an unknown authority; install the CA certificate on this machine, or \
             name it in SSL_CERT_FILE or SSL_CERT_DIR"
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
