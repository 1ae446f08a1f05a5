"""Names of claims, and paths to values within claims: `realm_access.roles`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def check_claim_names(parameter: str, names: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names that an application gives for `parameter`, as a tuple.

    Raises:
        TypeError: `names` is neither a str nor a list or tuple of str.
        ValueError: The list is empty, or a name is empty.
    """
    names = (names,) if isinstance(names, str) else names
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"{parameter} must be the name of a claim, a list of names, or a function of the claims")
    if not names or not all(name.strip() for name in names):
        raise ValueError(f"{parameter} must name at least one claim, and no name may be empty")
    return tuple(names)


def find_claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return the value of the claim `name`, or of the path `name`, or None.

    A dot in a name can be part of a key, as in `https://api.example.com/roles` or `resource_access.my.client.roles`:
    at each object the longest key that leads to a value is taken.
    """
    value = claims.get(name)
    return _find_path(claims, name.split(".")) if value is None and "." in name else value


def _find_path(container: Any, parts: list[str]) -> Any:
    if not parts:
        return container
    if not isinstance(container, dict):
        return None
    for end in range(len(parts), 0, -1):
        value = container.get(".".join(parts[:end]))
        found = None if value is None else _find_path(value, parts[end:])
        if found is not None:
            return found
    return None
