//! The fields of a `CurrentUser`, and the checks of the claims that identify a user, for claims in a Python mapping.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};

use crate::jwt::user_fields::{LOGOUT_EVENT, StringClaim, UserClaims, UserFields};

/// The claims of a mapping that identify the user. The Python objects own the strings.
struct UserClaimObjects<'py> {
    sub: Option<Bound<'py, PyAny>>,
    email: Option<Bound<'py, PyAny>>,
    name: Option<Bound<'py, PyAny>>,
    has_cnf: bool,
    has_logout_event: bool,
}

#[pyfunction]
pub fn require_subject<'py>(claims: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    Ok(PyString::new(claims.py(), UserClaimObjects::from_mapping(claims)?.as_user_claims().require_subject()?))
}

#[pyfunction]
pub fn user_fields<'py>(claims: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    fields_dict(claims.py(), UserClaimObjects::from_mapping(claims)?.as_user_claims().user_fields()?)
}

#[pyfunction]
pub fn reject_sender_constrained(claims: &Bound<'_, PyAny>) -> PyResult<()> {
    UserClaimObjects::from_mapping(claims)?.as_user_claims().reject_sender_constrained()?.reject_logout_token()?;
    Ok(())
}

/// Converts the fields of a user to a dict.
pub fn fields_dict<'py>(py: Python<'py>, fields: UserFields<'_>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item(intern!(py, "user_id"), fields.user_id)?;
    dict.set_item(intern!(py, "email"), fields.email)?;
    dict.set_item(intern!(py, "name"), fields.name)?;
    Ok(dict)
}

impl<'py> UserClaimObjects<'py> {
    fn from_mapping(claims: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = claims.py();
        Ok(Self {
            sub: get(claims, intern!(py, "sub"))?,
            email: get(claims, intern!(py, "email"))?,
            name: get(claims, intern!(py, "name"))?,
            has_cnf: get(claims, intern!(py, "cnf"))?.is_some(),
            has_logout_event: get(claims, intern!(py, "events"))?.is_some_and(|events| has_logout_event(&events)),
        })
    }

    fn as_user_claims(&self) -> UserClaims<'_> {
        let Self { sub, email, name, has_cnf, has_logout_event } = self;
        UserClaims {
            sub: string_claim(sub.as_ref()),
            email: string_claim(email.as_ref()),
            name: string_claim(name.as_ref()),
            has_cnf: *has_cnf,
            has_logout_event: *has_logout_event,
        }
    }
}

fn get<'py>(claims: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if let Ok(dict) = claims.cast::<PyDict>() {
        return dict.get_item(name);
    }
    let mapping = claims.cast::<PyMapping>()?;
    if mapping.contains(name)? { mapping.get_item(name).map(Some) } else { Ok(None) }
}

fn has_logout_event(events: &Bound<'_, PyAny>) -> bool {
    events.cast::<PyDict>().is_ok_and(|events| events.contains(LOGOUT_EVENT).unwrap_or(true))
}

fn string_claim<'c>(claim: Option<&'c Bound<'_, PyAny>>) -> StringClaim<'c> {
    let Some(claim) = claim.filter(|claim| !claim.is_none()) else { return StringClaim::Absent };
    // A str with a lone surrogate cannot come from a token.
    let text = claim.cast::<PyString>().ok().and_then(|text| text.to_str().ok());
    text.map_or(StringClaim::WrongType, StringClaim::Present)
}
