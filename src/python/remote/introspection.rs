//! The Python class `RemoteIntrospection`.

use std::sync::Arc;
use std::time::Duration;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use super::key_set::PyRemoteKeySet;
use super::network::{ca_certificates_arg, client_certificate_arg, path_of, proxy_arg};
use super::settings::{lookup_limits, seconds, text_of, url_text};
use crate::error::Error;
use crate::http::network::file::absolute_path;
use crate::http::network::{NetworkOptions, RequestHeaders};
use crate::jwt::claims::{AudienceRule, ClaimsPolicy};
use crate::jwt::introspection::{
    AccessToken, ClientAuthentication, Endpoint, IntrospectionAnswer, IntrospectionOptions, RemoteIntrospection,
    SecretSource,
};
use crate::python::args;
use crate::python::convert::claims_dict::to_dict;
use crate::python::errors::lookup_unavailable;
use crate::python::pickle;
use crate::python::process::awaitable;
use crate::python::verifier::policy_args;

#[pyclass(frozen, weakref, name = "RemoteIntrospection", module = "fastjose._core")]
pub struct PyRemoteIntrospection(Arc<RemoteIntrospection>);

/// The default of `max_cached_tokens`.
const MAX_CACHED_TOKENS: usize = 1_000;

#[pymethods]
impl PyRemoteIntrospection {
    #[new]
    #[pyo3(signature = (url, *, client_id, client_secret, auth_method="client_secret_basic", issuer=None, audience=None,
                        accepted_client_id=None, claims=None, check_audience=true, audience_exact=false, required=None,
                        leeway_seconds=None, cache_seconds=None, max_cached_tokens=None, allow_http=false,
                        timeout_seconds=None, max_body_bytes=None, max_lookups_in_flight=None, ca_certificates=None,
                        client_certificate=None, proxy=None),
           text_signature = "(url, *, client_id, client_secret, auth_method=\"client_secret_basic\", issuer=None, \
                             audience=None, accepted_client_id=None, claims=None, check_audience=True, \
                             audience_exact=False, required=(), leeway_seconds=0, cache_seconds=0.0, \
                             max_cached_tokens=1000, allow_http=False, timeout_seconds=5.0, max_body_bytes=262144, \
                             max_lookups_in_flight=256, ca_certificates=None, client_certificate=None, proxy=None)")]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments, as users name them")]
    fn new(
        url: &Bound<'_, PyAny>,
        client_id: &Bound<'_, PyAny>,
        client_secret: &Bound<'_, PyAny>,
        auth_method: &str,
        issuer: Option<&Bound<'_, PyAny>>,
        audience: Option<&Bound<'_, PyAny>>,
        accepted_client_id: Option<&Bound<'_, PyAny>>,
        claims: Option<&Bound<'_, PyAny>>,
        check_audience: bool,
        audience_exact: bool,
        required: Option<&Bound<'_, PyAny>>,
        leeway_seconds: Option<&Bound<'_, PyAny>>,
        cache_seconds: Option<&Bound<'_, PyAny>>,
        max_cached_tokens: Option<&Bound<'_, PyAny>>,
        allow_http: bool,
        timeout_seconds: Option<&Bound<'_, PyAny>>,
        max_body_bytes: Option<&Bound<'_, PyAny>>,
        max_lookups_in_flight: Option<&Bound<'_, PyAny>>,
        ca_certificates: Option<&Bound<'_, PyAny>>,
        client_certificate: Option<&Bound<'_, PyAny>>,
        proxy: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let policy = ClaimsPolicy {
            issuers: args::optional_string_list(issuer, "issuer")?,
            audiences: args::optional_string_list(audience, "audience")?,
            audience_rule: policy_args::audience_rule(check_audience, audience_exact)?,
            subject: None,
            expected: policy_args::claims(claims)?,
            client_ids: args::optional_string_list(accepted_client_id, "accepted_client_id")?,
            required: required.map_or_else(|| Ok(vec![]), |names| args::string_list(names, "required"))?,
            check_issued_at: false,
            leeway_seconds: args::seconds_arg(leeway_seconds, 0.0, "leeway_seconds")?,
        };
        check_is_bound(&policy)?;
        let options = IntrospectionOptions {
            policy,
            cache_age: seconds(cache_seconds, Duration::ZERO, "cache_seconds")?,
            max_cached: args::usize_arg(max_cached_tokens, MAX_CACHED_TOKENS, "max_cached_tokens")?,
            limits: lookup_limits(timeout_seconds, max_body_bytes, max_lookups_in_flight)?,
            network: NetworkOptions {
                headers: RequestHeaders::default(),
                ca_certificates: ca_certificates_arg(ca_certificates)?,
                client_certificate: client_certificate_arg(client_certificate)?,
                proxy: proxy_arg(proxy)?,
            },
        };
        let secret = secret_arg(client_secret)?;
        let client = ClientAuthentication::new(auth_method.parse()?, &text_arg(client_id, "client_id")?, secret)?;
        let endpoint = match url.cast::<PyRemoteKeySet>() {
            Ok(keys) => Endpoint::of_issuer(Arc::clone(&keys.get().0))?,
            Err(_) => Endpoint::at(text_of(&url_text(url)?)?, allow_http)?,
        };
        Ok(Self(Arc::new(RemoteIntrospection::new(endpoint, client, options)?)))
    }

    fn introspect<'py>(&self, token: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = token.py();
        awaitable::check_event_loop(py, "RemoteIntrospection.introspect")?;
        let token = std::str::from_utf8(args::token_text(token)?).ok().and_then(AccessToken::parse);
        let token = token.ok_or(Error::Malformed("The token cannot be an access token"))?;
        if let Some(answer) = self.0.cached(&token, args::now(py)?) {
            return awaitable::coroutine_of(validated_claims(py, &self.0, &answer)?.into_any());
        }
        let lookup = PendingLookup { introspection: Arc::clone(&self.0), token };
        awaitable::coroutine_of_future(Bound::new(py, lookup)?.getattr(pyo3::intern!(py, "start"))?)
    }

    #[getter]
    fn url(&self) -> String {
        self.0.url_without_query()
    }

    #[getter]
    fn has_seen_active(&self) -> bool {
        self.0.has_seen_active()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(pickle::not_picklable("RemoteIntrospection", "its arguments"))
    }

    fn __repr__(&self) -> String {
        format!("<fastjose.introspection.RemoteIntrospection {:?}>", self.0.url_without_query())
    }
}

