//! Signs and encrypts session cookies with aws-lc-rs.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};

use crate::reference::base64url::encode;

/// The secret of the cookies.
pub const SECRET: &str = "a secret of the fuzz targets: 32+";

fn mac(message: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), message)
}

/// Returns a session token with its signature.
#[must_use]
pub fn sign_token(token: &[u8]) -> Vec<u8> {
    let signature = encode(mac(token).as_ref()).replace('-', "+").replace('_', "/") + "=";
    [token, b".", signature.as_bytes()].concat()
}

/// Returns `session_data` in Better Auth's form `compact`.
#[must_use]
pub fn sign_compact(payload: &[u8]) -> String {
    let members = payload.strip_suffix(b"}").unwrap_or(payload);
    let expires = b"1700000000001";
    let signature = encode(mac(&[members, b",\"expiresAt\":", expires, b"}"].concat()).as_ref());
    let text =
        [b"{\"session\":", payload, b",\"expiresAt\":", expires, b",\"signature\":\"", signature.as_bytes(), b"\"}"];
    encode(&text.concat())
}

/// Returns `session_data` in Better Auth's form `jwt`.
#[must_use]
pub fn sign_jwt(payload: &[u8]) -> String {
    let message = format!("eyJhbGciOiJIUzI1NiJ9.{}", encode(payload));
    let signature = encode(mac(message.as_bytes()).as_ref());
    format!("{message}.{signature}")
}

/// Encrypts by the steps of `next-auth/jwt` 4: HKDF without salt, `dir`, A256GCM.
#[must_use]
pub fn encrypt_next_auth(payload: &[u8]) -> String {
    let info = [&b"NextAuth.js Generated Encryption Key"[..]];
    let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, b"").extract(SECRET.as_bytes());
    let mut key = [0; 32];
    let filled = extracted.expand(&info, hkdf::HKDF_SHA256).and_then(|expanded| expanded.fill(&mut key));
    filled.expect("the key has the length of the hash");
    let header = encode(br#"{"alg":"dir","enc":"A256GCM"}"#);
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).expect("the key has 32 bytes"));
    let mut content = payload.to_vec();
    let nonce = Nonce::assume_unique_for_key([7; 12]);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), &mut content);
    let tag = tag.expect("the payload is short");
    format!("{header}..{}.{}.{}", encode(&[7; 12]), encode(&content), encode(tag.as_ref()))
}
