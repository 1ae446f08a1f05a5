//! The fields of a `CurrentUser`, and the checks of the claims that identify a user, for claims in a Python mapping.

use std::borrow::Cow;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyMapping, PyString};

use super::bearer_user::{BearerUser, fields_dict};
use crate::error::Error;
use crate::jwt::user_fields::{LOGOUT_EVENT, StringClaim, UserClaims};
use crate::jwt::user_id::{UserIdClaim, is_usable_id};

/// The claim with the user's id, unless the application names another.
const SUB: &str = "sub";

/// The claims of a mapping that identify the user. The Python objects own the strings.
struct UserClaimObjects<'py> {
    sub: Option<Bound<'py, PyAny>>,
    email: Option<Bound<'py, PyAny>>,
    name: Option<Bound<'py, PyAny>>,
    has_cnf: bool,
    has_logout_event: bool,
}

#[pyfunction]
#[pyo3(signature = (claims, claim="sub"))]
pub fn require_subject<'py>(claims: &Bound<'py, PyAny>, claim: &str) -> PyResult<Bound<'py, PyString>> {
    let user = UserClaimObjects::from_mapping(claims)?;
    Ok(PyString::new(claims.py(), &user.require_id(claims, claim)?))
}

#[pyfunction]
#[pyo3(signature = (claims, *, user_id_claim="sub"))]
pub fn user_fields<'py>(claims: &Bound<'py, PyAny>, user_id_claim: &str) -> PyResult<Bound<'py, PyDict>> {
    let user = UserClaimObjects::from_mapping(claims)?;
    let user_id = user.require_id(claims, user_id_claim)?;
    fields_dict(claims.py(), user.as_user_claims().with_subject(&user_id)?)
}

/// Returns the user in `user_id` of the claims of a bearer token, as [`BearerUser::from_claims`] does.
///
/// # Errors
/// Those of [`BearerUser::from_claims`].
pub fn read_bearer_user(
    claims: &Bound<'_, PyDict>,
    user_id: &UserIdClaim,
    check_id: impl FnOnce(&str) -> PyResult<()>,
) -> PyResult<BearerUser> {
    let (py, claims) = (claims.py(), claims.as_any());
    let user = UserClaimObjects::from_mapping(claims)?;
    user.as_user_claims().reject_sender_constrained()?.reject_logout_token()?;
    let id = match user_id {
        UserIdClaim::Sub => Some(user.require_id(claims, SUB)?),
        UserIdClaim::Named(name) => {
            let id = user.require_id(claims, name)?;
            check_id(&id)?;
            Some(id)
        }
        UserIdClaim::Unneeded => None,
    };
    BearerUser::new(py, user.as_user_claims(), id.as_deref())
}

#[pyfunction]
pub fn reject_sender_constrained(claims: &Bound<'_, PyAny>) -> PyResult<()> {
    UserClaimObjects::from_mapping(claims)?.as_user_claims().reject_sender_constrained()?.reject_logout_token()?;
    Ok(())
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

    /// Returns the user's id in `claim`, by the rules of [`UserIdClaim`].
    fn require_id<'c>(&'c self, claims: &Bound<'py, PyAny>, claim: &str) -> PyResult<Cow<'c, str>> {
        if claim == SUB {
            return Ok(Cow::Borrowed(self.as_user_claims().require_subject()?));
        }
        let value = get(claims, &PyString::new(claims.py(), claim))?.filter(|value| !value.is_none());
        let id =
            value.map(|value| id_text(&value).ok_or_else(|| Error::InvalidUserId(claim.to_owned()))).transpose()?;
        let id = id.filter(|id| is_usable_id(id)).ok_or_else(|| Error::MissingClaim(claim.to_owned()))?;
        Ok(Cow::Owned(id))
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

/// Returns the text of a `str` or an `int`; `None` for another type, such as `bool`.
pub(super) fn id_text(value: &Bound<'_, PyAny>) -> Option<String> {
    if let Ok(text) = value.cast::<PyString>() {
        return text.to_str().ok().map(str::to_owned);
    }
    value.cast_exact::<PyInt>().ok()?.str().ok()?.to_str().ok().map(str::to_owned)
}

fn string_claim<'c>(claim: Option<&'c Bound<'_, PyAny>>) -> StringClaim<'c> {
    let Some(claim) = claim.filter(|claim| !claim.is_none()) else { return StringClaim::Absent };
    // A str with a lone surrogate cannot come from a token.
    let text = claim.cast::<PyString>().ok().and_then(|text| text.to_str().ok());
    text.map_or(StringClaim::WrongType, StringClaim::Present)
}
