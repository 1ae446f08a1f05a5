//! JSON Web Signature (RFC 7515): the compact token, the cache of its headers, verifying and signing.

pub mod compact;
pub(crate) mod critical_headers;
pub(crate) mod diagnosis;
pub mod header_cache;
mod header_structure;
pub(crate) mod limits;
pub mod sign;
pub mod verify;
