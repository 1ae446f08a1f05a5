"""Build the credentials that `AuthSettings` describe. Every combination of settings is checked at the start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastjose._config.auth_options import trusted_origins, user_id_options
from fastjose._config.keys.shared_secret import LabelledSecret, build_secret_key, find_session_secrets, warn_of_oddities
from fastjose._config.opaque_tokens import build_opaque_tokens
from fastjose._config.setting_values import prefix_variable
from fastjose._config.urls import prefix_url
from fastjose._config.verifier_from_settings import build_session_cookie_verifier, build_verifier
from fastjose._credentials.api_keys import ApiKeys, check_key_header
from fastjose._credentials.auth_js_cookies import AuthJsCookies
from fastjose._credentials.jwt_credentials import JwtCredentials
from fastjose._credentials.session_cookies import SessionCookies
from fastjose._credentials.session_tokens import SessionTokens
from fastjose.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._credentials.credential import Credential
    from fastjose._sessions.lookup import SessionLookup
    from fastjose.better_auth import Revocations
    from fastjose.settings import AuthSettings

_STORE = "BETTER_AUTH_SESSION_STORE"
_REDIS_SCHEMES = frozenset({"redis", "rediss", "unix", "valkey", "valkeys"})


def build_credentials(settings: AuthSettings, revocations: Revocations | None = None) -> list[Credential]:
    """Return the credentials that `settings` describe. They ask the list `revocations` if it is given.

    Raises:
        ValueError: A setting is missing or invalid, or no credential could ask the list. The text names the environment
            variable and the expected value.
    """
    names = settings.credentials
    if revocations is not None and set(names) == {"api_key"}:
        raise ConfigurationError(
            "revocations must be None with JWT_CREDENTIALS=api_key, because an API key outlives the entries of a list: "
            "remove the argument, and disable or delete a key in Better Auth",
            variable="JWT_CREDENTIALS",
        )
    credentials: list[Credential] = []
    if "jwt" in names:
        credentials.append(JwtCredentials(build_verifier(settings, revocations), **user_id_options(settings)))
    if not {"session", "cookie"}.isdisjoint(names):
        credentials += _build_session_credentials(settings, revocations)
    if "api_key" in names:
        credentials.append(_build_api_keys(settings))
    if "opaque" in names:
        credentials.append(build_opaque_tokens(settings, revocations))
    if "auth_js" in names:
        credentials.append(_build_auth_js_cookies(settings, revocations))
    return credentials


def _build_session_credentials(settings: AuthSettings, revocations: Revocations | None) -> Iterator[Credential]:
    """Yield the credentials of sessions. They share one store, and so its connections."""
    secrets, old_secrets = _secret_values(settings)
    store = build_session_store(settings)
    if "session" in settings.credentials:
        yield _build_session_tokens(settings, store, secrets, revocations)
    if "cookie" in settings.credentials:
        yield _build_session_cookies(settings, store, (secrets, old_secrets), revocations)


def _build_session_tokens(
    settings: AuthSettings, store: SessionLookup, secrets: list[str], revocations: Revocations | None
) -> SessionTokens:
    return SessionTokens(
        store,
        secrets=secrets,
        allow_unsigned=settings.better_auth_allow_unsigned_tokens,
        revocations=revocations,
    )


def _build_session_cookies(
    settings: AuthSettings,
    store: SessionLookup,
    all_secrets: tuple[list[str], list[str]],
    revocations: Revocations | None,
) -> SessionCookies:
    secrets, old_secrets = all_secrets
    strategy = settings.better_auth_cookie_cache
    if strategy is not None and not secrets:
        raise ConfigurationError(
            "BETTER_AUTH_COOKIE_CACHE requires BETTER_AUTH_SECRET: set it to the secret of Better Auth, with which its "
            "cookies are signed",
            code="missing_variable",
            variable="BETTER_AUTH_SECRET",
        )
    verifier = build_session_cookie_verifier(settings) if strategy == "jwks" else None
    origins = trusted_origins(settings)
    with prefix_variable("BETTER_AUTH_COOKIE_PREFIX"):  # the other arguments have been checked
        return SessionCookies(
            store,
            secrets=secrets,
            old_secrets=old_secrets,
            strategy=strategy,
            verifier=verifier,
            version=settings.better_auth_cookie_cache_version,
            cookie_prefix=settings.better_auth_cookie_prefix.strip(),
            trusted_origins=origins,
            revocations=revocations,
        )


def _build_api_keys(settings: AuthSettings) -> ApiKeys:
    if settings.better_auth_session_store is not None and _scheme(_store_url(settings)[1]) in _REDIS_SCHEMES:
        raise ConfigurationError(
            f"{_STORE} must not be Redis for API keys, because Redis does not say whether a user or an organization "
            "owns a key: configure ApiKeys in code, with SecondaryStorageApiKeys and organization_config_ids",
            variable=_STORE,
        )
    with prefix_variable("BETTER_AUTH_API_KEY_HEADER"):
        header = check_key_header(settings.better_auth_api_key_header)
    return ApiKeys(_build_store(settings, "api_keys"), header=header)


def _build_auth_js_cookies(settings: AuthSettings, revocations: Revocations | None) -> AuthJsCookies:
    if settings.auth_secret is None:
        raise ConfigurationError(
            "JWT_CREDENTIALS=auth_js requires AUTH_SECRET: set it to the secret of Auth.js",
            code="missing_variable",
            variable="AUTH_SECRET",
        )
    secret = LabelledSecret("AUTH_SECRET", settings.auth_secret)
    build_secret_key(secret, "HS256", settings, is_current=True)
    warn_of_oddities([secret])
    origins = trusted_origins(settings)
    with prefix_variable("AUTH_JS_COOKIE_NAME"):
        return AuthJsCookies(
            [secret.value.get_secret_value()],
            cookie_name=settings.auth_js_cookie_name,
            trusted_origins=origins,
            revocations=revocations,
        )


def build_session_store(settings: AuthSettings) -> Any:
    """Return the store of sessions that `BETTER_AUTH_SESSION_STORE` or `BETTER_AUTH_URL` names.

    Raises:
        ValueError: Neither is set, or one has an invalid value.
        ModuleNotFoundError: The library of the store is not installed; the text names the extra.
    """
    return _build_store(settings, "sessions")


def _build_store(settings: AuthSettings, kind: str) -> Any:
    from fastjose import api_keys, sessions  # noqa: PLC0415 - they need pydantic, which settings have, and no more

    variable, url = _store_url(settings)
    scheme = _scheme(url)
    with prefix_url(variable, url, allow_http=settings.jwks_allow_http):
        if scheme in {"http", "https"}:
            if kind == "sessions":
                return sessions.RemoteSessions(url, allow_http=settings.jwks_allow_http)
            header = settings.better_auth_api_key_header
            return api_keys.RemoteApiKeys(url, header=header, allow_http=settings.jwks_allow_http)
        if scheme in _REDIS_SCHEMES:
            prefix = settings.better_auth_session_store_prefix
            storage = sessions.SecondaryStorageSessions
            return storage(url) if prefix is None else storage(url, prefix=prefix)
        if not scheme:
            raise ConfigurationError(
                "the URL must begin with https://, postgresql+asyncpg:// (or another scheme of SQLAlchemy) or redis://",
            )
        database = sessions.DatabaseSessions if kind == "sessions" else api_keys.DatabaseApiKeys
        return database(url)


def _store_url(settings: AuthSettings) -> tuple[str, str]:
    if settings.better_auth_session_store is not None:
        return _STORE, settings.better_auth_session_store.get_secret_value().strip()
    if settings.better_auth_url is not None:
        return "BETTER_AUTH_URL", settings.better_auth_url
    raise ConfigurationError(
        f"JWT_CREDENTIALS requires BETTER_AUTH_URL or {_STORE}: set BETTER_AUTH_URL to Better Auth's base URL, such as "
        f"https://app.example.com, or {_STORE} to the URL of its database or Redis",
        code="missing_variable",
        variable="BETTER_AUTH_URL",
    )


def _scheme(url: str) -> str:
    """Return the scheme of a URL. The errors of `urlsplit` may contain a password."""
    try:
        return urlsplit(url).scheme.lower() if "://" in url else ""
    except ValueError:
        return ""


def _secret_values(settings: AuthSettings) -> tuple[list[str], list[str]]:
    """Return the secrets that authenticate sessions, and the older ones that do not.

    Raises:
        ValueError: A secret cannot be used, or an attacker can guess it.
    """
    accepted, older = find_session_secrets(settings)
    for position, secret in enumerate([*accepted, *older]):
        build_secret_key(secret, "HS256", settings, is_current=not position)
    warn_of_oddities(accepted)
    return [secret.value.get_secret_value() for secret in accepted], [
        secret.value.get_secret_value() for secret in older
    ]
