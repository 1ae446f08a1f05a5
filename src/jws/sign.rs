//! Signs tokens: for tests, development issuers, and services that issue tokens.

use crate::algorithms::{Algorithm, Curve, KeyType};
use crate::encoding::base64url;
use crate::error::{Error, Result};
use crate::keys::asymmetric_key::AsymmetricKey;
use crate::keys::{check_secret, mac_key};

/// Returns a compact JWS of `header` and `payload`, both JSON, signed by `key` with `algorithm`.
///
/// For HS*, `key` is a secret; otherwise it is a private key in PEM (PKCS #8, PKCS #1 for RSA, SEC 1 for EC). The header
/// is not checked.
///
/// # Errors
/// [`Error::InvalidKey`] if the key cannot be used with `algorithm`, [`Error::WeakKey`] for a short RSA key.
pub fn sign_token(header: &[u8], payload: &[u8], key: &[u8], algorithm: Algorithm) -> Result<String> {
    let input = signing_input(header, payload);
    let signature = sign(input.as_bytes(), key, algorithm)?;
    Ok(append_signature(input, &signature))
}

/// Returns the bytes to sign (RFC 7515 §5.1 step 5).
pub(crate) fn signing_input(header: &[u8], payload: &[u8]) -> String {
    format!("{}.{}", base64url::encode(header), base64url::encode(payload))
}

/// Returns the compact JWS (RFC 7515 §7.1).
pub(crate) fn append_signature(signing_input: String, signature: &[u8]) -> String {
    signing_input + "." + &base64url::encode(signature)
}

fn sign(input: &[u8], key: &[u8], algorithm: Algorithm) -> Result<Vec<u8>> {
    if algorithm.key_type() == KeyType::Oct {
        check_secret(key)?;
        return mac_key(algorithm, key).map(|key| key.sign(input)).ok_or_else(|| cannot_sign(algorithm));
    }
    let key = AsymmetricKey::from_pem(key)?;
    check_curve(key.curve(), algorithm)?;
    key.sign(algorithm, input)
}

/// Checks that `curve` is the one of `algorithm`, if the algorithm has one (RFC 7518 §3.4, RFC 8812 §3.2).
pub(crate) fn check_curve(curve: Option<Curve>, algorithm: Algorithm) -> Result<()> {
    match algorithm.curve() {
        Some(expected) if curve != Some(expected) => Err(cannot_sign(algorithm)),
        _ => Ok(()),
    }
}

fn cannot_sign(algorithm: Algorithm) -> Error {
    Error::InvalidKey(format!("The key cannot be used to sign with {}.", algorithm.name()))
}
