"""Configuration from environment variables and `.env`: `AuthSettings`, and `load_settings` to read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

try:
    from pydantic import Field, SecretStr, ValidationError
    from pydantic_settings import (
        BaseSettings,
        DotEnvSettingsSource,
        PydanticBaseSettingsSource,
        SettingsConfigDict,
    )
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'fastjose.settings requires pydantic-settings: pip install "fastjose[fastapi]"', name=missing.name
    ) from None

from fastjose._config.defaults import DEFAULT_CACHE_SIZE
from fastjose._config.keys.secret_files import read_secret_files
from fastjose._config.names.dropped_lines import list_dropped
from fastjose._config.names.repeated_names import find_repeated
from fastjose._config.setting_values import (
    check_has_no_comment,
    check_is_utf_8,
    describe_invalid,
    read_json_object,
    split_list,
)
from fastjose.exceptions import ConfigurationError

if TYPE_CHECKING:
    from os import PathLike

__all__ = [
    "DEVELOPMENT_ENVIRONMENTS",
    "AuthSettings",
    "CookieCache",
    "CredentialName",
    "IntrospectionAuthMethod",
    "Mode",
    "ProfileName",
    "load_settings",
]

Mode = Literal["secret", "jwks", "oidc", "public_key", "alb"]
"""How tokens are verified: with a shared secret, a public key, or the keys of a JWK Set, an OpenID issuer or AWS."""

CredentialName = Literal["jwt", "opaque", "session", "cookie", "api_key", "auth_js"]
"""A kind of credential that requests can have."""

IntrospectionAuthMethod = Literal["client_secret_basic", "client_secret_post"]
"""How the secret of this application is sent to the introspection endpoint (RFC 6749 §2.3.1)."""

CookieCache = Literal["compact", "jwt", "jwe", "jwks"]
"""The format of Better Auth's cookie `session_data`. `jwks`: the strategy `jwt`, signed with a key of the JWK Set."""

ProfileName = Literal["api", "oauth", "oidc"]
"""Which kind of token is accepted: a `fastjose.better_auth.Profile`, or `oidc` for the tokens of any other issuer."""


