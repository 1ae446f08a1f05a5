//! One error for the whole core: what is wrong, a stable code for it, and the claim concerned.
//!
//! No text holds any part of a token, a key or a secret. Where python-jose has a text for the case, it is used, since
//! programs compare it.

use std::time::Duration;

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a token is refused, a key cannot be used, or a configuration cannot be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The token is no compact JWS of a JSON claims set (RFC 7515 §7.1, RFC 7519 §7.2); says which part.
    #[error("{0}")]
    Malformed(&'static str),
    /// The token is longer than the verifier reads.
    #[error("Token is longer than {max_bytes} bytes")]
    TooLarge {
        /// The verifier's limit, in bytes.
        max_bytes: usize,
    },
    /// The header asks for an extension, and none is understood (RFC 7515 §4.1.11, RFC 7797 §6).
    #[error("Unsupported critical header parameter")]
    UnsupportedHeader,
    /// The header's `typ` is not the expected one (RFC 8725 §3.11).
    #[error("Invalid token type")]
    WrongType,
    /// The header's `alg` is not on the allow-list (RFC 8725 §3.1).
    #[error("The specified alg value is not allowed")]
    AlgorithmNotAllowed,
    /// No key fits the header's `kid` and `alg`.
    #[error("No key matches the token.")]
    UnknownKey,
    /// No key that fits made the signature.
    #[error("Signature verification failed.")]
    BadSignature,
    /// A claim that must be there is not.
    #[error("missing required key \"{0}\" among claims")]
    MissingClaim(String),
    /// A registered claim has the wrong JSON type.
    #[error("{reason}")]
    InvalidClaim {
        /// The claim's name.
        claim: &'static str,
        /// What it must be.
        reason: &'static str,
    },
    /// `exp` has passed (RFC 7519 §4.1.4).
    #[error("Signature has expired.")]
    Expired,
    /// `nbf` is still to come (RFC 7519 §4.1.5).
    #[error("The token is not yet valid (nbf)")]
    NotYetValid,
    /// `iss` is not an expected issuer (RFC 7519 §4.1.1).
    #[error("Invalid issuer")]
    WrongIssuer,
    /// `aud` names no expected audience, or there is none to expect (RFC 7519 §4.1.3).
    #[error("Invalid audience")]
    WrongAudience,
    /// `sub` is not the expected subject (RFC 7519 §4.1.2).
    #[error("Invalid subject")]
    WrongSubject,
    /// Key material that cannot be used.
    #[error("{0}")]
    InvalidKey(String),
    /// Key material below the least size of its algorithms (RFC 7518 §3.2, §3.3).
    #[error("{0}")]
    WeakKey(String),
    /// The curve's order is shorter than the hash that should be signed with it.
    #[error("this curve ({curve}) is too short for your digest ({hash_bits})")]
    CurveTooShort {
        /// The curve's name in SEC 2.
        curve: &'static str,
        /// The length of the hash, in bits.
        hash_bits: usize,
    },
    /// Arguments that cannot be right together.
    #[error("{0}")]
    Configuration(String),
    /// A remote key set could not be had.
    #[error("Key set unavailable: {why}")]
    KeysUnavailable {
        /// Why not.
        why: String,
        /// When it will be asked again.
        retry_after: Duration,
    },
    /// A key may be had by fetching; never shown, for the verifier then fetches and tries once more.
    #[error("Key not at hand")]
    KeyNotAtHand,
    /// The token is no compact JWE (RFC 7516 §7.1); says which part.
    #[error("{0}")]
    JweMalformed(&'static str),
    /// The JWE is longer than the caller reads.
    #[error("JWE string {bytes} bytes exceeds {max_bytes} bytes")]
    JweTooLarge {
        /// Its length, in bytes.
        bytes: usize,
        /// The caller's limit, in bytes.
        max_bytes: usize,
    },
    /// What was encrypted is longer than the caller takes.
    #[error("Decompressed JWE string exceeds {max_bytes} bytes")]
    JwePlaintextTooLarge {
        /// The caller's limit, in bytes.
        max_bytes: usize,
    },
    /// The JWE's header asks for an extension, and none is understood (RFC 7516 §4.1.13).
    #[error("Unsupported critical header parameter")]
    JweUnsupportedHeader,
    /// The header parameter of that name (`alg`, `enc` or `zip`) has a value that is not in the tables.
    #[error("The specified {0} value is not supported")]
    JweAlgorithmNotSupported(&'static str),
    /// The header parameter of that name (`alg` or `enc`) is not on the caller's allow-list (RFC 8725 §3.1).
    #[error("The specified {0} value is not allowed")]
    JweAlgorithmNotAllowed(&'static str),
    /// The key is not the JWE's, or somebody changed it: which of the two, and where, is not told (RFC 7516 §11.5).
    #[error("Invalid JWE Auth Tag")]
    JweAuthentication,
    /// A primitive refused its work: no randomness, or content beyond its size.
    #[error("The cryptographic operation failed")]
    JweFailed,
}

/// Whose fault an error is, and so which class a caller catches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The token's: its form, header or signature, or a claim that is missing.
    Token,
    /// A claim's value.
    Claims,
    /// The token's age.
    Expired,
    /// The key material's.
    Key,
    /// The key server's.
    Unavailable,
    /// The caller's.
    Configuration,
    /// The caller's, and of a kind that is a `TypeError` in Python because python-jose's is.
    Misuse,
    /// The JWE's, in none of the ways below.
    Jwe,
    /// The JWE's form.
    JweForm,
    /// The JWE's algorithms.
    JweAlgorithm,
    /// The JWE's authentication tag.
    JweAuthentication,
}

impl Error {
    /// Returns the error for key material that cannot be used.
    pub(crate) fn invalid_key(reason: impl Into<String>) -> Self {
        Self::InvalidKey(reason.into())
    }

    /// A stable name of the case, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::TooLarge { .. } => "too_large",
            Self::UnsupportedHeader => "unsupported_header",
            Self::WrongType => "wrong_type",
            Self::AlgorithmNotAllowed => "algorithm_not_allowed",
            Self::UnknownKey | Self::KeyNotAtHand => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::MissingClaim(_) => "missing_claim",
            Self::InvalidClaim { .. } => "invalid_claim",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongAudience => "wrong_audience",
            Self::WrongSubject => "wrong_subject",
            Self::InvalidKey(_) => "invalid_key",
            Self::WeakKey(_) => "weak_key",
            Self::CurveTooShort { .. } => "curve_too_short",
            Self::Configuration(_) => "configuration",
            Self::KeysUnavailable { .. } => "keys_unavailable",
            Self::JweMalformed(_) => "jwe_malformed",
            Self::JweTooLarge { .. } | Self::JwePlaintextTooLarge { .. } => "jwe_too_large",
            Self::JweUnsupportedHeader => "jwe_unsupported_header",
            Self::JweAlgorithmNotSupported(_) => "jwe_algorithm_not_supported",
            Self::JweAlgorithmNotAllowed(_) => "jwe_algorithm_not_allowed",
            Self::JweAuthentication => "jwe_authentication",
            Self::JweFailed => "jwe_failed",
        }
    }

    /// The claim concerned, if it is about one.
    #[must_use]
    pub fn claim(&self) -> Option<&str> {
        match self {
            Self::MissingClaim(claim) => Some(claim),
            Self::InvalidClaim { claim, .. } => Some(claim),
            Self::Expired => Some("exp"),
            Self::NotYetValid => Some("nbf"),
            Self::WrongIssuer => Some("iss"),
            Self::WrongAudience => Some("aud"),
            Self::WrongSubject => Some("sub"),
            _ => None,
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Expired => Kind::Expired,
            Self::InvalidClaim { .. }
            | Self::NotYetValid
            | Self::WrongIssuer
            | Self::WrongAudience
            | Self::WrongSubject => Kind::Claims,
            Self::InvalidKey(_) | Self::WeakKey(_) => Kind::Key,
            Self::KeysUnavailable { .. } => Kind::Unavailable,
            Self::CurveTooShort { .. } => Kind::Misuse,
            Self::Configuration(_) => Kind::Configuration,
            Self::JweMalformed(_) => Kind::JweForm,
            Self::JweAlgorithmNotSupported(_) | Self::JweAlgorithmNotAllowed(_) => Kind::JweAlgorithm,
            Self::JweAuthentication => Kind::JweAuthentication,
            Self::JweTooLarge { .. }
            | Self::JwePlaintextTooLarge { .. }
            | Self::JweUnsupportedHeader
            | Self::JweFailed => Kind::Jwe,
            _ => Kind::Token,
        }
    }
}
