"""JSON Web Tokens (RFC 7519), with the API of `jose.jwt`.

Arguments, results, exception classes and messages are those of python-jose. Unsafe behaviour of python-jose is stricter
here. The migration page lists the differences.

Example::

    token = jwt.encode({"sub": "user-1", "exp": int(time.time()) + 900}, secret, algorithm="HS256")
    claims = jwt.decode(token, secret, algorithms=["HS256"])

Each call reads the current time. Tests can therefore change it with freezegun, time-machine or a patch of
`fastjose.jwt.datetime`.
"""

from __future__ import annotations

from calendar import timegm
from datetime import datetime, timezone
from time import time
from typing import TYPE_CHECKING, Any, Final

from fastjose import jws
from fastjose._core import jwt_decode, jwt_parse_claims, jwt_validate_claims
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import ExpiredSignatureError, JWSError, JWTClaimsError, JWTError
from fastjose.utils import calculate_at_hash

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, MutableMapping

__all__ = [
    "ALGORITHMS",
    "UTC",
    "ExpiredSignatureError",
    "JWSError",
    "JWTClaimsError",
    "JWTError",
    "datetime",
    "decode",
    "encode",
    "get_unverified_claims",
    "get_unverified_header",
    "get_unverified_headers",
    "jws",
]

UTC: Final = timezone.utc
"""The time zone UTC, under python-jose's name."""

_ORIGINAL_DATETIME: Final = datetime
"""The class `datetime`. `decode` compares it with the module's attribute, to detect a patch by a test."""
_ORIGINAL_VERIFY: Final = jws.verify
"""The function `jws.verify`. If a test patches it, `decode` calls the patch."""


def encode(
    claims: MutableMapping[str, Any],
    key: Any,
    algorithm: str = ALGORITHMS.HS256,
    headers: Mapping[str, Any] | None = None,
    access_token: str | None = None,
) -> str:
    """Sign claims, and return a compact JSON Web Token (RFC 7519 §7.1).

    Args:
        claims: The claims. If `exp`, `iat` or `nbf` is a datetime, it is replaced in this mapping by seconds since the
            epoch. A datetime without a time zone is in UTC.
        key: A secret (str or bytes) for HS*. For any other algorithm a private key: PEM (str or bytes), a JWK dict, or
            a `jwk.Key`.
        algorithm: The JOSE name of the algorithm. Defaults to HS256.
        headers: Additional header parameters, such as `kid`.
        access_token: An access token. Its hash is added to `claims` as `at_hash` (OpenID Connect Core §3.1.3.6).

    Returns:
        The token.

    Raises:
        JWSError: The algorithm is not supported, or the key cannot sign with it.
        TypeError: A claim is not a JSON value.
        KeyError: `access_token` is given, but the algorithm has no hash function.
    """
    for name in ("exp", "iat", "nbf"):
        value = claims.get(name)
        if isinstance(value, datetime):
            claims[name] = timegm(value.utctimetuple())
    if access_token:
        claims["at_hash"] = calculate_at_hash(access_token, ALGORITHMS.HASHES[algorithm])
    return jws.sign(claims, key, headers=headers, algorithm=algorithm)


def decode(  # noqa: PLR0913, PLR0917 - python-jose's signature
    token: str | bytes,
    key: Any,
    algorithms: str | Container[str] | None = None,
    options: Mapping[str, Any] | None = None,
    audience: str | None = None,
    issuer: str | Container[str] | Iterable[str] | None = None,
    subject: str | None = None,
    access_token: str | None = None,
) -> dict[str, Any]:
    """Verify a compact JSON Web Token and return its claims (RFC 7519 §7.2).

    Args:
        token: The token.
        key: The key or keys, in any form that `jws.verify` accepts.
        algorithms: The allowed JOSE names, or a single name. Always set it. With None, the token chooses among the
            algorithms of the key.
        options: The checks, by name:

            - `verify_signature`, `verify_aud`, `verify_iat`, `verify_exp`, `verify_nbf`, `verify_iss`, `verify_sub`,
              `verify_jti`, `verify_at_hash`: whether to make the check. Default True.
            - `require_aud`, `require_iat` …, and `require_foo` for any claim `foo`: whether the claim is required.
              Default False.
            - `leeway`: the clock skew to tolerate, as seconds or as a timedelta. A timedelta counts in whole
              seconds. Default 0.
        audience: The expected `aud`, which may be one of several in the token. If it is None, a token with `aud` is
            rejected.
        issuer: The expected `iss`, or several of which one must match.
        subject: The expected `sub`. If it is not None, a token without `sub` is rejected.
        access_token: The access token whose hash is in `at_hash`. It is checked only if the token has `at_hash`.

    Returns:
        The claims.

    Raises:
        ExpiredSignatureError: `exp` has passed. In the second of `exp` itself the token is still valid.
        JWTClaimsError: The value or the type of a claim is not accepted.
        JWTError: The token is malformed, its algorithm is not allowed, its signature is wrong, or a claim is missing.
        JWKError: A single key cannot be used with the token's algorithm.
        AttributeError: `token` is neither str nor bytes.
        TypeError: `leeway` is not a duration, or an expected value has a wrong type.
    """
    now = time() if datetime is _ORIGINAL_DATETIME else timegm(datetime.now(UTC).utctimetuple())
    if jws.verify is _ORIGINAL_VERIFY:
        return jwt_decode(token, key, algorithms, options, audience, issuer, subject, access_token, now)
    try:
        payload = jws.verify(token, key, algorithms, verify=not options or options.get("verify_signature", True))
        algorithm = jws.get_unverified_header(token)["alg"]
    except JWSError as error:
        raise _jwt_error(error, error.code)  # noqa: B904 - `args` contains it, as in python-jose
    return jwt_validate_claims(payload, algorithm, options, audience, issuer, subject, access_token, now)


def _jwt_error(reason: JWSError | str, code: str) -> JWTError:
    """Return a `JWTError` with a code."""
    error = JWTError(reason)
    error.code = code
    return error


def get_unverified_header(token: str | bytes) -> dict[str, Any]:
    """Return the header of a token without verification. An attacker may have written it.

    Args:
        token: The token.

    Raises:
        JWTError: The header is malformed.
    """
    try:
        return jws.get_unverified_headers(token)
    except Exception:  # noqa: BLE001 - as in python-jose
        raise _jwt_error("Error decoding token headers.", "malformed")  # noqa: B904 - as in python-jose


def get_unverified_headers(token: str | bytes) -> dict[str, Any]:
    """Return the header of a token without verification. python-jose's second name for `get_unverified_header`.

    Args:
        token: The token.

    Raises:
        JWTError: The header is malformed.
    """
    return get_unverified_header(token)


def get_unverified_claims(token: str | bytes) -> dict[str, Any]:
    """Return the claims of a token without verification. An attacker may have written them.

    Args:
        token: The token.

    Raises:
        JWTError: The token is malformed, or its payload is not a JSON object.
    """
    try:
        payload = jws.get_unverified_claims(token)
    except Exception:  # noqa: BLE001 - as in python-jose
        raise _jwt_error("Error decoding token claims.", "malformed")  # noqa: B904 - as in python-jose
    return jwt_parse_claims(payload)
