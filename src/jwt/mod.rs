//! JSON Web Token (RFC 7519): claims, the user that they identify, the verifier, the cache of verified tokens.

pub mod claims;
pub mod token_cache;
pub mod user_claims;
pub mod verifier;
