"""Variables that are set, but not read, because their names differ a little from those that are."""

from __future__ import annotations

import difflib
import os
import re
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from fastjose._config.names.other_names import OTHER_NAMES
from fastjose.exceptions import ConfigurationWarning
from fastjose.settings import AuthSettings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

KNOWN_VARIABLES = frozenset(name.upper() for name in AuthSettings.model_fields)
PREFIXES = ("JWT_", "JWKS_", "OIDC_", "BETTER_AUTH_", "INTROSPECTION_", "ALB_", "AUTH_JS_")
OF_BETTER_AUTH = re.compile(r"BETTER_AUTH_(?:(?:TELEMETRY|AGENT|CLI)(?:_\w+)?|API_KEY|API_URL|KV_URL|TRUSTED_ORIGINS)")
"""The variables that Better Auth and its tools read, beside those that fastjose reads too."""
_FILE = ".env"
_MAX_FILE_CHARS = 1_048_576
_ASSIGNMENT = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(?!["']{2}[ \t]*$)[^\s#]""", re.MULTILINE
)
_MIN_SIMILARITY = 0.84
_MIN_SIMILARITY_OF_WORDS = 0.75
"""Above the similarity of `JWT_ACCESS_SECRET`, which is of other programs, and `JWT_ACCEPT_SECRET`."""
_WORDS_OF_VARIABLES = tuple(name.split("_") for name in sorted(KNOWN_VARIABLES) if name.startswith(PREFIXES))


def warn_of_misspelled(settings: AuthSettings, *, stack_levels: int = 2) -> None:
    """Warn of each misspelled variable of the process and of `.env`, after an application was built without it.

    Args:
        settings: The settings of the application.
        stack_levels: How many functions above this one the warning points.
    """
    read = {name.upper() for name in type(settings).model_fields}
    set_variables = {name.upper() for name in settings.model_fields_set}
    for name in sorted(list_variables() - read):
        meant = find_misspelled(name)
        if meant is not None and meant not in set_variables:
            text = f"{name} is set, but is not read: rename it to {meant}, unless another program reads it"
            warnings.warn(ConfigurationWarning(text, code="misspelled_variable"), stacklevel=stack_levels + 1)


def list_variables() -> set[str]:
    """Return the names of the variables of the process and of `.env` that are not empty, in capitals."""
    return {name.upper() for name, value in os.environ.items() if value} | set(_read_file())


def _read_file() -> Iterator[str]:
    try:
        with Path(_FILE).open(encoding="utf-8-sig") as file:
            text = file.read(_MAX_FILE_CHARS)
    except (OSError, UnicodeError):  # `load_settings` has raised an error, if it had to read the file
        return
    yield from (name.upper() for name in _ASSIGNMENT.findall(text))


def suggest_variable(name: str, names: Collection[str] = ()) -> str | None:
    """Return the variable that a name which is not read probably means, or None. The name may be of another program.

    `names` are those of all variables: `SECRET_KEY` of FastAPI's tutorial is beside `ALGORITHM`.
    """
    if name in OTHER_NAMES:
        return OTHER_NAMES[name]
    if name == "SECRET_KEY":
        return "JWT_SECRET" if "ALGORITHM" in names else None
    if OF_BETTER_AUTH.fullmatch(name):
        return None
    close = difflib.get_close_matches(name, KNOWN_VARIABLES - {"ENVIRONMENT", "TOKEN_URL"}, 1, _MIN_SIMILARITY)
    return close[0] if close else find_misspelled(name)


def find_misspelled(name: str) -> str | None:
    """Return the variable whose misspelling a name is, or None.

    Each word is that of the variable, or differs from it by a letter or two. A name of another program seldom does: it
    has more words, as `JWT_SECRET_KEY`, or another one, as `JWT_ACCESS_SECRET`.
    """
    if OF_BETTER_AUTH.fullmatch(name):
        return None
    words = name.split("_")
    similarities = {
        "_".join(others): similarity
        for others in _WORDS_OF_VARIABLES
        if len(others) == len(words) and (similarity := _compare_words(words, others))
    }
    return max(similarities, key=similarities.__getitem__, default=None) if name not in KNOWN_VARIABLES else None


def _compare_words(words: list[str], others: list[str]) -> float:
    """Return the mean similarity of two names, or 0 if a word of one is not that of the other."""
    total = 0.0
    for word, other in zip(words, others, strict=True):
        similarity = _compare(word, other)
        if similarity < _MIN_SIMILARITY_OF_WORDS:
            return 0
        total += similarity
    return total / len(words)


@lru_cache(maxsize=4096)
def _compare(word: str, other: str) -> float:
    if word == other:
        return 1.0
    matcher = difflib.SequenceMatcher(None, word, other, autojunk=False)
    return 0.0 if matcher.real_quick_ratio() < _MIN_SIMILARITY_OF_WORDS else matcher.ratio()
