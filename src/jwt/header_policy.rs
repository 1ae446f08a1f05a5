//! The requirements on the protected header, besides those of the algorithms: `typ`, and expected parameters.

use super::claims::ExpectedMember;
use crate::encoding::json;
use crate::error::{Error, Result};

/// The requirements on the protected header.
#[derive(Debug, Clone, Default)]
pub(super) struct HeaderPolicy {
    /// The accepted values of `typ`, without `application/`. If empty, `typ` is not checked.
    types: Vec<String>,
    /// The parameters that must have one of some values.
    parameters: Vec<ExpectedMember>,
}

/// The type of a token whose header has no `typ`.
const DEFAULT_TYP: &str = "JWT";

impl HeaderPolicy {
    /// Creates the policy.
    ///
    /// # Errors
    /// [`Error::Configuration`] if a type is empty.
    pub fn new(types: &[String], parameters: Vec<ExpectedMember>) -> Result<Self> {
        if types.iter().any(String::is_empty) {
            return Err(Error::Configuration("typ must not be empty.".to_owned()));
        }
        Ok(Self { types: types.iter().map(|typ| strip_application_prefix(typ).to_owned()).collect(), parameters })
    }

    /// Checks the `typ` of a header.
    ///
    /// # Errors
    /// [`Error::WrongTyp`].
    pub fn check_typ(&self, typ: Option<&str>) -> Result<()> {
        if self.types.is_empty() {
            return Ok(());
        }
        let typ = typ.map_or(DEFAULT_TYP, strip_application_prefix);
        let is_expected = self.types.iter().any(|expected| typ.eq_ignore_ascii_case(expected));
        if is_expected { Ok(()) } else { Err(Error::WrongTyp) }
    }

    /// Checks the parameters of the header that `decode` returns. It is parsed again, and only if parameters are expected: the
    /// parsed header has those alone that every verifier uses.
    ///
    /// # Errors
    /// [`Error::WrongHeader`].
    pub fn check_parameters(&self, decode: impl FnOnce() -> Option<Vec<u8>>) -> Result<()> {
        let Some(first) = self.parameters.first() else { return Ok(()) };
        let wrong = |parameter: &ExpectedMember| Error::WrongHeader(parameter.name.clone());
        // The header was decoded and parsed before, by the same rules.
        let header = decode().ok_or_else(|| wrong(first))?;
        let members = json::parse_object(&header).map_err(|_| wrong(first))?;
        let is_satisfied = |parameter: &&ExpectedMember| parameter.is_satisfied_by(&members) == Some(true);
        self.parameters.iter().find(|parameter| !is_satisfied(parameter)).map_or(Ok(()), |found| Err(wrong(found)))
    }
}

fn strip_application_prefix(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => typ.get(PREFIX.len()..).unwrap_or(typ),
        _ => typ,
    }
}

#[cfg(test)]
mod tests {
    use super::HeaderPolicy;
    use crate::error::Error;
    use crate::jwt::claims::{ExpectedMember, Scalar};

    fn policy(types: &[&str]) -> HeaderPolicy {
        let types: Vec<_> = types.iter().map(ToString::to_string).collect();
        let values = ["a", "b"].map(|value| Scalar::Str(value.to_owned())).to_vec();
        HeaderPolicy::new(&types, vec![ExpectedMember { name: "signer".to_owned(), values }]).unwrap()
    }

    #[test]
    fn accepts_one_of_several_types() {
        let policy = policy(&["JWT", "application/at+jwt"]);
        for typ in [None, Some("jwt"), Some("application/JWT"), Some("at+jwt"), Some("Application/AT+JWT")] {
            assert_eq!(policy.check_typ(typ), Ok(()), "{typ:?}");
        }
        for typ in [Some(""), Some("logout+jwt"), Some("JWT "), Some("application/"), Some("applicatiox/JWT")] {
            assert_eq!(policy.check_typ(typ), Err(Error::WrongTyp), "{typ:?}");
        }
        assert!(HeaderPolicy::new(&["JWT".to_owned(), String::new()], vec![]).is_err());
    }

    #[test]
    fn compares_parameters() {
        let check = |header: &str| policy(&[]).check_parameters(|| Some(header.as_bytes().to_vec()));
        for header in [r#"{"signer":"a"}"#, r#"{"x":1,"signer":["z","b"]}"#, r#"{"sign\u0065r":"b"}"#] {
            assert_eq!(check(header), Ok(()), "{header}");
        }
        for header in [
            "{}",
            r#"{"signer":null}"#,
            r#"{"signer":"A"}"#,
            r#"{"Signer":"a"}"#,
            r#"{"signer":[]}"#,
            r#"{"signer":{"a":1}}"#,
            r#"{"signer":"a","signer":"a"}"#,
            "[]",
            "",
        ] {
            assert_eq!(check(header), Err(Error::WrongHeader("signer".to_owned())), "{header}");
        }
        assert!(policy(&[]).check_parameters(|| None).is_err());
    }

    #[test]
    fn does_not_decode_a_header_without_expected_parameters() {
        assert_eq!(HeaderPolicy::default().check_parameters(|| unreachable!()), Ok(()));
    }
}
