//! Look-ups of one credential at a server: the connections, the limits, who shares a request, and cached answers.
//!
//! A look-up sends one credential and nothing else of the client's request. The module that asks decides what is sent, and
//! what the response means.

mod answer_cache;
mod connections;
mod flights;
mod server;
mod shared_lookups;
mod slots;

pub(crate) use answer_cache::{Answer, CachePolicy};
pub use server::LookupLimits;
pub(crate) use server::{LookupServer, Question, Reply};
pub use shared_lookups::Lookup;
pub(crate) use shared_lookups::SharedLookups;
pub(crate) use slots::Slots;
