"""`sign_token`: sign JSON Web Tokens in tests, in development issuers and in services that issue tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastjose._core import sign
from fastjose._json_errors import name_member
from fastjose._tracebacks import clear_frames


def sign_token(
    claims: Mapping[str, Any],
    key: Any,
    *,
    algorithm: str,
    header: Mapping[str, Any] | None = None,
) -> str:
    """Sign claims, and return a compact JSON Web Token (RFC 7515 §7.1, RFC 7519 §7.1).

    Example::

        token = sign_token({"sub": "user-1", "exp": int(time.time()) + 900}, secret, algorithm="HS256")

    Args:
        claims: The claims, as JSON values. `exp`, `nbf` and `iat` are in seconds since the epoch, or a datetime, which
            is in UTC if it has no time zone.
        key: A secret (str or bytes) for HS*. For any other algorithm a private key in PEM (PKCS #8, PKCS #1 for RSA,
            SEC 1 for EC). Also a JWK dict, a `fastjose.jwk.Key`, or a private key of the library `cryptography`. The
            key must be for `algorithm`: an EC key on its curve, a JWK without another `alg`.
        algorithm: The JOSE name of a supported algorithm, such as `HS256` or `EdDSA`.
        header: Additional header parameters, such as `kid`. `typ` defaults to `JWT`. `alg` is always `algorithm`.

    Returns:
        The token.

    Raises:
        ValueError: The algorithm is not supported, or a number is not finite.
        TypeError: `claims` or `header` is not a mapping, or a claim is not a JSON value.
        JWKError: The key cannot be used with the algorithm: a public or encrypted key, a key of another type or curve,
            an RSA key below 2048 bits.
    """
    try:
        import fastjose.jwk  # noqa: F401, PLC0415 - it configures the key classes; it is slow to import

        _check_mapping("claims", claims)
        _check_mapping("header", {} if header is None else header)
        parameters = {"typ": "JWT", **(header or {}), "alg": algorithm}
        header_json = _to_json_bytes(parameters, "header parameter")
        return sign(header_json, _to_json_bytes(_with_numeric_dates(claims), "claim"), key, algorithm)
    except BaseException as error:
        del key
        clear_frames(error)
        raise


def _check_mapping(argument: str, value: object) -> None:
    if not isinstance(value, Mapping):
        raise TypeError(f"{argument} must be a mapping of names to JSON values")


def _with_numeric_dates(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the claims with each datetime of `exp`, `iat` and `nbf` as seconds since the epoch (RFC 7519 §2)."""
    times = {name: claims[name] for name in ("exp", "iat", "nbf") if hasattr(claims.get(name), "utctimetuple")}
    if not times:
        return claims
    from calendar import timegm  # noqa: PLC0415 - it imports datetime, which is slow

    return {**claims, **{name: timegm(time.utctimetuple()) for name, time in times.items()}}


_encode_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def _to_json_bytes(members: Mapping[str, Any], noun: str) -> bytes:
    """Return a JSON object in ASCII, without spaces. Numbers must be finite. An error names the member, a `noun`."""
    try:
        return _encode_json(dict(members)).encode()
    except (TypeError, ValueError) as error:
        raise name_member(error, members, _encode_json, noun) from None
