"""Whether the configuration can be used at all: the errors and warnings of `fastjose.auth` itself."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

from fastjose._cli.doctor.findings import find
from fastjose._cli.explain.application import Application
from fastjose.exceptions import ConfigurationWarning
from fastjose.settings import AuthSettings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from fastjose._cli.doctor.environment import Environment
    from fastjose._cli.doctor.findings import Finding

    Built = TypeVar("Built")

KINDS = (
    ("not_configured", re.compile(r"BETTER_AUTH_SECRET environment variable is required, or BETTER_AUTH_URL")),
    ("not_a_secret", re.compile(r"must be the secret itself")),
    ("published_secret", re.compile(r"known default secret|from public documentation")),
    ("short_secret", re.compile(r"must have at least \d+ bytes")),
    ("private_key", re.compile(r"private key is set")),
    ("comment_in_value", re.compile(r"ends with a comment|remove the comment")),
    ("quoted_value", re.compile(r"quotes")),
    ("placeholder", re.compile(r"placeholder")),
    ("missing_audience", re.compile(r"requires JWT_AUDIENCE\b")),
    ("conflicting_variables", re.compile(r"must not both be set|contradict")),
    ("missing_variable", re.compile(r"^[A-Z_]+(?:=\S+)? requires |environment variable is required")),
    ("url_of_document", re.compile(r"without /\.well-known/openid-configuration")),
    ("plain_http", re.compile(r"must use https")),
)
"""The code of an error of the configuration, by what its text says. Any other one is `invalid_value`."""
WARNINGS = (
    ("secret_in_quotes", re.compile(r"is in quotes|white space|ends with a comment")),
    ("short_secret_allowed", re.compile(r"must have at least \d+ bytes")),
    ("algorithm_ignored", re.compile(r"JWT_ALGORITHM=.* is ignored")),
)
_REMEDY = re.compile(r": [a-z]")
_LABEL = re.compile(r"[A-Z][A-Z0-9_]+(?:, (?:entry|key) \d+)?: ")


def load(environment: Environment) -> tuple[AuthSettings | None, list[Finding]]:
    """Return the settings, or None, and what is wrong."""
    return _build(lambda: load_settings(environment.file))


def build(settings: AuthSettings) -> tuple[Application | None, list[Finding]]:
    """Return the application that `settings` describe, or None, and what is wrong."""
    return _build(lambda: Application.from_settings(settings))


def _build(build: Callable[[], Built]) -> tuple[Built | None, list[Finding]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            built, findings = build(), []
        except ImportError as missing:
            built, findings = None, [_describe_missing(missing)]
        except ValueError as error:
            built, findings = None, [_describe_error(str(error))]
        except OSError as error:
            reason = error.strerror or "the system refuses it"
            built, findings = None, [find("invalid_value", f"a file that a variable names cannot be read: {reason}")]
    findings += [_describe_warning(str(each.message)) for each in caught if each.category is ConfigurationWarning]
    return built, findings


def _describe_missing(missing: ImportError) -> Finding:
    text = str(missing)
    extra = re.search(r"fastjose\[\w+\]", text)
    cure = f'pip install "{extra[0]}"' if extra else "install the driver that the URL names"
    return find("missing_extra", text, cure)


def _describe_error(text: str) -> Finding:
    code = next((code for code, pattern in KINDS if pattern.search(text)), "invalid_value")
    return find(code, *_split(text))


def _describe_warning(text: str) -> Finding:
    code = next((code for code, pattern in WARNINGS if pattern.search(text)), "configuration_warning")
    return find(code, *_split(text))


def _split(text: str) -> tuple[str, str | None]:
    """Return what is wrong, and what to do: the two parts of our error texts."""
    label = _LABEL.match(text)
    start = label.end() if label else 0
    remedy = _REMEDY.search(text, start)
    return (text, None) if remedy is None else (text[: remedy.start()], text[remedy.end() - 1 :])
