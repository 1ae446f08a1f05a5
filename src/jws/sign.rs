//! Signing: for tests, development issuers and services that issue tokens of their own.

use jsonwebtoken::{Algorithm as Named, EncodingKey, crypto};

use crate::algorithms::{Algorithm, Curve, Family};
use crate::encoding::base64url;
use crate::error::{Error, Result};
use crate::keys::check_secret;
use crate::keys::asymmetric_key::Pair;

/// The compact JWS of `payload` under `header`, both JSON, signed by `key` with `algorithm`.
///
/// `key` is a secret for HS*, else a private key in PEM (PKCS #8; PKCS #1 for RSA). The header is written as it comes.
///
/// # Errors
/// [`Error::InvalidKey`] for a key that cannot be used with `algorithm`.
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
        return sign_with_pair(input, key, algorithm);
    }
    let key = match algorithm.family() {
        Family::Hmac => EncodingKey::from_secret(key),
        Family::Rsa => EncodingKey::from_rsa_pem(key).ok()?,
        Family::Ec(_) => EncodingKey::from_ec_pem(key).ok()?,
        Family::Ed25519 => EncodingKey::from_ed_pem(key).ok()?,
    };
    crypto::sign(input, &key, algorithm.name().parse::<Named>().ok()?).ok()
}

/// jsonwebtoken has neither ES512 nor ES256K.
fn sign_with_pair(input: &[u8], key: &[u8], algorithm: Algorithm) -> Option<String> {
    let signature = Pair::from_pem(key).ok()?.sign(algorithm, input).ok()?;
    Some(base64url::encode(&signature))
}
