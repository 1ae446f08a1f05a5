//! The error of the core: a message, a stable code, and the claim that it concerns.
//!
//! No message contains any part of a token, a key or a secret. If python-jose has a message for the case, it is used here,
//! because programs compare messages.

use std::time::Duration;

/// The result of a fallible function of the core.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason why a token is rejected, a key cannot be used, or a configuration is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The token is not a compact JWS of a JSON claims set (RFC 7515 §7.1, RFC 7519 §7.2). The message names the part.
    #[error("{0}")]
    Malformed(&'static str),
    /// The token is not a compact JWS. The message has the reason of python-jose, and the problem of this token.
    #[error("{reason}: {problem}")]
    Undecodable {
        /// The message of python-jose.
        reason: &'static str,
        /// The problem.
        problem: &'static str,
    },
    /// The token is longer than the verifier accepts.
    #[error("Token is longer than {max_bytes} bytes")]
    TooLarge {
        /// The verifier's limit, in bytes.
        max_bytes: usize,
    },
    /// The header is longer than the verifier accepts.
    #[error("The token's header is longer than {max_bytes} bytes")]
    HeaderTooLarge {
        /// The verifier's limit, in bytes.
        max_bytes: usize,
    },
    /// The header requires an extension; none is implemented (RFC 7515 §4.1.11, RFC 7797 §6).
    #[error("Unsupported critical header parameter")]
    UnsupportedHeader,
    /// The header's `typ` is not the expected one (RFC 8725 §3.11).
    #[error("Invalid token type")]
    WrongTyp,
    /// A parameter of the header is missing, or is not an expected one. Contains its name, which the caller configured.
    #[error("Invalid header parameter \"{0}\"")]
    WrongHeader(String),
    /// The header's `alg` is not on the allow-list (RFC 8725 §3.1).
    #[error("The specified alg value is not allowed")]
    AlgorithmNotAllowed,
    /// No key matches the header's `kid` and `alg`.
    #[error("No key matches the token.")]
    UnknownKey,
    /// No matching key verifies the signature.
    #[error("Signature verification failed.")]
    BadSignature,
    /// A required claim is missing.
    #[error("missing required key \"{0}\" among claims")]
    MissingClaim(String),
    /// A registered claim has the wrong JSON type.
    #[error("{reason}")]
    InvalidClaim {
        /// The claim's name.
        claim: &'static str,
        /// The requirement that the claim violates.
        reason: &'static str,
    },
    /// The claim with the user's id is neither a string nor an integer. Contains its name, which the caller configured.
    #[error("Claim \"{0}\" must be a string or an integer.")]
    InvalidUserId(String),
    /// The function of the application did not accept the claims.
    #[error("The application does not accept the claims")]
    ClaimsNotAccepted,
    /// `exp` has passed (RFC 7519 §4.1.4).
    #[error("Signature has expired.")]
    Expired,
    /// `nbf` is in the future (RFC 7519 §4.1.5).
    #[error("The token is not yet valid (nbf)")]
    NotYetValid,
    /// `iat` is in the future, and the policy checks it.
    #[error("The token is not yet valid (iat)")]
    IssuedInFuture,
    /// `iss` is not an expected issuer (RFC 7519 §4.1.1).
    #[error("Invalid issuer")]
    WrongIssuer,
    /// `aud` does not contain an expected audience, or no audience is configured (RFC 7519 §4.1.3).
    #[error("Invalid audience")]
    WrongAudience,
    /// `sub` is not the expected subject (RFC 7519 §4.1.2).
    #[error("Invalid subject")]
    WrongSubject,
    /// A claim is not an expected one. Contains its name, which the caller configured or a specification defines.
    #[error("Invalid claim \"{0}\"")]
    WrongClaim(String),
    /// The key material cannot be used.
    #[error("{0}")]
    InvalidKey(String),
    /// The key is shorter than its algorithms require (RFC 7518 §3.2, §3.3).
    #[error("{0}")]
    WeakKey(String),
    /// The order of the curve is shorter than the hash of the algorithm.
    #[error("this curve ({curve}) is too short for your digest ({hash_bits})")]
    CurveTooShort {
        /// The curve's name in SEC 2.
        curve: &'static str,
        /// The length of the hash, in bits.
        hash_bits: usize,
    },
    /// The arguments are invalid, or do not fit together.
    #[error("{0}")]
    Configuration(String),
    /// A remote key set could not be fetched.
    #[error("Key set unavailable: {reason}")]
    KeysUnavailable {
        /// The reason, without content of the response.
        reason: String,
        /// The time until the next fetch.
        retry_after: Duration,
    },
    /// The token, its session or its user was revoked.
    #[error("Token has been revoked")]
    Revoked,
    /// The authorization server says that the token is not active: expired, revoked, or unknown to it (RFC 7662 §2.2).
    #[error("The token is not active")]
    InactiveToken,
    /// A store of sessions, API keys, opaque tokens or revocations cannot answer.
    #[error("Store unavailable: {reason}")]
    StoreUnavailable {
        /// The reason, without content of the credential or of the response.
        reason: String,
        /// The time after which the client may try again.
        retry_after: Duration,
    },
}

