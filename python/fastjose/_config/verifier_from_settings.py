"""Build a verifier from `AuthSettings`, in shared-secret mode or in JWKS mode.

Every combination of settings is checked here, at the start of the application.
"""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING

from fastjose import better_auth
from fastjose._config.shared_secret import build_secret_key, select_secrets, warn_of_oddities
from fastjose._core import ASYMMETRIC_ALGORITHMS, MIN_SECRET_BYTES, RemoteKeySet, Verifier
from fastjose.better_auth import API, OAUTH
from fastjose.exceptions import ConfigurationWarning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose.better_auth import Profile, Revocations
    from fastjose.settings import AuthSettings


def build_verifier(settings: AuthSettings, revocations: Revocations | None = None) -> Verifier:
    """Return the verifier that `settings` describe, which asks the list `revocations` if it is given.

    Raises:
        ValueError: A setting is missing or invalid. The text names the environment variable and the expected value.
    """
    build = _build_jwks_verifier if settings.mode == "jwks" else _build_secret_verifier
    return build(settings, revocations)


def build_session_cookie_verifier(settings: AuthSettings) -> Verifier:
    """Return the verifier of `session_data` cookies that are signed with a key of Better Auth's JWK Set.

    Raises:
        ValueError: `BETTER_AUTH_URL` and `JWKS_URL` are not set, or one is invalid.
    """
    if settings.better_auth_url is None and settings.jwks_url is None:
        raise ValueError("BETTER_AUTH_COOKIE_CACHE=jwks requires BETTER_AUTH_URL: set it to Better Auth's base URL")
    variable, url = _jwks_url(settings)
    with prefix_variable(variable):
        keys = _build_remote_key_set(url, settings)
        return better_auth.session_cookie_verifier(
            settings.better_auth_url or url,
            issuer=settings.issuers or None,
            keys=keys,
        )


def _build_secret_verifier(settings: AuthSettings, revocations: Revocations | None) -> Verifier:
    """Return the verifier of shared-secret mode."""
    if settings.jwt_profile == "oauth":
        raise ValueError(
            "JWT_PROFILE must be api in shared-secret mode, because OAuth access tokens are signed with the keys of a "
            "JWK Set: set BETTER_AUTH_URL"
        )
    secrets = select_secrets(settings)
    algorithm = _check_secret_algorithm(settings.shared_secret_algorithm)
    keys = [
        build_secret_key(secret, algorithm, settings, is_current=not position)
        for position, secret in enumerate(secrets)
    ]
    warn_of_oddities(secrets)
    return Verifier(
        keys,
        algorithms=[algorithm],
        issuer=settings.issuers or None,
        audience=settings.audiences or None,
        leeway_seconds=_check_leeway_seconds(settings),
        cache_size=settings.jwt_cache_size,
        revocations=revocations,
    )


def _check_secret_algorithm(name: str) -> str:
    """Return `name` if it is an algorithm for shared secrets.

    Raises:
        ValueError: It is not. The text contains `name` only if it is a known algorithm.
    """
    if name in MIN_SECRET_BYTES:
        return name
    text = f"JWT_ALGORITHM must be one of {', '.join(MIN_SECRET_BYTES)} in shared-secret mode"
    if name in ASYMMETRIC_ALGORITHMS:
        text += f"; {name} requires public keys: set BETTER_AUTH_URL or JWKS_URL"
    raise ValueError(text)


def _build_jwks_verifier(settings: AuthSettings, revocations: Revocations | None) -> Verifier:
    """Return the verifier of JWKS mode."""
    variable, url = _jwks_url(settings)
    with prefix_variable(variable):
        keys = _build_remote_key_set(url, settings)
    get_expectations = _oauth_expectations if settings.jwt_profile == "oauth" else _api_expectations
    profile, issuers, audiences = get_expectations(settings, url)
    return profile.build_verifier(
        keys,
        issuer=issuers,
        audience=audiences,
        algorithms=_check_asymmetric_algorithm(settings.jwt_algorithm),
        leeway_seconds=_check_leeway_seconds(settings),
        cache_size=settings.jwt_cache_size,
        revocations=revocations,
    )