_CREDENTIAL_NAMES: tuple[CredentialName, ...] = get_args(CredentialName)

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

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources of pydantic-settings, without the lines of `.env` that are not for this class.

        pydantic-settings compares each other line with every field, which takes seconds for a file of 10,000 lines.
        """
        _drop_other_lines(settings_cls, dotenv_settings)
        return init_settings, env_settings, dotenv_settings, file_secret_settings

    better_auth_secret: SecretStr | None = None
    """The secret shared with Better Auth. Shared-secret mode requires it, `better_auth_secrets` or `jwt_secret`."""
    better_auth_secret_file: str | None = None
    """The path of a file with the secret, in place of `better_auth_secret`. `load_settings` reads it."""
    better_auth_secrets: SecretStr | None = None
    """Several versions of the shared secret, the current one first: `2:new,1:old`. Parsed as in Better Auth."""
    better_auth_secrets_file: str | None = None
    """The path of a file with them, in place of `better_auth_secrets`. `load_settings` reads it."""
    jwt_accept_old_secrets: bool = False
    """Whether tokens signed with the old versions of the secret are accepted too, during a rotation."""
    jwt_secret: SecretStr | None = None
    """The secret shared with an issuer other than Better Auth."""
    jwt_secret_file: str | None = None
    """The path of a file with the secret, in place of `jwt_secret`. `load_settings` reads it."""
    jwt_accept_secret: bool = False
    """Whether tokens that are signed with `jwt_secret` (HS256) are accepted beside those of a public key.

    For an issuer that changes from a secret to keys. Remove it when the last of these tokens has expired."""
    jwt_public_key: SecretStr | None = None
    """The public key of the issuer: PEM, a JWK or JWK Set as JSON, or the path of a file with one of them.

    Selects public-key mode. In PEM, the two characters `\\n` are read as a line feed. It is a `SecretStr`, because
    somebody may set a private key, which is refused."""
    oidc_issuer: str | None = None
    """The URL of an issuer that publishes an OpenID document; the `iss` of its tokens. Selects OIDC mode."""
    alb_signer: str | None = None
    """The ARN of the AWS load balancer that signs the tokens, or several of one region. Selects ALB mode."""
    jwt_algorithm: str | None = None
    """The only accepted algorithm. Defaults to HS256 in shared-secret mode, and to RS256 for an RSA `jwt_public_key`.

    In JWKS and OIDC mode, it defaults to every asymmetric algorithm except ES256K."""
    token_url: str | None = None
    """The URL to which the Authorize button of the OpenAPI page sends the password.

    Defaults to `/api/auth/token` in shared-secret mode. Otherwise the user pastes a token."""
    better_auth_url: str | None = None
    """Better Auth's base URL, with or without `/api/auth`. Selects JWKS mode."""
    jwks_url: str | None = None
    """URL of the JWK Set, if it is not the default one below `better_auth_url`. Selects JWKS mode."""
    jwks_allow_http: bool = False
    """Whether keys may be fetched over plain http from another machine."""
    jwks_headers: SecretStr | None = None
    """Headers of each fetch of keys, as a JSON object: `{"X-Api-Key": "..."}`. Sent to the configured origin alone."""
    jwks_bearer_token_file: str | None = None
    """The path of a file with a token, which each fetch sends in the header `Authorization`. Read at each fetch."""
    jwks_ca_certificates: str | None = None
    """The path of a PEM file with CA certificates, or their PEM, in place of those of the system."""
    jwks_client_certificate: SecretStr | None = None
    """The path of a PEM file with the certificate chain and the private key of the client, or their PEM."""
    jwks_proxy: SecretStr | None = None
    """The URL of a proxy for fetches, or `environment` for `HTTPS_PROXY` and its like. By default no proxy is used."""
    jwt_issuer: str | None = None
    """The accepted `iss`, or several: separated by commas, or as a JSON list. Defaults to `oidc_issuer`."""
    jwt_audience: str | None = None
    """The accepted `aud`, or several: separated by commas, or as a JSON list."""
    jwt_audience_exact: bool = False
    """Whether every member of `aud` must be one of `jwt_audience`. By default one of them suffices."""
    jwt_check_audience: bool = True
    """Whether `aud` is compared. If not, `jwt_audience` must not be set, and tokens for other applications pass."""
    jwt_client_id: str | None = None
    """The clients whose tokens are accepted, separated by commas or as a JSON list.

    A token must have one of the claims `azp`, `client_id`, `cid` and `appid`. Each that it has must be accepted."""
    jwt_claims: str | None = None
    """Claims that a token must have, as a JSON object: `{"token_use": "access", "tier": ["gold", "silver"]}`.

    A list names several accepted values. If the claim of a token is a list, it must contain an accepted value."""
    jwt_mode: Mode | None = None
    """The mode, if several sources of keys are set. By default they must not contradict each other: see `mode`."""
    jwt_profile: ProfileName | None = None
    """The accepted kind of token: `api`, `oauth` (OAuth access tokens, RFC 9068) or `oidc`: see `accepted_profile`."""
    jwt_credentials: str | None = None
    """The accepted kinds of credential, separated by commas. Defaults to `jwt`.

    Of any issuer: `jwt`; `opaque`, an access token that is introspected. Of Better Auth: `session`, a session token in
    the Authorization header; `cookie`, its cookies; `api_key`, an API key. `auth_js` is the cookie of Auth.js."""
    introspection_url: str | None = None
    """The URL of the introspection endpoint (RFC 7662). Defaults to the one in the document of `oidc_issuer`."""
    introspection_client_id: str | None = None
    """The id of this application at the introspection endpoint."""
    introspection_client_secret: SecretStr | None = None
    """Its secret."""
    introspection_client_secret_file: str | None = None
    """The path of a file with the secret, in place of `introspection_client_secret`. Read at each request."""
    introspection_auth_method: IntrospectionAuthMethod = "client_secret_basic"
    """How the secret is sent."""
    auth_secret: SecretStr | None = None
    """The secret of Auth.js, which encrypts its cookie: `AUTH_SECRET`, or `NEXTAUTH_SECRET` of NextAuth.js 4."""
    auth_secret_file: str | None = None
    """The path of a file with the secret, in place of `auth_secret`. `load_settings` reads it."""
    auth_js_cookie_name: str | None = None
    """The whole name of the cookie of Auth.js, if the application has changed it."""
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
    jwt_user_id_claim: str | None = None
    """The claim with the user's id. Defaults to `sub`."""
    jwt_roles_claim: str | None = None
    """Where the roles are, separated by commas or as a JSON list: claims, or paths such as `realm_access.roles`."""
    jwt_scopes_claim: str | None = None
    """Where the scopes are, as in `jwt_roles_claim`. Defaults to `scope` and `scp`."""
    jwt_permissions_claim: str | None = None
    """Where the permissions are, as in `jwt_roles_claim`. Defaults to `permissions`."""
    jwt_token_header: str | None = None
    """The header with the token, in place of `Authorization`. Its value is the token, without `Bearer `."""
    jwt_token_cookie: str | None = None
    """The cookie with the token. If the request has the header too, the header decides. See `jwt_trusted_origins`."""
    jwt_resource_metadata: str | None = None
    """The URL of the protected resource metadata, which a 401 names in `WWW-Authenticate` (RFC 9728 §5.1)."""
    jwt_websocket_subprotocol: str | None = None
    """The subprotocol before the token that a browser offers to a WebSocket, such as `bearer`. Off by default."""
    jwt_allow_short_secret: bool = False
    """Whether a secret shorter than its hash causes a warning, not an error, for an issuer that dictates one."""
    environment: str | None = None
    """In one of `DEVELOPMENT_ENVIRONMENTS`, a short secret causes a warning. Otherwise, also if unset, an error."""

    @property
    def mode(self) -> Mode:
        """How tokens are verified: `jwt_mode` if it is set, else by what is set.

        `oidc` for `oidc_issuer`, `public_key` for `jwt_public_key`, `alb` for `alb_signer`, `jwks` for a URL, else
        `secret`. It is an error of `fastjose.auth`, not of this property, if two of the first four are set.
        """
        if self.jwt_mode is not None:
            return self.jwt_mode
        if self.oidc_issuer:
            return "oidc"
        if self.jwt_public_key is not None:
            return "public_key"
        if self.alb_signer:
            return "alb"
        return "jwks" if self.better_auth_url or self.jwks_url else "secret"

    @property
    def accepted_profile(self) -> ProfileName:
        """The accepted kind of token: `jwt_profile` if it is set, else `oidc` in the modes `oidc` and `public_key`."""
        if self.jwt_profile is not None:
            return self.jwt_profile
        return "oidc" if self.mode in {"oidc", "public_key"} else "api"

    @property
    def sign_in_url(self) -> str | None:
        """`token_url`, or its default in shared-secret mode for a token in the header `Authorization`."""
        has_default = self.mode == "secret" and self.jwt_token_header is None
        return "/api/auth/token" if self.token_url is None and has_default else self.token_url

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
        return split_list("JWT_ISSUER", self.jwt_issuer)

    @property
    def audiences(self) -> list[str]:
        """`jwt_audience` as a list, which is empty if it is not set.

        Raises:
            ValueError: `jwt_audience` is set, but contains no name, or a name that cannot be meant.
        """
        return split_list("JWT_AUDIENCE", self.jwt_audience)

    @property
    def client_ids(self) -> list[str]:
        """`jwt_client_id` as a list, which is empty if it is not set.

        Raises:
            ValueError: `jwt_client_id` is set, but contains no name, or a name that cannot be meant.
        """
        return split_list("JWT_CLIENT_ID", self.jwt_client_id)

    @property
    def accepted_claims(self) -> dict[str, Any]:
        """`jwt_claims` as a dict, which is empty if it is not set.

        Raises:
            ValueError: `jwt_claims` is set, but is not a JSON object with a member.
        """
        return read_json_object("JWT_CLAIMS", self.jwt_claims, '{"token_use": "access"}')

    @property
    def credentials(self) -> list[CredentialName]:
        """`jwt_credentials` as a list, or `["jwt"]` if it is not set.

        Raises:
            ValueError: `jwt_credentials` is set, but contains no name, a name twice, or one that is not a kind of
                credential.
        """
        names = split_list("JWT_CREDENTIALS", self.jwt_credentials) or ["jwt"]
        if len(set(names)) != len(names) or not set(names) <= set(_CREDENTIAL_NAMES):
            raise ConfigurationError(
                f"JWT_CREDENTIALS must be one or several of {', '.join(_CREDENTIAL_NAMES)}, separated by commas",
                variable="JWT_CREDENTIALS",
            )
        return [name for name in _CREDENTIAL_NAMES if name in names]

    @property
    def trusted_origins(self) -> list[str]:
        """`jwt_trusted_origins` as a list, which is empty if it is not set.

        Raises:
            ValueError: `jwt_trusted_origins` is set, but contains no name, or a name that cannot be meant.
        """
        return split_list("JWT_TRUSTED_ORIGINS", self.jwt_trusted_origins)

    @property
    def is_development(self) -> bool:
        """Whether `environment` is one of `DEVELOPMENT_ENVIRONMENTS`, ignoring case. False if it is not set."""
        return (self.environment or "").strip().lower() in DEVELOPMENT_ENVIRONMENTS


