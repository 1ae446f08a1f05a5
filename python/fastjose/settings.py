"""What the environment and `.env` say: `AuthSettings`, and `load_settings`, which explains what is wrong with them."""

from __future__ import annotations

from typing import Literal

try:
    from pydantic import Field, SecretStr, ValidationError
    from pydantic_settings import BaseSettings, SettingsConfigDict
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'this needs pydantic-settings: pip install "fastjose[fastapi]"', name=missing.name
    ) from None

__all__ = ["AuthSettings", "Mode", "ProfileName", "load_settings"]

Mode = Literal["secret", "jwks"]
ProfileName = Literal["api", "oauth"]


class AuthSettings(BaseSettings):
    """The configuration of `fastjose.auth`. Each field is the environment variable of its name in capitals.

    No field is required here. `fastjose._config.verifier_from_settings` checks what a mode needs: an error inside a
    validator would be wrapped, and could print its input.
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
    """The secret shared with Better Auth; required in shared-secret mode."""
    better_auth_secrets: SecretStr | None = None
    """Several versions of it, the current one first: `2:new,1:old`, as Better Auth reads them."""
    jwt_accept_old_secrets: bool = False
    """Whether tokens are accepted under the old ones, too, while the current one takes their place."""
    jwt_algorithm: str | None = None
    """The algorithm: HS256 unless set in shared-secret mode, every asymmetric one unless set in JWKS mode."""
    token_url: str = "/api/auth/token"  # noqa: S105 - a path
    """Where the Authorize button of the OpenAPI page signs in."""
    better_auth_url: str | None = None
    """Better Auth's base URL, with or without `/api/auth`; setting it means JWKS mode."""
    jwks_url: str | None = None
    """Where the JWK Set is, if not below `better_auth_url`; setting it means JWKS mode."""
    jwks_allow_http: bool = False
    """Whether keys may be fetched over plain http from another machine."""
    jwt_issuer: str | None = None
    """The accepted `iss`, or several separated by commas."""
    jwt_audience: str | None = None
    """The accepted `aud`, or several separated by commas."""
    jwt_mode: Mode | None = None
    """Decides where both a secret and a URL are set."""
    jwt_profile: ProfileName = "api"
    """Which kind of Better Auth's tokens is accepted in JWKS mode: `api`, or `oauth` for OAuth access tokens."""
    jwt_leeway_seconds: float = 10.0
    """How far the issuer's clock may be off, in seconds."""
    jwt_cache_size: int = Field(default=0, ge=0, le=1_000_000)
    """How many verified tokens are remembered, so that a signature is checked once; 0 for none."""
    jwt_websocket_subprotocol: str | None = None
    """The subprotocol behind which a browser offers its token to a WebSocket, such as `bearer`; unset, none is read."""
    environment: str = "development"
    """`production` (or `prod`) refuses what is only fit for development."""

    @property
    def mode(self) -> Mode:
        """How tokens are verified: by a shared secret, or by keys from a JWK Set."""
        if self.jwt_mode is not None:
            return self.jwt_mode
        return "jwks" if self.better_auth_url or self.jwks_url else "secret"

    @property
    def shared_secret_algorithm(self) -> str:
        """`jwt_algorithm`, or the default of the shared-secret mode."""
        return self.jwt_algorithm or "HS256"

    @property
    def issuers(self) -> list[str]:
        """`jwt_issuer` as a list; empty where it is not set."""
        return _separated("JWT_ISSUER", self.jwt_issuer)

    @property
    def audiences(self) -> list[str]:
        """`jwt_audience` as a list; empty where it is not set."""
        return _separated("JWT_AUDIENCE", self.jwt_audience)

    @property
    def is_production(self) -> bool:
        """Whether `environment` is `production`, or `prod`, in any case."""
        return self.environment.strip().lower() in {"production", "prod"}


def load_settings() -> AuthSettings:
    """Read the settings from the environment and `.env`.

    Raises:
        ValueError: A variable has a value that it cannot have; names the variable and what would be right, and does
            not show the value.
    """
    try:
        return AuthSettings()
    except ValidationError as error:
        wrong = "; ".join(f"{_variable(detail['loc'])}: {detail['msg']}" for detail in error.errors())
    except UnicodeError:
        wrong = ".env must be UTF-8"
    raise ValueError(wrong)  # out here: what was caught holds the values, and must not be this error's context


def _variable(location: tuple[int | str, ...]) -> str:
    return str(location[0]).upper() if location else "the environment"


def _separated(variable: str, names: str | None) -> list[str]:
    if names is None:
        return []
    separated = [name.strip() for name in names.split(",") if name.strip()]
    if not separated:  # taken for 'not set', it would switch the check off
        raise ValueError(f"{variable} is set and names nothing: one name, or several separated by commas, are needed")
    return separated
