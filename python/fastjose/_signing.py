"""Signing: for tests, development issuers and services that issue tokens of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastjose._core import sign

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["sign_token"]


def sign_token(
    claims: Mapping[str, Any],
    key: str | bytes,
    *,
    algorithm: str,
    header: Mapping[str, Any] | None = None,
) -> str:
    """Sign `claims` as a compact JSON Web Token (RFC 7515 §7.1, RFC 7519 §7.1).

    Args:
        claims: What is claimed; JSON values alone. Times are in seconds since the epoch.
        key: A secret for HS*, else a private key in PEM (PKCS #8; PKCS #1 for RSA).
        algorithm: The JOSE name of any supported algorithm, such as `HS256` or `EdDSA`.
        header: Further header parameters, such as `kid`; `alg` is always the algorithm used, `typ` is `JWT` unless
            given.

    Returns:
        The token.

    Raises:
        ValueError: The algorithm is not supported, or a value is not finite.
        TypeError: A claim is no JSON value.
        JWKError: The key cannot be used with the algorithm.
    """
    parameters = {"typ": "JWT", **(header or {}), "alg": algorithm}
    return sign(_json(parameters), _json(claims), key, algorithm)


def _json(members: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(members), separators=(",", ":"), allow_nan=False).encode()
