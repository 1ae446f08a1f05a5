//! A verifier, and the tokens that it verified before: of these a hit makes a new `dict`.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::prototype::{self, Prototype};
use super::{claims, convert};
use crate::cache::{Verified, VerifiedTokens};
use crate::claims::{Claims, Validity};
use crate::error::Result;
use crate::verifier::{Payload, Verifier};

/// A verifier that remembers, if it is asked to.
pub struct Remembering {
    pub verifier: Verifier,
    tokens: Option<VerifiedTokens<Prototype>>,
}

impl Remembering {
    /// With room for `cache_size` tokens, 0 for none.
    pub fn new(verifier: Verifier, cache_size: usize) -> Result<Self> {
        Ok(Self { verifier, tokens: VerifiedTokens::with_room_for(cache_size)? })
    }

    /// The claims of a token that was verified before under the keys of today, if time has not changed the verdict.
    pub fn recall<'py>(&self, py: Python<'py>, text: &[u8]) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(tokens) = &self.tokens else { return Ok(None) };
        let generation = self.verifier.standing_generation().filter(|_| text.len() <= self.verifier.max_token_bytes());
        let Some(verified) = generation.and_then(|generation| tokens.get(text, generation)) else { return Ok(None) };
        self.verifier.judge_again(verified.validity, convert::now(py)?)?;
        verified.claims.fresh(py).map(Some)
    }

    /// The claims in the payload of the token `text`, once they are judged. They are remembered if they are accepted.
    pub fn judge<'py>(&self, py: Python<'py>, text: &[u8], payload: &Payload) -> PyResult<Bound<'py, PyDict>> {
        let (claims, validity) = self.verifier.judge(payload, convert::now(py)?)?;
        let dict = claims::dict(py, claims.members())?;
        if let Some(tokens) = &self.tokens {
            tokens.insert(text, verified(&claims, &dict, validity, payload.generation)?);
        }
        Ok(dict)
    }
}

fn verified(
    claims: &Claims<'_>,
    dict: &Bound<'_, PyDict>,
    validity: Validity,
    generation: u64,
) -> PyResult<Verified<Prototype>> {
    Ok(Verified { claims: Prototype::of(dict)?, bytes: prototype::bytes(claims.members()), validity, generation })
}
