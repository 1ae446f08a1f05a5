//! The Python class `RevocationList`.

use std::sync::Arc;
use std::time::Duration;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::user_from_mapping::id_text;
use crate::error::Error;
use crate::jwt::claims::type_errors;
use crate::jwt::revocation::{Revocation, RevocationKeys, RevocationList, StorePolicy, Subject};
use crate::python::{args, pickle};

/// A later time is one in milliseconds.
const MAX_SECONDS: f64 = 1e11;

/// One day.
const DEFAULT_MAX_TOKEN_LIFETIME_SECONDS: f64 = 86_400.0;

#[pyclass(frozen, weakref, name = "RevocationList", module = "fastjose._core")]
pub struct PyRevocationList {
    list: Arc<RevocationList>,
    max_token_lifetime_seconds: f64,
}

#[pymethods]
impl PyRevocationList {
    #[new]
    #[pyo3(signature = (*, max_token_lifetime_seconds=None, policy=None),
           text_signature = "(*, max_token_lifetime_seconds=86400, policy=None)")]
    fn new(max_token_lifetime_seconds: Option<&Bound<'_, PyAny>>, policy: Option<&str>) -> PyResult<Self> {
        let name = "max_token_lifetime_seconds";
        let lifetime = args::seconds_arg(max_token_lifetime_seconds, DEFAULT_MAX_TOKEN_LIFETIME_SECONDS, name)?;
        if !(lifetime > 0.0 && lifetime < MAX_SECONDS) {
            return Err(PyValueError::new_err(format!("{name} must be a number of seconds above 0")));
        }
        let policy = match policy {
            None => None,
            Some("closed") => Some(StorePolicy::Closed),
            Some("open") => Some(StorePolicy::Open),
            Some(_) => return Err(PyValueError::new_err("policy must be \"closed\", \"open\" or None")),
        };
        Ok(Self { list: Arc::new(RevocationList::new(policy)), max_token_lifetime_seconds: lifetime })
    }

    #[pyo3(signature = (jti, until=None))]
    fn revoke_token(&self, jti: &Bound<'_, PyAny>, until: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        self.revoke(jti.py(), Subject::Token(identifier(jti, "jti")?), None, until)
    }

    #[pyo3(signature = (sid, until=None))]
    fn revoke_session(&self, sid: &Bound<'_, PyAny>, until: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        self.revoke(sid.py(), Subject::Session(identifier(sid, "sid")?), None, until)
    }

    #[pyo3(signature = (sub, at=None, until=None))]
    fn revoke_user(
        &self,
        sub: &Bound<'_, PyAny>,
        at: Option<&Bound<'_, PyAny>>,
        until: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.revoke(sub.py(), Subject::User(identifier(sub, "sub")?), at, until)
    }

    #[pyo3(signature = (*, jti=None, sid=None, sub=None, iat=None))]
    fn is_revoked(
        &self,
        py: Python<'_>,
        jti: Option<&Bound<'_, PyAny>>,
        sid: Option<&Bound<'_, PyAny>>,
        sub: Option<&Bound<'_, PyAny>>,
        iat: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        if jti.is_none() && sid.is_none() && sub.is_none() {
            return Err(PyTypeError::new_err("is_revoked must be called with jti, sid or sub"));
        }
        let jti = jti.map(|jti| identifier(jti, "jti")).transpose()?;
        let sid = sid.map(|sid| identifier(sid, "sid")).transpose()?;
        let sub = sub.map(|sub| identifier(sub, "sub")).transpose()?;
        let issued_at = iat.map(|iat| time_arg(Some(iat), 0.0, "iat")).transpose()?;
        let keys = self.list.keys(jti, sid, sub, issued_at);
        match self.list.check(&keys, args::now(py)?) {
            Ok(()) => Ok(false),
            Err(Error::Revoked) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    fn trust_for(&self, seconds: &Bound<'_, PyAny>) -> PyResult<()> {
        let seconds = args::seconds_arg(Some(seconds), 0.0, "seconds")?;
        let duration = Duration::try_from_secs_f64(seconds);
        let duration = duration.map_err(|_| PyValueError::new_err("seconds must be a number of seconds, 0 or more"))?;
        self.list.trust().trust_for(duration);
        Ok(())
    }

    fn distrust(&self) {
        self.list.trust().distrust();
    }

    #[getter]
    fn is_synchronised(&self) -> bool {
        self.list.trust().is_synchronised()
    }

    #[getter]
    fn max_token_lifetime_seconds(&self) -> f64 {
        self.max_token_lifetime_seconds
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.list.len(args::now(py)?))
    }

    fn __bool__(_slf: &Bound<'_, Self>) -> bool {
        true
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(pickle::not_picklable("RevocationList", "the revocations"))
    }

    fn __repr__(&self) -> &'static str {
        if self.list.trust().is_synchronised() { "<RevocationList>" } else { "<RevocationList, not synchronised>" }
    }
}

