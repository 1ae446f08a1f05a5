"""`AllowedHosts`: the origins of Better Auth's `allowedHosts`, by exact names or an exact suffix."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fastjose._arguments import check_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ENTRY = re.compile(r"(?:(?P<scheme>https?)://)?(?P<wildcard>\*\.)?(?P<host>[^/?#@*\\\s]+)", re.IGNORECASE)
_LABELS = "(?:[a-z0-9-]+\\.)+"
"""At least one label before the suffix."""


class AllowedHosts:
    """Decides whether an origin is one of the allowed ones. Immutable."""

    def __init__(self, base_origin: str, entries: Iterable[str], serialize_origin: Callable[[str], str]) -> None:
        """Allow the origins that `entries` describe.

        Args:
            base_origin: The origin whose scheme and port an entry without them has.
            entries: Names such as `app.example.com`, or `*.example.com` for every name below `example.com`.
            serialize_origin: Returns the origin of a URL as browsers serialize it, or raises a ValueError.

        Raises:
            TypeError: `entries` is a str or no list, or an entry is not a str.
            ValueError: The list is empty, or an entry is not the name of a host.
        """
        names = check_names("allowed_hosts", entries, "app.example.com")
        if not names:
            raise ValueError("allowed_hosts must have at least one name")
        self._exact: set[str] = set()
        self._patterns: list[re.Pattern[str]] = []
        for number, name in enumerate(names, 1):
            self._allow(number, name, base_origin, serialize_origin)

    def _allow(self, number: int, name: str, base_origin: str, serialize_origin: Callable[[str], str]) -> None:
        entry = _ENTRY.fullmatch(name)
        if entry is None:
            raise _entry_error(number)
        base_scheme, _, base_host = base_origin.partition("://")
        base_port = re.search(r":\d+$", base_host)
        has_own_place = entry["scheme"] is not None or re.search(r":\d+$", entry["host"]) is not None
        port = "" if has_own_place or base_port is None else base_port[0]
        allowed = _serialize(serialize_origin, f"{entry['scheme'] or base_scheme}://{entry['host']}{port}", number)
        if entry["wildcard"] is None:
            self._exact.add(allowed)
            return
        scheme, _, host = allowed.partition("://")
        if "." not in host and not host.startswith("localhost"):  # an IPv6 address has no dot as it is serialized
            raise _entry_error(number)
        self._patterns.append(re.compile(re.escape(f"{scheme}://") + _LABELS + re.escape(host)))

    def allow(self, origin: str) -> bool:
        """Return whether `origin`, as browsers serialize it, is allowed."""
        return origin in self._exact or any(pattern.fullmatch(origin) for pattern in self._patterns)


def _serialize(serialize_origin: Callable[[str], str], url: str, number: int) -> str:
    try:
        return serialize_origin(url)
    except ValueError:
        pass
    raise _entry_error(number)


def _entry_error(number: int) -> ValueError:
    return ValueError(
        f"allowed_hosts must be names such as app.example.com or *.example.com, without a path: see entry {number}"
    )
