"""The environment variables of a verifier, as log hints name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._config.setting_names import IN_CODE, SettingNames
from fastjose._config.shared_secret import describe_oddity, select_secrets
from fastjose.better_auth import OAUTH

if TYPE_CHECKING:
    from fastjose._config.shared_secret import LabelledSecret
    from fastjose.settings import AuthSettings

_FIX_BASE_URL = "set BETTER_AUTH_URL to the baseURL of Better Auth (JWKS_URL may have another host)"


def names_of_environment(settings: AuthSettings) -> SettingNames:
    """Return the environment variables from which a verifier has its values.

    Raises:
        ValueError: The secrets are missing or malformed.
    """
    default = _default_variable(settings)
    audience_default = None if settings.jwt_profile == OAUTH.name else default
    secrets = select_secrets(settings) if settings.mode == "secret" else []
    return SettingNames(
        issuer=_variable("JWT_ISSUER", settings.jwt_issuer, default),
        fix_issuer=_fix("set JWT_ISSUER to the exact iss of the issuer", settings.jwt_issuer, default),
        audience=_variable("JWT_AUDIENCE", settings.jwt_audience, audience_default),
        fix_audience=_fix("set JWT_AUDIENCE to the exact aud of the tokens", settings.jwt_audience, audience_default),
        algorithms="JWT_ALGORITHM",
        secret=" or ".join(secret.label for secret in secrets),
        check_secret=_check_secret(settings, secrets),
        key_set="JWKS_URL" if settings.jwks_url else "BETTER_AUTH_URL",
        use_secret="set JWT_MODE=secret and BETTER_AUTH_SECRET",  # noqa: S106 - not a secret
        use_key_set="set BETTER_AUTH_URL" + (" and JWT_MODE=jwks" if settings.jwt_mode == "secret" else ""),
        use_oauth="set JWT_PROFILE=oauth and JWT_AUDIENCE",
        use_api="set JWT_PROFILE=api",
        required="",
    )


def _default_variable(settings: AuthSettings) -> str | None:
    """Return the variable from which the accepted issuer and audience have their default, or None without a default."""
    if settings.mode == "secret":
        return None
    return "BETTER_AUTH_URL" if settings.better_auth_url else "JWKS_URL"


def _variable(variable: str, value: str | None, default: str | None) -> str:
    """Return the variable that determines a value: `variable`, or `default` if `variable` is not set."""
    return default if value is None and default is not None else variable


def _fix(set_variable: str, value: str | None, default: str | None) -> str:
    """Return the change that corrects a value. `BETTER_AUTH_URL` is named if the value is a default from it."""
    return f"{_FIX_BASE_URL}, or {set_variable}" if value is None and default == "BETTER_AUTH_URL" else set_variable


def _check_secret(settings: AuthSettings, secrets: list[LabelledSecret]) -> str:
    """Return what to check about the secrets: first, what is seldom intended about them."""
    oddities = [f"{secret.label} {oddity}" for secret in secrets if (oddity := describe_oddity(secret))]
    text = "; ".join([*oddities, IN_CODE.check_secret])
    if settings.better_auth_secrets is not None and not settings.jwt_accept_old_secrets:
        text += "; to accept the older secrets too, set JWT_ACCEPT_OLD_SECRETS=1"
    return text
