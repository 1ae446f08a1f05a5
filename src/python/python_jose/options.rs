//! The `options` of `jwt.decode`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::token::attribute_error;
use crate::python_jose::{Claim, ClaimOptions};

/// The parsed options. Unknown names are ignored, as in python-jose.
pub struct DecodeOptions<'py> {
    pub verify_signature: bool,
    pub claim_options: ClaimOptions,
    pub leeway: Option<Bound<'py, PyAny>>,
}

impl<'py> DecodeOptions<'py> {
    pub fn parse(options: Option<&Bound<'py, PyAny>>) -> PyResult<Self> {
        let mut parsed = Self { verify_signature: true, claim_options: ClaimOptions::default(), leeway: None };
        let Some(options) = options else { return Ok(parsed) };
        if !options.is_truthy()? {
            return Ok(parsed);
        }
        let mut required = RequiredClaims::default();
        for (name, value) in to_dict(options)? {
            parsed.apply(&name, value, &mut required)?;
        }
        required.in_order().for_each(|name| parsed.claim_options.require(name));
        Ok(parsed)
    }

    fn apply(
        &mut self,
        name: &Bound<'py, PyAny>,
        value: Bound<'py, PyAny>,
        required: &mut RequiredClaims,
    ) -> PyResult<()> {
        let name = option_name(name)?;
        if name == "leeway" {
            self.leeway = Some(value);
        } else if let Some(claim) = name.strip_prefix("require_") {
            if value.is_truthy()? {
                required.add(claim);
            }
        } else if let Some(check) = name.strip_prefix("verify_") {
            self.set_check(check, &value)?;
        }
        Ok(())
    }

    fn set_check(&mut self, check: &str, value: &Bound<'py, PyAny>) -> PyResult<()> {
        if check == "signature" {
            self.verify_signature = value.is_truthy()?;
        } else if let Some(claim) = Claim::from_name(check) {
            self.claim_options.set(claim, value.is_truthy()?);
        }
        Ok(())
    }
}

/// The required claims: first the registered ones in the order of [`Claim::ALL`], then the others in the order of the
/// options.
#[derive(Default)]
struct RequiredClaims {
    registered: Vec<Claim>,
    others: Vec<String>,
}

impl RequiredClaims {
    fn add(&mut self, name: &str) {
        match Claim::from_name(name) {
            Some(claim) => self.registered.push(claim),
            None => self.others.push(name.to_owned()),
        }
    }

    fn in_order(self) -> impl Iterator<Item = String> {
        let Self { registered, others } = self;
        let registered = Claim::ALL.into_iter().filter(move |claim| registered.contains(claim));
        registered.map(|claim| claim.name().to_owned()).chain(others)
    }
}

/// Converts options to a dict. They may be a mapping or an iterable of pairs.
fn to_dict<'py>(options: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    match options.cast::<PyDict>() {
        Ok(dict) => Ok(dict.clone()),
        Err(_) => Ok(options.py().get_type::<PyDict>().call1((options,))?.cast_into()?),
    }
}

fn option_name<'n>(name: &'n Bound<'_, PyAny>) -> PyResult<&'n str> {
    name.cast::<PyString>().map_err(|_| attribute_error(name, "startswith"))?.to_str()
}
