"""Whether the configuration can be used at all: the errors and warnings of `fastjose.auth` itself."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

from fastjose._cli.doctor.findings import find
from fastjose._cli.explain.application import Application
from fastjose._config.every_error import find_errors
from fastjose.exceptions import ConfigurationError, ConfigurationWarning
from fastjose.settings import AuthSettings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from fastjose._cli.doctor.environment import Environment
    from fastjose._cli.doctor.findings import Finding

    Built = TypeVar("Built")

_DRIVERS = {
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
    "asyncpg": "asyncpg",
    "aiosqlite": "aiosqlite",
    "redis": "redis",
}
"""The package of each module."""
_REMEDY = re.compile(r": [a-z]")
_LABEL = re.compile(r"[A-Z][A-Z0-9_]+(?:, (?:entry|key) \d+)?: ")


def load(environment: Environment) -> tuple[AuthSettings | None, list[Finding]]:
    """Return the settings, or None, and what is wrong."""
    return _build(lambda: load_settings(environment.file), lambda error: error.errors or (error,))


def build(settings: AuthSettings) -> tuple[Application | None, list[Finding]]:
    """Return the application that `settings` describe, or None, and what is wrong."""
    return _build(lambda: Application.from_settings(settings), lambda error: find_errors(settings, error))


def _build(
    build: Callable[[], Built], find_all: Callable[[ConfigurationError], Sequence[ConfigurationError]]
) -> tuple[Built | None, list[Finding]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        built, findings = None, []
        try:
            built = build()
        except ImportError as missing:
            findings = [_describe_missing(missing)]
        except ConfigurationError as error:
            findings = [find(each.code, *_split(str(each))) for each in find_all(error)]
        except ValueError as error:
            findings = [find("invalid_value", *_split(str(error)))]
        except OSError as error:
            reason = error.strerror or "the system refuses it"
            findings = [find("invalid_value", f"a file that a variable names cannot be read: {reason}")]
    messages = [each.message for each in caught]
    findings += [find(each.code, *_split(str(each))) for each in messages if isinstance(each, ConfigurationWarning)]
    if built is None and any(each.code != "not_configured" for each in findings):
        findings.append(find("not_all_checked", "these errors stopped the checks of values, keys and stores"))
    return built, findings


def _describe_missing(missing: ImportError) -> Finding:
    text = str(missing)
    extra = re.search(r"fastjose\[\w+\]", text)
    package = extra[0] if extra else _DRIVERS.get(missing.name or "")
    cure = f'pip install "{package}"' if package else "install the driver that the URL names"
    return find("missing_extra", text, cure)


def _split(text: str) -> tuple[str, str | None]:
    """Return what is wrong, and what to do: the two parts of our error texts."""
    label = _LABEL.match(text)
    start = label.end() if label else 0
    remedy = _REMEDY.search(text, start)
    return (text, None) if remedy is None else (text[: remedy.start()], text[remedy.end() - 1 :])
