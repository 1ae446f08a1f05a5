//! A verifier, and the tokens that it verified before: of these a hit needs neither the signature nor the JSON.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::convert::claims_dict as claims;
use super::verified_token::{self, Prototype};
use super::{args as convert, user_claims as identity};
use crate::error::Result;
use crate::jwt::claims::{Claims, Validity};
use crate::jwt::token_cache::{Verified, VerifiedTokens};
use crate::jwt::user_claims::Telling;
use crate::jwt::verifier::{Payload, Verifier};

/// What a caller wants of a token that is accepted.
#[derive(Clone, Copy)]
pub enum Wanted {
    /// All its claims.
    Claims,
    /// Who bears it.
    Identity,
}

impl Wanted {
    fn of_claims<'py>(self, py: Python<'py>, claims: &Claims<'_>) -> PyResult<Bound<'py, PyDict>> {
        match self {
            Self::Claims => claims::dict(py, claims.members()),
            Self::Identity => identity::of_bearer(py, Telling::of(claims)),
        }
    }

    fn of_prototype<'py>(self, py: Python<'py>, claims: &Prototype) -> PyResult<Bound<'py, PyDict>> {
        match self {
            Self::Claims => claims.fresh(py),
            Self::Identity => identity::of_bearer_in(claims.bind(py)),
        }
    }
}

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

    /// What is wanted of a token that was verified before under the keys of today, if time has not changed the verdict.
    pub fn recall<'py>(&self, py: Python<'py>, text: &[u8], wanted: Wanted) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(tokens) = &self.tokens else { return Ok(None) };
        let generation = self.verifier.standing_generation().filter(|_| text.len() <= self.verifier.max_token_bytes());
        let Some(verified) = generation.and_then(|generation| tokens.get(text, generation)) else { return Ok(None) };
        self.verifier.judge_again(verified.validity, convert::now(py)?)?;
        wanted.of_prototype(py, &verified.claims).map(Some)
    }

    /// What is wanted of the claims in the payload of the token `text`, once they are judged. They are remembered if they are
    /// accepted.
    pub fn judge<'py>(
        &self,
        py: Python<'py>,
        text: &[u8],
        payload: &Payload,
        wanted: Wanted,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (claims, validity) = self.verifier.judge(payload, convert::now(py)?)?;
        let Some(tokens) = &self.tokens else { return wanted.of_claims(py, &claims) };
        let verified = verified(py, &claims, validity, payload.generation)?;
        let answer = wanted.of_prototype(py, &verified.claims);
        tokens.insert(text, verified);
        answer
    }
}

fn verified(py: Python<'_>, claims: &Claims<'_>, validity: Validity, generation: u64) -> PyResult<Verified<Prototype>> {
    let (bytes, claims) = (verified_token::bytes(claims.members()), claims::dict(py, claims.members())?);
    Ok(Verified { claims: Prototype::of(claims)?, bytes, validity, generation })
}
