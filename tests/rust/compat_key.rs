//! Keys under the rules of python-jose: import, signatures, and deliberate differences from python-jose.
#![expect(clippy::unwrap_used, reason = "in a test a panic is how it fails")]

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, RsaKeyPair};
use fastjose::algorithms::{Curve, KeyType};
use fastjose::encoding::base64url;
use fastjose::keys::asymmetric_key::{AsymmetricKey, KeyFormat};
use fastjose::python_jose::{CompatKey, check_kty, jwk_member_names};
use fastjose::{Algorithm, AlgorithmSet, Error};

const MESSAGE: &[u8] = b"header.payload";
const SECRET: &[u8] = b"a-secret-that-is-longer-than-thirty-two-bytes";

type Members = Vec<(&'static str, Vec<u8>)>;

fn all() -> impl Iterator<Item = Algorithm> {
    AlgorithmSet::all().iter()
}

fn rsa() -> AsymmetricKey {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    AsymmetricKey::from_der(AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap().as_ref()).unwrap()
}

fn ec(with: &'static EcdsaSigningAlgorithm) -> AsymmetricKey {
    AsymmetricKey::from_der(EcdsaKeyPair::generate(with).unwrap().to_pkcs8v1().unwrap().as_ref()).unwrap()
}

fn ed25519() -> AsymmetricKey {
    AsymmetricKey::from_der(Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap().as_ref()).unwrap()
}

/// Returns one key pair of each type and curve.
fn pairs() -> Vec<AsymmetricKey> {
    vec![
        rsa(),
        ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
        ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        ec(&signature::ECDSA_P521_SHA512_FIXED_SIGNING),
        ec(&signature::ECDSA_P256K1_SHA256_FIXED_SIGNING),
        ed25519(),
    ]
}

fn kind(pair: &AsymmetricKey) -> KeyType {
    pair.key_type()
}

fn from_pem(pair: &AsymmetricKey, format: KeyFormat) -> CompatKey {
    CompatKey::from_pem_or_secret(pair.to_pem(format).unwrap().as_bytes(), kind(pair)).unwrap()
}

fn members(pair: &AsymmetricKey) -> Members {
    pair.to_jwk().unwrap().iter().skip(1).map(|(name, value)| (*name, value.as_bytes().to_vec())).collect()
}

fn from_members(members: &Members, kind: KeyType) -> Result<CompatKey, Error> {
    let texts: Vec<_> = members.iter().map(|(name, text)| (*name, text.as_slice())).collect();
    CompatKey::from_jwk(&texts, kind)
}

fn with_member(members: &Members, name: &str, with: &[u8]) -> Members {
    members.iter().map(|(own, text)| (*own, if *own == name { with.to_vec() } else { text.clone() })).collect()
}

fn reason(outcome: Result<CompatKey, Error>) -> String {
    outcome.unwrap_err().to_string()
}

#[test]
fn pem_and_jwk_make_the_same_key() {
    for pair in pairs() {
        for original in [pair.public_key(), pair] {
            for key in
                [from_pem(&original, KeyFormat::Pkcs8), from_members(&members(&original), kind(&original)).unwrap()]
            {
                assert_eq!((key.key_type(), key.is_private()), (kind(&original), original.is_private()));
                assert_eq!(key.to_jwk().unwrap(), original.to_jwk().unwrap());
                assert_eq!(key.to_pem(KeyFormat::Pkcs8).unwrap(), original.to_pem(KeyFormat::Pkcs8).unwrap());
                assert!(!key.public_key().unwrap().is_private());
            }
        }
    }
}

#[test]
fn the_public_key_verifies_the_signatures_and_nothing_else() {
    for pair in pairs() {
        let private = from_pem(&pair, KeyFormat::Pkcs8);
        let public = private.public_key().unwrap();
        assert!(all().any(|algorithm| private.supports(algorithm)));
        for algorithm in all() {
            let Ok(signature) = private.sign(algorithm, MESSAGE) else {
                assert!(!private.supports(algorithm), "{private:?} {algorithm:?}");
                continue;
            };
            assert!(private.supports(algorithm) && public.supports(algorithm));
            assert!(public.verify(algorithm, MESSAGE, &signature));
            assert!(!public.verify(algorithm, b"header.payloae", &signature));
            assert!(!public.verify(algorithm, MESSAGE, &signature[1..]));
            assert!(all().filter(|other| *other != algorithm).all(|other| !public.verify(other, MESSAGE, &signature)));
            assert!(public.sign(algorithm, MESSAGE).is_err());
        }
    }
}

#[test]
fn a_private_key_verifies_unless_it_is_ec() {
    for pair in pairs() {
        let private = from_pem(&pair, KeyFormat::Pkcs8);
        let algorithm = all().find(|algorithm| private.supports(*algorithm)).unwrap();
        let signature = private.sign(algorithm, MESSAGE).unwrap();
        assert_eq!(private.verify(algorithm, MESSAGE, &signature), private.key_type() != KeyType::Ec);
    }
}

#[test]
fn a_curve_rejects_a_longer_hash() {
    use Algorithm::{ES256, ES256K, ES384, ES512};
    let [_, p256, p384, p521, secp256k1, _] = <[AsymmetricKey; 6]>::try_from(pairs()).unwrap();
    for (pair, algorithm, curve, hash_bits) in [
        (&p256, ES384, Curve::P256, 384),
        (&p256, ES512, Curve::P256, 512),
        (&p384, ES512, Curve::P384, 512),
        (&secp256k1, ES384, Curve::Secp256k1, 384),
    ] {
        let expected = Error::CurveTooShort { curve: curve.sec_name(), hash_bits };
        assert_eq!(from_pem(pair, KeyFormat::Pkcs8).sign(algorithm, MESSAGE), Err(expected));
    }
    let text = from_pem(&p256, KeyFormat::Pkcs8).sign(ES512, MESSAGE).unwrap_err().to_string();
    assert_eq!(text, "this curve (secp256r1) is too short for your digest (512)");
    for (pair, algorithm) in [(&p384, ES256), (&p521, ES256), (&p521, ES384)] {
        assert!(from_pem(pair, KeyFormat::Traditional).sign(algorithm, MESSAGE).is_ok());
    }
    for (pair, algorithm) in [(&secp256k1, ES256), (&p256, ES256K), (&p521, ES256K)] {
        assert!(matches!(from_pem(pair, KeyFormat::Pkcs8).sign(algorithm, MESSAGE), Err(Error::InvalidKey(_))));
    }
}

#[test]
fn pem_of_another_type_is_accepted_and_does_not_sign() {
    let other = CompatKey::from_pem_or_secret(rsa().to_pem(KeyFormat::Pkcs8).unwrap().as_bytes(), KeyType::Ec).unwrap();
    assert!(!other.supports(Algorithm::ES256));
    assert!(other.sign(Algorithm::ES256, MESSAGE).is_err());
    assert!(other.sign(Algorithm::RS256, MESSAGE).is_ok());
}

#[test]
fn a_secret_may_have_any_length_but_zero() {
    for secret in [b"s".as_slice(), SECRET, &[0; 1_000]] {
        let key = CompatKey::from_pem_or_secret(secret, KeyType::Oct).unwrap();
        let encoded = base64url::encode(secret);
        let again = CompatKey::from_jwk(&[("k", encoded.as_bytes())], KeyType::Oct).unwrap();
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let mac = key.sign(algorithm, MESSAGE).unwrap();
            assert!(again.verify(algorithm, MESSAGE, &mac));
            assert!(!again.verify(algorithm, MESSAGE, &mac[1..]) && !again.verify(algorithm, b"", &mac));
        }
        assert!(!key.supports(Algorithm::RS256) && !key.verify(Algorithm::RS256, MESSAGE, b""));
        assert!(key.sign(Algorithm::ES256, MESSAGE).is_err() && key.public_key().is_err());
        assert!(key.to_pem(KeyFormat::Pkcs8).is_err() && !key.is_private());
        assert_eq!(key.to_jwk().unwrap()[1].1.as_str(), encoded);
    }
    assert_eq!(reason(CompatKey::from_pem_or_secret(b"", KeyType::Oct)), "The secret must not be empty.");
    assert_eq!(reason(CompatKey::from_jwk(&[("k", b"")], KeyType::Oct)), "The secret must not be empty.");
}

