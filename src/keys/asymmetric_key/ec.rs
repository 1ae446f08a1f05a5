//! EC keys: a point on a curve and, for a private key, the private number.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPrivateKeyBin, EcPrivateKeyRfc5915Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{EcdsaKeyPair, ParsedPublicKey};

use super::errors::{cannot_sign, unsupported_format};
use super::export::{EncodedKey, JwkMemberList, KeyFormat, base64url_string, secret_string};
use crate::algorithms::ecdsa_suites::{EcdsaSuite, suites_for};
use crate::algorithms::{Algorithm, Curve};
use crate::error::{Error, Result};
use crate::keys::components::EcComponents;
use crate::keys::public_key::point_not_on_curve;

/// An EC key: its point, and the prepared keys that verify and sign for each suite of the curve.
pub(super) struct EcKey {
    pub curve: Curve,
    point: Vec<u8>,
    verifiers: Arc<Vec<(EcdsaSuite, ParsedPublicKey)>>,
    signers: Vec<(EcdsaSuite, EcdsaKeyPair)>,
}

impl EcKey {
    /// Prepares a key. The point must lie on the curve, and a private number must belong to it.
    pub fn from_components(components: &EcComponents) -> Result<Self> {
        let (curve, point) = (components.curve, &components.point);
        let parse = |suite: EcdsaSuite| Some((suite, ParsedPublicKey::new(suite.verification, point).ok()?));
        let verifiers = suites_for(curve).map(parse).collect::<Option<Vec<_>>>();
        let verifiers = Arc::new(verifiers.ok_or_else(point_not_on_curve)?);
        let signers = match &components.private_number {
            Some(number) => prepare_signers(curve, number, point)?,
            None => Vec::new(),
        };
        Ok(Self { curve, point: point.clone(), verifiers, signers })
    }

    pub fn is_private(&self) -> bool {
        !self.signers.is_empty()
    }

    pub fn public_key(&self) -> Self {
        let verifiers = Arc::clone(&self.verifiers);
        Self { curve: self.curve, point: self.point.clone(), verifiers, signers: Vec::new() }
    }

    /// Signs with `r || s`, each of the length of a coordinate (RFC 7518 §3.4).
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
        let signer = self.signers.iter().find(|(suite, _)| suite.algorithm == algorithm);
        let signature = signer.and_then(|(suite, pair)| match suite.digest_padding {
            None => pair.sign(&SystemRandom::new(), message).ok(),
            Some(padding) => pair.sign_digest(&padding.padded_digest(message)?).ok(),
        });
        signature.map(|bytes| bytes.as_ref().to_vec()).ok_or_else(|| cannot_sign(algorithm))
    }

    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        if signature.len() != 2 * self.curve.coordinate_bytes() {
            return false;
        }
        let verifier = self.verifiers.iter().find(|(suite, _)| suite.algorithm == algorithm);
        verifier.is_some_and(|(suite, key)| match suite.digest_padding {
            None => key.verify_sig(message, signature).is_ok(),
            Some(padding) => {
                padding.padded_digest(message).is_some_and(|digest| key.verify_digest_sig(&digest, signature).is_ok())
            }
        })
    }

    pub fn export(&self, format: KeyFormat) -> Result<EncodedKey> {
        let encoded = match (self.signers.first(), format) {
            (Some((_, pair)), KeyFormat::Pkcs8) => {
                pair.to_pkcs8v1().ok().map(|der| EncodedKey::new("PRIVATE KEY", der.as_ref().to_vec()))
            }
            (Some((_, pair)), KeyFormat::Traditional) => sec1(pair).map(|der| EncodedKey::new("EC PRIVATE KEY", der)),
            (None, KeyFormat::Pkcs8) => self.spki().map(|der| EncodedKey::new("PUBLIC KEY", der)),
            (None, KeyFormat::Traditional) => None,
        };
        encoded.ok_or_else(unsupported_format)
    }

    fn spki(&self) -> Option<Vec<u8>> {
        let (_, key) = self.verifiers.first()?;
        let der: PublicKeyX509Der<'_> = key.as_der().ok()?;
        Some(der.as_ref().to_vec())
    }

    /// Returns the members of RFC 7518 §6.2, each of the curve's full length.
    pub fn jwk_members(&self) -> Result<JwkMemberList> {
        let length = self.curve.coordinate_bytes();
        let coordinates = self.point.get(1..).and_then(|both| both.split_at_checked(length));
        let (x, y) = coordinates.ok_or_else(unsupported_format)?;
        let crv = secret_string(self.curve.name());
        let mut members = vec![("crv", crv), ("x", base64url_string(x)), ("y", base64url_string(y))];
        if let Some((_, pair)) = self.signers.first() {
            let number: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().map_err(|_| unsupported_format())?;
            members.push(("d", base64url_string(number.as_ref())));
        }
        Ok(members)
    }
}

fn prepare_signers(curve: Curve, number: &[u8], point: &[u8]) -> Result<Vec<(EcdsaSuite, EcdsaKeyPair)>> {
    if number.len() != curve.coordinate_bytes() {
        return Err(Error::invalid_key("The EC private key has the wrong length for its curve."));
    }
    let signers = suites_for(curve).map(|suite| {
        let pair = EcdsaKeyPair::from_private_key_and_public_key(suite.signing, number, point).ok()?;
        Some((suite, pair))
    });
    let signers = signers.collect::<Option<Vec<_>>>();
    signers.ok_or_else(|| Error::invalid_key("The EC private key does not fit its public key."))
}

fn sec1(pair: &EcdsaKeyPair) -> Option<Vec<u8>> {
    let der: EcPrivateKeyRfc5915Der<'_> = pair.private_key().as_der().ok()?;
    Some(der.as_ref().to_vec())
}
