//! Arguments of the network: headers, certificates, a proxy.

use std::path::PathBuf;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping, PyString, PyTuple};

use super::settings::url_text;
use crate::http::network::{CaCertificates, ClientCertificate, PemSource, ProxySettings, RequestHeaders};

/// Returns the header fields of a mapping from `str` to `str`, or to the path of a file.
pub fn headers_arg(value: Option<&Bound<'_, PyAny>>) -> PyResult<RequestHeaders> {
    let mut headers = RequestHeaders::default();
    let Some(value) = value else { return Ok(headers) };
    let mapping = value.cast::<PyMapping>().map_err(|_| PyTypeError::new_err("headers must be a mapping"))?;
    for item in mapping.items()?.iter() {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        let name = name.cast::<PyString>().map_err(|_| PyTypeError::new_err("headers must have names that are str"))?;
        let name = name.to_str().map_err(|_| PyValueError::new_err("headers must have names of ASCII characters"))?;
        add_header(&mut headers, name, &value)?;
    }
    Ok(headers)
}

fn add_header(headers: &mut RequestHeaders, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    if let Ok(text) = value.cast::<PyString>() {
        let text = text.to_str().map_err(|_| PyValueError::new_err("headers must have values of ASCII characters"))?;
        return Ok(headers.add_value(name, text)?);
    }
    let path = path_of(value)?.ok_or_else(|| {
        PyTypeError::new_err(
            "headers must have values that are str, or paths (pathlib.Path) of files that contain them",
        )
    })?;
    Ok(headers.add_file(name, &path)?)
}

/// Returns the path of an `os.PathLike`, or `None` for another object. A `str` is not an `os.PathLike`.
pub(super) fn path_of(value: &Bound<'_, PyAny>) -> PyResult<Option<PathBuf>> {
    if value.is_instance_of::<PyString>() || !value.hasattr(pyo3::intern!(value.py(), "__fspath__"))? {
        return Ok(None);
    }
    value.extract().map(Some)
}

/// Returns the authorities in a PEM file or text.
pub fn ca_certificates_arg(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<CaCertificates>> {
    let Some(value) = value else { return Ok(None) };
    Ok(Some(CaCertificates::new(pem_source(value, "ca_certificates")?)?))
}

/// Returns the client certificate in a PEM file or text, or in a pair: the certificate chain and the private key.
pub fn client_certificate_arg(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<ClientCertificate>> {
    let Some(value) = value else { return Ok(None) };
    let sources = match value.cast::<PyTuple>() {
        Ok(pair) if pair.len() == 2 => {
            pair.iter().map(|part| pem_source(&part, "client_certificate")).collect::<PyResult<_>>()?
        }
        _ => vec![pem_source(value, "client_certificate")?],
    };
    Ok(Some(ClientCertificate::new(sources)?))
}

/// Returns a path, or PEM that is `bytes` or `str`. No error contains the value, which can be a private key.
fn pem_source(value: &Bound<'_, PyAny>, argument: &str) -> PyResult<PemSource> {
    if let Some(path) = path_of(value)? {
        return Ok(PemSource::file(&path, argument)?);
    }
    if let Ok(text) = value.cast::<PyBytes>() {
        return Ok(PemSource::Text(text.as_bytes().to_vec()));
    }
    let Ok(text) = value.cast::<PyString>() else {
        return Err(PyTypeError::new_err(format!("{argument} must be a path, or PEM that is str or bytes")));
    };
    let invalid = || PyValueError::new_err(format!("{argument} must be a path, or PEM with its BEGIN and END lines"));
    let readable = text.to_string_lossy();
    if readable.contains("-----BEGIN ") {
        return Ok(PemSource::Text(text.to_str().map_err(|_| invalid())?.as_bytes().to_vec()));
    }
    if is_base64_der(&readable) || readable.contains(['\n', '\r']) {
        return Err(invalid());
    }
    // A path that is not UTF-8 has surrogates. Python's error for those of another kind contains the text.
    Ok(PemSource::file(&text.extract::<PathBuf>().map_err(|_| invalid())?, argument)?)
}

/// Returns true for a key or certificate in base64 without the lines of PEM: as a path, it would be shown in errors. The DER
/// of each is a SEQUENCE of less than 64 KiB.
fn is_base64_der(text: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    text.len() >= 60 && text.starts_with('M') && text.bytes().all(is_base64)
}

/// Returns the proxies that `proxy` names: `"environment"`, or a URL.
pub fn proxy_arg(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<ProxySettings>> {
    let Some(value) = value else { return Ok(None) };
    let text = url_text(value)
        .map_err(|_| PyTypeError::new_err("proxy must be \"environment\", the URL of a proxy, or None"))?;
    let text = text.to_str().map_err(|_| PyValueError::new_err("proxy must be valid Unicode"))?;
    Ok(Some(if text == "environment" { ProxySettings::from_environment()? } else { ProxySettings::from_url(text)? }))
}
