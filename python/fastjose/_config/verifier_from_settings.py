"""From settings to a verifier: the shared-secret mode and the JWKS mode. What is wrong is said here, at start."""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING

from fastjose import better_auth
from fastjose._config.shared_secret import accepted_secrets, secret_key
from fastjose._core import ASYMMETRIC_ALGORITHMS, MIN_SECRET_BYTES, RemoteKeySet, Verifier
from fastjose.better_auth import API, OAUTH
from fastjose.exceptions import ConfigurationWarning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose.better_auth import Profile
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
    if settings.jwt_profile == "oauth":
        raise ValueError(
            "JWT_PROFILE=oauth needs BETTER_AUTH_URL: OAuth access tokens are signed with keys from a JWK Set"
        )
    secrets = accepted_secrets(settings)
    algorithm = _shared_secret_algorithm(settings.shared_secret_algorithm)
    return Verifier(
        [secret_key(secret, algorithm, settings) for secret in secrets],
        algorithms=[algorithm],
        issuer=settings.issuers or None,
        audience=settings.audiences or None,
        leeway_seconds=_leeway(settings),
        cache_size=settings.jwt_cache_size,
    )


def _shared_secret_algorithm(name: str) -> str:
    if name in MIN_SECRET_BYTES:
        return name
    if name in ASYMMETRIC_ALGORITHMS:
        raise ValueError(
            f"JWT_ALGORITHM={name} needs a public key, not BETTER_AUTH_SECRET: set BETTER_AUTH_URL or JWKS_URL, "
            f"or one of {', '.join(MIN_SECRET_BYTES)}"
        )
    raise ValueError(f"JWT_ALGORITHM is no algorithm that is supported: one of {', '.join(MIN_SECRET_BYTES)} is")


def _jwks_verifier(settings: AuthSettings) -> Verifier:
    variable, url = _key_url(settings)
    with _naming(variable):
        keys = _remote_key_set(url, settings)
    kind = _oauth if settings.jwt_profile == "oauth" else _api
    profile, issuers, audiences = kind(settings, url)
    return profile.verifier(
        keys,
        issuer=issuers,
        audience=audiences,
        algorithms=_asymmetric_algorithms(settings.jwt_algorithm),
        leeway_seconds=_leeway(settings),
        cache_size=settings.jwt_cache_size,
    )


def _api(settings: AuthSettings, key_url: str) -> tuple[Profile, list[str], list[str]]:
    with _naming("BETTER_AUTH_URL" if settings.better_auth_url else "JWKS_URL"):
        own_origin = API.issuer(settings.better_auth_url or key_url)
    return API, settings.issuers or [own_origin], settings.audiences or [own_origin]


def _oauth(settings: AuthSettings, _: str) -> tuple[Profile, list[str], list[str]]:
    if not settings.audiences:
        raise ValueError("JWT_PROFILE=oauth needs JWT_AUDIENCE: the resource that clients ask access tokens for")
    if settings.better_auth_url is None:
        if not settings.issuers:
            raise ValueError(
                "JWT_PROFILE=oauth needs BETTER_AUTH_URL or JWT_ISSUER, for JWKS_URL does not tell the issuer"
            )
        return OAUTH, settings.issuers, settings.audiences
    with _naming("BETTER_AUTH_URL"):
        own_issuer = OAUTH.issuer(settings.better_auth_url)
    return OAUTH, settings.issuers or [own_issuer], settings.audiences


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
    if name in MIN_SECRET_BYTES:
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
    except ValueError as error:
        raise ValueError(f"{variable}: {error}") from None
