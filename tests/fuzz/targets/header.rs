//! Protected headers: the parser of members, its bounds, `typ` and expected parameters, against the reference.
//!
//! The first byte chooses the verifier. The rest is a header, which the target signs with HS256.
#![no_main]

use std::sync::LazyLock;

use fastjose::encoding::base64url;
use fastjose::jws::compact::CompactJws;
use fastjose::{AlgorithmSet, ExpectedMember, Scalar, Verifier, VerifierOptions};
use fastjose_fuzz::mutate::{self, Words};
use fastjose_fuzz::reference::json::Failure;
use fastjose_fuzz::reference::token::{Verdict, read_header, verify};
use fastjose_fuzz::{NOW, echo, input, keys, memory};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

const CONFIGURED: [&str; 2] = ["at+jwt", "tenant"];

static VERIFIERS: LazyLock<[(VerifierOptions, Verifier); 4]> = LazyLock::new(|| {
    let tenant = ExpectedMember {
        name: CONFIGURED[1].to_owned(),
        values: vec![Scalar::Str("blue".to_owned()), Scalar::Int(7.into()), Scalar::Bool(true)],
    };
    let types = vec!["at+jwt".to_owned(), "application/JWT".to_owned()];
    [(vec![], vec![]), (types, vec![]), (vec![], vec![tenant.clone()]), (vec!["at+jwt".to_owned()], vec![tenant])].map(
        |(types, header)| {
            let algorithms = Some(AlgorithmSet::all());
            let options = VerifierOptions { algorithms, types, header, ..VerifierOptions::default() };
            let verifier = Verifier::new(keys::key_set(), options.clone());
            (options, verifier.expect("the verifier of the target is valid"))
        },
    )
});

const WORDS: Words = Words {
    prefix_bytes: 1,
    names: "alg kid typ crit b64 zip tenant jwk jku x5c enc",
    values: r#""HS256" "none" "RS256" "at+jwt" "application/JWT" ["b64"] ["exp"] "blue" "hs" "DEF""#,
};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &WORDS)
});

fuzz_target!(|data: &[u8]| {
    let (mode, header) = input::split_mode(data);
    check_parser(header);
    let (options, verifier) = &VERIFIERS[usize::from(mode) % VERIFIERS.len()];
    let message = format!("{}.eyJleHAiOjE4MDAwMDAwMDB9", base64url::encode(header));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, keys::SECRET);
    let signature = aws_lc_rs::hmac::sign(&key, message.as_bytes());
    let token = format!("{message}.{}", base64url::encode(signature.as_ref()));
    let result = verifier.verify(token.as_bytes(), NOW);
    match verify(token.as_bytes(), options, NOW) {
        Verdict::Undecided => {}
        Verdict::Accepted { .. } => assert!(result.is_ok(), "a header was rejected: {result:?}"),
        Verdict::Rejected => {
            let error = result.err().expect("a header was accepted that the reference rejects");
            echo::check_error(&error.to_string(), header, &CONFIGURED);
        }
    }
});

fn check_parser(header: &[u8]) {
    let token = format!("{}.e30.AA", base64url::encode(header));
    let parsed = memory::bounded(token.len(), 100, || CompactJws::parse(token.as_bytes(), 1 << 20));
    if base64url::encode(header).len() > 8_192 {
        assert_eq!(parsed.err().map(|error| error.code()), Some("too_large"));
        return;
    }
    match (read_header(header), parsed) {
        (Err(Failure::Undecided), _) => {}
        (Err(Failure::Invalid), Ok(_)) => panic!("a header was parsed that the reference rejects"),
        (Err(Failure::Invalid), Err(error)) => echo::check_error(&error.to_string(), header, &[]),
        (Ok(_), Err(error)) => panic!("a header was rejected that the reference accepts: {error}"),
        (Ok(expected), Ok(token)) => {
            let is_compressed = expected.json.get("zip").is_some();
            let expected = (expected.algorithm, expected.kid, expected.typ, is_compressed);
            let header = &token.header;
            let found = (header.algorithm.name(), header.kid.clone(), header.typ.clone(), header.is_compressed);
            assert_eq!(found, expected);
        }
    }
}
