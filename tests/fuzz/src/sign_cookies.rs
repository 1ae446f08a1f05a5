//! Signs and encrypts session cookies with aws-lc-rs.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hkdf, hmac};

use crate::reference::base64url::encode;

/// The secret of the cookies, an old one that is accepted, an old one that is not, and one that the readers do not have.
pub const SECRETS: [&str; 4] = [
    "a secret of the fuzz targets: 32+",
    "another secret of the fuzz targets",
    "a retired secret of the fuzz targets",
    "an unknown secret of the fuzz targets",
];

fn mac(secret: &str, message: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message)
}

/// Returns a session token with its signature.
#[must_use]
pub fn sign_token(token: &[u8], secret: &str) -> Vec<u8> {
    let signature = encode(mac(secret, token).as_ref()).replace('-', "+").replace('_', "/") + "=";
    [token, b".", signature.as_bytes()].concat()
}

/// Returns `session_data` in Better Auth's form `compact`.
#[must_use]
pub fn sign_compact(payload: &[u8], secret: &str) -> String {
    let members = payload.strip_suffix(b"}").unwrap_or(payload);
    let expires = b"1700000000001";
    let signature = encode(mac(secret, &[members, b",\"expiresAt\":", expires, b"}"].concat()).as_ref());
    let text =
        [b"{\"session\":", payload, b",\"expiresAt\":", expires, b",\"signature\":\"", signature.as_bytes(), b"\"}"];
    encode(&text.concat())
}

/// Returns `session_data` in Better Auth's form `jwt`.
#[must_use]
pub fn sign_jwt(payload: &[u8], secret: &str) -> String {
    let message = format!("eyJhbGciOiJIUzI1NiJ9.{}", encode(payload));
    let signature = encode(mac(secret, message.as_bytes()).as_ref());
    format!("{message}.{signature}")
}

/// Encrypts by the steps of `next-auth/jwt` 4: HKDF without salt, `dir`, A256GCM.
#[must_use]
pub fn encrypt_next_auth(payload: &[u8], secret: &str) -> String {
    let key: [u8; 32] = derive_key(secret, b"", b"NextAuth.js Generated Encryption Key");
    let header = encode(br#"{"alg":"dir","enc":"A256GCM"}"#);
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).expect("the key has 32 bytes"));
    let mut content = payload.to_vec();
    let nonce = Nonce::assume_unique_for_key([7; 12]);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), &mut content);
    let tag = tag.expect("the payload is short");
    format!("{header}..{}.{}.{}", encode(&[7; 12]), encode(&content), encode(tag.as_ref()))
}

/// Encrypts by the steps of `@auth/core/jwt`: the name of the cookie is the salt, `dir`, A256CBC-HS512.
#[must_use]
pub fn encrypt_auth_js(payload: &[u8], secret: &str, cookie_name: &str) -> String {
    let info = format!("Auth.js Generated Encryption Key ({cookie_name})");
    encrypt_cbc(payload, &derive_key(secret, cookie_name.as_bytes(), info.as_bytes()))
}

/// Encrypts in Better Auth's form `jwe`, without a `kid`.
#[must_use]
pub fn encrypt_without_kid(payload: &[u8], secret: &str) -> String {
    encrypt_cbc(payload, &derive_key(secret, b"better-auth-session", b"BetterAuth.js Generated Encryption Key"))
}

/// Derives a key with HKDF-SHA256 (RFC 5869).
fn derive_key<const BYTES: usize>(secret: &str, salt: &[u8], info: &[u8]) -> [u8; BYTES] {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret.as_bytes());
    let (mut key, info) = ([0; BYTES], [info]);
    let filled = extracted.expand(&info, Length(BYTES)).and_then(|expanded| expanded.fill(&mut key));
    filled.expect("the key has a length of HKDF");
    key
}

/// Encrypts with `dir` and A256CBC-HS512 (RFC 7518 §5.2.2): AES-CBC, then HMAC over header, vector, content and length.
fn encrypt_cbc(payload: &[u8], key: &[u8; 64]) -> String {
    let header = encode(br#"{"alg":"dir","enc":"A256CBC-HS512"}"#);
    let (mac_key, encryption_key) = key.split_at(32);
    let cipher = UnboundCipherKey::new(&AES_256, encryption_key).and_then(PaddedBlockEncryptingKey::cbc_pkcs7);
    let (vector, mut content) = ([7; 16], payload.to_vec());
    let context = EncryptionContext::Iv128(FixedLength::from(vector));
    cipher.expect("the key has 32 bytes").less_safe_encrypt(&mut content, context).expect("the payload is short");
    let bits = 8 * u64::try_from(header.len()).expect("the header is short");
    let message = [header.as_bytes(), &vector, &content, &bits.to_be_bytes()].concat();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, mac_key), &message);
    format!("{header}..{}.{}.{}", encode(&vector), encode(&content), encode(&tag.as_ref()[..32]))
}
