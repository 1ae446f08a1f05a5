"""Build a verifier from `AuthSettings`, in each mode.

Every combination of settings is checked here, at the start of the application.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose import better_auth
from fastjose._config.keys.alb import build_alb_verifier
from fastjose._config.keys.configured_secrets import check_configured_secrets
from fastjose._config.keys.public_keys import build_public_keys
from fastjose._config.keys.remote_keys import build_issuer_key_set, build_remote_key_set, check_issuer
from fastjose._config.keys.shared_secret import build_secret_key, select_secrets, warn_of_oddities
from fastjose._config.keys.sources import check_asymmetric_algorithm, check_sources
from fastjose._config.setting_values import prefix_variable
from fastjose._config.token_policy import check_has_restriction, policy_options, profile_options
from fastjose._config.urls import prefix_url
from fastjose._core import ASYMMETRIC_ALGORITHMS, MIN_SECRET_BYTES, Verifier
from fastjose.better_auth import API, OAUTH
from fastjose.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastjose.better_auth import KeysInput, Revocations
    from fastjose.settings import AuthSettings, Mode, ProfileName


def build_verifier(settings: AuthSettings, revocations: Revocations | None = None) -> Verifier:
    """Return the verifier that `settings` describe, which asks the list `revocations` if it is given.

    Raises:
        ValueError: A setting is missing or invalid. The text names the environment variable and the expected value.
    """
    check_configured_secrets(settings)
    check_sources(settings)
    if settings.mode == "alb":
        return build_alb_verifier(settings, revocations)
    keys, options = verifier_arguments(settings)
    return Verifier(keys, **options, revocations=revocations)


def verifier_arguments(settings: AuthSettings) -> tuple[KeysInput, dict[str, Any]]:
    """Return the keys and the other arguments of the `Verifier` that `settings` describe, in each mode but `alb`.

    Raises:
        ValueError: A setting is missing or invalid. The text names the environment variable and the expected value.
    """
    keys, options = _KEYS_AND_OPTIONS[settings.mode](settings)
    if settings.jwt_accept_secret and settings.mode != "secret":
        keys, options = _with_secret(settings, keys, options)
    return keys, options


def build_session_cookie_verifier(settings: AuthSettings) -> Verifier:
    """Return the verifier of `session_data` cookies that are signed with a key of Better Auth's JWK Set.

    Raises:
        ValueError: `BETTER_AUTH_URL` and `JWKS_URL` are not set, or one is invalid.
    """
    if settings.better_auth_url is None and settings.jwks_url is None:
        raise ConfigurationError(
            "BETTER_AUTH_COOKIE_CACHE=jwks requires BETTER_AUTH_URL: set it to Better Auth's base URL",
            code="missing_variable",
            variable="BETTER_AUTH_URL",
        )
    variable, url = _jwks_url(settings)
    with prefix_variable(variable):
        keys = build_remote_key_set(url, settings)
        return better_auth.session_cookie_verifier(
            settings.better_auth_url or url,
            issuer=settings.issuers or None,
            keys=keys,
        )


def _secret_options(settings: AuthSettings) -> tuple[KeysInput, dict[str, Any]]:
    """Return the keys and the arguments of the verifier of shared-secret mode."""
    if settings.jwt_profile == "oauth":
        raise ConfigurationError(
            "JWT_PROFILE must be api in shared-secret mode, because OAuth access tokens are signed with the keys of a "
            "JWK Set: set BETTER_AUTH_URL",
            variable="JWT_PROFILE",
        )
    secrets = select_secrets(settings)
    algorithm = _check_secret_algorithm(settings)
    keys = [
        build_secret_key(secret, algorithm, settings, is_current=not position)
        for position, secret in enumerate(secrets)
    ]
    warn_of_oddities(secrets)
    return keys, {"algorithms": [algorithm], **policy_options(settings)}


def _with_secret(settings: AuthSettings, keys: KeysInput, options: dict[str, Any]) -> tuple[KeysInput, dict[str, Any]]:
    """Return the keys and the arguments with `JWT_SECRET` beside the public keys. Each key is for its algorithm alone.

    Raises:
        ValueError: `JWT_SECRET` is not set, or cannot be used.
    """
    if settings.jwt_secret is None:
        raise ConfigurationError(
            "JWT_ACCEPT_SECRET requires JWT_SECRET: set it to the secret of the issuer, or remove both",
            code="missing_variable",
            variable="JWT_SECRET",
        )
    (secret,) = select_secrets(settings)
    key = build_secret_key(secret, "HS256", settings, is_current=True)
    warn_of_oddities([secret])
    public_keys = keys if isinstance(keys, list) else [keys]
    algorithms = options["algorithms"] or ASYMMETRIC_ALGORITHMS
    return [*public_keys, key], {**options, "algorithms": [*algorithms, "HS256"]}


def _check_secret_algorithm(settings: AuthSettings) -> str:
    """Return the algorithm of shared-secret mode.

    Raises:
        ValueError: It is not one for shared secrets. The text contains its name only if it is a known algorithm.
    """
    name = settings.shared_secret_algorithm
    if name in MIN_SECRET_BYTES:
        return name
    text = f"JWT_ALGORITHM must be one of {', '.join(MIN_SECRET_BYTES)} in shared-secret mode"
    if name in ASYMMETRIC_ALGORITHMS:
        variables = "BETTER_AUTH_URL" if settings.jwt_secret is None else "OIDC_ISSUER, JWT_PUBLIC_KEY"
        text += f"; {name} requires public keys: set {variables} or JWKS_URL"
    raise ConfigurationError(text, variable="JWT_ALGORITHM")


def _public_key_options(settings: AuthSettings) -> tuple[KeysInput, dict[str, Any]]:
    """Return the keys and the arguments of the verifier of public-key mode."""
    algorithm = check_asymmetric_algorithm(settings)
    keys = build_public_keys(settings.jwt_public_key, algorithm) if settings.jwt_public_key is not None else []
    algorithms = list(dict.fromkeys(name for key in keys for name in key.algorithms))
    return keys, {"algorithms": algorithms, **profile_options(settings), **policy_options(settings)}


def _oidc_options(settings: AuthSettings) -> tuple[KeysInput, dict[str, Any]]:
    """Return the keys and the arguments of the verifier of OIDC mode."""
    issuer = check_issuer(settings)
    check_has_restriction(settings, "OIDC_ISSUER")
    with prefix_variable("OIDC_ISSUER"):
        keys = build_issuer_key_set(issuer, settings)
    return keys, {**_asymmetric_options(settings), **policy_options(settings, [issuer])}


def _jwks_options(settings: AuthSettings) -> tuple[KeysInput, dict[str, Any]]:
    """Return the keys and the arguments of the verifier of JWKS mode."""
    variable, url = _jwks_url(settings)
    with prefix_variable(variable):
        keys = build_remote_key_set(url, settings)
    issuers, audiences = _DEFAULT_NAMES[settings.accepted_profile](settings, url)
    return keys, {**_asymmetric_options(settings), **policy_options(settings, issuers, audiences)}


def _asymmetric_options(settings: AuthSettings) -> dict[str, Any]:
    algorithm = check_asymmetric_algorithm(settings)
    return {"algorithms": None if algorithm is None else [algorithm], **profile_options(settings)}


def _api_names(settings: AuthSettings, url: str) -> tuple[list[str], list[str]]:
    """Return the default issuers and audiences of API tokens: the origin of Better Auth or of `url`."""
    base_url = settings.better_auth_url or url
    with prefix_url("BETTER_AUTH_URL", base_url):  # `url` is that of a key set, and so has an origin
        default = API.issuer(base_url)
    return [default], [default]


def _oauth_names(settings: AuthSettings, _: str) -> tuple[list[str], list[str]]:
    """Return the default issuers and audiences of OAuth access tokens. Their audience has no default.

    Raises:
        ValueError: `JWT_AUDIENCE` is not set, or the issuer is unknown.
    """
    if not settings.audiences and settings.jwt_check_audience:
        raise ConfigurationError(
            "JWT_PROFILE=oauth requires JWT_AUDIENCE: set it to the resource for which clients request access tokens",
            code="missing_audience",
            variable="JWT_AUDIENCE",
        )
    if settings.better_auth_url is None:
        if not settings.issuers:
            raise ConfigurationError(
                "JWT_PROFILE=oauth requires BETTER_AUTH_URL or JWT_ISSUER, because JWKS_URL does not determine the "
                "issuer",
                code="missing_variable",
                variable="BETTER_AUTH_URL",
            )
        return [], []
    with prefix_url("BETTER_AUTH_URL", settings.better_auth_url):
        return [OAUTH.issuer(settings.better_auth_url)], []


def _oidc_names(settings: AuthSettings, url: str) -> tuple[list[str], list[str]]:
    """Return the default issuers and audiences of other tokens. Their audience has no default.

    Raises:
        ValueError: The keys are Better Auth's, or nothing says for whom the tokens must be.
    """
    if settings.better_auth_url is not None:
        raise ConfigurationError(
            "JWT_PROFILE must be api or oauth with BETTER_AUTH_URL, because its id tokens have the typ of its API "
            "tokens: remove JWT_PROFILE=oidc",
            variable="JWT_PROFILE",
        )
    check_has_restriction(settings, "JWT_PROFILE=oidc")
    return [API.issuer(url)], []


def _jwks_url(settings: AuthSettings) -> tuple[str, str]:
    """Return the environment variable that determines the URL of the JWK Set, and the URL.

    Raises:
        ValueError: No URL is set, or `BETTER_AUTH_URL` is invalid.
    """
    if settings.jwks_url is not None:
        return "JWKS_URL", settings.jwks_url
    if settings.better_auth_url is None:
        raise ConfigurationError(
            "JWT_MODE=jwks requires BETTER_AUTH_URL (or JWKS_URL), such as https://app.example.com",
            code="missing_variable",
            variable="BETTER_AUTH_URL",
        )
    with prefix_url("BETTER_AUTH_URL", settings.better_auth_url):
        return "BETTER_AUTH_URL", better_auth.jwks_url(settings.better_auth_url)


_KEYS_AND_OPTIONS: dict[Mode, Callable[[AuthSettings], tuple[KeysInput, dict[str, Any]]]] = {
    "secret": _secret_options,
    "jwks": _jwks_options,
    "oidc": _oidc_options,
    "public_key": _public_key_options,
}
_DEFAULT_NAMES: dict[ProfileName, Callable[[AuthSettings, str], tuple[list[str], list[str]]]] = {
    "api": _api_names,
    "oauth": _oauth_names,
    "oidc": _oidc_names,
}
