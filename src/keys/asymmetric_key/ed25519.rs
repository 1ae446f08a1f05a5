//! Ed25519 keys (RFC 8037 §2).

use std::sync::Arc;

use aws_lc_rs::encoding::{AsBigEndian, AsDer, Curve25519SeedBin, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, ParsedPublicKey};

use super::errors::{cannot_sign, unsupported_format};
use super::export::{EncodedKey, JwkMemberList, KeyFormat, base64url_string, secret_string};
use crate::algorithms::{Algorithm, KeyType};
use crate::error::{Error, Result};
use crate::keys::components::Ed25519Components;
use crate::keys::public_key::prepare_ed25519;
use crate::keys::verification_key::VerificationKey;

/// An Ed25519 key: its point as 32 bytes, and the prepared keys that verify and sign.
pub(super) struct Ed25519Key {
    point: Vec<u8>,
    verifier: Arc<VerificationKey>,
    signer: Option<Ed25519KeyPair>,
}

impl Ed25519Key {
    pub fn from_components(components: &Ed25519Components) -> Result<Self> {
        let point = &components.point;
        let signer = components.seed.as_ref().map(|seed| validated_key_pair(seed, point)).transpose()?;
        Ok(Self { point: point.clone(), verifier: Arc::new(prepare_ed25519(point)?), signer })
    }

    pub fn is_private(&self) -> bool {
        self.signer.is_some()
    }

    pub fn public_key(&self) -> Self {
        Self { point: self.point.clone(), verifier: Arc::clone(&self.verifier), signer: None }
    }

    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
        let signer = self.signer.as_ref().filter(|_| algorithm.key_type() == KeyType::Okp);
        let signature = signer.and_then(|signer| signer.try_sign(message).ok());
        signature.map(|signature| signature.as_ref().to_vec()).ok_or_else(|| cannot_sign(algorithm))
    }

    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.verifier.verify(algorithm, message, signature)
    }

    pub fn export(&self, format: KeyFormat) -> Result<EncodedKey> {
        let encoded = match (&self.signer, format) {
            (_, KeyFormat::Traditional) => None,
            (Some(signer), KeyFormat::Pkcs8) => pkcs8(signer).map(|der| EncodedKey::new("PRIVATE KEY", der)),
            (None, KeyFormat::Pkcs8) => self.spki().map(|der| EncodedKey::new("PUBLIC KEY", der)),
        };
        encoded.ok_or_else(unsupported_format)
    }

    fn spki(&self) -> Option<Vec<u8>> {
        let key = ParsedPublicKey::new(&ED25519, &self.point).ok()?;
        let der: PublicKeyX509Der<'_> = key.as_der().ok()?;
        Some(der.as_ref().to_vec())
    }

    /// Returns the members of RFC 8037 §2.
    pub fn jwk_members(&self) -> Result<JwkMemberList> {
        let mut members = vec![("crv", secret_string("Ed25519")), ("x", base64url_string(&self.point))];
        if let Some(signer) = &self.signer {
            let seed = signer.seed().map_err(|_| unsupported_format())?;
            let seed: Curve25519SeedBin<'_> = seed.as_be_bytes().map_err(|_| unsupported_format())?;
            members.push(("d", base64url_string(seed.as_ref())));
        }
        Ok(members)
    }
}

/// Checks that the seed and the point belong together (RFC 8032 §5.1.5).
fn validated_key_pair(seed: &[u8], point: &[u8]) -> Result<Ed25519KeyPair> {
    if seed.len() != 32 {
        return Err(Error::invalid_key("An Ed25519 private key must have 32 bytes."));
    }
    let pair = Ed25519KeyPair::from_seed_and_public_key(seed, point);
    pair.map_err(|_| Error::invalid_key("The Ed25519 private key does not fit its public key."))
}

fn pkcs8(signer: &Ed25519KeyPair) -> Option<Vec<u8>> {
    let der: Pkcs8V1Der<'_> = signer.as_der().ok()?;
    Some(der.as_ref().to_vec())
}
