//! The answer of a server for one key.

use std::time::Duration;

use crate::http::failure::RequestFailure;

/// The answer of a server for one key.
pub(in crate::jwks) enum KeyAnswer {
    /// The key in PEM, and the time for which the server permits its use.
    Found { kid: String, pem: Vec<u8>, max_age: Option<Duration> },
    /// The server has no such key.
    Absent,
    /// The server does not show the key, and may have it.
    Refused(RequestFailure),
}