def _drop_other_lines(settings_cls: type[BaseSettings], source: PydanticBaseSettingsSource) -> None:
    """Remove the variables of a file that no field has, unless a derived class may read them in another way."""
    config = settings_cls.model_config
    has_plain_names = (
        config.get("extra") == "ignore"
        and not config.get("env_prefix")
        and not config.get("env_nested_delimiter")
        and not config.get("case_sensitive")
        and all(field.alias is None and field.validation_alias is None for field in settings_cls.model_fields.values())
    )
    if not isinstance(source, DotEnvSettingsSource):
        return
    if has_plain_names:
        names = {name.lower() for name in settings_cls.model_fields}
        source.env_vars = {name: value for name, value in source.env_vars.items() if name in names}
    if dropped := list_dropped():
        source.env_vars = {name: value for name, value in source.env_vars.items() if name.lower() not in dropped}


def load_settings(env_file: str | PathLike[str] = ".env") -> AuthSettings:
    """Read the settings from the environment and from `.env` in the working directory, and the files with secrets.

    A secret in a file, such as `BETTER_AUTH_SECRET_FILE`, is in the field of the secret, `better_auth_secret`.

    Args:
        env_file: The path of the file, relative to the working directory. If it is missing, the environment alone is
            read.

    Raises:
        ConfigurationError: A variable has an invalid value. The text names the variable and the expected value, and
            does not contain the value. Or it is set to two values, in capitals and in small letters. Or a file with a
            secret cannot be read, or the secret is set as well.
    """
    try:
        settings = AuthSettings(_env_file=env_file)  # type: ignore[call-arg]  # of every BaseSettings
    except ValidationError as error:
        errors = [
            describe_invalid(_variable_name(detail["loc"]), detail["input"], detail["msg"]) for detail in error.errors()
        ]
    except UnicodeError:
        errors = [ConfigurationError(f"{Path(env_file).name} must be UTF-8")]
    except OSError as error:
        errors = [_describe_unreadable(Path(env_file).name, error)]
    else:
        errors = find_repeated(AuthSettings.model_fields, env_file) + _find_unusable(settings)
        if not errors:
            return read_secret_files(settings)
    # Outside the handlers: the caught error contains the values, and must not be the context of this one.
    raise ConfigurationError.join(errors)


