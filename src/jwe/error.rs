//! Errors of JSON Web Encryption: a message, a stable code, and the class that a caller catches.
//!
//! No message contains any part of a token, a key or a plaintext. If python-jose has a message for a case, it is used,
//! because programs compare it.

use crate::error::Error as KeyError;

/// The result of a JWE operation.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason why a JWE cannot be encrypted or decrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The token is not a compact JWE (RFC 7516 §7.1). The message names the malformed part.
    #[error("{0}")]
    Malformed(&'static str),
    /// The token is longer than the caller's limit.
    #[error("JWE string {size_bytes} bytes exceeds {max_bytes} bytes")]
    TooLarge {
        /// The length of the token, in bytes.
        size_bytes: usize,
        /// The caller's limit, in bytes.
        max_bytes: usize,
    },
    /// The plaintext is longer than the caller's limit.
    #[error("Decompressed JWE string exceeds {max_bytes} bytes")]
    PlaintextTooLarge {
        /// The caller's limit, in bytes.
        max_bytes: usize,
    },
    /// The header requires an extension (`crit`). No extension is supported (RFC 7516 §4.1.13).
    #[error("Unsupported critical header parameter")]
    UnsupportedHeader,
    /// The named header parameter (`alg`, `enc` or `zip`) has an unsupported value.
    #[error("The specified {0} value is not supported")]
    AlgorithmNotSupported(&'static str),
    /// The named header parameter (`alg` or `enc`) is not on the caller's allow-list (RFC 8725 §3.1).
    #[error("The specified {0} value is not allowed")]
    AlgorithmNotAllowed(&'static str),
    /// The token was encrypted to another key, or an attacker changed it. The error does not distinguish these cases
    /// and does not locate the change (RFC 7516 §11.5).
    #[error("Invalid JWE Auth Tag")]
    AuthenticationFailed,
    /// A cryptographic primitive failed: no randomness, or an input longer than it supports.
    #[error("The cryptographic operation failed")]
    CryptoFailure,
    /// The key cannot be used with the algorithm.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The arguments contradict each other, or one of them has the wrong length.
    #[error("{0}")]
    Configuration(String),
}

/// The class of an error, which determines the exception that Python raises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// A JWE error of no narrower class.
    General,
    /// The form of the token.
    Parse,
    /// The algorithms of the token.
    Algorithm,
    /// The authentication tag of the token.
    Authentication,
    /// The key.
    Key,
    /// The arguments of the caller.
    Configuration,
}

impl Error {
    /// Returns the stable code of the error, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "jwe_malformed",
            Self::TooLarge { .. } | Self::PlaintextTooLarge { .. } => "jwe_too_large",
            Self::UnsupportedHeader => "jwe_unsupported_header",
            Self::AlgorithmNotSupported(_) => "jwe_algorithm_not_supported",
            Self::AlgorithmNotAllowed(_) => "jwe_algorithm_not_allowed",
            Self::AuthenticationFailed => "jwe_authentication",
            Self::CryptoFailure => "jwe_failed",
            Self::Key(error) => error.code(),
            Self::Configuration(_) => "configuration",
        }
    }

    /// Returns the class of the error.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::TooLarge { .. } | Self::PlaintextTooLarge { .. } | Self::UnsupportedHeader | Self::CryptoFailure => {
                ErrorClass::General
            }
            Self::Malformed(_) => ErrorClass::Parse,
            Self::AlgorithmNotSupported(_) | Self::AlgorithmNotAllowed(_) => ErrorClass::Algorithm,
            Self::AuthenticationFailed => ErrorClass::Authentication,
            Self::Key(_) => ErrorClass::Key,
            Self::Configuration(_) => ErrorClass::Configuration,
        }
    }

    pub(super) fn invalid_key(message: String) -> Self {
        Self::Key(KeyError::InvalidKey(message))
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, ErrorClass, KeyError};

    #[test]
    fn each_error_has_a_code_and_a_class() {
        let text = || "a".to_owned();
        for (error, code, class) in [
            (Error::Malformed("a"), "jwe_malformed", ErrorClass::Parse),
            (Error::TooLarge { size_bytes: 2, max_bytes: 1 }, "jwe_too_large", ErrorClass::General),
            (Error::PlaintextTooLarge { max_bytes: 1 }, "jwe_too_large", ErrorClass::General),
            (Error::UnsupportedHeader, "jwe_unsupported_header", ErrorClass::General),
            (Error::AlgorithmNotSupported("alg"), "jwe_algorithm_not_supported", ErrorClass::Algorithm),
            (Error::AlgorithmNotAllowed("enc"), "jwe_algorithm_not_allowed", ErrorClass::Algorithm),
            (Error::AuthenticationFailed, "jwe_authentication", ErrorClass::Authentication),
            (Error::CryptoFailure, "jwe_failed", ErrorClass::General),
            (Error::invalid_key(text()), "invalid_key", ErrorClass::Key),
            (Error::Key(KeyError::WeakKey(text())), "weak_key", ErrorClass::Key),
            (Error::Configuration(text()), "configuration", ErrorClass::Configuration),
        ] {
            assert_eq!((error.code(), error.class()), (code, class), "{error:?}");
        }
    }
}