#[test]
fn an_asymmetric_key_is_rejected_as_a_secret() {
    let text = "The specified key is an asymmetric key or x509 certificate and should not be used as an HMAC secret.";
    for pair in pairs() {
        for original in [pair.public_key(), pair] {
            let (pem, der) = (original.to_pem(KeyFormat::Pkcs8).unwrap(), original.to_der(KeyFormat::Pkcs8).unwrap());
            assert_eq!(reason(CompatKey::from_pem_or_secret(pem.as_bytes(), KeyType::Oct)), text);
            assert_eq!(reason(CompatKey::from_pem_or_secret(&der, KeyType::Oct)), text);
            let encoded = base64url::encode(pem.as_bytes());
            assert_eq!(reason(CompatKey::from_jwk(&[("k", encoded.as_bytes())], KeyType::Oct)), text);
        }
    }
}

#[test]
fn only_padding_and_white_space_are_removed_from_a_jwk() {
    let pair = ed25519();
    let own = members(&pair);
    let x = own.iter().find(|(name, _)| *name == "x").unwrap().1.clone();
    for (before, after) in [("", "="), ("", "=="), ("", "\n"), (" ", ""), ("\t", " ==\r\n")] {
        let spelled = [before.as_bytes(), &x, after.as_bytes()].concat();
        let key = from_members(&with_member(&own, "x", &spelled), KeyType::Okp).unwrap();
        assert_eq!(key.to_jwk().unwrap(), pair.to_jwk().unwrap());
    }
    for wrong in [[b"=", x.as_slice()].concat(), [&x, b"!".as_slice()].concat(), [b"\0", x.as_slice()].concat()] {
        let outcome = from_members(&with_member(&own, "x", &wrong), KeyType::Okp);
        assert!(reason(outcome).starts_with("A parameter of the JWK is not base64url: "));
    }
    let outcome = from_members(&with_member(&own, "x", b"===="), KeyType::Okp);
    assert!(reason(outcome).starts_with("The Ed25519"));
}

