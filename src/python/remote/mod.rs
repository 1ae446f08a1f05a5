//! The classes that ask servers: `RemoteKeySet`.

mod key_set;
mod settings;

pub use key_set::{PyRemoteKeySet, url_origin};
