//! The cases: each is an operation, and two classes of inputs that an attacker may not distinguish.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use fastjose::encoding::base64url;
use fastjose::jwe::{
    ContentEncryption, DecryptOptions, DecryptionKey, EncryptionInputs, EncryptionKey, EncryptionParams, KeyManagement,
    decrypt, encrypt, encrypt_with,
};
use fastjose::{Algorithm, KeySet, VerificationKey, Verifier, VerifierOptions, sign_token};

const SECRET: &[u8] = b"a-secret-that-is-longer-than-thirty-two-bytes";
const RSA_HEADER: &[u8] = br#"{"alg":"RSA1_5","enc":"A128CBC-HS256"}"#;
const DIRECT_HEADER: &[u8] = br#"{"alg":"dir","enc":"A128CBC-HS256"}"#;
const CEK: [u8; 32] = [7; 32];
/// The number of inputs of a class, so that what single ones cost by chance averages out.
const POOL: usize = 4096;

/// The inputs of a class.
pub type Pool = Vec<Vec<u8>>;

/// Returns true if an input is accepted.
pub type Operation = Box<dyn Fn(&[u8]) -> bool>;

/// An operation that refuses every input.
pub struct Case {
    pub name: &'static str,
    pub classes: [&'static str; 2],
    /// The inputs of both classes, and more of the first class for the control.
    pub pools: [Pool; 3],
    pub operation: Operation,
    pub samples: usize,
}

/// Returns every case. The last one leaks on purpose: it shows that the measurement finds a leak.
pub fn create_cases() -> Vec<Case> {
    let mut cases = vec![hmac_case(), rsa1_5_padding(), rsa1_5_length(), cbc_padding(), cbc_tag()];
    cases.push(leaking_comparison());
    cases
}

/// An HS256 signature that is wrong in its first or in its last byte.
fn hmac_case() -> Case {
    let key = VerificationKey::from_secret(SECRET).unwrap();
    let options =
        VerifierOptions { algorithms: Some([Algorithm::HS256].into_iter().collect()), ..VerifierOptions::default() };
    let verifier = Verifier::new(KeySet::from(key), options).unwrap();
    Case {
        name: "HS256 signature",
        classes: ["wrong first byte", "wrong last byte"],
        pools: create_pools([0, 31], |index, number| change_last_part(&create_token(number), index)),
        operation: Box::new(move |token| verifier.verify(token, 1.0).is_ok()),
        samples: 400_000,
    }
}

fn create_token(number: usize) -> String {
    let claims = format!(r#"{{"sub":"user-{number:06}","exp":4102444800}}"#);
    sign_token(br#"{"alg":"HS256"}"#, claims.as_bytes(), SECRET, Algorithm::HS256).unwrap()
}

/// `RSA1_5`: an encrypted key with right PKCS #1 padding and another content encryption key, or with wrong padding.
fn rsa1_5_padding() -> Case {
    let (private, encrypted_key) = create_rsa_key();
    let token = encrypt(b"text", &encrypted_key, rsa_params(), RSA_HEADER).unwrap();
    let create = |is_padded, _| {
        let encrypted_cek = if is_padded { encrypt_cek(&encrypted_key, &[9; 32]) } else { random_number() };
        replace_encrypted_key(&token, &encrypted_cek)
    };
    Case {
        name: "RSA1_5 padding",
        classes: ["padding right", "padding wrong"],
        pools: create_pools([true, false], create),
        operation: decrypt_with(private),
        samples: 20_000,
    }
}

/// `RSA1_5`: an encrypted key of the right or of a wrong length, both with right padding.
fn rsa1_5_length() -> Case {
    let (private, encrypted_key) = create_rsa_key();
    let token = encrypt(b"text", &encrypted_key, rsa_params(), RSA_HEADER).unwrap();
    let create = |length: usize, _| replace_encrypted_key(&token, &encrypt_cek(&encrypted_key, &vec![9; length]));
    Case {
        name: "RSA1_5 length of the key",
        classes: ["32 bytes", "24 bytes"],
        pools: create_pools([32, 24], create),
        operation: decrypt_with(private),
        samples: 20_000,
    }
}

/// A128CBC-HS256 with a wrong tag, over a ciphertext whose padding is right or wrong.
fn cbc_padding() -> Case {
    let create = |is_padded, number| {
        let token = change_last_part(&encrypt_directly(number), 0);
        let change = |ciphertext: &mut Vec<u8>| *ciphertext.last_mut().unwrap() ^= if is_padded { 0 } else { 0x55 };
        change_part(std::str::from_utf8(&token).unwrap(), 3, change)
    };
    Case {
        name: "A128CBC-HS256 padding",
        classes: ["padding right", "padding wrong"],
        pools: create_pools([true, false], create),
        operation: decrypt_with(DecryptionKey::Symmetric(CEK.to_vec())),
        samples: 200_000,
    }
}

/// A128CBC-HS256 with a tag that is wrong in its first or in its last byte.
fn cbc_tag() -> Case {
    Case {
        name: "A128CBC-HS256 tag",
        classes: ["wrong first byte", "wrong last byte"],
        pools: create_pools([0, 15], |index, number| change_last_part(&encrypt_directly(number), index)),
        operation: decrypt_with(DecryptionKey::Symmetric(CEK.to_vec())),
        samples: 200_000,
    }
}

/// A comparison that stops at the first byte that differs.
fn leaking_comparison() -> Case {
    let create = |index: usize, _| {
        let mut bytes = vec![7; 32];
        bytes[index] ^= 1;
        bytes
    };
    let stops_early = |bytes: &[u8]| bytes.iter().zip(CEK).all(|(left, right)| std::hint::black_box(*left) == right);
    Case {
        name: "control: a comparison that stops early",
        classes: ["wrong first byte", "wrong last byte"],
        pools: create_pools([0, 31], create),
        operation: Box::new(stops_early),
        samples: 400_000,
    }
}

/// Returns inputs of both classes, and others of the first one. The three are created in turn, so that they lie in memory
/// alike.
fn create_pools<C: Copy>([first, second]: [C; 2], create: impl Fn(C, usize) -> Vec<u8>) -> [Pool; 3] {
    let mut pools = [vec![], vec![], vec![]];
    for number in 0..POOL {
        for (pool, (class, number)) in pools.iter_mut().zip([(first, number), (second, number), (first, POOL + number)])
        {
            pool.push(create(class, number));
        }
    }
    pools
}

fn decrypt_with(key: DecryptionKey) -> Operation {
    Box::new(move |token| decrypt(token, &key, DecryptOptions::default()).is_ok())
}

fn create_rsa_key() -> (DecryptionKey, EncryptionKey) {
    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let public: PublicKeyX509Der<'_> = private.public_key().as_der().unwrap();
    let public = EncryptionKey::rsa_der(public.as_ref()).unwrap();
    let pkcs8: Pkcs8V1Der<'_> = private.as_der().unwrap();
    (DecryptionKey::rsa_der(pkcs8.as_ref()).unwrap(), public)
}

fn rsa_params() -> EncryptionParams {
    EncryptionParams {
        key_management: KeyManagement::Rsa1_5,
        content_encryption: ContentEncryption::A128CbcHs256,
        compression: None,
    }
}

fn encrypt_cek(key: &EncryptionKey, cek: &[u8]) -> Vec<u8> {
    fastjose::jwe::wrap_key(KeyManagement::Rsa1_5, key, cek).unwrap()
}

/// Returns 256 random bytes, a number below every modulus of 2048 bits.
fn random_number() -> Vec<u8> {
    let mut bytes = vec![0; 256];
    aws_lc_rs::rand::fill(&mut bytes).unwrap();
    bytes[0] &= 0x7f;
    bytes
}

fn encrypt_directly(number: usize) -> String {
    let (plaintext, iv) = (format!("the user with the number {number:06}"), [3; 16]);
    let inputs = EncryptionInputs { cek: &CEK, encrypted_key: &[], iv: &iv };
    encrypt_with(plaintext.as_bytes(), inputs, ContentEncryption::A128CbcHs256, None, DIRECT_HEADER).unwrap()
}

fn replace_encrypted_key(token: &str, encrypted_key: &[u8]) -> Vec<u8> {
    change_part(token, 1, |part| *part = encrypted_key.to_vec())
}

/// Returns `token` with another byte at `index` of its signature or tag.
fn change_last_part(token: &str, index: usize) -> Vec<u8> {
    change_part(token, token.split('.').count() - 1, |part| part[index] ^= 1)
}

fn change_part(token: &str, index: usize, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let mut bytes = base64url::decode(parts[index].as_bytes()).unwrap();
    change(&mut bytes);
    parts[index] = base64url::encode(&bytes);
    parts.join(".").into_bytes()
}