#[test]
fn numbers_of_an_ec_key_may_have_fewer_or_more_leading_zeros() {
    let tries = (0..5_000).map(|_| ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING));
    let (own, pair) = tries.map(|pair| (members(&pair), pair)).find(|(own, _)| decoded(own, "x")[0] == 0).unwrap();
    let (x, d) = (decoded(&own, "x"), decoded(&own, "d"));
    for (name, spelled) in [("x", x[1..].to_vec()), ("x", [&[0; 8], &x[..]].concat()), ("d", [&[0], &d[..]].concat())] {
        let key = from_members(&with_member(&own, name, base64url::encode(&spelled).as_bytes()), KeyType::Ec).unwrap();
        assert_eq!(key.to_jwk().unwrap(), pair.to_jwk().unwrap());
    }
    let long = base64url::encode(&[&[1], &x[..]].concat());
    assert!(from_members(&with_member(&own, "x", long.as_bytes()), KeyType::Ec).is_err());
}

fn decoded(members: &Members, name: &str) -> Vec<u8> {
    base64url::decode(&members.iter().find(|(own, _)| *own == name).unwrap().1).unwrap()
}

#[test]
fn a_missing_member_is_reported_with_the_message_of_python_jose() {
    for pair in pairs() {
        let own = members(&pair);
        let mandatory: &[&str] = if kind(&pair) == KeyType::Rsa { &["n", "e"] } else { &["crv", "x"] };
        for name in mandatory {
            let less: Members = own.iter().filter(|(member, _)| member != name).cloned().collect();
            assert_eq!(reason(from_members(&less, kind(&pair))), "Mandatory parameters are missing");
        }
    }
    let own = members(&rsa());
    for name in ["p", "q", "dp", "dq", "qi"] {
        let less: Members = own.iter().filter(|(member, _)| *member != name).cloned().collect();
        assert_eq!(reason(from_members(&less, KeyType::Rsa)), "Precomputed private key parameters are incomplete.");
    }
    assert_eq!(check_kty(KeyType::Rsa, "RSA"), Ok(()));
    let other = check_kty(KeyType::Rsa, "EC").unwrap_err();
    assert_eq!(other.to_string(), "Incorrect key type. Expected: 'RSA', Received: EC");
}

