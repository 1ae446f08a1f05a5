//! Session tokens and session cookies of Better Auth: their names, their signatures, and the session in `session_data`.
//!
//! A session token with a good signature is not a session: Better Auth may have ended it. A store decides that.

pub mod cookie_names;
pub mod lookups;
mod mac_keys;
pub mod session_cookies;
pub mod session_data;
pub mod signed_session_token;
