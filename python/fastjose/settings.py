"""Configuration from environment variables and `.env`: `AuthSettings`, and `load_settings` to read it."""

from __future__ import annotations

import json
from typing import Literal

try:
    from pydantic import Field, SecretStr, ValidationError
    from pydantic_settings import BaseSettings, SettingsConfigDict
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'fastjose.settings requires pydantic-settings: pip install "fastjose[fastapi]"', name=missing.name
    ) from None

from fastjose._config.defaults import DEFAULT_CACHE_SIZE

__all__ = [
    "DEVELOPMENT_ENVIRONMENTS",
    "AuthSettings",
    "CookieCache",
    "CredentialName",
    "Mode",
    "ProfileName",
    "load_settings",
]

Mode = Literal["secret", "jwks"]
"""How tokens are verified: with a shared secret, or with the keys of a JWK Set."""

CredentialName = Literal["jwt", "session", "cookie", "api_key"]
"""A kind of credential that requests can have."""

CookieCache = Literal["compact", "jwt", "jwe", "jwks"]
"""The format of Better Auth's cookie `session_data`. `jwks`: the strategy `jwt`, signed with a key of the JWK Set."""

ProfileName = Literal["api", "oauth"]
"""Which kind of Better Auth's tokens is accepted, as in `fastjose.better_auth.Profile`."""


_CREDENTIAL_NAMES: tuple[CredentialName, ...] = ("jwt", "session", "cookie", "api_key")

DEVELOPMENT_ENVIRONMENTS = ("development", "dev", "local", "test", "testing", "ci")
"""The values of `ENVIRONMENT` that allow a short secret. Any other value counts as production."""


class AuthSettings(BaseSettings):
    """The configuration of `fastjose.auth`. Each field is the environment variable of its name in capitals.

    An empty variable counts as not set. An application may derive its own settings from this class.

    No field is required here. `fastjose.auth` checks which fields a mode requires, because Pydantic wraps the errors of
    a validator and may print the input.

    Example::

        settings = AuthSettings(better_auth_url="https://app.example.com")
        assert settings.mode == "jwks"
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",  # some editors write a byte order mark
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    better_auth_secret: SecretStr | None = None
    """The secret shared with Better Auth. Required in shared-secret mode, unless `better_auth_secrets` is set."""
    better_auth_secrets: SecretStr | None = None
    """Several versions of the shared secret, the current one first: `2:new,1:old`. Parsed as in Better Auth."""
    jwt_accept_old_secrets: bool = False
    """Whether tokens signed with the old versions of the secret are accepted too, during a rotation."""
    jwt_algorithm: str | None = None
    """The only accepted algorithm. Defaults to HS256; in JWKS mode, to every asymmetric algorithm except ES256K."""
    token_url: str | None = None
    """The URL to which the Authorize button of the OpenAPI page sends the password.

    Defaults to `/api/auth/token` in shared-secret mode. Otherwise the user pastes a token."""
    better_auth_url: str | None = None
    """Better Auth's base URL, with or without `/api/auth`. Selects JWKS mode."""
    jwks_url: str | None = None
    """URL of the JWK Set, if it is not the default one below `better_auth_url`. Selects JWKS mode."""
    jwks_allow_http: bool = False
    """Whether keys may be fetched over plain http from another machine."""
    jwt_issuer: str | None = None
    """The accepted `iss`, or several: separated by commas, or as a JSON list."""
    jwt_audience: str | None = None
    """The accepted `aud`, or several: separated by commas, or as a JSON list."""
    jwt_mode: Mode | None = None
    """The mode, if both a secret and a URL are set. By default a URL selects JWKS mode."""
    jwt_profile: ProfileName = "api"
    """The accepted kind of Better Auth's tokens in JWKS mode: `api`, or `oauth` for OAuth access tokens."""
    jwt_credentials: str | None = None
    """The accepted kinds of credential, separated by commas: `jwt`, `session`, `cookie`, `api_key`. Defaults to `jwt`.

    `session` is a session token in the Authorization header; `cookie`, Better Auth's cookies; `api_key`, an API key."""
    jwt_trusted_origins: str | None = None
    """The origins of pages, beside the application's own, that may send requests with cookies that change something."""
    better_auth_session_store: SecretStr | None = None
    """The URL where sessions and API keys are looked up. Defaults to `better_auth_url`.

    `https://…` is Better Auth itself, also under an internal name. `postgresql+asyncpg://…`, and another URL of
    SQLAlchemy, is its database. `redis://…` is its secondary storage."""
    better_auth_session_store_prefix: str | None = None
    """The prefix of the keys in Redis. Defaults to `better-auth:`, that of `@better-auth/redis-storage`."""
    better_auth_allow_unsigned_tokens: bool = False
    """Whether a session token without its signature is accepted, as in the body of a sign-in response."""
    better_auth_cookie_cache: CookieCache | None = None
    """The format of the cookie `session_data`. If it is not set, the session of every request is looked up."""
    better_auth_cookie_cache_version: str = "1"
    """Better Auth's `session.cookieCache.version`."""
    better_auth_cookie_prefix: str = "better-auth"
    """Better Auth's `advanced.cookiePrefix`, without `__Secure-`."""
    better_auth_api_key_header: str = "x-api-key"
    """The header that has an API key."""
    jwt_leeway_seconds: float = 10.0
    """Clock skew to tolerate when `exp` and `nbf` are validated, in seconds."""
    jwt_cache_size: int = Field(default=DEFAULT_CACHE_SIZE, ge=0, le=1_000_000)
    """Maximum number of verified tokens to cache, so that each signature is verified once.

    A token takes at most 4 KiB on average. 0 disables the cache."""
    jwt_websocket_subprotocol: str | None = None
    """The subprotocol before the token that a browser offers to a WebSocket, such as `bearer`. Off by default."""
    jwt_allow_short_secret: bool = False
    """Whether a secret shorter than its hash causes a warning, not an error, for an issuer that dictates one."""
    environment: str | None = None
    """In one of `DEVELOPMENT_ENVIRONMENTS`, a short secret causes a warning. Otherwise, also if unset, an error."""

    @property
    def mode(self) -> Mode:
        """How tokens are verified: `jwt_mode` if it is set, else `jwks` if a URL is set, else `secret`."""
        if self.jwt_mode is not None:
            return self.jwt_mode
        return "jwks" if self.better_auth_url or self.jwks_url else "secret"

    @property
    def sign_in_url(self) -> str | None:
        """`token_url`, or its default in shared-secret mode."""
        if self.token_url is None and self.mode == "secret":
            return "/api/auth/token"
        return self.token_url

    @property
    def shared_secret_algorithm(self) -> str:
        """`jwt_algorithm`, or `HS256`, the default of shared-secret mode."""
        return self.jwt_algorithm or "HS256"

    @property
    def issuers(self) -> list[str]:
        """`jwt_issuer` as a list, which is empty if it is not set.

        Raises:
            ValueError: `jwt_issuer` is set, but contains no name, or a name that cannot be meant.
        """
        return _split_list("JWT_ISSUER", self.jwt_issuer)

    @property
    def audiences(self) -> list[str]:
        """`jwt_audience` as a list, which is empty if it is not set.

        Raises:
            ValueError: `jwt_audience` is set, but contains no name, or a name that cannot be meant.
        """
        return _split_list("JWT_AUDIENCE", self.jwt_audience)

    @property
    def credentials(self) -> list[CredentialName]:
        """`jwt_credentials` as a list, or `["jwt"]` if it is not set.

        Raises:
            ValueError: `jwt_credentials` is set, but contains no name, a name twice, or one that is not a kind of
                credential.
        """
        names = _split_list("JWT_CREDENTIALS", self.jwt_credentials) or ["jwt"]
        if len(set(names)) != len(names) or not set(names) <= set(_CREDENTIAL_NAMES):
            raise ValueError(
                f"JWT_CREDENTIALS must be one or several of {', '.join(_CREDENTIAL_NAMES)}, separated by commas"
            )
        return [name for name in _CREDENTIAL_NAMES if name in names]

    @property
    def trusted_origins(self) -> list[str]:
        """`jwt_trusted_origins` as a list, which is empty if it is not set.

        Raises:
            ValueError: `jwt_trusted_origins` is set, but contains no name, or a name that cannot be meant.
        """
        return _split_list("JWT_TRUSTED_ORIGINS", self.jwt_trusted_origins)

    @property
    def is_development(self) -> bool:
        """Whether `environment` is one of `DEVELOPMENT_ENVIRONMENTS`, ignoring case. False if it is not set."""
        return (self.environment or "").strip().lower() in DEVELOPMENT_ENVIRONMENTS


