"""Secrets in files: `BETTER_AUTH_SECRET_FILE` and its like, and paths in place of secrets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from fastjose._config.setting_values import unquote
from fastjose.exceptions import ConfigurationError

if TYPE_CHECKING:
    from fastjose.settings import AuthSettings

FIELDS = ("better_auth_secret", "better_auth_secrets", "jwt_secret", "auth_secret")
"""The settings whose value may be in a file. The field with its path has the suffix `_file`."""

_MAX_FILE_BYTES = 65_536

# A random secret in base64 may begin with `/` and contain another one, but is not made of words or of small letters.
_ABSOLUTE = re.compile(r"(?:/|[A-Za-z]:[\\/]|\\\\)[\w.@+~\\/ -]*", re.ASCII)
_SEPARATOR = re.compile(r"[\\/]+")
_ROOTS = (
    *("app", "certs", "code", "config", "data", "dev", "etc", "home", "keys", "mnt", "mount", "opt", "private", "proc"),
    *("project", "root", "run", "secret", "secrets", "srv", "tmp", "users", "usr", "var", "vault", "volumes"),
    "workspace",
)
_SMALL = re.compile(r"[a-z0-9.@_~ -]+")
# Words of the forms `Word`, `word` and `WORD`, one after another. Each run of letters is matched as a whole, in one
# way: with `(?:[A-Z][a-z]+|[a-z]{2,}|[A-Z]{2,})+` a long secret would take hours.
_CAPITALS = r"(?:[A-Z][a-z]+|[A-Z]{2}(?![A-Z])(?:[a-z]{2,})?|[A-Z]{3,}(?![A-Z])[a-z]*)(?![a-z])"
_LETTERS = rf"(?:[a-z]{{2,}}(?![a-z])(?:{_CAPITALS})*|(?:{_CAPITALS})+)"
_WORDS = re.compile(rf"\.?{_LETTERS}(?:[-_.@ ](?:{_LETTERS}|\d+(?!\d)(?:{_LETTERS})?))*")
_MIN_SEPARATORS = 2


def read_secret_files(settings: AuthSettings) -> AuthSettings:
    """Return the settings in which each secret that is in a file has its content, without one line feed at the end.

    Raises:
        ValueError: A variable and the one with its file are both set, or the file is missing, empty, too large or not
            UTF-8. The text does not contain the value of the variable, which may be the secret by mistake.
    """
    named = {field: getattr(settings, f"{field}_file") for field in FIELDS}
    contents, errors = {}, []
    for field, path in named.items():
        if path is not None:
            try:
                contents[field] = _read(settings, field, path)
            except ConfigurationError as error:
                errors.append(error)
    if errors:
        raise ConfigurationError.join(errors)
    return settings.model_copy(update=contents) if contents else settings


def _read(settings: AuthSettings, field: str, path: str) -> SecretStr:
    variable = f"{field.upper()}_FILE"
    if getattr(settings, field) is not None:
        raise ConfigurationError(
            f"{field.upper()} and {variable} must not both be set: remove one of them",
            code="conflicting_variables",
            variable=variable,
        )
    is_unreadable = False
    problem = "must not be larger than 64 KiB: set it to the path of a file with the secret alone"
    try:
        with Path(unquote(path)).open("rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
        if len(content) <= _MAX_FILE_BYTES:
            text = content.decode("utf-8-sig")
            text = text.removesuffix("\n").removesuffix("\r")
            if text.strip():
                return SecretStr(text)
            is_unreadable, problem = True, "must be the path of a file with the secret, but the file is empty"
    except UnicodeError:
        problem = "must be the path of a file in UTF-8"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "a path has no such character"
        is_unreadable, problem = True, f"must be the path of a file that can be read: {reason}"
    # Outside the handlers: a caught error contains the value, which may be the secret.
    raise ConfigurationError(
        f"{variable} {problem}", code="file_unreadable" if is_unreadable else "invalid_value", variable=variable
    )


def check_not_path(label: str, value: str) -> None:
    """Reject the path of a file in place of a secret: an attacker who guesses the path could sign tokens.

    Raises:
        ValueError: The value is an absolute path, or names an existing file.
    """
    if is_path(value):
        variable = label.partition(",")[0]
        raise ConfigurationError(
            f"{label} must be the secret itself, not the path of a file: set {variable}_FILE to the path, and remove "
            f"{variable}",
            code="not_a_secret",
            variable=variable,
        )


def is_path(secret: str) -> bool:
    """Return whether a text in place of a secret is an absolute path of words, or the path of an existing file."""
    text = unquote(secret)
    text = text.removeprefix("file://")
    if _SEPARATOR.search(text) is None:
        return False
    return _is_absolute_path(text) or _is_file(text)


def _is_absolute_path(text: str) -> bool:
    if _ABSOLUTE.fullmatch(text) is None or len(_SEPARATOR.findall(text)) < _MIN_SEPARATORS:
        return False
    segments = [segment for segment in _SEPARATOR.split(re.sub(r"^[A-Za-z]:", "", text)) if segment]
    return segments[0].lower() in _ROOTS or all(map(_SMALL.fullmatch, segments)) or all(map(_WORDS.fullmatch, segments))


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False
