//! `Verifier` in Python: verification with a cache, pending verifications, verified tokens, and the claims of a user.

mod bearer_authenticator;
mod caching_verifier;
mod pending_verification;
mod user_from_mapping;
mod verified_token;
mod verifier_class;

pub use bearer_authenticator::BearerAuthenticator;
pub use pending_verification::PendingVerification;
pub use user_from_mapping::{reject_sender_constrained, require_subject, user_fields};
pub use verified_token::VerifiedToken;
pub use verifier_class::{PyVerifier, verify_token};
