//! `VerifiedToken`: the immutable result of a verification. User and claims are views of it.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use super::bearer_user::{BearerUser, check_bearer, convert_fields};
use super::user_from_mapping::read_bearer_user;
use crate::error::Result;
use crate::jwt::claims::ClaimsSet;
use crate::jwt::user_fields::UserClaims;
use crate::jwt::user_id::UserIdClaim;
use crate::jwt::verifier::Verifier;
use crate::python::claims_type::ClaimsType;
use crate::python::convert::claims_dict;
use crate::python::process::once;

#[pyclass(frozen, module = "fastjose._core")]
pub struct VerifiedToken {
    /// The fields of the user, or the error for an `email` or `name` of the wrong type.
    user_fields: Result<Py<PyDict>>,
    /// The error if the token must not be used as a bearer token with its user in `sub`: `cnf` is present, or `sub` is
    /// missing.
    bearer: Result<()>,
    claims: ClaimsSource,
    /// The function that has built the user, and the user. They are kept in a cache alone.
    user: PyOnceLock<(Py<PyAny>, Py<PyAny>)>,
}

enum ClaimsSource {
    /// The payload, which is parsed on every access.
    Payload { bytes: Vec<u8>, verifier: Arc<Verifier> },
    /// The converted claims, which are copied on every access, and the payload, from which other types are built.
    Converted { claims: ConvertedClaims, payload: Py<PyBytes> },
}

#[pymethods]
impl VerifiedToken {
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

impl VerifiedToken {
    /// Returns the claims, as a new dict on every call.
    pub fn claims<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        match &self.claims {
            ClaimsSource::Payload { bytes, verifier } => {
                claims_dict::to_dict(py, verifier.parse_claims(bytes)?.members())
            }
            ClaimsSource::Converted { claims, .. } => claims.to_dict(py),
        }
    }

    /// Returns the claims, as a new dict or a new instance of `into` on every call.
    pub fn claims_as<'py>(&self, py: Python<'py>, into: Option<&ClaimsType<'_, 'py>>) -> PyResult<Bound<'py, PyAny>> {
        match (into, &self.claims) {
            (None, _) => self.claims(py).map(Bound::into_any),
            (Some(into), ClaimsSource::Payload { bytes, .. }) => into.build(&PyBytes::new(py, bytes)),
            (Some(into), ClaimsSource::Converted { payload, .. }) => into.build(payload.bind(py)),
        }
    }

    /// Returns the user that `build` builds from the user fields. It must be immutable: the requests with a cached token
    /// share one.
    pub fn user<'py>(&self, py: Python<'py>, build: &Py<PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if matches!(self.claims, ClaimsSource::Payload { .. }) {
            return self.build_user(py, build);
        }
        let (kept_for, user) = once::get_or_create(py, &self.user, || {
            let user = self.build_user(py, build)?;
            Ok((build.clone_ref(py), user.unbind()))
        })?;
        if kept_for.is(build) { Ok(user.bind(py).clone()) } else { self.build_user(py, build) }
    }

    /// Calls `build` with the fields of the user, as a dict that is not used elsewhere.
    fn build_user<'py>(&self, py: Python<'py>, build: &Py<PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match &self.user_fields {
            Ok(fields) if matches!(self.claims, ClaimsSource::Converted { .. }) => {
                build.bind(py).call1((fields.bind(py).copy()?,))
            }
            Ok(fields) => build.bind(py).call1((fields,)),
            Err(error) => Err(error.clone().into()),
        }
    }

    /// Creates the result for the claims in `payload`, which are parsed when they are read.
    pub fn new(user: BearerUser, payload: Vec<u8>, verifier: Arc<Verifier>) -> Self {
        let claims = ClaimsSource::Payload { bytes: payload, verifier };
        Self { user_fields: user.0, bearer: Ok(()), claims, user: PyOnceLock::new() }
    }

    /// Creates the result for a cache, of the `claims` in `payload`: they are converted once.
    pub fn for_cache(py: Python<'_>, claims: &ClaimsSet<'_>, payload: &[u8]) -> PyResult<Self> {
        let user = UserClaims::from_claims(claims);
        let converted = ConvertedClaims::new(claims_dict::to_dict(py, claims.members())?)?;
        Ok(Self {
            user_fields: convert_fields(py, user.user_fields())?,
            bearer: check_bearer(user),
            claims: ClaimsSource::Converted { claims: converted, payload: PyBytes::new(py, payload).unbind() },
            user: PyOnceLock::new(),
        })
    }

    /// Returns this cached token if it may be used as a bearer token of the user in `user_id`. If that is not `sub`, returns
    /// a token with the same claims and the other user, whose id `check_id` accepts.
    ///
    /// # Errors
    /// Those of [`BearerUser::from_claims`].
    pub fn as_bearer<'py>(
        slf: Bound<'py, Self>,
        user_id: &UserIdClaim,
        check_id: impl FnOnce(&str) -> PyResult<()>,
    ) -> PyResult<Bound<'py, Self>> {
        let (py, token) = (slf.py(), slf.get());
        let ClaimsSource::Converted { claims, payload } = &token.claims else { return Ok(slf) };
        if *user_id == UserIdClaim::Sub {
            token.bearer.clone()?;
            return Ok(slf);
        }
        let user_fields = read_bearer_user(claims.claims.bind(py), user_id, check_id)?.0;
        let claims = ClaimsSource::Converted { claims: claims.clone_ref(py), payload: payload.clone_ref(py) };
        Bound::new(py, Self { user_fields, bearer: Ok(()), claims, user: PyOnceLock::new() })
    }
}

/// Claims as a dict that is never returned itself, and the keys of its mutable values, which are copied with it.
struct ConvertedClaims {
    claims: Py<PyDict>,
    mutable_keys: Vec<Py<PyString>>,
}

impl ConvertedClaims {
    /// `claims` must not be used elsewhere.
    fn new(claims: Bound<'_, PyDict>) -> PyResult<Self> {
        let mutable = claims.iter().filter(|(_, value)| is_mutable(value));
        let mutable_keys = mutable.map(|(key, _)| Ok(key.cast_into::<PyString>()?.unbind()));
        let mutable_keys = mutable_keys.collect::<PyResult<_>>()?;
        Ok(Self { claims: claims.unbind(), mutable_keys })
    }

    fn clone_ref(&self, py: Python<'_>) -> Self {
        let mutable_keys = self.mutable_keys.iter().map(|key| key.clone_ref(py)).collect();
        Self { claims: self.claims.clone_ref(py), mutable_keys }
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let copy = self.claims.bind(py).copy()?;
        for key in &self.mutable_keys {
            if let Some(value) = copy.get_item(key)? {
                copy.set_item(key, copy_json(&value)?)?;
            }
        }
        Ok(copy)
    }
}

fn is_mutable(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyList>() || value.is_exact_instance_of::<PyDict>()
}

/// Copies lists and dicts at every level. The JSON parser limits the nesting, and so this recursion.
fn copy_json<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(items) = value.cast_exact::<PyList>() {
        let items = items.iter().map(|item| copy_json(&item)).collect::<PyResult<Vec<_>>>()?;
        return Ok(PyList::new(value.py(), items)?.into_any());
    }
    let Ok(members) = value.cast_exact::<PyDict>() else { return Ok(value.clone()) };
    let copy = PyDict::new(value.py());
    for (key, member) in members {
        copy.set_item(key, copy_json(&member)?)?;
    }
    Ok(copy.into_any())
}
