//! RSA keys: two primes, 2048 to 8192 bits, every number checked against the others.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use pkcs1::der::asn1::UintRef;
use pkcs1::der::{Decode, Encode};
use pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef};
use zeroize::Zeroizing;

use super::errors::{cannot_sign, unsupported_format};
use super::export::{EncodedKey, JwkMemberList, KeyFormat, base64url_string};
use super::rsa_recovery::recover_crt_parameters;
use crate::algorithms::{Algorithm, Primitive};
use crate::error::{Error, Result};
use crate::jwe::{DecryptionKey, EncryptionKey};
use crate::keys::components::{RsaComponents, RsaPrivateComponents};
use crate::keys::public_key::prepare_rsa;
use crate::keys::verification_key::VerificationKey;
use crate::process::fork_local::ForkLocal;

/// An RSA key: its numbers without leading zeros, and the prepared keys that verify and sign.
pub(super) struct RsaKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    verifier: Arc<VerificationKey>,
    private: Option<RsaPrivateKey>,
}

struct RsaPrivateKey {
    /// PKCS #1. The single numbers are read from it when the key is exported.
    der: Zeroizing<Vec<u8>>,
    /// Belongs to one process: AWS-LC aborts, or waits without end, in the child of a `fork()` that came while another thread
    /// of the parent used the key. So does the next one.
    pair: ForkLocal<Result<KeyPair>>,
    /// Prepared at the first use, because this checks the numbers again. The check takes half as long as a decryption.
    decryption_key: ForkLocal<Result<DecryptionKey>>,
}

impl RsaKey {
    /// Prepares a key. The size of the public part is checked before any work on the private part.
    pub fn from_components(components: &RsaComponents) -> Result<Self> {
        let numbers = [uint(&components.modulus)?, uint(&components.exponent)?];
        let [modulus, exponent] = numbers.map(|number| number.as_bytes().to_vec());
        let verifier = Arc::new(prepare_rsa(&modulus, &exponent)?);
        let private = components.private.as_ref().map(|private| RsaPrivateKey::new(&modulus, &exponent, private));
        Ok(Self { private: private.transpose()?, modulus, exponent, verifier })
    }

    pub fn is_private(&self) -> bool {
        self.private.is_some()
    }

    pub fn public_key(&self) -> Self {
        let (modulus, exponent) = (self.modulus.clone(), self.exponent.clone());
        Self { modulus, exponent, verifier: Arc::clone(&self.verifier), private: None }
    }

    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
        let (Some(private), Primitive::Rsa { signing, .. }) = (&self.private, algorithm.spec().primitive) else {
            return Err(cannot_sign(algorithm));
        };
        let pair = private.pair();
        let pair = pair.as_ref().as_ref().map_err(Clone::clone)?;
        let mut signature = vec![0; pair.public_modulus_len()];
        let signed = pair.sign(signing, &SystemRandom::new(), message, &mut signature);
        signed.map(|()| signature).map_err(|_| cannot_sign(algorithm))
    }

    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.verifier.verify(algorithm, message, signature)
    }

    pub fn encryption_key(&self) -> Result<EncryptionKey> {
        EncryptionKey::rsa_der(&self.spki().ok_or_else(unsupported_format)?)
    }

    pub fn decryption_key(&self) -> Result<DecryptionKey> {
        let private = self.private.as_ref();
        let private = private.ok_or_else(|| Error::invalid_key("Decryption requires the private key."))?;
        private.decryption_key.get_or_create(|| private.prepare_decryption_key()).as_ref().clone()
    }

    pub fn export(&self, format: KeyFormat) -> Result<EncodedKey> {
        let encoded = match (&self.private, format) {
            (Some(private), KeyFormat::Pkcs8) => private.pkcs8().map(|der| EncodedKey::new("PRIVATE KEY", der)),
            (Some(private), KeyFormat::Traditional) => Some(EncodedKey::new("RSA PRIVATE KEY", private.der.clone())),
            (None, KeyFormat::Pkcs8) => self.spki().map(|der| EncodedKey::new("PUBLIC KEY", der)),
            (None, KeyFormat::Traditional) => self.pkcs1().map(|der| EncodedKey::new("RSA PUBLIC KEY", der)),
        };
        encoded.ok_or_else(unsupported_format)
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

    /// Returns the members of RFC 7518 §6.3.
    pub fn jwk_members(&self) -> Result<JwkMemberList> {
        let mut members = vec![("n", base64url_string(&self.modulus)), ("e", base64url_string(&self.exponent))];
        let Some(private) = &self.private else { return Ok(members) };
        let key = RsaPrivateKeyRef::from_der(&private.der).map_err(|_| unsupported_format())?;
        members.extend(private_parameters(&key).map(|(name, number)| (name, base64url_string(number.as_bytes()))));
        Ok(members)
    }
}

