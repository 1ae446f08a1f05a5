//! `VerifiedToken`: the immutable result of a verification. User and claims are views of it.

use std::sync::Arc;

use jiter::JsonValue;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use super::user_from_mapping::fields_dict;
use crate::encoding::json::Member;
use crate::error::Result;
use crate::jwt::claims::ClaimsSet;
use crate::jwt::user_fields::{UserClaims, UserFields};
use crate::jwt::verifier::Verifier;
use crate::python::claims_type::ClaimsType;
use crate::python::convert::claims_dict;

#[pyclass(frozen, module = "fastjose._core")]
pub struct VerifiedToken {
    /// The fields of the user, or the error for an `email` or `name` of the wrong type.
    user_fields: Result<Py<PyDict>>,
    /// The error if the token must not be used as a bearer token: `cnf` is present, or `sub` is missing.
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
        let (kept_for, user) = self.user.get_or_try_init(py, || {
            let user = self.build_user(py, build)?;
            PyResult::Ok((build.clone_ref(py), user.unbind()))
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

    /// Checks that the token may be used as a bearer token.
    ///
    /// # Errors
    /// Those of [`UserClaims::reject_sender_constrained`], [`UserClaims::reject_logout_token`] and
    /// [`UserClaims::require_subject`].
    pub fn check_bearer(&self) -> Result<()> {
        self.bearer.clone()
    }
}

/// The user of a bearer token: the fields, or the error for an `email` or `name` of the wrong type.
pub struct BearerUser(Result<Py<PyDict>>);

impl BearerUser {
    /// Converts the user, and checks that the token may be used as a bearer token.
    pub fn from_claims(py: Python<'_>, user: UserClaims<'_>) -> PyResult<Self> {
        let subject = user.reject_sender_constrained()?.reject_logout_token()?.require_subject()?;
        convert_fields(py, user.with_subject(subject)).map(Self)
    }
}

/// Checks that a token with `claims` may be used as a bearer token.
///
/// # Errors
/// Those of [`UserClaims::reject_sender_constrained`], [`UserClaims::reject_logout_token`] and
/// [`UserClaims::require_subject`].
pub fn check_bearer_claims(claims: &ClaimsSet<'_>) -> Result<()> {
    check_bearer(UserClaims::from_claims(claims))
}

fn check_bearer(user: UserClaims<'_>) -> Result<()> {
    user.reject_sender_constrained()?.reject_logout_token()?.require_subject().map(drop)
}

fn convert_fields(py: Python<'_>, fields: Result<UserFields<'_>>) -> PyResult<Result<Py<PyDict>>> {
    match fields {
        Ok(fields) => Ok(Ok(fields_dict(py, fields)?.unbind())),
        Err(error) => Ok(Err(error)),
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

/// Estimates the memory that the claims and the user take as Python objects, in bytes, including `CPython`'s overhead; never
/// too low.
pub fn estimate_token_bytes(py: Python<'_>, claims: &[Member<'_>]) -> usize {
    let names = claims.iter().map(|(name, _)| name).filter(|name| !claims_dict::is_interned(py, name));
    let names: usize = names.map(|name| estimate_str_bytes(name)).sum();
    let values: usize = claims.iter().map(|(_, value)| DICT_ENTRY_BYTES + estimate_value_bytes(value)).sum();
    DICT_BYTES + names + values + estimate_user_bytes(claims)
}

/// The fields of a user are strings of their own, and `CPython` keeps a copy in UTF-8 of a string outside ASCII.
fn estimate_user_bytes(claims: &[Member<'_>]) -> usize {
    let fields = claims.iter().filter(|(name, _)| matches!(name.as_ref(), "sub" | "email" | "name"));
    let strings = fields.map(|(_, value)| match value {
        JsonValue::Str(text) if text.is_ascii() => estimate_str_bytes(text),
        JsonValue::Str(text) => estimate_str_bytes(text) + 2 * text.len(),
        _ => 0,
    });
    USER_BYTES + strings.sum::<usize>()
}

/// The memory of a user and of its fields, without their strings.
const USER_BYTES: usize = 768;

/// The memory of an empty dict, and of an entry without key and value.
const DICT_BYTES: usize = 256;
const DICT_ENTRY_BYTES: usize = 64;

fn estimate_dict_bytes(members: &[Member<'_>]) -> usize {
    let entries =
        members.iter().map(|(key, value)| DICT_ENTRY_BYTES + estimate_str_bytes(key) + estimate_value_bytes(value));
    DICT_BYTES + entries.sum::<usize>()
}

fn estimate_value_bytes(value: &JsonValue<'_>) -> usize {
    match value {
        JsonValue::Null | JsonValue::Bool(_) => 0,
        JsonValue::Int(_) | JsonValue::Float(_) => 32,
        JsonValue::BigInt(number) => 48 + usize::try_from(number.bits() / 7).unwrap_or(usize::MAX / 2),
        JsonValue::Str(text) => estimate_str_bytes(text),
        JsonValue::Array(items) => 96 + items.iter().map(|item| 8 + estimate_value_bytes(item)).sum::<usize>(),
        JsonValue::Object(members) => estimate_dict_bytes(members),
    }
}

/// One character outside ASCII makes every character take up to four bytes.
fn estimate_str_bytes(text: &str) -> usize {
    if text.is_ascii() { 64 + text.len() } else { 96 + 4 * text.chars().count() }
}