impl PyRevocationList {
    fn revoke(
        &self,
        py: Python<'_>,
        subject: Subject<'_>,
        at: Option<&Bound<'_, PyAny>>,
        until: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let now = args::now(py)?;
        let at = time_arg(at, now, "at")?;
        let until = time_arg(until, now + self.max_token_lifetime_seconds, "until")?;
        self.list.revoke(&Revocation { subject, at, until }, now);
        Ok(())
    }
}

impl PyRevocationList {
    /// Returns the list itself.
    pub fn list(&self) -> Arc<RevocationList> {
        Arc::clone(&self.list)
    }
}

/// Checks that the claims of a credential are not revoked: by `jti`, `sid` or `sub`, or by the id of the user in another
/// claim. Claims that a verifier has accepted, or that a server has returned.
#[pyfunction]
#[pyo3(signature = (revocations, claims, user_id=None))]
pub fn check_claims_not_revoked(
    revocations: Option<&Bound<'_, PyAny>>,
    claims: &Bound<'_, PyDict>,
    user_id: Option<&str>,
) -> PyResult<()> {
    let Some(revocations) = revocations_arg(revocations)? else { return Ok(()) };
    let jti = id_of_claim(claims, "jti", || type_errors::JTI)?;
    let sid = id_of_claim(claims, "sid", || RevocationKeys::SID_TYPE)?;
    let sub = id_of_claim(claims, "sub", || type_errors::SUB)?;
    // Without a time that can be compared, a token counts as issued before every revocation.
    let issued_at = claims.get_item("iat")?.and_then(|iat| iat.extract().ok());
    let (list, now) = (&revocations.get().list, args::now(claims.py())?);
    list.check(&list.keys(jti.as_deref(), sid.as_deref(), sub.as_deref(), issued_at), now)?;
    match user_id.filter(|user_id| sub.as_deref() != Some(user_id)) {
        Some(user_id) => Ok(list.check_user(user_id, issued_at, now)?),
        None => Ok(()),
    }
}

fn id_of_claim(claims: &Bound<'_, PyDict>, name: &str, type_error: fn() -> Error) -> PyResult<Option<String>> {
    match claims.get_item(name)?.filter(|value| !value.is_none()) {
        Some(value) => Ok(Some(id_text(&value).ok_or_else(type_error)?)),
        None => Ok(None),
    }
}

/// Returns the list of the argument `revocations`: a `RevocationList`, or an object with one as its attribute `local`.
pub fn revocations_arg<'py>(value: Option<&Bound<'py, PyAny>>) -> PyResult<Option<Bound<'py, PyRevocationList>>> {
    let Some(value) = value else { return Ok(None) };
    let local = match value.cast::<PyRevocationList>() {
        Ok(list) => Some(list.clone()),
        Err(_) => value.getattr_opt("local")?.and_then(|local| local.cast_into().ok()),
    };
    local
        .map(Some)
        .ok_or_else(|| PyTypeError::new_err("revocations must be a RevocationList, RedisRevocations or None"))
}

fn identifier<'a>(value: &'a Bound<'_, PyAny>, argument: &str) -> PyResult<&'a str> {
    let text = value.cast::<PyString>().map_err(|_| PyTypeError::new_err(format!("{argument} must be a str")))?;
    // Python's error for a lone surrogate contains the text.
    match text.to_str() {
        Ok(text) if !text.is_empty() => Ok(text),
        _ => Err(PyValueError::new_err(format!("{argument} must be a str of valid Unicode that is not empty"))),
    }
}

fn time_arg(value: Option<&Bound<'_, PyAny>>, default: f64, argument: &str) -> PyResult<f64> {
    let requirement = format!("{argument} must be a time in seconds since the epoch, not in milliseconds");
    let time = value.map_or(Ok(default), |value| {
        value
            .extract()
            .map_err(|_| PyTypeError::new_err(format!("{argument} must be a time in seconds since the epoch")))
    })?;
    if (0.0..MAX_SECONDS).contains(&time) { Ok(time) } else { Err(PyValueError::new_err(requirement)) }
}
