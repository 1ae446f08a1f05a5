"""Small differences between the issuer or audience of a token and a configured one: as strings, they are not equal."""

from __future__ import annotations

import ipaddress
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

_MAX_VALUES = 10
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOCAL_NAMES = {"localhost", "host.docker.internal"}
"""Names of this machine. The second one is its name inside a container."""


def find_difference(values: Iterable[str], configured: Iterable[str]) -> str | None:
    """Return the first kind of difference in which one of `values` differs from one of `configured`.

    Args:
        values: The values of an unverified token. Only the first ten are compared, because an attacker chooses them.
        configured: The accepted values.

    Returns:
        `slash`: only a slash at the end differs. `scheme`: only http and https differ. `loopback_name`: the URLs name
        this machine differently. None: the values differ in another way.
    """
    values, configured = tuple(islice(values, _MAX_VALUES)), tuple(configured)
    for kind, reduce in _REDUCTIONS.items():
        if not {reduce(value) for value in values}.isdisjoint({reduce(value) for value in configured} - {None}):
            return kind
    return None


def _without_slash(value: str) -> str:
    return value.rstrip("/")


def _without_scheme(value: str) -> str | None:
    """Return what follows `http://` or `https://`, or None for another value."""
    scheme, separator, rest = _without_slash(value).partition("://")
    return rest if separator and scheme.lower() in _DEFAULT_PORTS else None


def _without_name(value: str) -> tuple[int | None, str] | None:
    """Return the port and the path of an http URL that names this machine, or None for another value."""
    try:
        url = urlsplit(value)
        port = url.port or _DEFAULT_PORTS.get(url.scheme)
    except ValueError:
        return None
    is_local = url.scheme in _DEFAULT_PORTS and _is_local_name(url)
    return (port, url.path.rstrip("/")) if is_local else None


def _is_local_name(url: SplitResult) -> bool:
    """Return whether the host of `url` is this machine: a name, a loopback address, or the unspecified address."""
    host = url.hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host in _LOCAL_NAMES or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


_REDUCTIONS: dict[str, Callable[[str], Hashable]] = {
    "slash": _without_slash,
    "scheme": _without_scheme,
    "loopback_name": _without_name,
}
"""The part of a value that is equal if two values differ in this way only. None if the value does not have the part."""