/// A look-up that starts when its coroutine is awaited.
#[pyclass(frozen, module = "fastjose._core")]
struct PendingLookup {
    introspection: Arc<RemoteIntrospection>,
    token: AccessToken,
}

#[pymethods]
impl PendingLookup {
    /// Starts the look-up and returns a future of the claims.
    fn start<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let introspection = Arc::clone(&self.introspection);
        let lookup = introspection.look_up(self.token.clone());
        awaitable::into_future(py, lookup_unavailable, lookup, move |py, answer| {
            Ok(validated_claims(py, &introspection, &answer?)?.into_any().unbind())
        })
    }
}

/// Validates the claims now: an answer can be older than the last validation.
fn validated_claims<'py>(
    py: Python<'py>,
    introspection: &RemoteIntrospection,
    answer: &IntrospectionAnswer,
) -> PyResult<Bound<'py, PyDict>> {
    to_dict(py, introspection.validate(answer, args::now(py)?)?.members())
}

/// Rejects a policy that accepts the tokens of every application that the server lets this one introspect.
fn check_is_bound(policy: &ClaimsPolicy) -> PyResult<()> {
    let is_bound = !policy.audiences.is_empty() || !policy.client_ids.is_empty() || !policy.expected.is_empty();
    if is_bound || policy.audience_rule == AudienceRule::Unchecked {
        return Ok(());
    }
    Err(PyValueError::new_err(
        "audience, accepted_client_id or claims must say which tokens are for this application; otherwise the tokens of \
         every application would be accepted that the server lets this client introspect. If that is intended, pass \
         check_audience=False",
    ))
}

/// Returns a secret that is a `str`, or in the file of an `os.PathLike`. No error contains the value.
fn secret_arg(value: &Bound<'_, PyAny>) -> PyResult<SecretSource> {
    if value.is_instance_of::<PyString>() {
        return Ok(SecretSource::Value(text_arg(value, "client_secret")?.into()));
    }
    let wrong_type = || {
        PyTypeError::new_err(
            "client_secret must be a str, or the path (pathlib.Path) of a file that contains the secret",
        )
    };
    if value.is_instance_of::<PyBytes>() {
        return Err(wrong_type());
    }
    let path = path_of(value)?.ok_or_else(wrong_type)?;
    let path = absolute_path(&path).ok_or_else(|| PyValueError::new_err("client_secret must be the path of a file"))?;
    Ok(SecretSource::File(path))
}

fn text_arg(value: &Bound<'_, PyAny>, argument: &str) -> PyResult<String> {
    let text = value.cast::<PyString>().map_err(|_| PyTypeError::new_err(format!("{argument} must be a str")))?;
    let text = text.to_str().map_err(|_| PyValueError::new_err(format!("{argument} must be valid Unicode")))?;
    Ok(text.to_owned())
}
