//! The requirements on claims.

use super::expected::ExpectedMember;
use crate::error::{Error, Result};

/// The requirements on claims.
#[derive(Debug, Clone)]
pub struct ClaimsPolicy {
    /// The accepted values of `iss`. If the list is not empty, the claim is required. Defaults to empty: `iss` is not
    /// compared.
    pub issuers: Vec<String>,
    /// The accepted values of `aud`. If the list is not empty, the claim is required. Defaults to empty: a token with `aud`
    /// is rejected (RFC 7519 §4.1.3), unless its `aud` is an empty list.
    pub audiences: Vec<String>,
    /// The rule by which `aud` is compared with the audiences. Defaults to [`AudienceRule::OneOf`].
    pub audience_rule: AudienceRule,
    /// The required value of `sub`. Defaults to `None`: `sub` is not compared.
    pub subject: Option<String>,
    /// The claims that must have one of some values. Defaults to empty.
    pub expected: Vec<ExpectedMember>,
    /// The accepted clients. If the list is not empty, one of `azp`, `client_id`, `cid` and `appid` is required, and each
    /// that is there must be in the list. Defaults to empty: these claims are not compared.
    pub client_ids: Vec<String>,
    /// The names of required claims, which must not be null. An `aud` that is an empty list is missing, unless it is compared.
    /// Defaults to `exp` alone.
    pub required: Vec<String>,
    /// Whether a token whose `iat` is in the future is rejected. Defaults to false: only the type of `iat` is checked.
    pub check_issued_at: bool,
    /// The clock skew to tolerate when `exp`, `nbf` and `iat` are validated, in seconds. Defaults to 0.
    pub leeway_seconds: f64,
}

/// The rule by which `aud` is compared with the accepted audiences. Its type is always checked: a string or a list of strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AudienceRule {
    /// One audience of the token must be accepted.
    #[default]
    OneOf,
    /// Every audience of the token must be accepted.
    Exact,
    /// `aud` is not compared. Safe only if other claims bind the token to this application, or if its issuer serves this
    /// application alone.
    Unchecked,
}

impl Default for ClaimsPolicy {
    fn default() -> Self {
        Self {
            issuers: vec![],
            audiences: vec![],
            audience_rule: AudienceRule::default(),
            subject: None,
            expected: vec![],
            client_ids: vec![],
            required: vec!["exp".to_owned()],
            check_issued_at: false,
            leeway_seconds: 0.0,
        }
    }
}

impl ClaimsPolicy {
    /// Checks that the requirements fit together.
    ///
    /// # Errors
    /// [`Error::Configuration`].
    pub(crate) fn check(&self) -> Result<()> {
        let reason = match self.audience_rule {
            _ if !(self.leeway_seconds >= 0.0 && self.leeway_seconds.is_finite()) => {
                "leeway_seconds must be a number of seconds, 0 or more."
            }
            _ if self.subject.as_deref() == Some("") => "subject must not be empty.",
            AudienceRule::Unchecked if !self.audiences.is_empty() => {
                "audience must be None with check_audience=False, which compares no audience."
            }
            AudienceRule::Exact if self.audiences.is_empty() => {
                "audience must be given with audience_exact=True: every audience of a token must be one of them."
            }
            _ => return Ok(()),
        };
        Err(Error::Configuration(reason.to_owned()))
    }
}
