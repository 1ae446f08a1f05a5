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

import json
from calendar import timegm
from datetime import datetime, timezone
from time import time
from typing import TYPE_CHECKING, Any, Final

from fastjose import jws
from fastjose._core import jwt_decode, jwt_parse_claims, jwt_validate_claims
from fastjose._replaceable import watch_names
from fastjose._tracebacks import clear_frames, hide_arguments
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import ExpiredSignatureError, JWSError, JWTClaimsError, JWTError
from fastjose.utils import calculate_at_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, MutableMapping
    from datetime import timedelta

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
    try:
        for name in ("exp", "iat", "nbf"):
            value = claims.get(name)
            if isinstance(value, datetime):
                claims[name] = timegm(value.utctimetuple())
        if access_token:
            claims["at_hash"] = calculate_at_hash(access_token, ALGORITHMS.HASHES[algorithm])
        return jws.sign(claims, key, headers=headers, algorithm=algorithm)
    except BaseException as error:
        del key, access_token
        clear_frames(error)
        raise


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
        ValueError: `leeway` is NaN.
    """
    try:
        if not (_replaced or jws._replaced):  # noqa: SLF001 - a module of this package
            return jwt_decode(token, key, algorithms, options, audience, issuer, subject, access_token, _now())
        return _decode_with_replacements(token, key, algorithms, options, audience, issuer, subject, access_token)
    except BaseException as error:
        del token, key, access_token
        clear_frames(error)
        raise


def _decode_with_replacements(  # noqa: PLR0913, PLR0917 - those of `decode`
    token: str | bytes,
    key: Any,
    algorithms: str | Container[str] | None,
    options: Mapping[str, Any] | None,
    audience: str | None,
    issuer: str | Container[str] | Iterable[str] | None,
    subject: str | None,
    access_token: str | None,
) -> dict[str, Any]:
    """Verify a token with the functions of this module and of `jws`, some of which the application has replaced."""
    try:
        payload = jws.verify(token, key, algorithms, verify=not options or options.get("verify_signature", True))
        algorithm = jws.get_unverified_header(token)["alg"]
    except JWSError as error:
        raise _jwt_error(error, error.code)  # noqa: B904 - `args` contains it, as in python-jose
    if not _replaced:
        return jwt_validate_claims(payload, algorithm, options, audience, issuer, subject, access_token, _now())
    claims = jwt_validate_claims(payload, algorithm, _NO_CHECKS, None, None, None, None, _now())
    all_options = {**_ALL_CHECKS, **(options or {})}
    _validate_claims(claims, audience, issuer, subject, algorithm, access_token, all_options)
    return claims


def _now() -> float:
    """Return the time in seconds since the epoch. A patch of `datetime` takes effect."""
    return time() if datetime is _ORIGINAL_DATETIME else timegm(datetime.now(UTC).utctimetuple())


def _jwt_error(reason: JWSError | str, code: str) -> JWTError:
    """Return a `JWTError` with a code."""
    error = JWTError(reason)
    error.code = code
    return error


def _code_of(error: Exception) -> str:
    """Return the code of an error about a token."""
    return error.code if isinstance(error, JWSError) else "malformed"


@hide_arguments
def get_unverified_header(token: str | bytes) -> dict[str, Any]:
    """Return the header of a token without verification. An attacker may have written it.

    Args:
        token: The token. Its payload and signature are not checked.

    Raises:
        JWTError: The header is malformed, or the token has fewer than three segments.
    """
    try:
        return jws.get_unverified_headers(token)
    except Exception as error:  # noqa: BLE001 - as in python-jose
        raise _jwt_error("Error decoding token headers.", _code_of(error))  # noqa: B904 - as in python-jose


def get_unverified_headers(token: str | bytes) -> dict[str, Any]:
    """Return the header of a token without verification. python-jose's second name for `get_unverified_header`.

    Args:
        token: The token.

    Raises:
        JWTError: The header is malformed, or the token has fewer than three segments.
    """
    return get_unverified_header(token)


@hide_arguments
def get_unverified_claims(token: str | bytes) -> dict[str, Any]:
    """Return the claims of a token without verification. An attacker may have written them.

    Args:
        token: The token. Its header and signature are not checked.

    Raises:
        JWTError: The payload is not a JSON object, or the token has fewer than three segments.
    """
    try:
        payload = jws.get_unverified_claims(token)
    except Exception as error:  # noqa: BLE001 - as in python-jose
        raise _jwt_error("Error decoding token claims.", _code_of(error))  # noqa: B904 - as in python-jose
    return jwt_parse_claims(payload)


# The functions below have names and results of private functions of python-jose, which programs call or replace.


def _validate_iat(claims: Mapping[str, Any]) -> None:
    """Check that `iat` is a number."""
    _validate_claim(claims, "iat")


def _validate_nbf(claims: Mapping[str, Any], leeway: float | timedelta = 0) -> None:
    """Check that `nbf` is not in the future."""
    _validate_claim(claims, "nbf", leeway=leeway)


def _validate_exp(claims: Mapping[str, Any], leeway: float | timedelta = 0) -> None:
    """Check that `exp` has not passed."""
    _validate_claim(claims, "exp", leeway=leeway)


def _validate_aud(claims: Mapping[str, Any], audience: str | None = None) -> None:
    """Check that `aud` contains the audience."""
    _validate_claim(claims, "aud", audience=audience)


def _validate_iss(claims: Mapping[str, Any], issuer: str | Container[str] | Iterable[str] | None = None) -> None:
    """Check that `iss` is an expected one."""
    _validate_claim(claims, "iss", issuer=issuer)


def _validate_sub(claims: Mapping[str, Any], subject: str | None = None) -> None:
    """Check that `sub` is the expected one."""
    _validate_claim(claims, "sub", subject=subject)


def _validate_jti(claims: Mapping[str, Any]) -> None:
    """Check that `jti` is a str."""
    _validate_claim(claims, "jti")


def _validate_at_hash(claims: Mapping[str, Any], access_token: str | None, algorithm: str | None) -> None:
    """Check that `at_hash` is the hash of the access token."""
    _validate_claim(claims, "at_hash", access_token=access_token, algorithm=algorithm)


def _validate_claim(claims: Mapping[str, Any], name: str, *, leeway: Any = 0, **expected: Any) -> None:
    """Validate one claim as `decode` does.

    Raises:
        JWTClaimsError: The value or the type of the claim is not accepted.
        ExpiredSignatureError: `exp` has passed.
        TypeError: The claim is not a JSON value.
    """
    payload = json.dumps({name: claims[name]} if name in claims else {}).encode()
    options = {**_NO_CHECKS, f"verify_{name}": True, "leeway": leeway}
    audience, issuer = expected.get("audience"), expected.get("issuer")
    subject, access_token = expected.get("subject"), expected.get("access_token")
    algorithm = expected.get("algorithm")
    jwt_validate_claims(payload, algorithm, options, audience, issuer, subject, access_token, _now())


def _validate_claims(  # noqa: PLR0913, PLR0917 - python-jose's signature
    claims: Mapping[str, Any],
    audience: str | None = None,
    issuer: str | Container[str] | Iterable[str] | None = None,
    subject: str | None = None,
    algorithm: str | None = None,
    access_token: str | None = None,
    options: MutableMapping[str, Any] | None = None,
) -> None:
    """Validate the claims whose option `verify_…` is true. With None as `options`, all claims are validated.

    Raises:
        JWTClaimsError: The value or the type of a claim is not accepted.
        ExpiredSignatureError: `exp` has passed.
        JWTError: A required claim is missing, or `audience` is neither str nor None.
    """
    options = dict(_ALL_CHECKS) if options is None else options
    leeway = options.get("leeway", 0)
    _require_claims(claims, options)
    if audience is not None and not isinstance(audience, str):
        raise JWTError("audience must be a string or None")
    checks: dict[str, Callable[[], None]] = {
        "iat": lambda: _validate_iat(claims),
        "nbf": lambda: _validate_nbf(claims, leeway=leeway),
        "exp": lambda: _validate_exp(claims, leeway=leeway),
        "aud": lambda: _validate_aud(claims, audience=audience),
        "iss": lambda: _validate_iss(claims, issuer=issuer),
        "sub": lambda: _validate_sub(claims, subject=subject),
        "jti": lambda: _validate_jti(claims),
        "at_hash": lambda: _validate_at_hash(claims, access_token, algorithm),
    }
    for name, check in checks.items():
        if options.get(f"verify_{name}"):
            check()


def _require_claims(claims: Mapping[str, Any], options: MutableMapping[str, Any]) -> None:
    """Check that required claims are present, and switch on their validation in `options`, as python-jose does.

    Raises:
        JWTError: A required claim is missing.
    """
    required = [name.removeprefix("require_") for name in options if name.startswith("require_") and options[name]]
    for name in required:
        if name not in claims:
            error = _jwt_error(f'missing required key "{name}" among claims', "missing_claim")
            error.claim = name
            raise error
        options[f"verify_{name}"] = True


_CLAIM_NAMES: Final = ("aud", "iat", "exp", "nbf", "iss", "sub", "jti", "at_hash")
_NO_CHECKS: Final = {f"verify_{name}": False for name in _CLAIM_NAMES}
_ALL_CHECKS: Final = {f"verify_{name}": True for name in _CLAIM_NAMES} | {
    f"require_{name}": False for name in _CLAIM_NAMES
}

_replaced = watch_names(__name__, ("jws", "_validate_claims", *(f"_validate_{name}" for name in _CLAIM_NAMES)))
