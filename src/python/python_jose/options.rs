//! The `options` of `jwt.decode`: which checks are made.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::token::no_attribute;
use crate::python_jose::{Checks, Claim};

/// What the caller switched on and off; a name that is not known is passed over, as in python-jose.
pub struct Options<'py> {
    pub verify_signature: bool,
    pub checks: Checks,
    pub leeway: Option<Bound<'py, PyAny>>,
}

impl<'py> Options<'py> {
    pub fn read(given: Option<&Bound<'py, PyAny>>) -> PyResult<Self> {
        let mut options = Self { verify_signature: true, checks: Checks::default(), leeway: None };
        let Some(given) = given else { return Ok(options) };
        if !given.is_truthy()? {
            return Ok(options);
        }
        let mut required = Required::default();
        for (name, value) in as_dict(given)? {
            options.take(&name, value, &mut required)?;
        }
        required.in_order().for_each(|name| options.checks.require(name));
        Ok(options)
    }

    fn take(&mut self, name: &Bound<'py, PyAny>, value: Bound<'py, PyAny>, required: &mut Required) -> PyResult<()> {
        let name = text(name)?;
        if name == "leeway" {
            self.leeway = Some(value);
        } else if let Some(claim) = name.strip_prefix("require_") {
            if value.is_truthy()? {
                required.add(claim);
            }
        } else if let Some(what) = name.strip_prefix("verify_") {
            self.switch(what, &value)?;
        }
        Ok(())
    }

    fn switch(&mut self, what: &str, value: &Bound<'py, PyAny>) -> PyResult<()> {
        if what == "signature" {
            self.verify_signature = value.is_truthy()?;
        } else if let Some(claim) = Claim::named(what) {
            self.checks.set(claim, value.is_truthy()?);
        }
        Ok(())
    }
}

/// The claims that must be there: first the registered ones, in their own order, then the caller's.
#[derive(Default)]
struct Required {
    registered: Vec<Claim>,
    others: Vec<String>,
}

impl Required {
    fn add(&mut self, name: &str) {
        match Claim::named(name) {
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

/// As `dict.update` takes them: a mapping, or pairs.
fn as_dict<'py>(given: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    match given.cast::<PyDict>() {
        Ok(options) => Ok(options.clone()),
        Err(_) => Ok(given.py().get_type::<PyDict>().call1((given,))?.cast_into()?),
    }
}

fn text<'n>(name: &'n Bound<'_, PyAny>) -> PyResult<&'n str> {
    name.cast::<PyString>().map_err(|_| no_attribute(name, "startswith"))?.to_str()
}
