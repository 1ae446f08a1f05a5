//! Opaque access tokens: OAuth 2.0 Token Introspection (RFC 7662) at an authorization server.
//!
//! A request has one token and the credentials of this application. Only `"active": true` accepts a token, and its claims are
//! then validated like those of a JWT. A response that is not a clear answer is an error, never a verdict.

mod access_token;
mod answer;
mod client_authentication;
mod endpoint;
mod form;
mod remote_introspection;
mod secret_source;

pub use access_token::AccessToken;
pub use answer::IntrospectionAnswer;
pub use client_authentication::{AuthMethod, ClientAuthentication};
pub use endpoint::Endpoint;
pub use remote_introspection::{IntrospectionOptions, RemoteIntrospection};
pub use secret_source::SecretSource;
