"""The keys of the shared-secret mode: one secret, or several while one takes the place of another.

Which of the variables counts is as in Better Auth (1.7: `parseSecretsEnv`, `createAuthContext`): where
`BETTER_AUTH_SECRETS` is set its first entry signs, and `BETTER_AUTH_SECRET` beside it is what was there before. Better
Auth takes no signature under an old secret; whether one is taken here is for `JWT_ACCEPT_OLD_SECRETS` to say.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

from fastjose import better_auth
from fastjose._core import MIN_SECRET_BYTES, Key
from fastjose.exceptions import ConfigurationWarning, JWKError

if TYPE_CHECKING:
    from fastjose.settings import AuthSettings

__all__ = ["NamedSecret", "accepted_secrets", "secret_key", "versioned_secrets"]

_VARIABLE = "BETTER_AUTH_SECRETS"

# What JavaScript's `trim` takes off, which is not quite what Python's `strip` does.
_WHITE_SPACE = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))

# What JavaScript's `parseInt` reads: it stops at the first character that is no digit.
_VERSION = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True)
class NamedSecret:
    """A secret, and what it is called in an error, which never shows it."""

    name: str
    value: SecretStr


def accepted_secrets(settings: AuthSettings) -> list[NamedSecret]:
    """Return the secrets that tokens are accepted under, the current one first.

    Raises:
        ValueError: None is set, or `BETTER_AUTH_SECRETS` cannot be read.
    """
    before = settings.better_auth_secret
    legacy = [] if before is None else [NamedSecret("BETTER_AUTH_SECRET", before)]
    if settings.better_auth_secrets is None:
        if not legacy:
            raise ValueError("BETTER_AUTH_SECRET environment variable is required")
        return legacy
    secrets = versioned_secrets(settings.better_auth_secrets.get_secret_value())
    if not settings.jwt_accept_old_secrets:
        return secrets[:1]
    # As in Better Auth, which never takes its known default for a secret that was there before.
    return secrets + [old for old in legacy if old.value.get_secret_value() != better_auth.DEVELOPMENT_SECRET]


def versioned_secrets(text: str) -> list[NamedSecret]:
    """Read `BETTER_AUTH_SECRETS`, such as `2:new,1:old`, as Better Auth reads it.

    Raises:
        ValueError: An entry is not `version:secret`, or a version stands twice; names the entry by its position.
    """
    secrets: dict[int, NamedSecret] = {}
    for position, entry in enumerate(text.split(","), 1):
        name = f"{_VARIABLE}, entry {position}"
        version, value = _entry(entry.strip(_WHITE_SPACE), name)
        if version in secrets:
            raise ValueError(f"{name}: version {version} stands there twice")
        secrets[version] = NamedSecret(name, SecretStr(value))
    return list(secrets.values())


def _entry(entry: str, name: str) -> tuple[int, str]:
    before, colon, value = entry.partition(":")
    version = _VERSION.match(before.lstrip(_WHITE_SPACE))
    if not colon or version is None:
        raise ValueError(f"{name}: <version>:<secret> is needed, such as 2:…")
    number, value = int(version[0]), value.strip(_WHITE_SPACE)
    if number < 0 or not value:
        raise ValueError(f"{name}: a version of 0 or more is needed, and a secret that is not empty")
    return number, value


def secret_key(secret: NamedSecret, algorithm: str, settings: AuthSettings) -> Key:
    """Prepare the key of a secret.

    Raises:
        ValueError: It cannot be used, or in production: it can be guessed.
    """
    value = secret.value.get_secret_value()
    try:
        key = Key(value, algorithm=algorithm, allow_short_secret=True)
    except (ValueError, JWKError) as error:
        raise ValueError(f"{secret.name}: {error}") from None
    _judge(secret.name, value, algorithm, settings)
    return key


def _judge(name: str, secret: str, algorithm: str, settings: AuthSettings) -> None:
    """Refuse in production, and warn of elsewhere, a secret that can be guessed."""
    length, least = len(secret.encode()), MIN_SECRET_BYTES[algorithm]
    if secret == better_auth.DEVELOPMENT_SECRET:
        weakness = f"{name} is Better Auth's known default for development: set one of your own"
    elif length < least:
        weakness = f"{name} has {length} bytes; {algorithm} needs at least {least} (RFC 7518 section 3.2)"
    else:
        return
    if settings.is_production:
        raise ValueError(weakness)
    warnings.warn(weakness, ConfigurationWarning, stacklevel=2)
