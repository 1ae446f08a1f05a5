//! JSON Web Token (RFC 7519): claims, the user that they identify, the verifier, the cache of verified
//! tokens, the list of revocations.

pub mod claims;
mod header_policy;
pub mod introspection;
pub mod key_origin;
mod numeric_date;
pub mod revocation;
pub mod token_cache;
pub mod unverified_issuer;
pub mod user_fields;
pub mod user_id;
pub mod validity;
pub mod verifier;
pub mod waiting_token;

pub(crate) use numeric_date::numeric_date_seconds;
