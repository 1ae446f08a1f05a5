//! `Verifier` in Python: verification with a cache, pending verifications, verified tokens, the claims of a user, and
//! revocations.

mod acceptance;
mod bearer_user;
mod caching_verifier;
mod function_alias;
mod once_per_request;
mod pending_verification;
pub mod policy_args;
mod revocation_list;
mod token_size;
mod unverified_issuer;
mod user_from_mapping;
mod verification_counts;
mod verified_token;
mod verifier_arguments;
mod verifier_class;

pub use acceptance::Acceptance;
pub use function_alias::FunctionAlias;
pub use once_per_request::RequestAuthenticator;
pub use pending_verification::PendingVerification;
pub use revocation_list::{PyRevocationList, check_claims_not_revoked, revocations_arg};
pub use unverified_issuer::{unverified_issuer_of_request, unverified_issuer_of_token};
pub use user_from_mapping::{reject_sender_constrained, require_subject, user_fields};
pub use verified_token::VerifiedToken;
pub use verifier_class::{PyVerifier, verify_token};