def _describe_unreadable(file: str, error: OSError) -> ConfigurationError:
    reason = error.strerror or "the system refuses it"
    return ConfigurationError(
        f"{file} must be a file that the user of this process can read ({reason}): change its owner or mode, or remove "
        "it and set the variables in the process environment",
        code="file_unreadable",
    )


def _find_unusable(settings: AuthSettings) -> list[ConfigurationError]:
    """Return errors about values that are not UTF-8, and about comments behind names, URLs and words.

    A path may contain both, and JSON may have a comment within a string.
    """
    errors = []
    for name in AuthSettings.model_fields:
        value = getattr(settings, name)
        if name in _SECRET_URLS and value is not None:
            value = value.get_secret_value()
        if isinstance(value, str) and name not in _PATHS and not name.endswith("_file"):
            try:
                check_is_utf_8(name.upper(), value)
                if name not in _WITHOUT_COMMENTS:
                    check_has_no_comment(name.upper(), value)
            except ConfigurationError as error:
                errors.append(error)
    return errors


_SECRET_URLS = frozenset({"better_auth_session_store", "jwks_proxy"})
_PATHS = frozenset({"jwks_ca_certificates"})
"""Settings that may be the path of a file, beside those whose names say so."""
_WITHOUT_COMMENTS = frozenset({"jwt_claims"})
"""Settings in which `#` behind a space is not the beginning of a comment."""


def _variable_name(location: tuple[int | str, ...]) -> str:
    """Return the environment variable of the field at `location` in a Pydantic error."""
    return str(location[0]).upper() if location else "the environment"
