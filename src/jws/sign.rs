//! Signs tokens: for tests, development issuers, and services that issue tokens.

use jsonwebtoken::{Algorithm as JwtAlgorithm, EncodingKey, crypto};

use crate::algorithms::{Algorithm, KeyType};
use crate::encoding::base64url;
use crate::error::{Error, Result};
use crate::keys::asymmetric_key::AsymmetricKey;
use crate::keys::check_secret;

/// Returns a compact JWS of `header` and `payload`, both JSON, signed by `key` with `algorithm`.
///
/// For HS*, `key` is a secret; otherwise it is a private key in PEM (PKCS #8, or PKCS #1 for RSA). The header is not
/// checked.
///
/// # Errors
/// [`Error::InvalidKey`] if the key cannot be used with `algorithm`.
pub fn sign_token(header: &[u8], payload: &[u8], key: &[u8], algorithm: Algorithm) -> Result<String> {
    if algorithm.key_type() == KeyType::Oct {
        check_secret(key)?;
    }
    let input = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
    let signature = sign(input.as_bytes(), key, algorithm)
        .ok_or_else(|| Error::InvalidKey(format!("The key cannot be used to sign with {}.", algorithm.name())))?;
    Ok(format!("{input}.{signature}"))
}

fn sign(input: &[u8], key: &[u8], algorithm: Algorithm) -> Option<String> {
    let Ok(jwt_algorithm) = algorithm.name().parse::<JwtAlgorithm>() else {
        return sign_with_asymmetric_key(input, key, algorithm);
    };
    let key = match algorithm.key_type() {
        KeyType::Oct => EncodingKey::from_secret(key),
        KeyType::Rsa => EncodingKey::from_rsa_pem(key).ok()?,
        KeyType::Ec => EncodingKey::from_ec_pem(key).ok()?,
        KeyType::Okp => EncodingKey::from_ed_pem(key).ok()?,
    };
    crypto::sign(input, &key, jwt_algorithm).ok()
}

/// Signs with an algorithm that jsonwebtoken does not implement, such as ES512 and ES256K.
fn sign_with_asymmetric_key(input: &[u8], key: &[u8], algorithm: Algorithm) -> Option<String> {
    let signature = AsymmetricKey::from_pem(key).ok()?.sign(algorithm, input).ok()?;
    Some(base64url::encode(&signature))
}
