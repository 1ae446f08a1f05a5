"""JSON Web Token (RFC 7519) as code written for python-jose uses it.

The arguments, results, error classes and texts are python-jose's; where it was unsafe, this is stricter, and the
migration page says where. The time is asked for at every call, so that freezegun, time-machine and a patched
`fastjose.jwt.datetime` steer it.
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

_REAL: Final = datetime
_VERIFY: Final = jws.verify
"""What is in `jws` unless a test has put something else there, which is then asked."""


def encode(
    claims: MutableMapping[str, Any],
    key: Any,
    algorithm: str = ALGORITHMS.HS256,
    headers: Mapping[str, Any] | None = None,
    access_token: str | None = None,
) -> str:
    """Sign `claims` as a compact JSON Web Token (RFC 7519 §7.1).

    Args:
        claims: What is claimed. A datetime as `exp`, `iat` or `nbf` is replaced, in `claims` itself, by seconds since
            the epoch; one without a time zone is taken as UTC.
        key: A secret (str or bytes) for HS*; else a private key: PEM (str or bytes), a JWK dict, or a `jwk.Key`.
        algorithm: The JOSE name of the algorithm.
        headers: Further header parameters, such as `kid`.
        access_token: An access token, whose hash becomes the claim `at_hash`, in `claims` itself (OpenID Connect Core
            §3.1.3.6).

    Returns:
        The token.

    Raises:
        JWSError: The algorithm is not supported, or the key cannot sign with it.
        TypeError: A claim is no JSON value.
        KeyError: There is an access token, and no hash for the algorithm.
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
        key: As in `jws.verify`.
        algorithms: As in `jws.verify`. Name them: None leaves the choice among the key's algorithms to the token.
        options: What is checked: `verify_signature`, `verify_aud`, `verify_iat`, `verify_exp`, `verify_nbf`,
            `verify_iss`, `verify_sub`, `verify_jti`, `verify_at_hash`, each True by default; `require_aud` and its
            like, each False by default, for claims that must be there, `require_foo` for one of your own; and
            `leeway`, how far the issuer's clock may be off: seconds, or a timedelta, of which whole seconds count; 0
            by default.
        audience: What `aud` must be or hold, if it is there. A token with `aud` is refused where none is given.
        issuer: What `iss` must be, or the issuers of which it must be one.
        subject: What `sub` must be, if it is there.
        access_token: The access token whose hash `at_hash` must be, if it is there.

    Returns:
        The claims.

    Raises:
        ExpiredSignatureError: `exp` has passed. At `exp` itself the token is still good.
        JWTClaimsError: A claim is not what it must be.
        JWTError: The token is no JWT, its algorithm is not allowed, its signature is wrong, or a claim is missing.
        JWKError: A single key cannot be used with the token's algorithm.
        AttributeError: `token` is neither text nor octets.
        TypeError: `leeway` is no duration, or what is expected cannot be compared.
    """
    now = time() if datetime is _REAL else timegm(datetime.now(UTC).utctimetuple())
    try:
        if jws.verify is _VERIFY:
            return jwt_decode(token, key, algorithms, options, audience, issuer, subject, access_token, now)
        payload = jws.verify(token, key, algorithms, verify=not options or options.get("verify_signature", True))
        algorithm = jws.get_unverified_header(token)["alg"]
        return jwt_validate_claims(payload, algorithm, options, audience, issuer, subject, access_token, now)
    except JWSError as error:
        raise _jwt_error(error, error.code)  # noqa: B904 - it is in `args`, as with python-jose


def _jwt_error(reason: JWSError | str, code: str) -> JWTError:
    error = JWTError(reason)
    error.code = code
    return error


def get_unverified_header(token: str | bytes) -> dict[str, Any]:
    """Return the header of a token, which nobody has vouched for.

    Raises:
        JWTError: The token is no JWT.
    """
    try:
        return jws.get_unverified_headers(token)
    except Exception:  # noqa: BLE001 - python-jose's contract
        raise _jwt_error("Error decoding token headers.", "malformed")  # noqa: B904 - the same


def get_unverified_headers(token: str | bytes) -> dict[str, Any]:
    """Return the same as `get_unverified_header`.

    Raises:
        JWTError: The token is no JWT.
    """
    return get_unverified_header(token)


def get_unverified_claims(token: str | bytes) -> dict[str, Any]:
    """Return the claims of a token, which nobody has vouched for.

    Raises:
        JWTError: The token is no JWT, or its payload no JSON object.
    """
    try:
        payload = jws.get_unverified_claims(token)
    except Exception:  # noqa: BLE001 - python-jose's contract
        raise _jwt_error("Error decoding token claims.", "malformed")  # noqa: B904 - the same
    return jwt_parse_claims(payload)
