"""Every secret of the configuration, with the name of its variable, and names that are a secret by mistake."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fastjose._config.keys.published_secrets import SECRETS_OF_DOCS
from fastjose._config.keys.shared_secret import parse_versioned_secrets
from fastjose._config.setting_values import unquote
from fastjose.exceptions import ConfigurationError
from fastjose.settings import DEVELOPMENT_ENVIRONMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose.settings import AuthSettings

_SINGLE_SECRETS = ("jwt_secret", "better_auth_secret", "auth_secret", "introspection_client_secret")
_MAX_FILE_BYTES = 65_536
_CURES = {
    "JWT_ISSUER": "set it to the iss of the tokens",
    "JWT_AUDIENCE": "set it to the aud of the tokens, the public name of this API",
    "JWT_CLIENT_ID": "set it to the public id of the client",
}


class ConfiguredSecret(NamedTuple):
    """A secret: its variable, its value, and whether it is an older version that only decrypts."""

    label: str
    value: str
    is_old: bool = False


def find_secrets(settings: AuthSettings) -> Iterator[ConfiguredSecret]:
    """Yield the secrets in variables and in files, and each version of `BETTER_AUTH_SECRETS`.

    What `fastjose.auth` cannot read is left out: it has an error of its own.
    """
    for field in _SINGLE_SECRETS:
        secret = getattr(settings, field)
        if secret is not None:
            yield ConfiguredSecret(field.upper(), secret.get_secret_value())
    yield from _find_versions(settings)
    yield from _read_client_secret(settings)


def check_configured_secrets(settings: AuthSettings) -> None:
    """Reject secrets that are copied from the documentation of fastjose, and names that are secrets.

    Raises:
        ValueError: See above. The text does not contain the secret.
    """
    _check_public_names(settings)
    for label, value, _ in () if settings.is_development else find_secrets(settings):
        if unquote(value) in SECRETS_OF_DOCS:
            raise ConfigurationError(
                f"{label} must not be a secret from public documentation: set it to the secret of the issuer, such as "
                "one of `openssl rand -base64 48`; on a development machine set ENVIRONMENT to one of "
                f"{', '.join(DEVELOPMENT_ENVIRONMENTS)}",
                code="published_secret",
                variable=label.partition(",")[0],
            )


def _check_public_names(settings: AuthSettings) -> None:
    """Reject an issuer, an audience or a client that is a secret: logs and responses name what is accepted.

    Raises:
        ValueError: A name is a configured secret. The text does not contain it.
    """
    secrets = {unquote(secret.value): secret.label for secret in find_secrets(settings)}
    named = {"JWT_ISSUER": settings.issuers, "JWT_AUDIENCE": settings.audiences, "JWT_CLIENT_ID": settings.client_ids}
    for variable, names in named.items():
        label = next((secrets[name] for name in names if name in secrets), None)
        if label is not None:
            raise ConfigurationError(
                f"{variable} must be a public name, but has the secret of {label}: {_CURES[variable]}; replace the "
                "secret if it was disclosed",
                code="secret_as_name",
                variable=variable,
            )


def _find_versions(settings: AuthSettings) -> Iterator[ConfiguredSecret]:
    if settings.better_auth_secrets is None:
        return
    with contextlib.suppress(ValueError):
        versions = parse_versioned_secrets(settings.better_auth_secrets.get_secret_value())
        for position, secret in enumerate(versions):
            is_old = position > 0 and not settings.jwt_accept_old_secrets
            yield ConfiguredSecret(secret.label, secret.value.get_secret_value(), is_old)


def _read_client_secret(settings: AuthSettings) -> Iterator[ConfiguredSecret]:
    """Yield the secret in `INTROSPECTION_CLIENT_SECRET_FILE`. The other files are read with the settings."""
    path = settings.introspection_client_secret_file
    if path is None:
        return
    with contextlib.suppress(OSError, ValueError), Path(unquote(path)).open("rb") as file:
        text = file.read(_MAX_FILE_BYTES).decode("utf-8-sig").strip()
        if text:
            yield ConfiguredSecret("INTROSPECTION_CLIENT_SECRET_FILE", text)
