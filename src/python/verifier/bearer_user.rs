//! The user of a bearer token, and the checks of its claims.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{Error, Result};
use crate::jwt::claims::ClaimsSet;
use crate::jwt::user_fields::{UserClaims, UserFields};
use crate::jwt::user_id::UserIdClaim;

/// The user of a bearer token: the fields, or the error for an `email` or `name` of the wrong type.
pub struct BearerUser(pub Result<Py<PyDict>>);

impl BearerUser {
    /// Converts the user in `user_id`, and checks that the token may be used as a bearer token. `check_id` checks an id in
    /// another claim than `sub`, which the list of revocations was not asked for yet.
    ///
    /// # Errors
    /// Those of [`check_bearer_claims`] and of `check_id`.
    pub fn from_claims(
        py: Python<'_>,
        claims: &ClaimsSet<'_>,
        user_id: &UserIdClaim,
        check_id: impl FnOnce(&str) -> PyResult<()>,
    ) -> PyResult<Self> {
        let user = UserClaims::from_claims(claims).reject_sender_constrained()?.reject_logout_token()?;
        match user_id {
            UserIdClaim::Sub => Self::new(py, user, Some(user.require_subject()?)),
            UserIdClaim::Named(name) => {
                let id = UserIdClaim::read_named(claims, name)?;
                check_id(&id)?;
                Self::new(py, user, Some(&id))
            }
            UserIdClaim::Unneeded => Self::new(py, user, None),
        }
    }

    /// Converts a user that may have no id. No field of such a user is read.
    pub fn new(py: Python<'_>, user: UserClaims<'_>, user_id: Option<&str>) -> PyResult<Self> {
        let Some(user_id) = user_id else { return Ok(Self(Err(NO_USER_ID))) };
        convert_fields(py, user.with_subject(user_id)).map(Self)
    }
}

/// The error for the fields of a user without an id, which no caller asks for.
const NO_USER_ID: Error = Error::InvalidClaim { claim: "sub", reason: "The token identifies no user." };

/// Checks that a token with `claims` may be used as a bearer token of the user in `user_id`.
///
/// # Errors
/// Those of [`UserClaims::reject_sender_constrained`] and [`UserClaims::reject_logout_token`]; those of
/// [`UserClaims::require_subject`] or [`UserIdClaim::read_named`].
pub fn check_bearer_claims(claims: &ClaimsSet<'_>, user_id: &UserIdClaim) -> Result<()> {
    let user = UserClaims::from_claims(claims).reject_sender_constrained()?.reject_logout_token()?;
    match user_id {
        UserIdClaim::Sub => user.require_subject().map(drop),
        UserIdClaim::Named(name) => UserIdClaim::read_named(claims, name).map(drop),
        UserIdClaim::Unneeded => Ok(()),
    }
}

/// Checks that a token may be used as a bearer token of the user in `sub`.
///
/// # Errors
/// Those of [`check_bearer_claims`].
pub fn check_bearer(user: UserClaims<'_>) -> Result<()> {
    user.reject_sender_constrained()?.reject_logout_token()?.require_subject().map(drop)
}

/// Converts the fields of a user, and keeps the error for a field of the wrong type.
pub fn convert_fields(py: Python<'_>, fields: Result<UserFields<'_>>) -> PyResult<Result<Py<PyDict>>> {
    match fields {
        Ok(fields) => Ok(Ok(fields_dict(py, fields)?.unbind())),
        Err(error) => Ok(Err(error)),
    }
}

/// Converts the fields of a user to a dict.
pub fn fields_dict<'py>(py: Python<'py>, fields: UserFields<'_>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item(intern!(py, "user_id"), fields.user_id)?;
    dict.set_item(intern!(py, "email"), fields.email)?;
    dict.set_item(intern!(py, "name"), fields.name)?;
    Ok(dict)
}
