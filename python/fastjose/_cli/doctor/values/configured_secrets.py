"""Every secret of the configuration, with the name of its variable."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fastjose._cli.doctor.environment import reveal
from fastjose._config.keys.shared_secret import parse_versioned_secrets
from fastjose._config.setting_values import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose.settings import AuthSettings

_SINGLE_SECRETS = ("jwt_secret", "better_auth_secret", "auth_secret", "introspection_client_secret")
_MAX_FILE_BYTES = 65_536


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
        value = reveal(getattr(settings, field))
        if value is not None:
            yield ConfiguredSecret(field.upper(), value)
    yield from _find_versions(settings)
    yield from _read_client_secret(settings)


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
