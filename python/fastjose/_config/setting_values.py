"""Readers of the values of settings: lists of names, and JSON objects. No error text contains a value."""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING, Any

from fastjose.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def split_list(variable: str, value: str | None) -> list[str]:
    """Return the names in a value, or an empty list if it is None.

    Raises:
        ValueError: The value contains a name that cannot be meant, or only commas and spaces. If it counted as not set,
            the claim would not be checked.
    """
    if value is None:
        return []
    names = _read_json_list(variable, value) if value.lstrip().startswith("[") else value.split(",")
    names = [name.strip() for name in names if name.strip()]
    if not names:
        raise ConfigurationError(
            f"{variable} must not be empty: set one name, or several separated by commas, or remove it",
            variable=variable,
        )
    for name in names:
        check_name(variable, name)
    return names


def _read_json_list(variable: str, value: str) -> list[str]:
    """Return the names in a JSON list.

    Raises:
        ValueError: The value is not a JSON list of strings.
    """
    try:
        names = json.loads(value)
    except (ValueError, RecursionError):
        names = None
    # Outside the handler: the caught error contains the value, and must not be the context of this one.
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConfigurationError(
            f'{variable} must be one name, or several separated by commas or as a JSON list: ["a", "b"]',
            variable=variable,
        )
    return names


def check_name(variable: str, name: str) -> None:
    """Reject a name in quotes, with a placeholder, or with an invisible character: no token has it.

    Raises:
        ValueError: The name has quotes around it, a placeholder, or a character that is not printable.
    """
    if not name.isprintable():
        raise ConfigurationError(
            f"{variable} must not contain invisible characters: write the value without them", variable=variable
        )
    if {name[0], name[-1]} & set("\"'`\u201c\u201d\u201e\u2018\u2019"):
        raise ConfigurationError(
            f"{variable} must not contain quotes: remove them", code="quoted_value", variable=variable
        )
    if "${" in name or ("://" in name and not {"{", "}", "<", ">"}.isdisjoint(name)):
        raise ConfigurationError(
            f"{variable} must not contain a placeholder such as {{tenantid}}: replace it with its value",
            code="placeholder",
            variable=variable,
        )


def check_has_no_comment(variable: str, value: str) -> None:
    """Reject a comment at the end of a value: `docker run --env-file` keeps it, and no token has it.

    Raises:
        ValueError: The value contains `#` at its beginning or behind white space.
    """
    if _COMMENT.search(value):
        raise ConfigurationError(
            f"{variable} ends with a comment: remove the comment, which docker --env-file keeps",
            code="comment_in_value",
            variable=variable,
        )


def describe_invalid(variable: str, value: object, problem: str) -> ConfigurationError:
    """Return an error without the value: about its quotes or its comment if it has them, else about `problem`."""
    text = value.strip() if isinstance(value, str) else ""
    if is_quoted(text):
        quoted = f"{variable} must not be in quotes: remove the quotes, which docker --env-file keeps"
        return ConfigurationError(quoted, code="quoted_value", variable=variable)
    try:
        check_has_no_comment(variable, text)
    except ConfigurationError as error:
        return error
    if not _is_unicode(text):
        return ConfigurationError(f"{variable} {_NOT_UTF_8}", variable=variable)
    expected = problem.removeprefix("Input should be ")
    return ConfigurationError(
        f"{variable}: {problem}" if expected == problem else f"{variable} must be {expected}", variable=variable
    )


def check_is_utf_8(variable: str, value: str) -> None:
    """Reject a value with bytes that are not UTF-8, which Python keeps as lone surrogates.

    Raises:
        ValueError: The value has a lone surrogate.
    """
    if not _is_unicode(value):
        raise ConfigurationError(f"{variable} {_NOT_UTF_8}", variable=variable)


def _is_unicode(text: str) -> bool:
    return not _SURROGATE.search(text)


def read_json_object(variable: str, value: str | None, example: str) -> dict[str, Any]:
    """Return a JSON object with at least one member, or an empty dict if the value is None.

    Raises:
        ValueError: The value is not a JSON object, has a name twice, or is empty. If it counted as not set, nothing
            would be checked.
    """
    if value is None:
        return {}
    try:
        members = json.loads(value, object_pairs_hook=_unique_members)
    except (ValueError, RecursionError):
        members = None
    # Outside the handler: the caught error contains the value, and must not be the context of this one.
    if isinstance(members, dict) and members:
        return members
    remedy, code = f", such as {example}", "invalid_value"
    if is_quoted(value.strip()):
        remedy, code = ": remove the quotes around it", "quoted_value"
    elif _COMMENT.search(value.rpartition("}")[2]):
        remedy, code = ": remove the comment behind it", "comment_in_value"
    text = f"{variable} must be a JSON object in which each name occurs once{remedy}"
    raise ConfigurationError(text, code=code, variable=variable)


def _unique_members(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of a JSON object.

    Raises:
        ValueError: A name occurs twice.
    """
    unique = dict(members)
    if len(unique) != len(members):
        raise ValueError
    return unique


def is_quoted(text: str) -> bool:
    """Return whether `text` begins and ends with a pair of quotation marks, straight or typographic."""
    return len(text) > 1 and text[0] + text[-1] in _QUOTES


_QUOTES = {'""', "''", "``", "\u201c\u201d", "\u2018\u2019", "\u201e\u201c", "\u00ab\u00bb"}
"""Pairs of quotation marks. Word processors and chat programs write the typographic ones."""


def unquote(text: str) -> str:
    """Return the text without white space and one pair of quotes, which `docker run --env-file` keeps."""
    text = text.strip(_WHITE_SPACE)
    return text[1:-1].strip(_WHITE_SPACE) if is_quoted(text) else text


def restore_line_feeds(text: str) -> str:
    r"""Return PEM in which the two characters `\n` are line feeds, as a line of `.env` has them."""
    return _ESCAPED_LINE_FEED.sub("\n", text)


_NOT_UTF_8 = "must be UTF-8: write the value in this encoding"
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_COMMENT = re.compile(r"(?:^|\s)#")
_WHITE_SPACE = " \t\r\n\ufeff"
_ESCAPED_LINE_FEED = re.compile(r"(?:\\+r)?\\+n")


@contextlib.contextmanager
def prefix_variable(variable: str, find_code: Callable[[], str] = lambda: "invalid_value") -> Iterator[None]:
    """Turn a ValueError into an error of the configuration, whose text begins with the variable.

    Args:
        variable: The variable that has the invalid value.
        find_code: Returns the code of a ValueError that has none.

    Raises:
        ConfigurationError: The block raises a ValueError. A ConfigurationError that names a variable is left as it is.
    """
    try:
        yield
    except ConfigurationError as error:
        if error.variable is not None:
            raise
        raise ConfigurationError(f"{variable}: {error}", code=error.code, variable=variable) from None
    except ValueError as error:
        raise ConfigurationError(f"{variable}: {error}", code=find_code(), variable=variable) from None
