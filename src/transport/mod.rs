//! Credentials in the headers of a request.

pub mod authorization;
pub mod cookies;
