"""The environment of the application for which tokens are minted: its settings, if it can have any."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

from fastjose._cli.errors import CommandError
from fastjose._cli.output import print_hint
from fastjose.testing import TokenIssuer

if TYPE_CHECKING:
    from fastjose.settings import AuthSettings

_DEVELOPMENT_ENVIRONMENTS = ("development", "dev", "local", "test", "testing", "ci")
"""`fastjose.settings.DEVELOPMENT_ENVIRONMENTS`, which requires the extra `fastapi`."""


def load_development_settings() -> AuthSettings | None:
    """Return the settings from the environment and from `.env`, or None without the extra `fastapi`.

    Raises:
        CommandError: `ENVIRONMENT` is set, and not that of a development machine. Or a setting is invalid.
    """
    try:
        from fastjose.settings import load_settings  # noqa: PLC0415 - it requires the extra `fastapi`
        from fastjose.testing._environment import check_is_development  # noqa: PLC0415 - as above
    except ModuleNotFoundError:
        _check_environment(os.environ.get("ENVIRONMENT", ""))
        return None
    try:
        settings = load_settings()
        check_is_development(settings)
    except ValueError as error:
        raise CommandError(str(error)) from None
    return settings


def _check_environment(environment: str) -> None:
    if environment and environment.strip().lower() not in _DEVELOPMENT_ENVIRONMENTS:
        raise CommandError(f"ENVIRONMENT must be unset or one of {', '.join(_DEVELOPMENT_ENVIRONMENTS)}")


def issuer_of_environment(settings: AuthSettings | None) -> TokenIssuer:
    """Return an issuer that signs with the secret of the environment, and whose tokens the application accepts.

    Raises:
        CommandError: The application does not verify with a secret, or a setting is missing or invalid.
    """
    if settings is None:
        return _issuer_of_variable(os.environ.get("BETTER_AUTH_SECRET", ""))
    if settings.mode != "secret":
        raise CommandError(
            "--key must name a file with a private key, because the application does not verify with a shared secret; "
            "let it verify with that key: JWT_PUBLIC_KEY and JWT_ISSUER; or get a real token: fastjose doctor --sign-in"
        )
    from fastjose._config.keys.shared_secret import select_secrets  # noqa: PLC0415 - it requires the extra `fastapi`

    try:
        secret = select_secrets(settings)[0].value.get_secret_value()
    except ValueError as error:
        raise CommandError(f"{error}; or pass --key with a file") from None
    issuer = TokenIssuer(None, algorithm=settings.shared_secret_algorithm, secret=secret)
    _adopt(issuer, settings)
    return issuer


def _issuer_of_variable(secret: str) -> TokenIssuer:
    if not secret:
        raise CommandError("BETTER_AUTH_SECRET must be set, or --key must name a file with a key")
    return TokenIssuer(None, algorithm="HS256", secret=secret)


def adopt_settings(issuer: TokenIssuer, settings: AuthSettings | None) -> None:
    """Let the tokens with a key of their own have the claims that the application requires, if it is configured."""
    if settings is None or (settings.mode == "secret" and not _has_secret(settings)):
        return
    try:
        _adopt(issuer, settings)
    except CommandError as error:
        print_hint(f"the token has no claims from the environment: {error}")


def _has_secret(settings: AuthSettings) -> bool:
    return any((settings.jwt_secret, settings.better_auth_secret, settings.better_auth_secrets))


def _adopt(issuer: TokenIssuer, settings: AuthSettings) -> None:
    """Adopt the expectations of an application.

    Raises:
        CommandError: A setting is missing or invalid.
    """
    from fastjose.testing._environment import adopt_expectations  # noqa: PLC0415 - it requires the extra `fastapi`

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            adopt_expectations(issuer, settings)
        except ValueError as error:
            raise CommandError(str(error)) from None
    for warning in caught:
        print_hint(f"warning: {warning.message}")
