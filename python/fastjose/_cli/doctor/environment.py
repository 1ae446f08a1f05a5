"""The variables of an application: where each comes from, as the process environment and the file write it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dotenv import dotenv_values

from fastjose.settings import AuthSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import SecretStr

_SECRET_NAME = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIAL|_KEY$|HEADERS")
_PUBLIC_NAMES = frozenset(
    {
        "JWT_CREDENTIALS",
        "TOKEN_URL",
        "JWT_TOKEN_HEADER",
        "JWT_TOKEN_COOKIE",
        "JWT_ACCEPT_SECRET",
        "JWT_ALLOW_SHORT_SECRET",
        "JWT_ACCEPT_OLD_SECRETS",
        "BETTER_AUTH_ALLOW_UNSIGNED_TOKENS",
        "BETTER_AUTH_API_KEY_HEADER",
        "INTROSPECTION_CLIENT_SECRET_FILE",
        "JWKS_BEARER_TOKEN_FILE",
    }
)
_WORDS = frozenset({"environment"})
"""Values of secret settings that are words of their own."""
_MIN_OTHER_SECRET_CHARS = 8
"""Below this length, the value of a variable of another program may be a word that a finding contains."""
_USER_INFO = re.compile(r"://([^/?#@\s]*)@")
_MAX_FILE_BYTES = 1_048_576


@dataclass(frozen=True)
class Environment:
    """The variables, by their names as written.

    Attributes:
        file: The path of the file.
        process: The variables of the process.
        in_file: Those of the file, as `fastjose.auth` reads them.
        lines: The lines of the file as they are. Empty if it is missing or not UTF-8.
    """

    file: Path
    process: Mapping[str, str] = field(repr=False)
    in_file: Mapping[str, str | None] = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)

    def find(self, variable: str) -> str | None:
        """Return the value of a variable: that of the process before that of the file, neither if it is empty."""
        for source in (self.process, self.in_file):
            for name, value in source.items():
                if name.upper() == variable and value:
                    return value
        return None

    def is_set(self, variable: str) -> bool:
        """Return whether a variable has a value."""
        return self.find(variable) is not None

    @property
    def names(self) -> frozenset[str]:
        """The names of all variables with a value, in capitals."""
        return frozenset(
            name.upper() for source in (self.process, self.in_file) for name, value in source.items() if value
        )

    @property
    def secrets(self) -> list[str]:
        """The values that must not be shown: those of variables with the name of a secret, and passwords in URLs."""
        named = [*self.process.items(), *self.in_file.items()]
        values = [value for name, value in named if value and _is_secret(name.upper(), value)]
        user_infos = [found for _, value in named if value for found in _USER_INFO.findall(value)]
        parts = [part for value in values for part in _split_secret(value)]
        passwords = [info.partition(":")[2] for info in user_infos]
        return [*values, *parts, *user_infos, *passwords]


def read_environment(file: Path) -> Environment:
    """Read the variables of the process and of `file`, which may be missing."""
    lines = _read_lines(file)
    try:
        in_file = dict(dotenv_values(file, encoding="utf-8-sig")) if lines else {}
    except (OSError, UnicodeError):
        in_file = {}
    return Environment(file, dict(os.environ), in_file, lines)


def _read_lines(file: Path) -> tuple[str, ...]:
    try:
        with file.open("rb") as stream:
            return tuple(stream.read(_MAX_FILE_BYTES).decode("utf-8-sig").splitlines())
    except (OSError, UnicodeError):
        return ()


def _is_secret(name: str, value: str) -> bool:
    """Return whether the value of a variable is a secret: of fastjose by its type, of other programs by its name."""
    field_name = name.lower()
    if field_name in AuthSettings.model_fields:
        return value not in _WORDS and "SecretStr" in str(AuthSettings.model_fields[field_name].annotation)
    is_long = len(value) >= _MIN_OTHER_SECRET_CHARS
    return is_long and name not in _PUBLIC_NAMES and _SECRET_NAME.search(name) is not None


def _split_secret(value: str) -> list[str]:
    """Return the secrets in a value, without quotes, and those in `2:new,1:old` or in a JSON object of headers."""
    inner = value.strip().strip("\"'")
    entries = [entry.partition(":")[2].strip() for entry in inner.split(",") if ":" in entry and "://" not in entry]
    return [inner, *(entry.strip(" \"'{}") for entry in entries)]


def reveal(secret: SecretStr | None) -> str | None:
    """Return the value of a secret setting."""
    return None if secret is None else secret.get_secret_value()
