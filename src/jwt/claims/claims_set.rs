//! A parsed claims set.

use jiter::JsonValue;

use crate::encoding::json::expected_keys::ExpectedKeys;
use crate::encoding::json::{self, Member};
use crate::error::{Error, Result};

/// A parsed claims set.
#[derive(Debug, Clone)]
pub struct ClaimsSet<'p> {
    members: json::Object<'p>,
    has_expected_keys: bool,
}

impl<'p> ClaimsSet<'p> {
    /// Parses the payload of a token.
    ///
    /// # Errors
    /// [`Error::Malformed`] unless the payload is a JSON object by the strict rules of [`json`].
    pub fn parse(payload: &'p [u8]) -> Result<Self> {
        Self::parse_with_keys(&ExpectedKeys::new(), payload)
    }

    /// Parses the payload of a token faster if it begins with the `expected` keys.
    ///
    /// # Errors
    /// See [`ClaimsSet::parse`].
    pub(crate) fn parse_with_keys(expected: &ExpectedKeys, payload: &'p [u8]) -> Result<Self> {
        let parsed = json::parse_object_with_keys(expected, payload).map_err(|error| {
            Error::Malformed(match error {
                json::JsonError::NotJson => "Invalid payload string: must be valid JSON",
                json::JsonError::NotAnObject => "Invalid payload string: must be a json object",
            })
        })?;
        Ok(Self { members: parsed.members, has_expected_keys: parsed.has_expected_keys })
    }

    /// Returns the claim `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&JsonValue<'p>> {
        json::get(&self.members, name)
    }

    /// Returns the names and values of the claims, in the order of the token.
    #[must_use]
    pub fn members(&self) -> &[Member<'p>] {
        &self.members
    }

    /// Returns true if the names are known to be those of every claims set of the same verifier for which this is true, in
    /// the same order.
    #[must_use]
    pub fn has_expected_keys(&self) -> bool {
        self.has_expected_keys
    }
}
