"""Differences in the parsing and in the use of keys."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from support.python_jose.differential.keys import ADDED, SHORT_RSA, SIGNATURES
from support.python_jose.differential.library import JOSE, call, named_value
from support.python_jose.known_differences.difference import Difference, as_bytes, is_canonical
from support.tokens.jose_builder import certificate, ec_key, jwk, oct_jwk, public_key_of, rsa_key, spki

if TYPE_CHECKING:
    from support.python_jose.known_differences.difference import Mismatch

PARSING, USING = "Parsing keys", "Using keys"
RSA_PEM = named_value("RSA public PEM", spki(public_key_of(rsa_key())).decode())
EC_CERTIFICATE = named_value("EC certificate", certificate(ec_key()).decode())

MEMBERS = ("k", "n", "e", "d", "p", "q", "dp", "dq", "qi", "x", "y")
UNPARSEABLE = re.compile(r"Unable to parse an (RSA_JWK|ECKey) from key: ")
PARSER_MESSAGES = (
    *("The PEM text…", "This PEM block…", "The public key…", "The private key…", "The certificate…", "The key…"),
    *("The numbers…", "A key of this kind…"),
    *("The RSA…", "An RSA key…", "The EC…", "The point…", "The curve…", "A parameter of the JWK…", "The JWK…"),
    *("Mandatory…", "Incorrect key type…", "Precomputed…", "Encrypted…", "Unable to parse…", "Expecting a string…"),
)


def _is_key_error(mismatch: Mismatch) -> bool:
    """Return whether fastjose reports an unparseable key, wrapped in signing as in python-jose."""
    error = mismatch.ours.error
    return (
        error is not None
        and "exceptions.JWKError" in {error.kind, *error.wraps}
        and mismatch.has_message(*PARSER_MESSAGES)
    )


def _has_foreign_class(mismatch: Mismatch) -> bool:
    wrapped = mismatch.jose.error.wraps[:1] if mismatch.jose.error and mismatch.is_signing else (mismatch.jose.kind,)
    return _is_key_error(mismatch) and not any(kind.startswith("exceptions.") for kind in wrapped)


def _has_parser_message(mismatch: Mismatch) -> bool:
    """Return whether both report an unparseable key, python-jose with the message of its parser."""
    if "by the other" in mismatch.call.operation and not _is_key_error(mismatch):
        mismatch = replace(
            mismatch, jose=mismatch.ours, ours=mismatch.jose
        )  # fastjose parses the output of python-jose
    wraps = mismatch.jose.error.wraps if mismatch.jose.error else ()
    inner = wraps[1:] if mismatch.is_signing else wraps
    return _is_key_error(mismatch) and bool(inner) and "." in inner[0] and not inner[0].startswith("exceptions.")


def _omits_key(mismatch: Mismatch) -> bool:
    theirs, ours = UNPARSEABLE.match(mismatch.jose.text), UNPARSEABLE.match(mismatch.ours.text)
    return bool(theirs and ours and theirs[0] == ours[0])


def _differs_in_class_name(mismatch: Mismatch) -> bool:
    is_same = _remove_class_names(mismatch.jose.text) == _remove_class_names(mismatch.ours.text)
    return is_same and mismatch.jose.text != mismatch.ours.text and mismatch.jose.kind == mismatch.ours.kind


def _remove_class_names(text: str) -> str:
    return re.sub(r"(\b(fast)?jose\.backends\.\w+\.)?(Cryptography)?(?=[A-Z]+Key\b)", "", text)


def _is_restricted_jwk(mismatch: Mismatch) -> bool:
    """Return whether a JWK does not allow the operation or the algorithm."""
    texts = ("The JWK's alg must be …", "The JWK's use and key_ops must allow this operation.")
    return mismatch.has_message(*texts) or (
        mismatch.is_verifying
        and any(isinstance(key, dict) and _restricts(key, mismatch.algorithm) for key in mismatch.keys)
        and (mismatch.has_message("Signature verification failed.") or mismatch.jose.warned != mismatch.ours.warned)
    )


def _restricts(key: dict[str, Any], algorithm: Any) -> bool:
    return (
        key.get("alg") not in (None, algorithm)
        or key.get("use") not in (None, "sig", "jwt-svid")
        or not _allows_verification(key.get("key_ops"))
    )


def _allows_verification(key_ops: Any) -> bool:
    """Return whether `key_ops` is absent, or a collection of names with `verify`; the call can have any value."""
    is_collection = isinstance(key_ops, Iterable) and not isinstance(key_ops, str)
    return key_ops is None or (is_collection and "verify" in key_ops)


def _has_argument_message(mismatch: Mismatch) -> bool:
    if mismatch.is_call_of("jwe"):
        return (
            not isinstance(mismatch.argument(0, "jwe_str"), (str, bytes)) and mismatch.jose.kind == mismatch.ours.kind
        )
    is_wrong = not all(isinstance(one, bytes) for one in mismatch.call.positional[2:])
    return mismatch.is_call_of("key") and is_wrong and "bytes-like object is required" in mismatch.ours.text


def _signs_with_public_key(mismatch: Mismatch) -> bool:
    return mismatch.has_message("A public key cannot sign.") and (
        mismatch.is_signing or mismatch.is_call_of("key.sign")
    )


def _has_no_signature_algorithm(mismatch: Mismatch) -> bool:
    is_expected_class = mismatch.jose.kind in {mismatch.ours.kind, "builtins.AttributeError"}
    is_reported = "is not an algorithm that is supported" in mismatch.ours.text
    return mismatch.algorithm not in SIGNATURES and is_expected_class and is_reported


def _has_no_wrapping_algorithm(mismatch: Mismatch) -> bool:
    is_wrapping = mismatch.is_call_of("key.wrap_key", "key.unwrap_key", "jwe.encrypt")
    texts = ("The specified alg value is not supported", "alg RS256 is not implemented")
    return is_wrapping and mismatch.jose.kind == "exceptions.JWEError" and mismatch.has_message(*texts)


def _is_unsuitable_rsa_key(mismatch: Mismatch) -> bool:
    return mismatch.has_message(
        "An RSA key needs at least 2048 bits…", "The RSA key's modulus…", "The RSA key's exponent…"
    )


def _is_not_base64url(mismatch: Mismatch) -> bool:
    if not mismatch.has_message("A parameter of the JWK is not base64url: …"):
        return False
    jwks = [key for key in mismatch.keys if isinstance(key, dict)]
    return any(not is_canonical(as_bytes(one[name]).rstrip(b"=")) for one in jwks for name in MEMBERS if name in one)


def _has_white_space(mismatch: Mismatch) -> bool:
    members = [as_bytes(key[name]) for key in mismatch.keys if isinstance(key, dict) for name in MEMBERS if name in key]
    error = mismatch.jose.error
    is_of_padding = error is not None and "binascii.Error" in {error.kind, *error.wraps}
    return is_of_padding and any(
        is_canonical(b"".join(text.split()).rstrip(b"=")) != is_canonical(text) for text in members
    )


def _has_bytes_member(mismatch: Mismatch) -> bool:
    is_bytes = any(
        isinstance(key, dict) and isinstance(key.get(name), bytes) for key in mismatch.keys for name in MEMBERS
    )
    return is_bytes and mismatch.jose.text == "'bytes' object has no attribute 'encode'"


def _has_certificate(mismatch: Mismatch) -> bool:
    is_present = any(b"-BEGIN CERTIFICATE-" in as_bytes(key) for key in mismatch.keys)
    return is_present and mismatch.jose.text.startswith(
        "Valid PEM but no BEGIN/END delimiters for a private key found."
    )


def _has_added_algorithm(mismatch: Mismatch) -> bool:
    if mismatch.effect == "changes_error":
        key_algorithm = mismatch.key.get("alg") if isinstance(mismatch.key, dict) else None
        return (
            bool({*ADDED} & {str(mismatch.algorithm), str(key_algorithm)})
            and mismatch.jose.text == "Unable to find an algorithm for key"
        )
    return mismatch.call.positional[0] in ADDED if mismatch.is_call_of("jwk.get_key") else mismatch.algorithm in ADDED


def _uses_secp256k1(mismatch: Mismatch) -> bool:
    is_present = any(isinstance(key, dict) and key.get("crv") == "secp256k1" for key in mismatch.keys)
    curve = getattr(_inner_key(mismatch.key, mismatch.algorithm), "curve", None)
    raised = (mismatch.jose.error.kind, *mismatch.jose.error.wraps) if mismatch.jose.error else ()
    return getattr(curve, "name", "") == "secp256k1" or (is_present and "builtins.KeyError" in raised)


def _has_key_of_other_type(mismatch: Mismatch) -> bool:
    if mismatch.is_call_of("key", "jwk.construct"):
        return _is_of_other_type(mismatch.key, mismatch)
    is_only_warned = mismatch.is_verifying and (mismatch.jose.value, mismatch.jose.error) == (
        mismatch.ours.value,
        mismatch.ours.error,
    )
    is_unreadable = mismatch.is_verifying and UNPARSEABLE.match(mismatch.jose.text)
    return bool(is_only_warned or is_unreadable) and any(_is_of_other_type(key, mismatch) for key in mismatch.keys)


def _is_of_other_type(key: Any, mismatch: Mismatch) -> bool:
    """Return whether python-jose stores the key in the class of another key type."""
    if isinstance(key, Ed25519PublicKey) and mismatch.jose.text.startswith("Unable to parse an RSA_JWK from key: "):
        return True
    inner = type(_inner_key(key, mismatch.algorithm)).__name__
    return inner.endswith("Key") and not inner.startswith(KEY_TYPES.get(str(mismatch.algorithm)[:2], inner))


KEY_TYPES = {"RS": "RSA", "ES": "EC", "EC": "EC"}


def _inner_key(key: Any, algorithm: Any) -> Any:
    """Return the key of `cryptography` in python-jose's key object, or None."""
    try:
        constructed = JOSE.module("jwk").construct(key, algorithm)
    except Exception:  # noqa: BLE001 - python-jose cannot parse the key
        return None
    return getattr(constructed, "prepared_key", None)


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "unsuitable-rsa-keys",
        PARSING,
        "accepts RSA keys of any length that `cryptography` accepts, also with an even modulus",
        "accepts RSA keys of 2048 to 8192 bits with odd modulus and exponent",
        "RFC 7518 §3.3, §4.2; other keys are insecure or too slow",
        ("rejects", "changes_error"),
        _is_unsuitable_rsa_key,
        call("jwk.construct", named_value("RSA 1024 public PEM", spki(public_key_of(SHORT_RSA))), "RS256"),
    ),
    Difference(
        "jwk-base64url",
        PARSING,
        "ignores characters outside base64url in a JWK, and accepts the base64 alphabet",
        "accepts only base64url, with optional padding and white space",
        "RFC 7515 §2, RFC 7518 §6: other libraries read ignored characters differently",
        ("rejects", "changes_error"),
        _is_not_base64url,
        call("jwk.construct", {"kty": "oct", "k": "c2V!jcmV0"}, "HS256"),
    ),
    Difference(
        "jwk-white-space",
        PARSING,
        "adds padding for the length with white space, so that it rejects most JWK members that contain some",
        "ignores white space in a JWK member",
        "addition",
        ("accepts", "changes_error"),
        _has_white_space,
        call("jwk.construct", {"kty": "oct", "k": "c2Vjcm V0cw"}, "HS256"),
    ),
    Difference(
        "jwk-members-of-wrong-type",
        PARSING,
        "may accept a key parameter of a JWK that is not a string",
        "rejects a JWK with a key parameter that is used and not a string",
        "RFC 7518 §6",
        ("rejects", "changes_error"),
        lambda mismatch: mismatch.has_message("A parameter of the JWK has the wrong type: …"),
        call("jwk.construct", {**jwk(public_key_of(rsa_key())), "d": 1}, "RS256"),
    ),
    Difference(
        "jwk-members-as-bytes",
        PARSING,
        "raises AttributeError if `k` is bytes, as exported by its AES and DIR keys",
        "accepts JWK members as bytes",
        "the result of `to_dict` can be parsed",
        ("accepts", "changes_error"),
        _has_bytes_member,
        call("jwk.construct", {"kty": "oct", "k": b"c2VjcmV0"}, "HS256"),
    ),
    Difference(
        "certificates",
        PARSING,
        "parses a certificate of an RSA key at the start of the text",
        "parses a certificate of any key type, also after white space",
        "addition",
        ("accepts", "changes_error"),
        _has_certificate,
        call("jwk.construct", EC_CERTIFICATE, "ES256"),
    ),
    Difference(
        "added-algorithms",
        USING,
        "does not support PS256, PS384, PS512, EdDSA, Ed25519 and ES256K",
        "supports them",
        "additions: RFC 7518 §3.5, RFC 8037, RFC 9864, RFC 8812",
        ("accepts", "changes_result", "changes_error"),
        _has_added_algorithm,
        call("jwk.get_key", "PS256"),
    ),
    Difference(
        "secp256k1",
        PARSING,
        "raises KeyError for a secp256k1 JWK, but signs ES256 with a secp256k1 PEM",
        "parses both; only ES256K can use them",
        "the algorithm defines the curve (RFC 8812 §3.2)",
        ("accepts", "rejects", "changes_error", "changes_result"),
        _uses_secp256k1,
        call("jwk.construct", jwk(public_key_of(ec_key("secp256k1"))), "ES256"),
    ),
    Difference(
        "key-errors",
        PARSING,
        "raises TypeError, KeyError, ValueError, AttributeError and others for some malformed keys",
        "raises JWKError, wrapped in JWSError in signing",
        "the caller needs to catch only one class",
        ("changes_error",),
        _has_foreign_class,
        call("jwk.construct", {"kty": "EC", "crv": "P-257", "x": "AQ", "y": "AQ"}, "ES256"),
    ),
    Difference(
        "key-parser-messages",
        PARSING,
        "raises JWKError with the message of a parser in `cryptography`",
        "raises JWKError with a message of fastjose",
        "fastjose does not depend on `cryptography`, whose messages change",
        ("changes_error",),
        _has_parser_message,
        call("jwk.construct", "no PEM", "RS256"),
    ),
    Difference(
        "keys-in-errors",
        PARSING,
        "includes an unparseable key in the error message",
        "includes only the class of the key",
        "error messages and logs never contain parts of a key",
        ("changes_error",),
        _omits_key,
        call("jwk.construct", ["a secret"], "RS256"),
    ),
    Difference(
        "signing-with-public-keys",
        USING,
        "raises an AttributeError of `cryptography`, wrapped in JWKError for RSA",
        "raises JWKError `A public key cannot sign.`",
        "the message names the cause",
        ("changes_error",),
        _signs_with_public_key,
        call("key.sign", RSA_PEM, "RS256", b"message"),
    ),
    Difference(
        "signing-with-wrapping-algorithms",
        USING,
        "raises TypeError or AttributeError, wrapped in signing, if a key-wrapping key is used to sign or verify",
        "raises TypeError, wrapped in signing, that lists the signature algorithms",
        "the message names the cause",
        ("changes_error",),
        _has_no_signature_algorithm,
        call("jws.sign", b"", RSA_PEM, algorithm="RSA-OAEP"),
    ),
    Difference(
        "wrapping-with-signature-algorithms",
        USING,
        "raises JWEError with a message of `cryptography` if a signature key is used to wrap keys",
        "raises JWEAlgorithmUnsupportedError, a subclass of JWEError",
        "the message names the cause",
        ("changes_error",),
        _has_no_wrapping_algorithm,
        call("key.wrap_key", RSA_PEM, "RS256", b"message"),
    ),
    Difference(
        "class-names",
        USING,
        "uses class names such as `CryptographyRSAKey` in Python's error messages",
        "uses `RSAKey` and similar names",
        "the classes do not use `cryptography`; the old names can still be imported",
        ("changes_error",),
        _differs_in_class_name,
        call("key.is_public", "secret", "HS256"),
    ),
    Difference(
        "jwk-restrictions",
        USING,
        "ignores `alg`, `use` and `key_ops` of a JWK",
        "signs and verifies only as they allow, with the key objects of `jwk.construct` too",
        "RFC 7517 §4.2 to §4.4, RFC 8725 §3.1: a key must only be used as its owner intended",
        ("rejects", "changes_error", "changes_result"),
        _is_restricted_jwk,
        call("jws.sign", b"", {**oct_jwk(b"secret"), "use": "enc"}),
    ),
    Difference(
        "argument-messages",
        USING,
        "raises the error of `cryptography` if a message or signature is not bytes",
        "raises Python's error, before it uses the key",
        "fastjose does not depend on `cryptography`",
        ("changes_error",),
        _has_argument_message,
        call("key.verify", RSA_PEM, "RS256", "message", b""),
    ),
    Difference(
        "keys-of-other-type",
        USING,
        "raises an AttributeError of `cryptography`, or only warns, if a key does not match its class",
        "exports the key with its real type; signing and verification fail",
        "PEM contains the key type",
        ("changes_error", "accepts", "changes_result"),
        _has_key_of_other_type,
        call("key.to_dict", RSA_PEM, "ES256"),
    ),
)
