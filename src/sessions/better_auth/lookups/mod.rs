//! Look-ups of sessions and API keys at a Better Auth server: which request is sent, when, and what its response means.
//!
//! A look-up sends one credential and nothing else of the client's request. A response that is not a clear answer is an
//! error, never a verdict.

mod auth_server;
mod credential;
mod remote_api_keys;
mod remote_sessions;
mod verdict;
pub use credential::Credential;
pub use remote_api_keys::RemoteApiKeys;
pub use remote_sessions::{RemoteSessions, SessionLookup};
pub use verdict::{ApiKeyOwner, SessionAnswer};
