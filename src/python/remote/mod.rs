//! The classes that ask servers: `RemoteKeySet`, `RemoteSessions`, `RemoteApiKeys` and `RemoteIntrospection`.

mod api_keys;
mod discovery_document;
mod introspection;
mod key_set;
mod key_set_options;
mod network;
mod sessions;
mod settings;

pub use api_keys::PyRemoteApiKeys;
pub use discovery_document::PyDiscoveryDocument;
pub use introspection::PyRemoteIntrospection;
pub use key_set::{PyRemoteKeySet, url_origin};
pub use sessions::PyRemoteSessions;
