//! Converts the arguments of a verifier that say what is expected of claims and of the header.

use num_bigint::BigInt;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyInt, PyMapping, PyString};

use crate::jwt::claims::{AudienceRule, ExpectedMember, Scalar};

/// An argument that maps names to accepted values.
struct ExpectedArg {
    name: &'static str,
    /// The noun for its names.
    member: &'static str,
    /// The accepted types of a value, and the function that converts one; `None` for another type.
    types: &'static str,
    convert: for<'v, 'py> fn(&'v Bound<'py, PyAny>) -> Option<PyResult<Scalar>>,
    /// The names that have an argument of their own.
    reserved: &'static [(&'static str, &'static str)],
}

const CLAIMS: ExpectedArg = ExpectedArg {
    name: "claims",
    member: "claim",
    types: "a str, an int or a bool",
    convert: scalar,
    reserved: &[
        ("iss", "issuer="),
        ("aud", "audience="),
        ("sub", "subject="),
        ("exp", "required= and leeway_seconds="),
        ("nbf", "required= and leeway_seconds="),
        ("iat", "required="),
    ],
};

const HEADER: ExpectedArg = ExpectedArg {
    name: "header",
    member: "parameter",
    types: "a str",
    convert: string,
    reserved: &[("alg", "algorithms="), ("typ", "typ=")],
};

/// Returns the expected claims of the argument `claims`.
pub fn claims(value: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<ExpectedMember>> {
    CLAIMS.members(value)
}

/// Returns the expected parameters of the argument `header`.
pub fn header(value: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<ExpectedMember>> {
    HEADER.members(value)
}

/// Returns how audiences are compared.
pub fn audience_rule(check_audience: bool, audience_exact: bool) -> PyResult<AudienceRule> {
    match (check_audience, audience_exact) {
        (true, false) => Ok(AudienceRule::OneOf),
        (true, true) => Ok(AudienceRule::Exact),
        (false, false) => Ok(AudienceRule::Unchecked),
        (false, true) => Err(PyValueError::new_err("audience_exact must be False with check_audience=False")),
    }
}

impl ExpectedArg {
    fn members(&self, value: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<ExpectedMember>> {
        let Some(value) = value else { return Ok(vec![]) };
        let Self { name, member, types, .. } = self;
        let Ok(mapping) = value.cast::<PyMapping>() else {
            let expected = format!("a mapping of {member} names to {types}, or an iterable of these");
            return Err(PyTypeError::new_err(format!("{name} must be {expected}")));
        };
        let items = mapping.items()?;
        if items.is_empty() {
            return Err(PyValueError::new_err(format!("{name} must contain at least one {member}, or be None")));
        }
        items.iter().map(|item| self.member(&item.extract()?)).collect()
    }

    fn member(&self, (name, values): &(Bound<'_, PyAny>, Bound<'_, PyAny>)) -> PyResult<ExpectedMember> {
        let argument = self.name;
        let Ok(name) = name.cast::<PyString>() else {
            return Err(PyTypeError::new_err(format!("{argument} must have a str for each name")));
        };
        let name = unicode(name, argument)?;
        if name.is_empty() {
            return Err(PyValueError::new_err(format!("{argument} must not contain an empty name")));
        }
        if let Some((_, option)) = self.reserved.iter().find(|(reserved, _)| *reserved == name) {
            return Err(PyValueError::new_err(format!("{argument} must not contain {name:?}: use {option}")));
        }
        let values = self.values(values, &format!("{argument}[{name:?}]"))?;
        Ok(ExpectedMember { name, values })
    }

    fn values(&self, value: &Bound<'_, PyAny>, thing: &str) -> PyResult<Vec<Scalar>> {
        let types = self.types;
        let wrong_type = || PyTypeError::new_err(format!("{thing} must be {types}, or an iterable of these"));
        if let Some(value) = (self.convert)(value) {
            return Ok(vec![non_empty(value?, thing)?]);
        }
        // The items of a mapping would be its names, those of bytes would be ints.
        if value.is_none() || value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>() {
            return Err(wrong_type());
        }
        if value.cast::<PyMapping>().is_ok() {
            return Err(wrong_type());
        }
        let items = value.try_iter().map_err(|_| wrong_type())?;
        let values = items.map(|item| non_empty((self.convert)(&item?).ok_or_else(wrong_type)??, thing));
        let values = values.collect::<PyResult<Vec<_>>>()?;
        if values.is_empty() {
            return Err(PyValueError::new_err(format!("{thing} must contain at least one value")));
        }
        Ok(values)
    }
}

fn non_empty(value: Scalar, thing: &str) -> PyResult<Scalar> {
    match value {
        Scalar::Str(text) if text.is_empty() => {
            Err(PyValueError::new_err(format!("{thing} must not contain an empty str")))
        }
        value => Ok(value),
    }
}

fn scalar(value: &Bound<'_, PyAny>) -> Option<PyResult<Scalar>> {
    if let Ok(value) = value.cast::<PyBool>() {
        return Some(Ok(Scalar::Bool(value.is_true())));
    }
    value.cast::<PyInt>().map_or_else(|_| string(value), |number| Some(integer(number)))
}

fn string(value: &Bound<'_, PyAny>) -> Option<PyResult<Scalar>> {
    value.cast::<PyString>().ok().map(|text| unicode(text, "each value").map(Scalar::Str))
}

/// `int.__repr__` writes the digits of an `int` beyond 64 bits, also of an `IntEnum`.
fn integer(number: &Bound<'_, PyInt>) -> PyResult<Scalar> {
    if let Ok(number) = number.extract::<i64>() {
        return Ok(Scalar::Int(BigInt::from(number)));
    }
    let digits: String = number.py().get_type::<PyInt>().call_method1("__repr__", (number,))?.extract()?;
    digits.parse().map(Scalar::Int).map_err(|_| PyValueError::new_err("each value must be an int"))
}

/// Python's error for a lone surrogate contains the whole text.
fn unicode(text: &Bound<'_, PyString>, thing: &str) -> PyResult<String> {
    text.to_str().map(str::to_owned).map_err(|_| PyValueError::new_err(format!("{thing} must be valid Unicode")))
}
