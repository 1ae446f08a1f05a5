//! Ed25519 pairs (RFC 8037 §2).

use std::sync::Arc;

use aws_lc_rs::encoding::{AsBigEndian, AsDer, Curve25519SeedBin, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use zeroize::Zeroizing;

use super::export::{Form, Parameters, Written, text};
use super::{cannot_sign, unwritable};
use crate::algorithms::Algorithm;
use crate::encoding::base64url;
use crate::error::Result;
use crate::keys::{Key, public_key as public, unusable};

/// The point as 32 bytes, and what verifies and signs with it.
pub(super) struct Ed25519 {
    point: Vec<u8>,
    verifier: Arc<Key>,
    private: Option<Ed25519KeyPair>,
}

impl Ed25519 {
    pub fn public(point: &[u8]) -> Result<Self> {
        Ok(Self { point: point.to_vec(), verifier: Arc::new(public::ed25519(point)?), private: None })
    }

    /// From the seed and the point that is said to belong to it (RFC 8032 §5.1.5).
    pub fn private(seed: &[u8], point: &[u8]) -> Result<Self> {
        if seed.len() != 32 {
            return Err(unusable("An Ed25519 private key has 32 bytes."));
        }
        let pair = Ed25519KeyPair::from_seed_and_public_key(seed, point);
        Self::of(pair.map_err(|_| unusable("The Ed25519 private key does not fit its public key."))?)
    }

    /// From PKCS #8 (RFC 8410 §7); a public key that stands in it must fit.
    pub fn private_der(der: &[u8]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(der);
        Self::of(
            pair.map_err(|_| unusable("The Ed25519 private key cannot be parsed, or does not fit its public key."))?,
        )
    }

    fn of(pair: Ed25519KeyPair) -> Result<Self> {
        let public = Self::public(pair.public_key().as_ref())?;
        Ok(Self { private: Some(pair), ..public })
    }

    pub fn is_private(&self) -> bool {
        self.private.is_some()
    }

    pub fn public_key(&self) -> Self {
        Self { point: self.point.clone(), verifier: Arc::clone(&self.verifier), private: None }
    }

    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
        let pair = self.private.as_ref().filter(|_| algorithm == Algorithm::EdDSA);
        let signed = pair.and_then(|pair| pair.try_sign(message).ok());
        signed.map(|signature| signature.as_ref().to_vec()).ok_or_else(|| cannot_sign(algorithm))
    }

    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        algorithm == Algorithm::EdDSA && self.verifier.verifies(Algorithm::EdDSA, message, signature)
    }

    pub fn written(&self, form: Form) -> Result<Written> {
        let written = match (&self.private, form) {
            (_, Form::Traditional) => None,
            (Some(pair), Form::Pkcs8) => pkcs8(pair).map(|der| Written::new("PRIVATE KEY", der)),
            (None, Form::Pkcs8) => self.spki().map(|der| Written::new("PUBLIC KEY", der)),
        };
        written.ok_or_else(unwritable)
    }

    fn spki(&self) -> Option<Vec<u8>> {
        let key = ParsedPublicKey::new(&ED25519, &self.point).ok()?;
        let der: PublicKeyX509Der<'_> = key.as_der().ok()?;
        Some(der.as_ref().to_vec())
    }

    /// RFC 8037 §2.
    pub fn parameters(&self) -> Result<Parameters> {
        let mut written = vec![("crv", text("Ed25519")), ("x", Zeroizing::new(base64url::encode(&self.point)))];
        if let Some(pair) = &self.private {
            let seed = pair.seed().map_err(|_| unwritable())?;
            let seed: Curve25519SeedBin<'_> = seed.as_be_bytes().map_err(|_| unwritable())?;
            written.push(("d", Zeroizing::new(base64url::encode(seed.as_ref()))));
        }
        Ok(written)
    }
}

fn pkcs8(pair: &Ed25519KeyPair) -> Option<Vec<u8>> {
    let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    Some(der.as_ref().to_vec())
}
