//! EC pairs: a point on its curve and, where there is one, the private number that it was made with.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPrivateKeyBin, EcPrivateKeyRfc5915Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair, ParsedPublicKey};
use zeroize::Zeroizing;

use super::ecdsa_suites::{ECDSA, Ecdsa};
use super::export::{Form, Parameters, Written, text};
use super::{cannot_sign, unwritable};
use crate::algorithms::{Algorithm, Curve};
use crate::encoding::base64url;
use crate::error::Result;
use crate::keys::{pem_der as pem, unusable};

/// The point, and what verifies and signs, for each algorithm of the curve.
pub(super) struct Ec {
    pub curve: Curve,
    point: Vec<u8>,
    verifiers: Arc<Vec<(&'static Ecdsa, ParsedPublicKey)>>,
    signers: Vec<(&'static Ecdsa, EcdsaKeyPair)>,
}

fn rows(curve: Curve) -> impl Iterator<Item = &'static Ecdsa> {
    ECDSA.iter().filter(move |row| row.curve == curve)
}

impl Ec {
    /// From a point (SEC 1 §2.3.3), compressed or not, which is checked to lie on the curve.
    pub fn public(curve: Curve, point: &[u8]) -> Result<Self> {
        let point = if matches!(point, [2 | 3, ..]) { uncompressed(curve, point) } else { Some(point.to_vec()) };
        let point = point.filter(|point| point.first() == Some(&4) && point.len() == 1 + 2 * curve.coordinate_bytes());
        let point = point.ok_or_else(|| unusable("The EC key's point has the wrong form or length for its curve."))?;
        let parsed = rows(curve).map(|row| Some((row, ParsedPublicKey::new(row.verification, &point).ok()?)));
        let verifiers = parsed.collect::<Option<Vec<_>>>().filter(|rows| !rows.is_empty());
        let verifiers = verifiers.ok_or_else(|| unusable("The EC key's point does not lie on its curve."))?;
        Ok(Self { curve, point, verifiers: Arc::new(verifiers), signers: Vec::new() })
    }

    /// From a private number of the curve's length and the point that is said to belong to it.
    pub fn private(curve: Curve, scalar: &[u8], point: &[u8]) -> Result<Self> {
        let public = Self::public(curve, point)?;
        if scalar.len() != curve.coordinate_bytes() {
            return Err(unusable("The EC private key has the wrong length for its curve."));
        }
        let pair = |row: &'static Ecdsa| EcdsaKeyPair::from_private_key_and_public_key(row.signing, scalar, point).ok();
        let signers = rows(curve).map(|row| Some((row, pair(row)?))).collect::<Option<Vec<_>>>();
        let signers = signers.ok_or_else(|| unusable("The EC private key does not fit its public key."))?;
        Ok(Self { signers, ..public })
    }

    /// From DER: PKCS #8 or SEC 1 (RFC 5915 §3), whose point may be left out.
    pub fn private_der(curve: Curve, der: &[u8]) -> Result<Self> {
        let unreadable = || unusable("The EC private key cannot be parsed, or does not fit its public key.");
        let row = rows(curve).next().ok_or_else(unreadable)?;
        let pair = EcdsaKeyPair::from_private_key_der(row.signing, der).map_err(|_| unreadable())?;
        let scalar: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().map_err(|_| unreadable())?;
        Self::private(curve, scalar.as_ref(), pair.public_key().as_ref())
    }

    pub fn is_private(&self) -> bool {
        !self.signers.is_empty()
    }

    pub fn public_key(&self) -> Self {
        let verifiers = Arc::clone(&self.verifiers);
        Self { curve: self.curve, point: self.point.clone(), verifiers, signers: Vec::new() }
    }

    /// `r || s`, each of the length of a coordinate (RFC 7518 §3.4).
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
        let signer = self.signers.iter().find(|(row, _)| row.algorithm == algorithm);
        let signature = signer.and_then(|(row, pair)| match &row.widening {
            None => pair.sign(&SystemRandom::new(), message).ok(),
            Some(widening) => pair.sign_digest(&widening.digest(message)?).ok(),
        });
        signature.map(|bytes| bytes.as_ref().to_vec()).ok_or_else(|| cannot_sign(algorithm))
    }

    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        if signature.len() != 2 * self.curve.coordinate_bytes() {
            return false;
        }
        let verifier = self.verifiers.iter().find(|(row, _)| row.algorithm == algorithm);
        verifier.is_some_and(|(row, key)| match &row.widening {
            None => key.verify_sig(message, signature).is_ok(),
            Some(widening) => {
                widening.digest(message).is_some_and(|digest| key.verify_digest_sig(&digest, signature).is_ok())
            }
        })
    }

    pub fn written(&self, form: Form) -> Result<Written> {
        let written = match (self.signers.first(), form) {
            (Some((_, pair)), Form::Pkcs8) => {
                pair.to_pkcs8v1().ok().map(|der| Written::new("PRIVATE KEY", der.as_ref().to_vec()))
            }
            (Some((_, pair)), Form::Traditional) => sec1(pair).map(|der| Written::new("EC PRIVATE KEY", der)),
            (None, Form::Pkcs8) => self.spki().map(|der| Written::new("PUBLIC KEY", der)),
            (None, Form::Traditional) => None,
        };
        written.ok_or_else(unwritable)
    }

    fn spki(&self) -> Option<Vec<u8>> {
        let (_, key) = self.verifiers.first()?;
        let der: PublicKeyX509Der<'_> = key.as_der().ok()?;
        Some(der.as_ref().to_vec())
    }

    /// RFC 7518 §6.2, each of the curve's full length.
    pub fn parameters(&self) -> Result<Parameters> {
        let length = self.curve.coordinate_bytes();
        let (x, y) = self.point.get(1..).and_then(|both| both.split_at_checked(length)).ok_or_else(unwritable)?;
        let mut written = vec![("crv", text(self.curve.name()))];
        written.extend([("x", x), ("y", y)].map(|(name, value)| (name, Zeroizing::new(base64url::encode(value)))));
        if let Some((_, pair)) = self.signers.first() {
            let scalar: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().map_err(|_| unwritable())?;
            written.push(("d", Zeroizing::new(base64url::encode(scalar.as_ref()))));
        }
        Ok(written)
    }
}

/// The same point in full, as AWS-LC writes every point.
fn uncompressed(curve: Curve, point: &[u8]) -> Option<Vec<u8>> {
    let key = ParsedPublicKey::new(rows(curve).next()?.verification, point).ok()?;
    let der: PublicKeyX509Der<'_> = key.as_der().ok()?;
    let spki = pem::spki_of(der.as_ref()).ok()?;
    spki.subject_public_key.as_bytes().map(<[u8]>::to_vec)
}

fn sec1(pair: &EcdsaKeyPair) -> Option<Vec<u8>> {
    let der: EcPrivateKeyRfc5915Der<'_> = pair.private_key().as_der().ok()?;
    Some(der.as_ref().to_vec())
}