def _api_expectations(settings: AuthSettings, url: str) -> tuple[Profile, list[str], list[str]]:
    """Return the profile, issuers and audiences of API tokens, by default the origin of Better Auth or of `url`."""
    with prefix_variable("BETTER_AUTH_URL" if settings.better_auth_url else "JWKS_URL"):
        default = API.issuer(settings.better_auth_url or url)
    return API, settings.issuers or [default], settings.audiences or [default]


def _oauth_expectations(settings: AuthSettings, _: str) -> tuple[Profile, list[str], list[str]]:
    """Return the profile, issuers and audiences of OAuth access tokens. Their audience has no default.

    Raises:
        ValueError: `JWT_AUDIENCE` is not set, or the issuer is unknown.
    """
    if not settings.audiences:
        raise ValueError(
            "JWT_PROFILE=oauth requires JWT_AUDIENCE: set it to the resource for which clients request access tokens"
        )
    if settings.better_auth_url is None:
        if not settings.issuers:
            raise ValueError(
                "JWT_PROFILE=oauth requires BETTER_AUTH_URL or JWT_ISSUER, because JWKS_URL does not determine the "
                "issuer"
            )
        return OAUTH, settings.issuers, settings.audiences
    with prefix_variable("BETTER_AUTH_URL"):
        default_issuer = OAUTH.issuer(settings.better_auth_url)
    return OAUTH, settings.issuers or [default_issuer], settings.audiences


def _build_remote_key_set(url: str, settings: AuthSettings) -> RemoteKeySet:
    """Return the key set at `url`.

    Raises:
        ValueError: The URL is invalid, or plain http is not allowed for it.
    """
    try:
        return RemoteKeySet(url, allow_http=settings.jwks_allow_http)
    except ValueError as error:
        remedy = ""
        if url.startswith("http:"):
            remedy = " To allow plain http in a private network, set JWKS_ALLOW_HTTP=1."
        elif url.startswith(("'", '"')):
            remedy = " Remove the quotes around it."
        raise ValueError(f"{error}{remedy}") from None


def _jwks_url(settings: AuthSettings) -> tuple[str, str]:
    """Return the environment variable that determines the URL of the JWK Set, and the URL.

    Raises:
        ValueError: No URL is set, or `BETTER_AUTH_URL` is invalid.
    """
    if settings.jwks_url is not None:
        return "JWKS_URL", settings.jwks_url
    if settings.better_auth_url is None:
        raise ValueError("JWT_MODE=jwks requires BETTER_AUTH_URL (or JWKS_URL), such as https://app.example.com")
    with prefix_variable("BETTER_AUTH_URL"):
        return "BETTER_AUTH_URL", better_auth.jwks_url(settings.better_auth_url)


def _check_asymmetric_algorithm(name: str | None) -> list[str] | None:
    """Return `name` as an allow-list. None, for the default, if it is None or a shared-secret algorithm.

    Raises:
        ValueError: `name` is not a supported algorithm.
    """
    if name is None:
        return None
    if name in MIN_SECRET_BYTES:
        warnings.warn(
            f"JWT_ALGORITHM={name} is ignored in JWKS mode, because the keys of a JWK Set are public: remove it, or "
            "set JWT_MODE=secret to use the shared secret",
            ConfigurationWarning,
            stacklevel=2,
        )
        return None
    if name not in ASYMMETRIC_ALGORITHMS:
        raise ValueError(
            f"JWT_ALGORITHM must be one of {', '.join(ASYMMETRIC_ALGORITHMS)} in JWKS mode: remove it to accept all of "
            "them"
        )
    return [name]


def _check_leeway_seconds(settings: AuthSettings) -> float:
    """Return the leeway in seconds.

    Raises:
        ValueError: It is negative, infinite or not a number.
    """
    leeway_seconds = settings.jwt_leeway_seconds
    if not 0 <= leeway_seconds < float("inf"):
        raise ValueError("JWT_LEEWAY_SECONDS must be a number of seconds, 0 or more")
    return leeway_seconds


@contextlib.contextmanager
def prefix_variable(variable: str) -> Iterator[None]:
    """Prefix the text of a ValueError with the environment variable that has the invalid value."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{variable}: {error}") from None
