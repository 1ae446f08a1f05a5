//! Signature verification by aws-lc-rs with a parsed key, without a JWT pipeline: the baseline of the comparisons.
//!
//! `primitive_baseline ALGORITHM KEY TOKEN`. The key is base64url, in the format that aws-lc-rs reads. Each line of standard
//! input is a number of verifications. Each line of standard output is the CPU time of this process that they took, in
//! nanoseconds: the clock of `interleaved_timer.py`.
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
    let (algorithm, key, token) =
        (algorithm_from_name(&next()), URL_SAFE_NO_PAD.decode_to_vec(next()).unwrap(), next());
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

fn algorithm_from_name(name: &str) -> &'static dyn VerificationAlgorithm {
    match name {
        "RS256" => &RSA_PKCS1_2048_8192_SHA256,
        "ES256" => &ECDSA_P256_SHA256_FIXED,
        "EdDSA" => &ED25519,
        _ => panic!("the algorithm must be RS256, ES256 or EdDSA"),
    }
}