impl RsaPrivateKey {
    fn new(modulus: &[u8], exponent: &[u8], private: &RsaPrivateComponents) -> Result<Self> {
        let do_not_fit = || Error::invalid_key("The numbers of the RSA private key do not fit each other.");
        let recovered = match &private.crt {
            None => Some(recover_crt_parameters(modulus, exponent, &private.exponent).ok_or_else(do_not_fit)?),
            Some(_) => None,
        };
        let [p, q, dp, dq, qi] = private.crt.as_ref().or(recovered.as_ref()).ok_or_else(do_not_fit)?;
        let key = RsaPrivateKeyRef {
            modulus: uint(modulus)?,
            public_exponent: uint(exponent)?,
            private_exponent: uint(&private.exponent)?,
            prime1: uint(p)?,
            prime2: uint(q)?,
            exponent1: uint(dp)?,
            exponent2: uint(dq)?,
            coefficient: uint(qi)?,
            other_prime_infos: None,
        };
        let pair = validated_key_pair(&key).ok_or_else(do_not_fit)?;
        let der = key.to_der().map_err(|_| Error::invalid_key("The RSA private key cannot be parsed."))?;
        let key = Self { der: Zeroizing::new(der), pair: ForkLocal::empty(), decryption_key: ForkLocal::empty() };
        key.pair.get_or_create(|| Ok(pair));
        Ok(key)
    }

    /// Returns the key that signs in this process.
    fn pair(&self) -> Arc<Result<KeyPair>> {
        self.pair.get_or_create(|| {
            let key = RsaPrivateKeyRef::from_der(&self.der).ok();
            key.as_ref().and_then(validated_key_pair).ok_or_else(unsupported_format)
        })
    }

    fn pkcs8(&self) -> Option<Vec<u8>> {
        let pair = self.pair();
        let der: Pkcs8V1Der<'_> = pair.as_ref().as_ref().ok()?.as_der().ok()?;
        Some(der.as_ref().to_vec())
    }

    fn prepare_decryption_key(&self) -> Result<DecryptionKey> {
        let der: Zeroizing<Vec<u8>> = self.pkcs8().ok_or_else(unsupported_format)?.into();
        DecryptionKey::rsa_der(&der)
    }
}

fn private_parameters<'a>(key: &RsaPrivateKeyRef<'a>) -> [(&'static str, UintRef<'a>); 6] {
    [
        ("d", key.private_exponent),
        ("p", key.prime1),
        ("q", key.prime2),
        ("dp", key.exponent1),
        ("dq", key.exponent2),
        ("qi", key.coefficient),
    ]
}

/// Reads a number that may have leading zeros.
fn uint(big_endian: &[u8]) -> Result<UintRef<'_>> {
    UintRef::new(big_endian).map_err(|_| Error::invalid_key("A number of the RSA key is too long."))
}

/// Creates the key pair. AWS-LC checks every number against the others.
fn validated_key_pair(key: &RsaPrivateKeyRef<'_>) -> Option<KeyPair> {
    let (n, e) = (key.modulus.as_bytes(), key.public_exponent.as_bytes());
    KeyPair::from_components(&KeyPairComponents {
        public_key: PublicKeyComponents { n, e },
        d: key.private_exponent.as_bytes(),
        p: key.prime1.as_bytes(),
        q: key.prime2.as_bytes(),
        dP: key.exponent1.as_bytes(),
        dQ: key.exponent2.as_bytes(),
        qInv: key.coefficient.as_bytes(),
    })
    .ok()
}
