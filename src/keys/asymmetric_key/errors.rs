//! Errors that all types of asymmetric keys share.

use crate::algorithms::Algorithm;
use crate::error::Error;

pub(super) fn cannot_sign(algorithm: Algorithm) -> Error {
    Error::InvalidKey(format!("The key cannot be used to sign with {}.", algorithm.name()))
}

pub(super) fn unsupported_format() -> Error {
    Error::Configuration("A key of this kind cannot be exported in this format.".to_owned())
}
