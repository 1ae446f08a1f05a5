//! Signs tokens: for tests, development issuers, and services that issue tokens.

use jsonwebtoken::{Algorithm as JwtAlgorithm, EncodingKey, crypto};

use crate::algorithms::{Algorithm, Curve, Family};
use crate::encoding::base64url;
use crate::error::{Error, Result};
use crate::keys::check_secret;
use crate::keys::key_pair::Pair;

/// Returns a compact JWS of `header` and `payload`, both JSON, signed by `key` with `algorithm`.
///
/// For HS*, `key` is a secret; otherwise it is a private key in PEM (PKCS #8, or PKCS #1 for RSA). The header is not checked.
///
/// # Errors
/// [`Error::InvalidKey`] if the key cannot be used with `algorithm`.
pub fn sign_token(header: &[u8], payload: &[u8], key: &[u8], algorithm: Algorithm) -> Result<String> {
    if algorithm.family() == Family::Hmac {
        check_secret(key)?;
    }
    let input = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
    let signature = sign(input.as_bytes(), key, algorithm)
        .ok_or_else(|| Error::InvalidKey(format!("The key cannot be used to sign with {}.", algorithm.name())))?;
    Ok(format!("{input}.{signature}"))
}

fn sign(input: &[u8], key: &[u8], algorithm: Algorithm) -> Option<String> {
    if let Family::Ec(Curve::P521 | Curve::Secp256k1) = algorithm.family() {
        return sign_with_key_pair(input, key, algorithm);
    }
    let key = match algorithm.family() {
        Family::Hmac => EncodingKey::from_secret(key),
        Family::Rsa => EncodingKey::from_rsa_pem(key).ok()?,
        Family::Ec(_) => EncodingKey::from_ec_pem(key).ok()?,
        Family::Ed25519 => EncodingKey::from_ed_pem(key).ok()?,
    };
    crypto::sign(input, &key, algorithm.name().parse::<JwtAlgorithm>().ok()?).ok()
}

/// Signs with ES512 and ES256K, which jsonwebtoken does not implement.
fn sign_with_key_pair(input: &[u8], key: &[u8], algorithm: Algorithm) -> Option<String> {
    let signature = Pair::from_pem(key).ok()?.sign(algorithm, input).ok()?;
    Some(base64url::encode(&signature))
}
