"""JSON Web Signature (RFC 7515) as code written for python-jose uses it: the compact form, signed and verified.

A token is read strictly: base64url is canonical, no name stands twice in its header, and a header that asks for an
extension (`crit`, `b64`) is refused when the signature is verified.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fastjose import jwk
from fastjose._core import json_dumps_bytes, jws_sign, jws_unverified_header, jws_unverified_payload, jws_verify
from fastjose.backends.base import Key
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import JWSError, JWSSignatureError
from fastjose.utils import base64url_decode, base64url_encode

if TYPE_CHECKING:
    from collections.abc import Container

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

_header_json = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_payload_json = json.JSONEncoder(separators=(",", ":")).encode


def sign(
    payload: ReadableBuffer | Mapping[str, Any],
    key: Any,
    headers: Mapping[str, Any] | None = None,
    algorithm: str = ALGORITHMS.HS256,
) -> str:
    """Sign `payload` as a compact JWS (RFC 7515 §7.1).

    The header is `{"alg": algorithm, "typ": "JWT"}`, overridden by `headers` and sorted by name; a mapping is written
    as JSON in its own order. Both are ASCII, without spaces.

    Args:
        payload: Octets, or a JSON object.
        key: A secret (str or bytes) for HS*; else a private key: PEM (str or bytes), a JWK dict, or a `jwk.Key`. A
            `jwk.Key` signs with its own algorithm.
        headers: Further header parameters. An `alg` among them changes the header, and not how it is signed.
        algorithm: The JOSE name of the algorithm.

    Returns:
        The token.

    Raises:
        JWSError: The algorithm is not supported, or the key cannot sign with it; what the key said is `args[0]`.
        TypeError: `payload` is neither bytes-like nor a mapping of JSON values.
    """
    if algorithm not in ALGORITHMS.SUPPORTED:
        raise JWSError(f"Algorithm {algorithm} not supported.")
    header = _header(algorithm, headers) if headers else _plain_header(algorithm)
    octets = _octets(payload)
    try:
        return jws_sign(header, octets, key, algorithm)
    except Exception as error:  # noqa: BLE001 - a registered class may raise anything
        raise JWSError(error)  # noqa: B904 - it is in `args`, as with python-jose


@lru_cache(maxsize=64)
def _plain_header(algorithm: str) -> bytes:
    return _header(algorithm, {})


def _header(algorithm: str, further: Mapping[str, Any]) -> bytes:
    parameters = {"typ": "JWT", "alg": algorithm}
    parameters.update(further)
    return _header_json(parameters).encode()


def _octets(payload: ReadableBuffer | Mapping[str, Any]) -> bytes:
    if isinstance(payload, bytes):
        return payload
    if isinstance(payload, Mapping):
        octets = json_dumps_bytes(payload)
        if octets is not None:
            return octets
        # Of a claims set that holds itself, python-jose says no more than that it is not bytes-like.
        with suppress(ValueError):
            return _payload_json(payload).encode()
    try:
        return memoryview(payload).tobytes()  # type: ignore[arg-type]  # a mapping goes on to the error
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not '{type(payload).__name__}'") from None


def verify(token: str | bytes, key: Any, algorithms: str | Container[str] | None, verify: bool = True) -> bytes:  # noqa: FBT001, FBT002 - python-jose's signature
    """Verify the signature of a compact JWS and return its payload (RFC 7515 §5.2).

    Args:
        token: The token.
        key: A secret (str or bytes), a public key (PEM, str or bytes), a JWK, a JWK Set, each as dict or JSON text, a
            `jwk.Key`, a list of these, or a mapping of `kid` to key. Of several, those that bear the token's `kid` are
            tried; where none bears it, all. One that does not fit the token's algorithm is passed over.
        algorithms: The JOSE names that are allowed, or one name. None allows what the key is for: a secret HS*, an RSA
            key RS* and PS*, an EC key ES*, an Ed25519 key EdDSA.
        verify: Whether the signature is verified at all.

    Returns:
        The payload.

    Raises:
        JWSError: The token is no JWS, its algorithm is not allowed, or its signature is wrong.
        JWKError: A single key cannot be used with the token's algorithm.
        AttributeError: `token` is neither text nor octets.
    """
    return jws_verify(token, key, algorithms) if verify else jws_unverified_payload(token)


def get_unverified_header(token: str | bytes) -> dict[str, Any]:
    """Return the header of a compact JWS, which nobody has vouched for.

    Raises:
        JWSError: The token is no JWS.
    """
    return jws_unverified_header(token)


def get_unverified_headers(token: str | bytes) -> dict[str, Any]:
    """Return the same as `get_unverified_header`.

    Raises:
        JWSError: The token is no JWS.
    """
    return get_unverified_header(token)


def get_unverified_claims(token: str | bytes) -> bytes:
    """Return the payload of a compact JWS, which nobody has vouched for.

    Raises:
        JWSError: The token is no JWS.
    """
    return jws_unverified_payload(token)
