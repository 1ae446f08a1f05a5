//! Identity: the fields of a `CurrentUser`, from claims that were just read or from a `dict` of them.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};

use crate::jwt::user_claims::{Identity, Telling, Text};

/// What tells who it is, taken out of a mapping of claims; the objects keep the texts.
struct Told<'py> {
    sub: Option<Bound<'py, PyAny>>,
    email: Option<Bound<'py, PyAny>>,
    name: Option<Bound<'py, PyAny>>,
    has_cnf: bool,
}

#[pyfunction]
pub fn require_subject<'py>(claims: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    Ok(PyString::new(claims.py(), Told::by(claims)?.telling().subject()?))
}

#[pyfunction]
pub fn user_fields<'py>(claims: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    fields(claims.py(), Told::by(claims)?.telling().identity()?)
}

#[pyfunction]
pub fn reject_sender_constrained(claims: &Bound<'_, PyAny>) -> PyResult<()> {
    Told::by(claims)?.telling().unbound()?;
    Ok(())
}

/// The identity in claims that came with a bearer token.
pub fn of_bearer<'py>(py: Python<'py>, telling: Telling<'_>) -> PyResult<Bound<'py, PyDict>> {
    fields(py, telling.unbound()?.identity()?)
}

/// The same for claims that are a `dict` already.
pub fn of_bearer_in<'py>(claims: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
    of_bearer(claims.py(), Told::by(claims)?.telling())
}

fn fields<'py>(py: Python<'py>, identity: Identity<'_>) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    fields.set_item(intern!(py, "user_id"), identity.user_id)?;
    fields.set_item(intern!(py, "email"), identity.email)?;
    fields.set_item(intern!(py, "name"), identity.name)?;
    Ok(fields)
}

impl<'py> Told<'py> {
    fn by(claims: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = claims.py();
        Ok(Self {
            sub: get(claims, intern!(py, "sub"))?,
            email: get(claims, intern!(py, "email"))?,
            name: get(claims, intern!(py, "name"))?,
            has_cnf: get(claims, intern!(py, "cnf"))?.is_some(),
        })
    }

    fn telling(&self) -> Telling<'_> {
        let Self { sub, email, name, has_cnf } = self;
        Telling { sub: text(sub.as_ref()), email: text(email.as_ref()), name: text(name.as_ref()), has_cnf: *has_cnf }
    }
}

fn get<'py>(claims: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if let Ok(dict) = claims.cast::<PyDict>() {
        return dict.get_item(name);
    }
    let mapping = claims.cast::<PyMapping>()?;
    if mapping.contains(name)? { mapping.get_item(name).map(Some) } else { Ok(None) }
}

fn text<'c>(claim: Option<&'c Bound<'_, PyAny>>) -> Text<'c> {
    let Some(claim) = claim.filter(|claim| !claim.is_none()) else { return Text::None };
    // A lone surrogate is no Unicode text, and in no token.
    claim.cast::<PyString>().ok().and_then(|text| text.to_str().ok()).map_or(Text::Other, Text::Some)
}
