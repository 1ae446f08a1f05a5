//! Credentials in the headers of a request, and the headers that tell a cross-site request from one of the own site.

pub mod authorization;
pub(crate) mod chunked_cookie;
pub mod cookies;
pub mod origin_policy;
