"""The session tokens in the cookies of Better Auth: credentials, which are not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._hints.detectors import SESSION_TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_DEPTH = 8


def hide_session_tokens(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the claims without session tokens: each is replaced by its length.

    A session token is the member `token` of an object at any depth, and a `sid` that is equal to it. The `sid` of other
    tokens is the id of the session, which is not a credential.
    """
    found = {value for value in _find_tokens(content, _MAX_DEPTH) if SESSION_TOKEN.fullmatch(value)}
    return {name: _hide(value, found) for name, value in content.items()}


def _find_tokens(value: Any, depth: int) -> set[str]:
    if not isinstance(value, dict) or depth == 0:
        return set()
    token = value.get("token")
    found = {token} if isinstance(token, str) else set()
    return found.union(*(_find_tokens(each, depth - 1) for each in value.values()))


def _hide(value: Any, secrets: set[str]) -> Any:
    if isinstance(value, dict):
        return {name: _hide(each, secrets) for name, each in value.items()}
    if isinstance(value, list):
        return [_hide(each, secrets) for each in value]
    return f"(hidden: {len(value)} characters)" if isinstance(value, str) and value in secrets else value
