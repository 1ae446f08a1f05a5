"""The environment variables of a verifier, as log hints name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._config.keys.shared_secret import describe_oddity, select_secrets
from fastjose._config.names.setting_names import IN_CODE, SettingNames
from fastjose.better_auth import DEFAULT_PATH

if TYPE_CHECKING:
    from fastjose._config.keys.shared_secret import LabelledSecret
    from fastjose.settings import AuthSettings

_FIX_BASE_URL = "set BETTER_AUTH_URL to the baseURL of Better Auth (JWKS_URL may have another host)"
_FIX_REQUIRED = ", or, if the issuer is not Better Auth, set JWT_PROFILE=oidc, which requires only exp"
_DEFAULT_OF_BETTER_AUTH = "BETTER_AUTH_URL"


def names_of_environment(settings: AuthSettings) -> SettingNames:
    """Return the environment variables from which a verifier has its values.

    Raises:
        ValueError: The secrets are missing or malformed.
    """
    secrets = select_secrets(settings) if settings.mode == "secret" or settings.jwt_accept_secret else []
    issuer_default, audience_default = _default_variables(settings)
    fix_audience = "set JWT_AUDIENCE to the exact aud of the tokens"
    return SettingNames(
        issuer=_variable("JWT_ISSUER", settings.jwt_issuer, issuer_default),
        fix_issuer=_fix_issuer(settings, issuer_default),
        audience=_variable("JWT_AUDIENCE", settings.jwt_audience, audience_default),
        fix_audience=_fix(fix_audience, settings.jwt_audience, audience_default),
        algorithms="JWT_ALGORITHM",
        secret=" or ".join(secret.label for secret in secrets),
        check_secret=_check_secret(settings, secrets),
        key_set=_key_source(settings),
        use_secret=f"set JWT_MODE=secret and {'BETTER_AUTH_SECRET' if is_better_auth(settings) else 'JWT_SECRET'}",
        use_key_set=_use_key_set(settings),
        use_oauth=_use_profile(settings, f"JWT_PROFILE=oauth{'' if settings.jwt_audience else ' and JWT_AUDIENCE'}"),
        use_api=_use_profile(settings, "JWT_PROFILE=api"),
        required=_FIX_REQUIRED if may_be_other_issuer(settings) else "",
        claims="JWT_CLAIMS and JWT_CLIENT_ID",
        header="ALB_SIGNER and JWT_CLIENT_ID",
        is_environment=True,
        **_names_of_issuer(settings),
    )


def _names_of_issuer(settings: AuthSettings) -> dict[str, Any]:
    """Return what differs for an issuer that is not Better Auth."""
    if is_better_auth(settings):
        return {}
    return {
        "audience_of_issuer": "",
        "send_token": "let the client send a token that the issuer has signed with a private key",
        "is_better_auth": False,
    }


def is_better_auth(settings: AuthSettings) -> bool:
    """Return whether the issuer may be Better Auth: `JWKS_URL` alone may name it, the generic variables do not."""
    if settings.mode == "secret":
        return settings.jwt_secret is None
    return settings.mode == "jwks" and settings.accepted_profile != "oidc"


def may_be_other_issuer(settings: AuthSettings) -> bool:
    """Return whether nothing shows that the issuer is Better Auth, but the accepted tokens are those of Better Auth."""
    is_generic = settings.mode == "jwks" and settings.better_auth_url is None and settings.accepted_profile != "oidc"
    return is_generic and f"{DEFAULT_PATH}/" not in (settings.jwks_url or "")


def _key_source(settings: AuthSettings) -> str:
    if settings.mode == "oidc":
        return "OIDC_ISSUER"
    if settings.mode == "public_key":
        return "JWT_PUBLIC_KEY"
    if settings.mode == "alb":
        return "ALB_SIGNER"
    return "BETTER_AUTH_URL" if settings.jwks_url is None and is_better_auth(settings) else "JWKS_URL"


def _use_key_set(settings: AuthSettings) -> str:
    if not is_better_auth(settings):
        return "set OIDC_ISSUER, JWKS_URL or JWT_PUBLIC_KEY" + (" and JWT_MODE" if settings.jwt_mode else "")
    return "set BETTER_AUTH_URL" + (" and JWT_MODE=jwks" if settings.jwt_mode == "secret" else "")


def _use_profile(settings: AuthSettings, of_better_auth: str) -> str:
    if not is_better_auth(settings):
        return "set JWT_PROFILE=oidc"
    if may_be_other_issuer(settings):
        return f"set JWT_PROFILE=oidc, or, if the issuer is Better Auth, {of_better_auth}"
    return f"set {of_better_auth}"


def _default_variables(settings: AuthSettings) -> tuple[str | None, str | None]:
    """Return the variables from which the accepted issuer and audience have their defaults, or None without one."""
    if settings.mode == "oidc":
        return "OIDC_ISSUER", None
    if settings.mode != "jwks":
        return None, None
    default = _DEFAULT_OF_BETTER_AUTH if settings.better_auth_url else "JWKS_URL"
    return default, default if settings.accepted_profile == "api" else None


def _variable(variable: str, value: str | None, default: str | None) -> str:
    """Return the variable that determines a value: `variable`, or `default` if `variable` is not set."""
    return default if value is None and default is not None else variable


def _fix_issuer(settings: AuthSettings, default: str | None) -> str:
    if default == "OIDC_ISSUER" and settings.jwt_issuer is None:
        return "set OIDC_ISSUER to the exact iss of the issuer"
    return _fix("set JWT_ISSUER to the exact iss of the issuer", settings.jwt_issuer, default)


def _fix(set_variable: str, value: str | None, default: str | None) -> str:
    """Return the change that corrects a value. `BETTER_AUTH_URL` is named if the value is a default from it."""
    return (
        f"{_FIX_BASE_URL}, or {set_variable}" if value is None and default == _DEFAULT_OF_BETTER_AUTH else set_variable
    )


def _check_secret(settings: AuthSettings, secrets: list[LabelledSecret]) -> str:
    """Return what to check about the secrets: first, what is seldom intended about them."""
    oddities = [f"{secret.label} {oddity}" for secret in secrets if (oddity := describe_oddity(secret))]
    text = "; ".join([*oddities, IN_CODE.check_secret])
    if settings.better_auth_secrets is not None and not settings.jwt_accept_old_secrets:
        text += "; to accept the older secrets too, set JWT_ACCEPT_OLD_SECRETS=1"
    return text
