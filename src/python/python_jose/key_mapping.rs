//! Keys in a mapping of `kid` to key.
//!
//! A response that is not a key document, such as `{"message": "Not Found"}`, is a mapping too. Its texts must not be
//! used as secrets, since an attacker knows them.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};

use crate::keys::detection::is_pem;
use crate::python::errors::JWKError;

/// Selects from a mapping of `kid` to key: the key with this id, or every key that is not a secret in text.
///
/// # Errors
/// `JWKError` for a mapping that is not a mapping of keys, or does not have a key for this token.
pub fn keys_in_mapping<'py>(mapping: &Bound<'py, PyMapping>, kid: Option<&str>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    reject_documents(mapping)?;
    let values: Vec<_> = mapping.values()?.iter().collect();
    let selected = match kid {
        Some(kid) if mapping.contains(kid)? => vec![mapping.get_item(kid)?],
        _ => values.iter().filter(|value| !is_secret_text(value)).cloned().collect(),
    };
    let is_mapping_of_keys = values.iter().map(is_key_form).collect::<PyResult<Vec<_>>>()?.iter().all(|is_key| *is_key);
    if selected.is_empty() || !is_mapping_of_keys { Err(not_keys()) } else { Ok(selected) }
}

fn not_keys() -> PyErr {
    JWKError::new_err(
        "The mapping must be a JWK, a JWK Set, or a mapping of kid to key. A secret requires a token with its kid.",
    )
}

/// Rejects a JWK without `kty`, and documents in which an attacker could choose a text as `kid`: errors (RFC 6749 §5.2,
/// RFC 9457 §3.1) and metadata (RFC 8414 §2).
fn reject_documents(mapping: &Bound<'_, PyMapping>) -> PyResult<()> {
    const JWK_MEMBERS: [&[&str]; 11] = [
        &["alg"],
        &["use"],
        &["key_ops"],
        &["kid"],
        &["x5c"],
        &["x5t"],
        &["x5t#S256"],
        &["x5u"],
        &["n", "e"],
        &["crv", "x"],
        &["x", "y"],
    ];
    const DOCUMENT_MEMBERS: [&[&str]; 12] = [
        &["error"],
        &["errors"],
        &["error_description"],
        &["message"],
        &["detail"],
        &["details"],
        &["title"],
        &["status"],
        &["statusCode"],
        &["code"],
        &["issuer"],
        &["jwks_uri"],
    ];
    if has_any(mapping, &JWK_MEMBERS)? {
        return Err(JWKError::new_err("The JWK has no kty."));
    }
    if has_any(mapping, &DOCUMENT_MEMBERS)? { Err(not_keys()) } else { Ok(()) }
}

/// Returns true if the mapping has all members of one of the groups.
fn has_any(mapping: &Bound<'_, PyMapping>, groups: &[&[&str]]) -> PyResult<bool> {
    for members in groups {
        let are_present = members.iter().map(|name| mapping.contains(*name)).collect::<PyResult<Vec<_>>>()?;
        if are_present.iter().all(|is_present| *is_present) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns true if `key` is a `str` or `bytes`.
pub fn is_text(key: &Bound<'_, PyAny>) -> bool {
    key.is_instance_of::<PyString>() || key.is_instance_of::<PyBytes>()
}

/// Returns true if `value` is a text that can only be a secret.
fn is_secret_text(value: &Bound<'_, PyAny>) -> bool {
    let text = match value.extract::<&str>() {
        Ok(text) => text.as_bytes(),
        Err(_) => value.extract::<&[u8]>().unwrap_or_default(),
    };
    is_text(value) && !is_pem(text)
}

/// Returns true if `value` may be a key: a text, a JWK, or an object. JSON values of other types are not.
fn is_key_form(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    if let Ok(jwk) = value.cast::<PyMapping>() {
        return jwk.contains("kty");
    }
    let is_other_json = value.is_none()
        || value.is_instance_of::<PyBool>()
        || value.is_instance_of::<PyInt>()
        || value.is_instance_of::<PyFloat>()
        || value.is_instance_of::<PyList>()
        || value.is_instance_of::<PyTuple>();
    Ok(!is_other_json)
}
