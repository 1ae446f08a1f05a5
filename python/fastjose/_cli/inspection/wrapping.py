"""What people copy along with a token: the header's name, `Bearer`, quotes, the JSON of a token endpoint, a cookie."""

from __future__ import annotations

import json
import re
from typing import Any

from fastjose._cli.errors import CommandError

_HEADER = re.compile(r"(?:authorization\s*:\s*)?bearer\s+", re.IGNORECASE)
_COOKIE = re.compile(r"(?:cookie\s*:\s*)?[\w.-]*session_(?:token|data)=(?P<value>[^;\s]+);?", re.IGNORECASE)
_JSON_MEMBERS = ("token", "access_token", "id_token")
_MISSING_VALUES = frozenset({"null", "undefined", "none", "nil", "nan", "[object object]", "[object promise]"})


def unwrap_header(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the token in the JSON of a token endpoint, or in an Authorization header, and notes about the rest.

    What else is around the token remains: a server rejects it, too.
    """
    notes: list[str] = []
    token = _unwrap_json(text, notes)
    if found := _HEADER.match(token):
        notes.append("the word Bearer before it is not part of the token")
        token = token[found.end() :]
    return token, tuple(notes)


def unwrap(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the token in `text`, and notes about what was removed.

    Raises:
        CommandError: `text` contains white space, or is what a front end without a token sends.
    """
    notes: list[str] = []
    token = _unwrap_json(text, notes)
    if found := _COOKIE.fullmatch(token):
        notes.append("it was read from a cookie")
        token = found["value"]
    if found := _HEADER.match(token):
        notes.append("the word Bearer before it is not part of the token")
        token = token[found.end() :]
    if token[:1] in {"'", '"'} and token[-1:] == token[:1]:
        notes.append("the quotes around it are not part of the token: a server would reject them")
        token = token[1:-1]
    _check(token.strip())
    return token.strip(), tuple(notes)


def _unwrap_json(text: str, notes: list[str]) -> str:
    if not text.startswith("{"):
        return text
    try:
        content: Any = json.loads(text)
    except (ValueError, RecursionError):
        return text
    for name in _JSON_MEMBERS:
        if isinstance(content, dict) and isinstance(content.get(name), str):
            notes.append(f"it is the member {name} of the JSON")
            return str(content[name])
    return text


def _check(token: str) -> None:
    if token.lower() in _MISSING_VALUES:
        raise CommandError("the input must be a token, not the text that a front end without a token sends")
    if any(character.isspace() or not character.isprintable() for character in token) or not token.isascii():
        raise CommandError("the input must be one token: it contains a character that no token has")
