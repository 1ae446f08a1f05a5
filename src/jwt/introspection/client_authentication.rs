//! The authentication of this application at the introspection endpoint (RFC 7662 §2.1, RFC 6749 §2.3.1).

use std::str::FromStr;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use super::form;
use super::secret_source::SecretSource;
use crate::error::{Error, Result};
use crate::http::failure::RequestFailure;

/// The way in which a client sends its secret. A server accepts the one that the client is registered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// `client_secret_basic`: in the Authorization header.
    Basic,
    /// `client_secret_post`: in the form.
    Post,
}

impl FromStr for AuthMethod {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "client_secret_basic" => Ok(Self::Basic),
            "client_secret_post" => Ok(Self::Post),
            _ => Err(Error::Configuration(
                "auth_method must be client_secret_basic or client_secret_post, as the client is registered with the \
                 server."
                    .to_owned(),
            )),
        }
    }
}

/// The credentials of this application.
pub struct ClientAuthentication {
    method: AuthMethod,
    id: Box<str>,
    secret: SecretSource,
}

impl ClientAuthentication {
    /// Returns the credentials.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the id or the secret is empty.
    pub fn new(method: AuthMethod, id: &str, secret: SecretSource) -> Result<Self> {
        let is_empty = |secret: &SecretSource| matches!(secret, SecretSource::Value(secret) if secret.is_empty());
        if id.is_empty() || is_empty(&secret) {
            let reason = "client_id and client_secret must be those of a client that is registered with the server.";
            return Err(Error::Configuration(reason.to_owned()));
        }
        Ok(Self { method, id: id.into(), secret })
    }

    /// Returns the body of a form with `fields`, and adds the credentials to it or to `headers`.
    pub(super) fn build_form(
        &self,
        fields: &[(&str, &str)],
        headers: &mut HeaderMap,
    ) -> Result<String, RequestFailure> {
        let secret = self.secret.read()?;
        match self.method {
            AuthMethod::Post => {
                let credentials = [("client_id", &*self.id), ("client_secret", secret.as_str())];
                Ok(form::body(&[fields, &credentials].concat()))
            }
            AuthMethod::Basic => {
                headers.insert(AUTHORIZATION, self.basic_credentials(&secret)?);
                Ok(form::body(fields))
            }
        }
    }

    /// Returns the header value. Id and secret are encoded as form fields first (RFC 6749 §2.3.1).
    fn basic_credentials(&self, secret: &str) -> Result<HeaderValue, RequestFailure> {
        let pair = format!("{}:{}", form::encode(&self.id), form::encode(secret));
        let encoded = base64_simd::STANDARD.encode_to_string(pair);
        let mut value = HeaderValue::from_str(&format!("Basic {encoded}"))
            .map_err(|_| RequestFailure::from("the credentials of the client cannot be sent"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{AUTHORIZATION, HeaderMap};

    use super::{AuthMethod, ClientAuthentication};
    use crate::jwt::introspection::secret_source::SecretSource;

    fn build(method: AuthMethod) -> (String, HeaderMap) {
        let secret = SecretSource::Value("s/+: é".into());
        let client = ClientAuthentication::new(method, "api:1", secret).unwrap();
        let mut headers = HeaderMap::new();
        (client.build_form(&[("token", "a=b")], &mut headers).unwrap(), headers)
    }

    #[test]
    fn basic_credentials_are_encoded_as_a_form_first() {
        let (body, headers) = build(AuthMethod::Basic);
        let value = headers.get(AUTHORIZATION).unwrap();
        assert!(value.is_sensitive());
        let encoded = value.to_str().unwrap().strip_prefix("Basic ").unwrap();
        let pair = base64_simd::STANDARD.decode_to_vec(encoded).unwrap();
        assert_eq!(pair, b"api%3A1:s%2F%2B%3A+%C3%A9");
        assert_eq!(body, "token=a%3Db");
    }

    #[test]
    fn posted_credentials_are_fields() {
        let (body, headers) = build(AuthMethod::Post);
        assert_eq!(body, "token=a%3Db&client_id=api%3A1&client_secret=s%2F%2B%3A+%C3%A9");
        assert!(headers.is_empty());
    }

    #[test]
    fn credentials_are_complete() {
        for (id, secret) in [("", "s"), ("a", "")] {
            assert!(ClientAuthentication::new(AuthMethod::Basic, id, SecretSource::Value(secret.into())).is_err());
        }
        for (name, method) in [("client_secret_basic", AuthMethod::Basic), ("client_secret_post", AuthMethod::Post)] {
            assert_eq!(name.parse::<AuthMethod>(), Ok(method));
        }
        assert!("none".parse::<AuthMethod>().is_err());
    }
}
