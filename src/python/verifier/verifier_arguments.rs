//! The arguments of `Verifier` and `verify_token`, and the verifier that they describe.

use pyo3::prelude::*;

use super::caching_verifier::CachingVerifier;
use super::policy_args;
use super::revocation_list::{PyRevocationList, revocations_arg};
use crate::jws::compact::Padding;
use crate::jwt::claims::ClaimsPolicy;
use crate::jwt::verifier::{Verifier, VerifierOptions};
use crate::python::convert::parse_cache::Retention;
use crate::python::{args, keys};

/// The configuration of a verifier: the expectations, which hints in the log compare with a rejected token, and the list
/// of revocations.
pub(super) struct Configured {
    pub issuers: Vec<String>,
    pub audiences: Vec<String>,
    pub types: Vec<String>,
    pub revocations: Option<Py<PyRevocationList>>,
}

/// The arguments, as users name them. `None` is the default.
#[expect(clippy::struct_excessive_bools, reason = "keyword arguments")]
pub(super) struct VerifierArguments<'a, 'py> {
    pub keys: &'a Bound<'py, PyAny>,
    pub algorithms: Option<&'a Bound<'py, PyAny>>,
    pub issuer: Option<&'a Bound<'py, PyAny>>,
    pub audience: Option<&'a Bound<'py, PyAny>>,
    pub subject: Option<String>,
    pub typ: Option<&'a Bound<'py, PyAny>>,
    pub claims: Option<&'a Bound<'py, PyAny>>,
    pub client_id: Option<&'a Bound<'py, PyAny>>,
    pub header: Option<&'a Bound<'py, PyAny>>,
    pub check_audience: bool,
    pub audience_exact: bool,
    pub required: Option<&'a Bound<'py, PyAny>>,
    pub check_issued_at: bool,
    pub leeway_seconds: Option<&'a Bound<'py, PyAny>>,
    pub max_token_bytes: Option<&'a Bound<'py, PyAny>>,
    pub max_header_bytes: Option<&'a Bound<'py, PyAny>>,
    pub max_candidate_keys: Option<&'a Bound<'py, PyAny>>,
    pub cache_size: Option<&'a Bound<'py, PyAny>>,
    pub allow_padding: bool,
    pub revocations: Option<&'a Bound<'py, PyAny>>,
}

impl VerifierArguments<'_, '_> {
    /// Returns the verifier, and its configuration. Parsed keys are cached as `retention` says.
    pub fn build(self, retention: Retention) -> PyResult<(CachingVerifier, Configured)> {
        let Self {
            keys,
            algorithms,
            issuer,
            audience,
            subject,
            typ,
            claims,
            client_id,
            header,
            check_audience,
            audience_exact,
            required,
            check_issued_at,
            leeway_seconds,
            max_token_bytes,
            max_header_bytes,
            max_candidate_keys,
            cache_size,
            allow_padding,
            revocations,
        } = self;
        let default = VerifierOptions::default();
        let policy = ClaimsPolicy {
            issuers: args::optional_string_list(issuer, "issuer")?,
            audiences: args::optional_string_list(audience, "audience")?,
            audience_rule: policy_args::audience_rule(check_audience, audience_exact)?,
            subject,
            expected: policy_args::claims(claims)?,
            client_ids: args::optional_string_list(client_id, "client_id")?,
            required: required
                .map_or_else(|| Ok(ClaimsPolicy::default().required), |names| args::string_list(names, "required"))?,
            check_issued_at,
            leeway_seconds: args::seconds_arg(leeway_seconds, 0.0, "leeway_seconds")?,
        };
        let types = args::optional_string_list(typ, "typ")?;
        let (issuers, audiences) = (policy.issuers.clone(), policy.audiences.clone());
        let revocations = revocations_arg(revocations)?;
        let options = VerifierOptions {
            algorithms: args::algorithms(algorithms)?,
            policy,
            types,
            header: policy_args::header(header)?,
            max_token_bytes: args::usize_arg(max_token_bytes, default.max_token_bytes, "max_token_bytes")?,
            max_header_bytes: args::usize_arg(max_header_bytes, default.max_header_bytes, "max_header_bytes")?,
            max_candidate_keys: args::usize_arg(max_candidate_keys, default.max_candidate_keys, "max_candidate_keys")?,
            padding: if allow_padding { Padding::Allowed } else { Padding::Rejected },
            revocations: revocations.as_ref().map(|revocations| revocations.get().list()),
        };
        let revocations = revocations.map(Bound::unbind);
        let configured = Configured { issuers, audiences, types: options.types.clone(), revocations };
        let cache_size = args::usize_arg(cache_size, 0, "cache_size")?;
        let verifier = Verifier::new(keys::parse_keys_arg(keys, options.algorithms, retention)?, options)?;
        Ok((CachingVerifier::new(verifier, cache_size)?, configured))
    }
}
