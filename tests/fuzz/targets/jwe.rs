//! Compact JWEs against aws-lc-rs: whole tokens, and headers and plaintexts that the target encrypts itself.
//!
//! Mode `G`: a header and a plaintext, encrypted with A256GCM. Mode `C`: the same with A128CBC-HS256, whose parts are
//! composed here. Mode `Z`: as `G`, but the plaintext is a compressed stream. Any other mode: a token.
#![no_main]

use std::io::Read;
use std::sync::LazyLock;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use fastjose::jwe::{
    ContentEncryption, DecryptOptions, DecryptionKey, Error, JweToken, KeyManagement, decrypt, unverified_header,
};
use fastjose::keys::asymmetric_key::AsymmetricKey;
use fastjose_fuzz::mutate::{self, Words};
use fastjose_fuzz::reference::base64url::{decode, encode};
use fastjose_fuzz::reference::json::{Failure, Json, parse};
use fastjose_fuzz::{echo, input, keys, memory};
use flate2::bufread::{DeflateDecoder, ZlibDecoder};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

const KEY: [u8; 32] = *b"a key of the fuzz targets: 256 b";
const IV: [u8; 16] = [7; 16];
const MAX_BYTES: usize = 20_000;

/// A key for each way of key management that a token can choose.
static KEYS: LazyLock<Vec<DecryptionKey>> = LazyLock::new(|| {
    let set: serde_json::Value = serde_json::from_str(keys::JWK_SET).expect("the keys are JSON");
    let rsa = AsymmetricKey::from_jwk(set["keys"][1].to_string().as_bytes()).expect("the RSA key is valid");
    let secrets = [16, 24, 32].map(|length| DecryptionKey::Symmetric(KEY[..length].to_vec()));
    let wide = DecryptionKey::Symmetric([KEY, KEY].concat());
    secrets.into_iter().chain([wide, rsa.decryption_key().expect("the RSA key decrypts")]).collect()
});

const WORDS: Words = Words {
    prefix_bytes: 1,
    names: "alg enc zip kid crit epk apu apv iv tag p2s p2c",
    values: r#""dir" "A256GCM" "A128CBC-HS256" "DEF" "RSA-OAEP" "A256KW" ["exp"]"#,
};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &WORDS)
});

fuzz_target!(|data: &[u8]| {
    let (mode, rest) = input::split_mode(data);
    let (header, plaintext) = input::split_pair(rest);
    match mode {
        b'G' | b'Z' => check_sealed(header, plaintext, &seal_gcm(header, plaintext), "A256GCM"),
        b'C' => check_sealed(header, plaintext, &seal_cbc(header, plaintext), "A128CBC-HS256"),
        _ => check_token(rest),
    }
});

fn options() -> DecryptOptions<'static> {
    DecryptOptions { max_token_bytes: 65_536, max_plaintext_bytes: MAX_BYTES, ..DecryptOptions::default() }
}

/// Checks a token that the fuzzer has written. It cannot know a key, so that what decrypts is one of the seeds unchanged.
fn check_token(token: &[u8]) {
    let header = unverified_header(token, 65_536);
    let parsed = memory::bounded(token.len(), 200, || JweToken::parse(token, 65_536));
    let parts: Vec<_> = token.split(|byte| *byte == b'.').collect();
    match &header {
        Ok(header) => assert_eq!(decode(parts[0]).as_deref(), Some(header.as_slice())),
        Err(error) => echo::check_error(&error.to_string(), token, &[]),
    }
    match parsed {
        Ok(parsed) => {
            check_without_key(&parsed);
            assert!(header.is_ok() && parts.len() == 5 && parts.iter().all(|part| decode(part).is_some()));
        }
        Err(error) => echo::check_error(&error.to_string(), token, &[]),
    }
    for key in KEYS.iter() {
        let result = memory::bounded(token.len(), 400, || decrypt(token, key, options()));
        match result {
            Ok(decrypted) => {
                assert!(decrypted.plaintext.len() <= MAX_BYTES, "the plaintext is longer than the limit");
                let restricted = DecryptOptions { allowed_algs: Some(&[]), ..options() };
                assert_eq!(decrypt(token, key, restricted).err(), Some(Error::AlgorithmNotAllowed("alg")));
            }
            Err(error) => echo::check_error(&error.to_string(), token, &[]),
        }
    }
}

/// Checks that a token whose key the caller could not decrypt fails as one with a wrong tag, or before any key is used.
fn check_without_key(token: &JweToken) {
    let error = token.decrypt_with(None, MAX_BYTES).expect_err("a token was decrypted without its key");
    let is_known = ContentEncryption::all().any(|known| known.name() == token.enc());
    assert!(is_known || matches!(error, Error::AlgorithmNotSupported(_)), "{error}, {}", token.alg());
}