/// The class of an error: in Python, the exception class that a caller catches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// The token is malformed, its header or signature is wrong, or a claim is missing.
    Token,
    /// A claim has an unacceptable value.
    Claims,
    /// The token has expired.
    Expired,
    /// The key material cannot be used.
    Key,
    /// The key server is unavailable.
    Unavailable,
    /// A store of sessions, API keys, opaque tokens or revocations is unavailable.
    StoreUnavailable,
    /// An argument or a configuration is invalid.
    Configuration,
    /// An argument is invalid in a way that is a `TypeError` in python-jose.
    ArgumentType,
}

impl Error {
    /// Returns the error for key material that cannot be used.
    pub(crate) fn invalid_key(reason: impl Into<String>) -> Self {
        Self::InvalidKey(reason.into())
    }

    /// Returns the stable code of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::Undecodable { .. } => "malformed",
            Self::TooLarge { .. } | Self::HeaderTooLarge { .. } => "too_large",
            Self::UnsupportedHeader => "unsupported_header",
            Self::WrongTyp => "wrong_type",
            Self::WrongHeader(_) => "wrong_header",
            Self::AlgorithmNotAllowed => "algorithm_not_allowed",
            Self::UnknownKey => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::MissingClaim(_) => "missing_claim",
            Self::InvalidClaim { .. } | Self::InvalidUserId(_) => "invalid_claim",
            Self::ClaimsNotAccepted => "claims_not_accepted",
            Self::Expired => "expired",
            Self::NotYetValid | Self::IssuedInFuture => "not_yet_valid",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongAudience => "wrong_audience",
            Self::WrongSubject => "wrong_subject",
            Self::WrongClaim(_) => "wrong_claim",
            Self::InvalidKey(_) => "invalid_key",
            Self::WeakKey(_) => "weak_key",
            Self::CurveTooShort { .. } => "curve_too_short",
            Self::Configuration(_) => "configuration",
            Self::KeysUnavailable { .. } => "keys_unavailable",
            Self::Revoked => "revoked",
            Self::InactiveToken => "inactive_token",
            Self::StoreUnavailable { .. } => "store_unavailable",
        }
    }

    /// Returns the name of the claim that the error concerns.
    #[must_use]
    pub fn claim(&self) -> Option<&str> {
        match self {
            Self::MissingClaim(claim) | Self::WrongClaim(claim) | Self::InvalidUserId(claim) => Some(claim),
            Self::InvalidClaim { claim, .. } => Some(claim),
            Self::Expired => Some("exp"),
            Self::NotYetValid => Some("nbf"),
            Self::IssuedInFuture => Some("iat"),
            Self::WrongIssuer => Some("iss"),
            Self::WrongAudience => Some("aud"),
            Self::WrongSubject => Some("sub"),
            _ => None,
        }
    }

    /// Returns the class of the error.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Expired => ErrorClass::Expired,
            Self::InvalidClaim { .. }
            | Self::InvalidUserId(_)
            | Self::ClaimsNotAccepted
            | Self::NotYetValid
            | Self::IssuedInFuture
            | Self::WrongIssuer
            | Self::WrongAudience
            | Self::WrongSubject
            | Self::WrongClaim(_) => ErrorClass::Claims,
            Self::InvalidKey(_) | Self::WeakKey(_) => ErrorClass::Key,
            Self::KeysUnavailable { .. } => ErrorClass::Unavailable,
            Self::StoreUnavailable { .. } => ErrorClass::StoreUnavailable,
            Self::CurveTooShort { .. } => ErrorClass::ArgumentType,
            Self::Configuration(_) => ErrorClass::Configuration,
            _ => ErrorClass::Token,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Error, ErrorClass};

    #[test]
    fn each_error_has_a_class_and_names_its_claim() {
        let text = || "a".to_owned();
        let retry_after = Duration::ZERO;
        for (error, class, claim) in [
            (Error::Malformed("a"), ErrorClass::Token, None),
            (Error::UnknownKey, ErrorClass::Token, None),
            (Error::BadSignature, ErrorClass::Token, None),
            (Error::Revoked, ErrorClass::Token, None),
            (Error::InactiveToken, ErrorClass::Token, None),
            (Error::MissingClaim(text()), ErrorClass::Token, Some("a")),
            (Error::InvalidClaim { claim: "b", reason: "c" }, ErrorClass::Claims, Some("b")),
            (Error::InvalidUserId(text()), ErrorClass::Claims, Some("a")),
            (Error::ClaimsNotAccepted, ErrorClass::Claims, None),
            (Error::Expired, ErrorClass::Expired, Some("exp")),
            (Error::NotYetValid, ErrorClass::Claims, Some("nbf")),
            (Error::IssuedInFuture, ErrorClass::Claims, Some("iat")),
            (Error::WrongIssuer, ErrorClass::Claims, Some("iss")),
            (Error::WrongAudience, ErrorClass::Claims, Some("aud")),
            (Error::WrongSubject, ErrorClass::Claims, Some("sub")),
            (Error::WrongClaim(text()), ErrorClass::Claims, Some("a")),
            (Error::InvalidKey(text()), ErrorClass::Key, None),
            (Error::WeakKey(text()), ErrorClass::Key, None),
            (Error::CurveTooShort { curve: "a", hash_bits: 1 }, ErrorClass::ArgumentType, None),
            (Error::Configuration(text()), ErrorClass::Configuration, None),
            (Error::KeysUnavailable { reason: text(), retry_after }, ErrorClass::Unavailable, None),
            (Error::StoreUnavailable { reason: text(), retry_after }, ErrorClass::StoreUnavailable, None),
        ] {
            assert_eq!((error.class(), error.claim()), (class, claim), "{error:?}");
        }
    }
}
