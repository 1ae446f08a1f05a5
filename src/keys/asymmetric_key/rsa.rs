//! RSA pairs: two primes, 2048 to 8192 bits, every number checked against the others.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeyPairComponents, PublicKey, PublicKeyComponents};
use pkcs1::der::asn1::UintRef;
use pkcs1::der::{Decode, Encode};
use pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef};
use zeroize::Zeroizing;

use super::ecdsa_suites::rsa_encoding;
use super::export::{Form, Parameters, Written, number};
use super::{cannot_sign, unwritable};
use crate::algorithms::Algorithm;
use crate::error::Result;
use crate::jwe::{DecryptionKey, EncryptionKey};
use crate::keys::{Key, public_key as public, unusable};

/// The numbers without leading zeros, and what verifies and signs with them.
pub(super) struct Rsa {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    verifier: Arc<Key>,
    private: Option<Private>,
}

struct Private {
    pair: KeyPair,
    /// PKCS #1, from which the single numbers are read when they are written out.
    der: Zeroizing<Vec<u8>>,
    /// Prepared at the first use: to check its numbers once more takes half as long as to decrypt.
    decrypting: OnceLock<Result<DecryptionKey>>,
}

impl Rsa {
    pub fn public(modulus: &[u8], exponent: &[u8]) -> Result<Self> {
        let [modulus, exponent] = [uint(modulus)?, uint(exponent)?].map(|number| number.as_bytes().to_vec());
        let verifier = Arc::new(public::rsa(&modulus, &exponent)?);
        Ok(Self { modulus, exponent, verifier, private: None })
    }

    /// From DER: PKCS #1 (RFC 8017 A.1.1) or SPKI.
    pub fn public_der(der: &[u8]) -> Result<Self> {
        let key = PublicKey::from_der(der).map_err(|_| unusable("The RSA key cannot be parsed."))?;
        let numbers = PublicKeyComponents::<Vec<u8>>::from(&key);
        Self::public(&numbers.n, &numbers.e)
    }

    /// From DER: PKCS #1 (RFC 8017 A.1.2).
    pub fn private_der(der: &[u8]) -> Result<Self> {
        let numbers = RsaPrivateKeyRef::from_der(der);
        Self::private(&numbers.map_err(|_| unusable("The RSA private key cannot be parsed."))?)
    }

    pub fn private(numbers: &RsaPrivateKeyRef<'_>) -> Result<Self> {
        if numbers.other_prime_infos.is_some() {
            return Err(unusable("An RSA key of more than two primes is not supported."));
        }
        let public = Self::public(numbers.modulus.as_bytes(), numbers.public_exponent.as_bytes())?;
        let pair =
            checked(numbers).ok_or_else(|| unusable("The numbers of the RSA private key do not fit each other."))?;
        let der = numbers.to_der().map_err(|_| unusable("The RSA private key cannot be parsed."))?;
        let private = Private { pair, der: Zeroizing::new(der), decrypting: OnceLock::new() };
        Ok(Self { private: Some(private), ..public })
    }

    pub fn is_private(&self) -> bool {
        self.private.is_some()
    }

    pub fn public_key(&self) -> Self {
        let (modulus, exponent) = (self.modulus.clone(), self.exponent.clone());
        Self { modulus, exponent, verifier: Arc::clone(&self.verifier), private: None }
    }

    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
        let (Some(private), Some(encoding)) = (&self.private, rsa_encoding(algorithm)) else {
            return Err(cannot_sign(algorithm));
        };
        let mut signature = vec![0; private.pair.public_modulus_len()];
        let signed = private.pair.sign(encoding, &SystemRandom::new(), message, &mut signature);
        signed.map(|()| signature).map_err(|_| cannot_sign(algorithm))
    }

    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.verifier.verifies(algorithm, message, signature)
    }

    pub fn encryption_key(&self) -> Result<EncryptionKey> {
        EncryptionKey::rsa_der(&self.spki().ok_or_else(unwritable)?)
    }

    pub fn decryption_key(&self) -> Result<DecryptionKey> {
        let private = self.private.as_ref().ok_or_else(|| unusable("A public key decrypts nothing."))?;
        private.decrypting.get_or_init(|| private.decryption_key()).clone()
    }

    pub fn written(&self, form: Form) -> Result<Written> {
        let written = match (&self.private, form) {
            (Some(private), Form::Pkcs8) => pkcs8(&private.pair).map(|der| Written::new("PRIVATE KEY", der)),
            (Some(private), Form::Traditional) => Some(Written::new("RSA PRIVATE KEY", private.der.clone())),
            (None, Form::Pkcs8) => self.spki().map(|der| Written::new("PUBLIC KEY", der)),
            (None, Form::Traditional) => self.pkcs1().map(|der| Written::new("RSA PUBLIC KEY", der)),
        };
        written.ok_or_else(unwritable)
    }

    fn spki(&self) -> Option<Vec<u8>> {
        let numbers = PublicKeyComponents { n: &self.modulus, e: &self.exponent };
        let der: PublicKeyX509Der<'_> = numbers.as_der().ok()?;
        Some(der.as_ref().to_vec())
    }

    fn pkcs1(&self) -> Option<Vec<u8>> {
        let modulus = UintRef::new(&self.modulus).ok()?;
        let public_exponent = UintRef::new(&self.exponent).ok()?;
        RsaPublicKeyRef { modulus, public_exponent }.to_der().ok()
    }

    /// RFC 7518 §6.3.
    pub fn parameters(&self) -> Result<Parameters> {
        let mut written = vec![("n", number(&self.modulus)), ("e", number(&self.exponent))];
        let Some(private) = &self.private else { return Ok(written) };
        let numbers = RsaPrivateKeyRef::from_der(&private.der).map_err(|_| unwritable())?;
        written.extend(secret_numbers(&numbers).map(|(name, value)| (name, number(value.as_bytes()))));
        Ok(written)
    }
}

impl Private {
    fn decryption_key(&self) -> Result<DecryptionKey> {
        let der: Zeroizing<Vec<u8>> = pkcs8(&self.pair).ok_or_else(unwritable)?.into();
        DecryptionKey::rsa_der(&der)
    }
}

fn secret_numbers<'a>(numbers: &RsaPrivateKeyRef<'a>) -> [(&'static str, UintRef<'a>); 6] {
    [
        ("d", numbers.private_exponent),
        ("p", numbers.prime1),
        ("q", numbers.prime2),
        ("dp", numbers.exponent1),
        ("dq", numbers.exponent2),
        ("qi", numbers.coefficient),
    ]
}

/// A number, leading zeros allowed.
pub(super) fn uint(big_endian: &[u8]) -> Result<UintRef<'_>> {
    UintRef::new(big_endian).map_err(|_| unusable("A number of the RSA key is too long."))
}

/// AWS-LC holds every number against the others.
fn checked(numbers: &RsaPrivateKeyRef<'_>) -> Option<KeyPair> {
    let (n, e) = (numbers.modulus.as_bytes(), numbers.public_exponent.as_bytes());
    KeyPair::from_components(&KeyPairComponents {
        public_key: PublicKeyComponents { n, e },
        d: numbers.private_exponent.as_bytes(),
        p: numbers.prime1.as_bytes(),
        q: numbers.prime2.as_bytes(),
        dP: numbers.exponent1.as_bytes(),
        dQ: numbers.exponent2.as_bytes(),
        qInv: numbers.coefficient.as_bytes(),
    })
    .ok()
}

fn pkcs8(pair: &KeyPair) -> Option<Vec<u8>> {
    let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    Some(der.as_ref().to_vec())
}