#[test]
fn verification_key_is_strict_and_for_one_algorithm() {
    for pair in pairs() {
        let key = from_pem(&pair, KeyFormat::Pkcs8);
        for algorithm in all() {
            let Ok(strict) = key.verification_key(algorithm) else { continue };
            assert_eq!(strict.algorithms().iter().collect::<Vec<_>>(), [algorithm]);
            assert!(strict.has_unambiguous_algorithm());
            assert!(strict.verify(algorithm, MESSAGE, &key.sign(algorithm, MESSAGE).unwrap()));
        }
    }
    let short = CompatKey::from_pem_or_secret(b"short", KeyType::Oct).unwrap();
    assert!(matches!(short.verification_key(Algorithm::HS256), Err(Error::WeakKey(_))));
}

#[test]
fn debug_does_not_show_key_material() {
    assert_eq!(format!("{:?}", CompatKey::from_pem_or_secret(SECRET, KeyType::Oct).unwrap()), "Secret");
    assert_eq!(format!("{:?}", from_pem(&ed25519(), KeyFormat::Pkcs8)), "AsymmetricKey(OKP, private)");
}

#[test]
fn mutated_texts_and_members_never_panic() {
    for pair in pairs() {
        let pem = pair.to_pem(KeyFormat::Pkcs8).unwrap();
        for index in (0..pem.len()).step_by(7) {
            let mut changed = pem.as_bytes().to_vec();
            changed[index] ^= 1 << (index % 8);
            let _ = CompatKey::from_pem_or_secret(&changed, kind(&pair));
            let _ = CompatKey::from_pem_or_secret(&changed[..index], KeyType::Oct);
        }
        let own = members(&pair);
        for (name, _) in &own {
            for text in [b"".as_slice(), b"=", b"A", b"AA", b"\xff", &[b'A'; 5_000], b"_".repeat(100).as_slice()] {
                for kind in [KeyType::Oct, KeyType::Rsa, KeyType::Ec, KeyType::Okp] {
                    let _ = from_members(&with_member(&own, name, text), kind);
                }
            }
        }
    }
}

#[test]
fn a_key_is_read_from_its_members_alone() {
    for pair in pairs() {
        for key in [pair.public_key(), pair] {
            let names: Vec<_> = members(&key).iter().map(|(name, _)| *name).filter(|name| *name != "alg").collect();
            let mut read = jwk_member_names(kind(&key), key.is_private()).to_vec();
            read.sort_by_key(|name| names.iter().position(|own| own == name));
            assert_eq!(read, names, "{:?}", kind(&key));
            assert_eq!(from_pem(&key, KeyFormat::Pkcs8).curve(), key.curve());
        }
    }
    assert_eq!(jwk_member_names(KeyType::Oct, true), ["k"]);
    assert_eq!(CompatKey::from_pem_or_secret(SECRET, KeyType::Oct).unwrap().curve(), None);
}