/// Checks a token that is correctly encrypted with `enc` and the key for `dir`, whatever its header says.
fn check_sealed(header: &[u8], plaintext: &[u8], token: &str, enc: &str) {
    let key = DecryptionKey::Symmetric(KEY.to_vec());
    let allowed = [KeyManagement::Dir];
    let encryptions: Vec<_> = ContentEncryption::all().filter(|known| known.name() == enc).collect();
    let options = DecryptOptions { allowed_algs: Some(&allowed), allowed_encs: Some(&encryptions), ..options() };
    let result = memory::bounded(token.len() + 4 * MAX_BYTES, 400, || decrypt(token.as_bytes(), &key, options));
    if let Err(error) = &result {
        echo::check_error(&error.to_string(), token.as_bytes(), &[]);
        echo::check_error(&error.to_string(), header, &[]);
        echo::check_error(&error.to_string(), plaintext, &[]);
    }
    match expected_plaintext(header, plaintext, enc) {
        Err(Failure::Undecided) => {}
        Err(Failure::Invalid) => assert!(result.is_err(), "a header was accepted that the reference rejects"),
        Ok(expected) => {
            let decrypted = result.expect("a token was rejected that the reference accepts");
            assert!(decrypted.plaintext == expected, "the plaintext is another");
            assert_eq!(decrypted.header, header);
            echo::check_error(&format!("{decrypted:?}"), plaintext, &[]);
        }
    }
    let mut forged = token.as_bytes().to_vec();
    let last = forged.len() - 2;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    assert!(decrypt(&forged, &key, options).is_err(), "a token with another tag was accepted");
}

fn expected_plaintext(header: &[u8], content: &[u8], enc: &str) -> Result<Vec<u8>, Failure> {
    let json = parse(header)?;
    let is_fitting = json.get("crit").is_none()
        && json.get("alg").and_then(Json::as_str) == Some("dir")
        && json.get("enc").and_then(Json::as_str) == Some(enc);
    let plaintext = match json.get("zip") {
        None => content.to_vec(),
        Some(zip) if zip.as_str() == Some("DEF") => inflate(content)?,
        Some(_) => return Err(Failure::Invalid),
    };
    if is_fitting && plaintext.len() <= MAX_BYTES { Ok(plaintext) } else { Err(Failure::Invalid) }
}

/// Returns the content of a stream in either form. A stream with data behind its end is invalid.
fn inflate(content: &[u8]) -> Result<Vec<u8>, Failure> {
    let limit = u64::try_from(MAX_BYTES + 1).expect("this is a small number");
    let (mut plain, mut framed) = (Vec::new(), Vec::new());
    let mut decoder = ZlibDecoder::new(content);
    let is_framed = (&mut decoder).take(limit).read_to_end(&mut framed).is_ok();
    let framed_bytes = decoder.total_in();
    let mut decoder = DeflateDecoder::new(content);
    let is_plain = (&mut decoder).take(limit).read_to_end(&mut plain).is_ok();
    let plain_bytes = decoder.total_in();
    // The end of a stream of exactly this length may not have been reached.
    if plain.len() >= MAX_BYTES || framed.len() >= MAX_BYTES {
        return Err(Failure::Undecided);
    }
    let is_whole = |bytes: u64| usize::try_from(bytes) == Ok(content.len());
    match (is_framed && is_whole(framed_bytes), is_plain && is_whole(plain_bytes)) {
        (true, _) => Ok(framed),
        (false, true) => Ok(plain),
        _ => Err(Failure::Invalid),
    }
}

fn seal_gcm(header: &[u8], plaintext: &[u8]) -> String {
    let header = encode(header);
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &KEY).expect("the key has 32 bytes"));
    let nonce = Nonce::try_assume_unique_for_key(&IV[..12]).expect("the nonce has 12 bytes");
    let mut content = plaintext.to_vec();
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), &mut content);
    let tag = tag.expect("the plaintext is short");
    format!("{header}..{}.{}.{}", encode(&IV[..12]), encode(&content), encode(tag.as_ref()))
}

/// Encrypts by the steps of RFC 7518 §5.2.2.1.
fn seal_cbc(header: &[u8], plaintext: &[u8]) -> String {
    let header = encode(header);
    let (mac_key, encryption_key) = KEY.split_at(16);
    let key = UnboundCipherKey::new(&AES_128, encryption_key).expect("the key has 16 bytes");
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).expect("the key is for AES");
    let mut content = plaintext.to_vec();
    let context = EncryptionContext::Iv128(FixedLength::from(IV));
    key.less_safe_encrypt(&mut content, context).expect("the plaintext is short");
    let bits = (header.len() as u64 * 8).to_be_bytes();
    let message = [header.as_bytes(), &IV, &content, &bits].concat();
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, mac_key), &message);
    format!("{header}..{}.{}.{}", encode(&IV), encode(&content), encode(&mac.as_ref()[..16]))
}
