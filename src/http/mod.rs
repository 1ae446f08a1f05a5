//! Requests over HTTP: which URLs are permitted, the client, what an operator configures for it, why a request failed, and
//! the threads that wait for responses.
//!
//! Remote key sets and look-ups of credentials share it. What a response means is decided by the module that asked.

pub(crate) mod client;
pub(crate) mod failure;
pub mod lookups;
pub mod network;
pub(crate) mod response;
pub mod runtime;
#[cfg(test)]
pub(crate) mod test_server;
pub mod url;
