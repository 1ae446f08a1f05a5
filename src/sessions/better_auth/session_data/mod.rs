//! The cookie `session_data`: a session and its user, which Better Auth signs or encrypts so that it need not look them up.

mod compact;
mod jwe;
mod jwt;
mod payload;
mod reader;
#[cfg(test)]
pub(super) mod recorded;

pub(super) use jwe::EncryptionKeys;
pub use jwe::encrypt as encrypt_session_data;
pub use payload::{SessionDataError, SessionPayload};
pub(super) use reader::SessionDataReader;
pub use reader::Strategy;
