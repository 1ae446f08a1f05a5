"""From settings to a verifier: the shared-secret mode and the JWKS mode. What is wrong is said here, at start."""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING

from fastjose import better_auth
from fastjose._core import ASYMMETRIC_ALGORITHMS, SECRET_BYTES, Key, RemoteKeySet, Verifier
from fastjose.exceptions import ConfigurationWarning, JWKError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose.settings import AuthSettings

__all__ = ["verifier_for"]


def verifier_for(settings: AuthSettings) -> Verifier:
    """Return the verifier that `settings` describe.

    Raises:
        ValueError: Something is missing or cannot be right; names the variable and what would be right.
    """
    build = _jwks_verifier if settings.mode == "jwks" else _secret_verifier
    return build(settings)


def _secret_verifier(settings: AuthSettings) -> Verifier:
    if settings.better_auth_secret is None:
        raise ValueError("BETTER_AUTH_SECRET environment variable is required")
    algorithm = _shared_secret_algorithm(settings.shared_secret_algorithm)
    secret = settings.better_auth_secret.get_secret_value()
    with _naming("BETTER_AUTH_SECRET"):
        key = Key(secret, algorithm=algorithm, allow_short_secret=True)
    _judge_secret(secret, algorithm, settings)
    return Verifier(
        key,
        algorithms=[algorithm],
        issuer=settings.issuers or None,
        audience=settings.audiences or None,
        leeway_seconds=_leeway(settings),
        cache_size=settings.jwt_cache_size,
    )


def _shared_secret_algorithm(name: str) -> str:
    if name in SECRET_BYTES:
        return name
    if name in ASYMMETRIC_ALGORITHMS:
        raise ValueError(
            f"JWT_ALGORITHM={name} needs a public key, not BETTER_AUTH_SECRET: set BETTER_AUTH_URL or JWKS_URL, "
            f"or one of {', '.join(SECRET_BYTES)}"
        )
    raise ValueError(f"JWT_ALGORITHM is no algorithm that is supported: one of {', '.join(SECRET_BYTES)} is")


def _judge_secret(secret: str, algorithm: str, settings: AuthSettings) -> None:
    """Refuse in production, and warn of elsewhere, a secret that can be guessed."""
    length, least = len(secret.encode()), SECRET_BYTES[algorithm]
    if secret == better_auth.DEVELOPMENT_SECRET:
        weakness = "BETTER_AUTH_SECRET is Better Auth's known default for development: set one of your own"
    elif length < least:
        weakness = f"BETTER_AUTH_SECRET has {length} bytes; {algorithm} needs at least {least} (RFC 7518 section 3.2)"
    else:
        return
    if settings.is_production:
        raise ValueError(weakness)
    warnings.warn(weakness, ConfigurationWarning, stacklevel=2)


def _jwks_verifier(settings: AuthSettings) -> Verifier:
    variable, url = _key_url(settings)
    with _naming(variable):
        keys = _remote_key_set(url, settings)
    with _naming("BETTER_AUTH_URL" if settings.better_auth_url else "JWKS_URL"):
        own_origin = better_auth.origin(settings.better_auth_url or url)
    return Verifier(
        keys,
        algorithms=_asymmetric_algorithms(settings.jwt_algorithm),
        issuer=settings.issuers or own_origin,
        audience=settings.audiences or own_origin,
        required=("exp", "iat", "iss", "aud"),
        leeway_seconds=_leeway(settings),
        cache_size=settings.jwt_cache_size,
    )


def _remote_key_set(url: str, settings: AuthSettings) -> RemoteKeySet:
    try:
        return RemoteKeySet(url, allow_http=settings.jwks_allow_http)
    except ValueError as error:
        hint = " JWKS_ALLOW_HTTP=1 allows it, for a network that nobody else is in." if url.startswith("http:") else ""
        raise ValueError(f"{error}{hint}") from None


def _key_url(settings: AuthSettings) -> tuple[str, str]:
    """Return the variable that says where the keys are, and where."""
    if settings.jwks_url is not None:
        return "JWKS_URL", settings.jwks_url
    if settings.better_auth_url is None:
        raise ValueError("JWT_MODE=jwks needs BETTER_AUTH_URL (or JWKS_URL), such as https://app.example.com")
    with _naming("BETTER_AUTH_URL"):
        return "BETTER_AUTH_URL", better_auth.jwks_url(settings.better_auth_url)


def _asymmetric_algorithms(name: str | None) -> list[str] | None:
    if name is None:
        return None
    if name in SECRET_BYTES:
        warnings.warn(
            f"JWT_ALGORITHM={name} is ignored: keys from a JWK Set are public, and sign with none of HS*",
            ConfigurationWarning,
            stacklevel=2,
        )
        return None
    if name not in ASYMMETRIC_ALGORITHMS:
        raise ValueError(
            "JWT_ALGORITHM is no algorithm that is supported: EdDSA, ES256 or RS256 are, or leave it unset"
        )
    return [name]


def _leeway(settings: AuthSettings) -> float:
    leeway = settings.jwt_leeway_seconds
    if not 0 <= leeway < float("inf"):
        raise ValueError("JWT_LEEWAY_SECONDS must be a number of seconds, 0 or more")
    return leeway


@contextlib.contextmanager
def _naming(variable: str) -> Iterator[None]:
    """Say of which variable it is that a value is wrong."""
    try:
        yield
    except (ValueError, JWKError) as error:
        raise ValueError(f"{variable}: {error}") from None
