//! Bare aws-lc-rs verifications with a parsed key, on demand: the floor that `benches/contests.py` measures beside.
//!
//! `bare ALGORITHM KEY TOKEN`, the key in base64url as aws-lc-rs takes it. Each line of standard input is a number of
//! verifications; each line of standard output is how many nanoseconds
//! they took, by the clock that `rounds.py` reads: the processor's time of this process.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark that cannot set up must stop")]

use std::hint::black_box;
use std::io::{self, BufRead};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};
use base64_simd::URL_SAFE_NO_PAD;
use cpu_time::ProcessTime;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let mut next = || arguments.next().unwrap();
    let (algorithm, key, token) = (algorithm(&next()), URL_SAFE_NO_PAD.decode_to_vec(next()).unwrap(), next());
    let key = ParsedPublicKey::new(algorithm, &key).unwrap();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode_to_vec(signature).unwrap();
    for line in io::stdin().lock().lines() {
        let count: u32 = line.unwrap().parse().unwrap();
        let start = ProcessTime::now();
        for _ in 0..count {
            key.verify_sig(black_box(input.as_bytes()), black_box(&signature)).unwrap();
        }
        println!("{}", start.elapsed().as_nanos());
    }
}

fn algorithm(name: &str) -> &'static dyn VerificationAlgorithm {
    match name {
        "RS256" => &RSA_PKCS1_2048_8192_SHA256,
        "ES256" => &ECDSA_P256_SHA256_FIXED,
        "EdDSA" => &ED25519,
        _ => panic!("RS256, ES256 or EdDSA"),
    }
}
