"""Errors of JSON encoding that name the claim or header parameter that causes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def name_member(
    error: TypeError | ValueError, members: Mapping[str, Any], encode: Callable[[Any], Any], noun: str
) -> TypeError | ValueError:
    """Return an error with the message of `error` and the name of the member that cannot be encoded.

    Args:
        error: The error of `encode`, called with `members`. Returned as it is if no single member causes it.
        members: The claims or the header.
        encode: Encodes a value as JSON.
        noun: The noun for a member: `claim` or `header parameter`.
    """
    if type(error) not in (TypeError, ValueError):
        return error
    names = (name for name, value in members.items() if not _can_encode(value, encode))
    name = next(names, None)
    return error if name is None else type(error)(f"{error} ({noun} {name!r})")


def _can_encode(value: Any, encode: Callable[[Any], Any]) -> bool:
    """Return whether `encode` accepts a value."""
    try:
        encode(value)
    except (TypeError, ValueError):
        return False
    return True
