//! Certificates that the operator names: the authorities that are trusted, and the client's own certificate.

use std::path::{Path, PathBuf};

use reqwest::{Certificate, Client, Identity};

use super::file::{absolute_path, file_name, read_file};
use crate::error::{Error, Result};
use crate::http::failure::RequestFailure;

/// The longest PEM file, in bytes. The bundle of a system has about 250,000.
const MAX_PEM_BYTES: usize = 4_194_304;

/// PEM text, or the file that contains it. `Debug` shows neither: the text can contain a private key.
pub enum PemSource {
    /// The text itself.
    Text(Vec<u8>),
    /// A file, which is read at each use.
    File(PathBuf),
}

impl PemSource {
    /// Returns the source for the file at `path`. Errors name `argument`.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the path cannot be that of a file.
    pub fn file(path: &Path, argument: &str) -> Result<Self> {
        let path = absolute_path(path).map(Self::File);
        path.ok_or_else(|| Error::Configuration(format!("{argument} must be the path of a file, or PEM.")))
    }

    fn read(&self, argument: &str) -> std::result::Result<Vec<u8>, RequestFailure> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::File(path) => read_file(path, argument, MAX_PEM_BYTES),
        }
    }

    /// Returns the words for this source in the reason of a failure.
    fn describe(&self, argument: &str) -> String {
        match self {
            Self::Text(_) => argument.to_owned(),
            Self::File(path) => file_name(path, argument),
        }
    }
}

/// The certificate authorities that replace those of the system.
pub struct CaCertificates(PemSource);

impl CaCertificates {
    /// Returns the authorities in `source`.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the source is a text, and not one or more certificates in PEM.
    pub fn new(source: PemSource) -> Result<Self> {
        let certificates = Self(source);
        if !certificates.has_file() {
            certificates.read().map_err(|failure| configuration_error(&failure))?;
        }
        Ok(certificates)
    }

    pub(crate) fn has_file(&self) -> bool {
        matches!(self.0, PemSource::File(_))
    }

    /// Returns the certificates.
    ///
    /// # Errors
    /// [`RequestFailure`] if the file cannot be read, or does not contain certificates in PEM.
    pub(crate) fn read(&self) -> std::result::Result<Vec<Certificate>, RequestFailure> {
        let text = self.0.read("ca_certificates")?;
        let certificates = Certificate::from_pem_bundle(&text).ok().filter(|found| !found.is_empty());
        let usable =
            certificates.filter(|found| Client::builder().no_proxy().tls_certs_only(found.clone()).build().is_ok());
        usable.ok_or_else(|| {
            let source = self.0.describe("ca_certificates");
            RequestFailure::new(format!("{source} must contain the certificates of one or more authorities, in PEM"))
        })
    }
}

/// The client's certificate chain and its private key: one source, or one for each.
pub struct ClientCertificate(Vec<PemSource>);

impl ClientCertificate {
    /// Returns the certificate in `sources`.
    ///
    /// # Errors
    /// [`Error::Configuration`] if every source is a text, and they are not a certificate chain with its private key in PEM.
    pub fn new(sources: Vec<PemSource>) -> Result<Self> {
        let certificate = Self(sources);
        if !certificate.has_file() {
            certificate.read().map_err(|failure| configuration_error(&failure))?;
        }
        Ok(certificate)
    }

    pub(crate) fn has_file(&self) -> bool {
        self.0.iter().any(|source| matches!(source, PemSource::File(_)))
    }

    /// Returns the certificate chain with its private key.
    ///
    /// # Errors
    /// [`RequestFailure`] if a file cannot be read, or the sources are not a certificate chain with its private key in PEM.
    pub(crate) fn read(&self) -> std::result::Result<Identity, RequestFailure> {
        let mut text = Vec::new();
        for source in &self.0 {
            text.extend_from_slice(&source.read("client_certificate")?);
            text.push(b'\n');
        }
        let is_usable = |identity: &Identity| {
            Client::builder().no_proxy().tls_certs_only([]).identity(identity.clone()).build().is_ok()
        };
        Identity::from_pem(&text).ok().filter(is_usable).ok_or_else(|| {
            let sources: Vec<_> = self.0.iter().map(|source| source.describe("client_certificate")).collect();
            let sources = if self.has_file() { sources.join(" and ") } else { "client_certificate".to_owned() };
            RequestFailure::new(format!(
                "{sources} must contain a certificate chain and its private key in PEM, not encrypted"
            ))
        })
    }
}

/// Returns the error of a constructor for the failure that each request would have.
fn configuration_error(failure: &RequestFailure) -> Error {
    Error::Configuration(format!("{}.", failure.reason))
}

#[cfg(test)]
mod tests {
    use super::{CaCertificates, ClientCertificate, PemSource};

    #[test]
    fn text_is_checked_at_once_and_a_file_at_its_use() {
        let text = || PemSource::Text(b"not PEM".to_vec());
        let file = || PemSource::file("/nowhere/a.pem".as_ref(), "a test").unwrap();
        let error = CaCertificates::new(text()).err().unwrap().to_string();
        assert_eq!(error, "ca_certificates must contain the certificates of one or more authorities, in PEM.");
        let error = ClientCertificate::new(vec![text(), text()]).err().unwrap().to_string();
        let expected = "client_certificate must contain a certificate chain and its private key in PEM, not encrypted.";
        assert_eq!(error, expected);
        let reason = CaCertificates::new(file()).unwrap().read().unwrap_err().reason;
        assert!(reason.starts_with("the file of ca_certificates must exist"), "{reason}");
        let reason = ClientCertificate::new(vec![text(), file()]).unwrap().read().err().unwrap().reason;
        assert!(reason.starts_with("the file of client_certificate must exist"), "{reason}");
    }

    #[test]
    fn failure_names_the_files_of_a_certificate() {
        let path = std::env::temp_dir().join(format!("fastjose-certificate-{}", std::process::id()));
        std::fs::write(&path, "not PEM").unwrap();
        let file = || PemSource::file(&path, "a test").unwrap();
        let name = format!("the file {path:?} of ");
        let reason = CaCertificates::new(file()).unwrap().read().unwrap_err().reason;
        assert!(reason.starts_with(&format!("{name}ca_certificates must contain the certificates")), "{reason}");
        let reason = ClientCertificate::new(vec![file(), file()]).unwrap().read().err().unwrap().reason;
        let both = format!("{name}client_certificate and {name}client_certificate must contain");
        assert!(reason.starts_with(&both), "{reason}");
        std::fs::remove_file(&path).unwrap();
    }
}