def load_settings() -> AuthSettings:
    """Read the settings from the environment and from `.env` in the working directory.

    Raises:
        ValueError: A variable has an invalid value. The text names the variable and the expected value, and does not
            contain the value.
    """
    try:
        return AuthSettings()
    except ValidationError as error:
        problems = "; ".join(f"{_variable_name(detail['loc'])}: {detail['msg']}" for detail in error.errors())
    except UnicodeError:
        problems = ".env must be UTF-8"
    # Outside the handlers: the caught error contains the values, and must not be the context of this one.
    raise ValueError(problems)


def _variable_name(location: tuple[int | str, ...]) -> str:
    """Return the environment variable of the field at `location` in a Pydantic error."""
    return str(location[0]).upper() if location else "the environment"


def _split_list(variable: str, value: str | None) -> list[str]:
    """Return the names in a value, or an empty list if it is None.

    Raises:
        ValueError: The value contains a name that cannot be meant, or only commas and spaces. If it counted as not set,
            the claim would not be checked.
    """
    if value is None:
        return []
    names = _read_json_list(variable, value) if value.lstrip().startswith("[") else value.split(",")
    names = [name.strip() for name in names if name.strip()]
    if not names:
        raise ValueError(f"{variable} must not be empty: set one name, or several separated by commas, or remove it")
    for name in names:
        _check_name(variable, name)
    return names


def _read_json_list(variable: str, value: str) -> list[str]:
    """Return the names in a JSON list.

    Raises:
        ValueError: The value is not a JSON list of strings.
    """
    try:
        names = json.loads(value)
    except (ValueError, RecursionError):
        names = None
    # Outside the handler: the caught error contains the value, and must not be the context of this one.
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f'{variable} must be one name, or several separated by commas or as a JSON list: ["a", "b"]')
    return names


def _check_name(variable: str, name: str) -> None:
    """Reject a name in quotes, or with a placeholder that was not replaced: no token has it.

    Raises:
        ValueError: The name has quotes around it, or a placeholder.
    """
    if {name[0], name[-1]} & set("\"'`\u201c\u201d\u201e\u2018\u2019"):
        raise ValueError(f"{variable} must not contain quotes: remove them")
    if "${" in name or ("://" in name and not {"{", "}", "<", ">"}.isdisjoint(name)):
        raise ValueError(f"{variable} must not contain a placeholder such as {{tenantid}}: replace it with its value")
