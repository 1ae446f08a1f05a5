"""JSON Web Signatures (RFC 7515) in the compact form, with the API of `jose.jws`.

Example::

    token = jws.sign({"answer": 42}, secret, algorithm="HS256")
    payload = jws.verify(token, secret, algorithms=["HS256"])  # b'{"answer":42}'

Parsing is strict: base64url must be canonical, and the names in the header must be unique. `verify` rejects a header
that requires an extension (`crit`, `b64`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable as IterableABC
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fastjose import jwk
from fastjose._core import (
    json_dumps_bytes,
    jws_load,
    jws_sign,
    jws_unverified_header,
    jws_unverified_payload,
    jws_verify,
    jws_verify_parts,
)
from fastjose._json_errors import name_member
from fastjose._replaceable import watch_names
from fastjose._tracebacks import clear_frames, hide_arguments
from fastjose.backends.base import Key
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import JOSEError, JWKError, JWSError, JWSSignatureError
from fastjose.utils import base64url_decode, base64url_encode

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from _typeshed import ReadableBuffer

__all__ = [
    "ALGORITHMS",
    "JWSError",
    "JWSSignatureError",
    "Key",
    "base64url_decode",
    "base64url_encode",
    "get_unverified_claims",
    "get_unverified_header",
    "get_unverified_headers",
    "jwk",
    "sign",
    "verify",
]

_encode_header_json = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_encode_payload_json = json.JSONEncoder(separators=(",", ":")).encode


def sign(
    payload: ReadableBuffer | Mapping[str, Any],
    key: Any,
    headers: Mapping[str, Any] | None = None,
    algorithm: str = ALGORITHMS.HS256,
) -> str:
    """Sign a payload, and return a compact JWS (RFC 7515 §7.1).

    The header is `{"alg": algorithm, "typ": "JWT"}`, updated with `headers` and sorted by name. A mapping is encoded as
    JSON in its own order. Both are ASCII, without spaces.

    Args:
        payload: The payload: bytes-like, or a mapping that is encoded as a JSON object.
        key: A secret (str or bytes) for HS*. For any other algorithm a private key: PEM (str or bytes), a JWK dict, or
            a `jwk.Key`. A `jwk.Key` signs with its own algorithm.
        headers: Additional header parameters. An `alg` here changes the header, but not the algorithm of the signature.
        algorithm: The JOSE name of the algorithm. Defaults to HS256.

    Returns:
        The token.

    Raises:
        JWSError: The algorithm is not supported, or the key cannot sign with it. `args[0]` is the error of the key.
        TypeError: `payload` is neither bytes-like nor a mapping of JSON values.
    """
    try:
        _check_supported(algorithm)
        header = _build_header_json(algorithm, headers) if headers else _default_header(algorithm)
        payload_bytes = _build_payload_bytes(payload)
        try:
            return jws_sign(header, payload_bytes, key, algorithm)
        except Exception as error:  # noqa: BLE001 - a registered class may raise anything
            raise _with_code(JWSError(error), _code_of_key_error(error))  # noqa: B904 - `args` contains it, as in python-jose
    except BaseException as error:
        del key
        clear_frames(error)
        raise


def _check_supported(algorithm: str) -> None:
    """Raise a `JWSError` if an algorithm is not supported."""
    if algorithm not in ALGORITHMS.SUPPORTED:
        raise _with_code(JWSError(f"Algorithm {algorithm} not supported."), "algorithm_not_allowed")


def _code_of_key_error(error: Exception) -> str:
    """Return the code of an error that a key raised."""
    if isinstance(error, JOSEError):
        return error.code
    return JWKError.code if isinstance(error, (TypeError, ValueError)) else JOSEError.code


@lru_cache(maxsize=64)
def _default_header(algorithm: str) -> bytes:
    """Return the encoded header without additional parameters."""
    return _build_header_json(algorithm, {})


def _build_header_json(algorithm: str, additional: Mapping[str, Any]) -> bytes:
    """Return the header as JSON."""
    parameters = {"typ": "JWT", "alg": algorithm}
    parameters.update(additional)
    try:
        return _encode_header_json(parameters).encode()
    except (TypeError, ValueError) as error:
        raise name_member(error, parameters, _encode_header_json, "header parameter") from None


def _build_payload_bytes(payload: ReadableBuffer | Mapping[str, Any]) -> bytes:
    """Return the payload as bytes. A mapping is encoded as JSON.

    Raises:
        TypeError: The payload is neither bytes-like nor a mapping of JSON values.
    """
    if isinstance(payload, bytes):
        return payload
    if isinstance(payload, Mapping):
        encoded = json_dumps_bytes(payload)
        if encoded is not None:
            return encoded
        # As in python-jose, a mapping that contains itself is reported as not bytes-like.
        with suppress(ValueError):
            return _encode_claims(payload)
    try:
        return memoryview(payload).tobytes()  # type: ignore[arg-type]  # a mapping raises the error
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not '{type(payload).__name__}'") from None


def _encode_claims(claims: Mapping[str, Any]) -> bytes:
    """Return claims as JSON.

    Raises:
        TypeError: A claim is not a JSON value. The message names it.
        ValueError: A claim contains itself.
    """
    try:
        return _encode_payload_json(claims).encode()
    except TypeError as error:
        raise name_member(error, claims, _encode_payload_json, "claim") from None


def verify(token: str | bytes, key: Any, algorithms: str | Container[str] | None, verify: bool = True) -> bytes:  # noqa: FBT001, FBT002 - python-jose's signature
    """Verify the signature of a compact JWS and return its payload (RFC 7515 §5.2).

    Args:
        token: The token.
        key: The key or keys, in one of these forms:

            - a secret, as str or bytes
            - a public key in PEM, as str or bytes
            - a JWK or a JWK Set, as a dict or as JSON text
            - a `jwk.Key`
            - a list of these, or a mapping of `kid` to key.

            If there are several keys, those with the token's `kid` are tried, or all if no key has it. Keys that do not
            support the token's algorithm are skipped. In a mapping, a secret is used only for a token whose `kid` names
            it. A JWK is used only as its `alg`, `use` and `key_ops` allow (RFC 7517 §4.2 to §4.4), and a `jwk.Key` only
            for tokens with its algorithm.
        algorithms: The allowed JOSE names, or a single name. None allows the algorithms of the key's type: HS* for a
            secret, RS* and PS* for RSA, ES* for EC, EdDSA for Ed25519.
        verify: Whether to verify the signature. Defaults to True.

    Returns:
        The payload.

    Raises:
        JWSError: The token is malformed, its algorithm is not allowed, or its signature is wrong.
        JWKError: A single key cannot be used with the token's algorithm, or a mapping contains no key for the token.
        AttributeError: `token` is neither str nor bytes.
    """
    try:
        if not _replaced:
            return jws_verify(token, key, algorithms) if verify else jws_load(token)[1]
        return _verify_with_replacements(token, key, algorithms, verify=verify)
    except BaseException as error:
        del token, key
        clear_frames(error)
        raise


def _verify_with_replacements(
    token: str | bytes, key: Any, algorithms: str | Container[str] | None, *, verify: bool
) -> bytes:
    """Verify a token with the functions of this module, some of which the application has replaced."""
    header, payload, signing_input, signature = _load(token)
    if verify:
        _verify_signature(signing_input, header, signature, key, algorithms)
    return payload


@hide_arguments
def get_unverified_header(token: str | bytes) -> dict[str, Any]:
    """Return the header of a compact JWS without verification. An attacker may have written it.

    Args:
        token: The token. Its payload and signature are not checked.

    Raises:
        JWSError: The header is malformed, or the token has fewer than three segments.
    """
    return _load(token)[0] if "_load" in _replaced else jws_unverified_header(token)


def get_unverified_headers(token: str | bytes) -> dict[str, Any]:
    """Return the header of a compact JWS without verification. python-jose's second name for `get_unverified_header`.

    Args:
        token: The token.

    Raises:
        JWSError: The header is malformed, or the token has fewer than three segments.
    """
    return get_unverified_header(token)


@hide_arguments
def get_unverified_claims(token: str | bytes) -> bytes:
    """Return the payload of a compact JWS without verification. An attacker may have written it.

    Args:
        token: The token. Its header and signature are not checked.

    Raises:
        JWSError: The payload is not base64url, or the token has fewer than three segments.
    """
    return _load(token)[1] if "_load" in _replaced else jws_unverified_payload(token)


# The functions below have names and results of private functions of python-jose, which programs call or replace.


def _load(jwt: str | bytes) -> tuple[dict[str, Any], bytes, bytes, bytes]:
    """Return header, payload, signing input and signature of a compact JWS without verification.

    Raises:
        JWSError: The token is malformed.
    """
    return jws_load(jwt)


def _verify_signature(
    signing_input: bytes,
    header: Mapping[str, Any],
    signature: bytes,
    key: Any = "",
    algorithms: str | Container[str] | None = None,
) -> None:
    """Verify the signature of a token that `_load` has split.

    Raises:
        JWSError: The algorithm is not allowed, or the signature is wrong.
        JWKError: A single key cannot be used with the token's algorithm.
    """
    header_json = _encode_header_json(dict(header)).encode()
    if "_sig_matches_keys" in _replaced:
        alg = _get_allowed_alg(header, algorithms)
        _reject_extensions(header)
        if _is_mapping_of_kids(key) and "_get_keys" not in _replaced:
            with suppress(JWSError):  # a JWKError is raised: of a mapping that has no keys, or none for this token
                jws_verify_parts(signing_input, header_json, signature, key, algorithms)
            keys = _select_keys(_parse_keys(key), header.get("kid"), alg)
        else:
            keys = _get_keys(key)
        if not _sig_matches_keys(keys, signing_input, signature, alg):
            raise _with_code(JWSError("Signature verification failed."), "bad_signature")
        return
    keys = list(_get_keys(key)) if "_get_keys" in _replaced else key
    jws_verify_parts(signing_input, header_json, signature, keys, algorithms)


def _is_mapping_of_kids(key: Any) -> bool:
    """Return whether an argument `key` is a mapping of `kid` to key."""
    parsed = _parse_keys(key)
    return isinstance(parsed, Mapping) and bool(parsed) and {"keys", "kty"}.isdisjoint(parsed)


def _select_keys(mapping: Mapping[str, Any], kid: Any, alg: str) -> Iterable[Any]:
    """Return the key that a header names, or all but the secrets, as the core does."""
    if isinstance(kid, str) and kid in mapping:
        return (mapping[kid],)
    return [key for key in mapping.values() if alg not in ALGORITHMS.HMAC or not isinstance(key, (str, bytes))]


def _get_allowed_alg(header: Mapping[str, Any], algorithms: str | Container[str] | None) -> str:
    """Return the `alg` of a header.

    Raises:
        JWSError: The header has no `alg`, or it is not allowed.
    """
    alg = header.get("alg")
    if not alg:
        raise _with_code(JWSError("No algorithm was specified in the JWS header."), "malformed")
    allowed = [algorithms] if isinstance(algorithms, str) else algorithms
    if not isinstance(alg, str) or (allowed is not None and alg not in allowed):
        raise _with_code(JWSError("The specified alg value is not allowed"), "algorithm_not_allowed")
    return alg


def _reject_extensions(header: Mapping[str, Any]) -> None:
    """Raise a `JWSError` if a header requires an extension (RFC 7515 §4.1.11, RFC 7797 §7), as the core does."""
    if "crit" in header or header.get("b64", True) is not True:
        raise _with_code(JWSError("Unsupported critical header parameter"), "unsupported_header")


def _with_code(error: JWSError, code: str) -> JWSError:
    """Return `error` with a code."""
    error.code = code
    return error


def _sig_matches_keys(keys: Iterable[Any], signing_input: bytes, signature: bytes, alg: str) -> bool:
    """Return whether one of the keys verifies the signature.

    Raises:
        JWKError: A key cannot be used with the algorithm.
    """
    header = _build_header_json(alg, {})
    for key in keys:
        with suppress(JWSError):
            jws_verify_parts(signing_input, header, signature, key, [alg])
            return True
    return False


def _parse_keys(key: Any) -> Any:
    """Return the object or list in an argument `key` that is JSON text, or the argument itself."""
    if isinstance(key, (str, bytes)):
        with suppress(ValueError, RecursionError):
            parsed = json.loads(key, parse_int=str, parse_float=str)
            return parsed if isinstance(parsed, (dict, list)) else key
    return key


def _get_keys(key: Any) -> Iterable[Any]:
    """Return the keys in an argument `key`: those of a JWK Set, a mapping or an iterable, or the key itself."""
    key = _parse_keys(key)
    if isinstance(key, Mapping):
        if "keys" in key:
            return key["keys"]  # type: ignore[no-any-return]
        return (key,) if "kty" in key or not key else key.values()
    is_single = isinstance(key, (str, bytes, Key)) or not isinstance(key, IterableABC)
    return (key,) if is_single else key


_replaced = watch_names(__name__, ("verify", "_load", "_verify_signature", "_sig_matches_keys", "_get_keys"))
