//! The bindings: the table of the module `fastjose._core`. Only this folder says pyo3.

mod args;
mod claims_type;
mod convert;
mod errors;
mod jwe;
mod keys;
mod process;
mod python_jose;
mod remote;
mod request_headers;
mod sessions;
mod sign;
mod verifier;

use process::pickle;
use pyo3::prelude::*;

/// Objects of the module can be used without a GIL: they are immutable, or have locks of their own.
#[pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;
    use pyo3::types::{PyDict, PyTuple};

    use crate::algorithms::{Algorithm, AlgorithmSet, KeyType};
    use crate::jwe::ContentEncryption;
    use crate::keys::ed25519_implementation;

    #[pymodule_export]
    use super::convert::json_dumps::json_dumps_bytes;
    #[pymodule_export]
    use super::jwe::{PyJweKey, PyJweToken, aead_open, aead_seal, cbc_decrypt, cbc_encrypt, jwe_encrypt, jwe_header};
    #[pymodule_export]
    use super::keys::PyKey;
    #[pymodule_export]
    use super::python_jose::{
        PyKeyMaterial, configure_key_classes, configure_registry, jws_load, jws_unverified_header,
        jws_unverified_payload, jws_verify, jws_verify_parts, jwt_decode, jwt_parse_claims, jwt_validate_claims,
    };
    #[pymodule_export]
    use super::remote::{
        PyDiscoveryDocument, PyRemoteApiKeys, PyRemoteIntrospection, PyRemoteKeySet, PyRemoteSessions, url_origin,
    };
    #[pymodule_export]
    use super::request_headers::bearer_token;
    #[pymodule_export]
    use super::sessions::{
        PyAuthJsCookieReader, PyOriginPolicy, PySessionCookieReader, PySessionCookies, PySessionTokenReader,
        encrypt_session_data,
    };
    #[pymodule_export]
    use super::sign::{jws_sign, sign};
    #[pymodule_export]
    use super::verifier::FunctionAlias;
    #[pymodule_export]
    use super::verifier::PendingVerification;
    #[pymodule_export]
    use super::verifier::RequestAuthenticator;
    #[pymodule_export]
    use super::verifier::VerifiedToken;
    #[pymodule_export]
    use super::verifier::{Acceptance, reject_sender_constrained, require_subject, user_fields};
    #[pymodule_export]
    use super::verifier::{PyRevocationList, check_claims_not_revoked};
    #[pymodule_export]
    use super::verifier::{PyVerifier, verify_token};
    #[pymodule_export]
    use super::verifier::{unverified_issuer_of_request, unverified_issuer_of_token};

    /// The tables that Python needs of the algorithms: names, and the least length of a secret in bytes.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::process::interpreter::check_first(module.py())?;
        super::process::exit_gate::register(module)?;
        let secrets = PyDict::new(module.py());
        for algorithm in AlgorithmSet::for_key_type(KeyType::Oct).iter() {
            secrets.set_item(algorithm.name(), algorithm.min_key_bits() / 8)?;
        }
        module.add("MIN_SECRET_BYTES", secrets)?;
        module.add("ED25519_IMPLEMENTATION", ed25519_implementation())?;
        module.add("CEK_BYTES", super::jwe::build_length_table(module.py(), ContentEncryption::cek_bytes)?)?;
        module.add("IV_BYTES", super::jwe::build_length_table(module.py(), ContentEncryption::iv_bytes)?)?;
        let names: Vec<_> = AlgorithmSet::default_asymmetric().iter().flat_map(Algorithm::names).collect();
        module.add("ASYMMETRIC_ALGORITHMS", PyTuple::new(module.py(), names)?)
    }

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
