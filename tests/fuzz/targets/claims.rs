//! Claims sets: the parser with and without its fast path, and the policy, against the reference.
#![no_main]

use std::sync::LazyLock;

use fastjose::encoding::json::{self, expected_keys::ExpectedKeys};
use fastjose::jwt::claims::validate;
use fastjose::jwt::user_fields::UserClaims;
use fastjose::{AudienceRule, ClaimsPolicy, ClaimsSet, ExpectedMember, Scalar};
use fastjose_fuzz::mutate::{self, Words};
use fastjose_fuzz::reference::json::{Failure, Json, equal_members, parse};
use fastjose_fuzz::{NOW, echo, input, memory, reference};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

/// The names that policies configure, and which error texts may have.
const CONFIGURED: [&str; 3] = ["https://issuer.example", "tenant", "client_id"];

static POLICIES: LazyLock<[ClaimsPolicy; 8]> = LazyLock::new(|| {
    let none = || ClaimsPolicy { required: vec![], ..ClaimsPolicy::default() };
    let audiences = || vec!["api".to_owned(), "web".to_owned()];
    let values = vec![Scalar::Str("access".to_owned()), Scalar::Int(7.into()), Scalar::Bool(true)];
    [
        ClaimsPolicy::default(),
        none(),
        ClaimsPolicy { check_issued_at: true, leeway_seconds: 30.0, ..none() },
        ClaimsPolicy { audiences: audiences(), ..none() },
        ClaimsPolicy { audiences: audiences(), audience_rule: AudienceRule::Exact, ..none() },
        ClaimsPolicy { audience_rule: AudienceRule::Unchecked, client_ids: audiences(), ..none() },
        ClaimsPolicy {
            issuers: vec![CONFIGURED[0].to_owned()],
            subject: Some("user".to_owned()),
            required: vec!["tenant".to_owned(), "exp".to_owned(), "jti".to_owned()],
            ..none()
        },
        ClaimsPolicy { expected: vec![ExpectedMember { name: "use".to_owned(), values }], ..none() },
    ]
});

/// The keys of usual claims sets, so that the comparison of expected keys is reached.
static EXPECTED: LazyLock<ExpectedKeys> = LazyLock::new(|| {
    let expected = ExpectedKeys::new();
    let members = json::parse_object(br#"{"iss":1,"sub":1,"aud":1,"exp":1,"iat":1,"name":1}"#);
    expected.record_once(&members.expect("this is an object"));
    expected
});

const WORDS: Words = Words {
    prefix_bytes: 1,
    names: "iss sub aud exp nbf iat jti azp client_id cid appid cnf use tenant email name",
    values: r#"
        1700000000 1699999970 1700000030 1800000000 "api" "web" ["api","web"] "https://issuer.example" "user"
        "access" 7"#,
};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &WORDS)
});

fuzz_target!(|data: &[u8]| {
    let (mode, payload) = input::split_mode(data);
    let policy = &POLICIES[usize::from(mode) % POLICIES.len()];
    let parsed = memory::bounded(payload.len(), 200, || ClaimsSet::parse(payload));
    let expected = match parse(payload) {
        Err(Failure::Undecided) => return,
        Err(Failure::Invalid) => {
            check_rejected(payload, parsed.err().expect("text that is not strict JSON was accepted"));
            return;
        }
        Ok(expected) => expected,
    };
    let Json::Object(members) = &expected else {
        check_rejected(payload, parsed.err().expect("a value that is not an object was accepted"));
        return;
    };
    let claims = parsed.expect("a strict JSON object was rejected");
    assert!(equal_members(members, claims.members()), "the parser returned other members");
    for keys in [&ExpectedKeys::new(), &EXPECTED] {
        let again = json::parse_object_with_keys(keys, payload).expect("expected keys change the verdict");
        assert!(equal_members(members, &again.members), "expected keys change the members");
    }
    let verdict = validate(&claims, policy, NOW);
    assert_eq!(verdict.is_ok(), reference::claims::is_valid(&expected, policy, NOW), "{verdict:?}");
    if let Err(error) = verdict {
        echo::check_error(&error.to_string(), payload, &CONFIGURED);
    }
    check_user(&expected, &claims, payload);
});

fn check_rejected(payload: &[u8], error: fastjose::Error) {
    assert_eq!(error.code(), "malformed");
    echo::check_error(&error.to_string(), payload, &[]);
}

fn check_user(expected: &Json, claims: &ClaimsSet<'_>, payload: &[u8]) {
    let user = UserClaims::from_claims(claims);
    assert_eq!(user.reject_sender_constrained().is_err(), expected.get("cnf").is_some());
    match user.user_fields() {
        Ok(fields) => {
            assert_eq!(expected.get("sub").and_then(Json::as_str), Some(fields.user_id));
            assert!(!fields.user_id.contains('\0') && !fields.user_id.trim().is_empty(), "a blank id was accepted");
            assert_eq!(expected.get("email").and_then(Json::as_str), fields.email);
        }
        Err(error) => echo::check_error(&error.to_string(), payload, &[]),
    }
}
