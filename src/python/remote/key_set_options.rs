//! The keyword arguments that every constructor of a `RemoteKeySet` has.

use std::time::Duration;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyMapping, PyString};

use super::network::{ca_certificates_arg, client_certificate_arg, headers_arg, proxy_arg};
use super::settings::seconds;
use crate::http::network::NetworkOptions;
use crate::jwks::{HttpLimits, RefreshPolicy};
use crate::python::args::{key_text, mapping_to_json, usize_arg};

/// The options of a key set, apart from its URL.
pub struct KeySetOptions {
    pub allow_http: bool,
    pub http_limits: HttpLimits,
    pub refresh_policy: RefreshPolicy,
    pub network: NetworkOptions,
    /// The JSON of a key set that is used until the first fetch succeeds.
    pub initial: Option<Vec<u8>>,
}

/// The names of the keyword arguments.
const NAMES: [&str; 19] = [
    "allow_http",
    "max_age_seconds",
    "min_age_seconds",
    "refresh_jitter",
    "max_stale_seconds",
    "fetch_burst",
    "fetch_interval_seconds",
    "max_wait_seconds",
    "max_waiting_threads",
    "recheck_interval_seconds",
    "max_retry_after_seconds",
    "timeout_seconds",
    "max_body_bytes",
    "max_keys",
    "headers",
    "ca_certificates",
    "client_certificate",
    "proxy",
    "initial",
];

impl KeySetOptions {
    /// Returns the options in `arguments`, the keyword arguments of `function`.
    pub fn from_arguments(function: &str, arguments: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let arguments = Arguments::new(function, arguments)?;
        Ok(Self {
            allow_http: arguments.other("allow_http", "a bool", false)?,
            http_limits: http_limits(&arguments)?,
            refresh_policy: refresh_policy(&arguments)?,
            network: NetworkOptions {
                headers: headers_arg(arguments.get("headers")?.as_ref())?,
                ca_certificates: ca_certificates_arg(arguments.get("ca_certificates")?.as_ref())?,
                client_certificate: client_certificate_arg(arguments.get("client_certificate")?.as_ref())?,
                proxy: proxy_arg(arguments.get("proxy")?.as_ref())?,
            },
            initial: arguments.get("initial")?.as_ref().map(initial_json).transpose()?,
        })
    }
}

/// Keyword arguments. One that is `None` counts as omitted.
struct Arguments<'a, 'py>(Option<&'a Bound<'py, PyDict>>);

impl<'a, 'py> Arguments<'a, 'py> {
    /// Checks the names of the arguments of `function`.
    fn new(function: &str, arguments: Option<&'a Bound<'py, PyDict>>) -> PyResult<Self> {
        for name in arguments.into_iter().flat_map(PyDictMethods::keys) {
            let name: String = name.extract()?;
            if !NAMES.contains(&name.as_str()) {
                let text = format!("{function}() got an unexpected keyword argument {name:?}");
                return Err(PyTypeError::new_err(text));
            }
        }
        Ok(Self(arguments))
    }

    fn get(&self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(arguments) = self.0 else { return Ok(None) };
        Ok(arguments.get_item(name)?.filter(|value| !value.is_none()))
    }

    fn seconds(&self, name: &str, default: Duration) -> PyResult<Duration> {
        seconds(self.get(name)?.as_ref(), default, name)
    }

    fn count(&self, name: &str, default: usize) -> PyResult<usize> {
        usize_arg(self.get(name)?.as_ref(), default, name)
    }

    /// Returns an argument of another type, which is `requirement` for the reader of an error.
    fn other<T>(&self, name: &str, requirement: &str, default: T) -> PyResult<T>
    where
        T: for<'b> FromPyObject<'b, 'py, Error = PyErr>,
    {
        let Some(value) = self.get(name)? else { return Ok(default) };
        value.extract().map_err(|_| PyTypeError::new_err(format!("{name} must be {requirement}")))
    }
}

fn http_limits(arguments: &Arguments<'_, '_>) -> PyResult<HttpLimits> {
    let default = HttpLimits::default();
    Ok(HttpLimits {
        timeout: arguments.seconds("timeout_seconds", default.timeout)?,
        max_body_bytes: arguments.count("max_body_bytes", default.max_body_bytes)?,
        max_keys: arguments.count("max_keys", default.max_keys)?,
    })
}

fn refresh_policy(arguments: &Arguments<'_, '_>) -> PyResult<RefreshPolicy> {
    let default = RefreshPolicy::default();
    let burst = arguments.count("fetch_burst", default.fetch_burst as usize)?;
    let burst = u32::try_from(burst);
    Ok(RefreshPolicy {
        max_age: arguments.seconds("max_age_seconds", default.max_age)?,
        min_age: arguments.seconds("min_age_seconds", default.min_age)?,
        refresh_jitter: arguments.other("refresh_jitter", "a number from 0 to 1", default.refresh_jitter)?,
        max_stale: arguments.seconds("max_stale_seconds", default.max_stale)?,
        fetch_burst: burst.map_err(|_| PyValueError::new_err(format!("fetch_burst must be at most {}", u32::MAX)))?,
        fetch_interval: arguments.seconds("fetch_interval_seconds", default.fetch_interval)?,
        max_wait: arguments.seconds("max_wait_seconds", default.max_wait)?,
        max_waiting_threads: arguments.count("max_waiting_threads", default.max_waiting_threads)?,
        recheck_interval: arguments.seconds("recheck_interval_seconds", default.recheck_interval)?,
        max_retry_after: arguments.seconds("max_retry_after_seconds", default.max_retry_after)?,
    })
}

/// Returns the JSON of `initial`: a mapping, or JSON that is `str` or `bytes`.
fn initial_json(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(mapping) = value.cast::<PyMapping>() {
        return Ok(mapping_to_json(mapping)?.into_bytes());
    }
    if !value.is_instance_of::<PyString>() && !value.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err("initial must be a JWK Set: a mapping, or JSON that is str or bytes"));
    }
    Ok(key_text(value, "initial")?.to_vec())
}
