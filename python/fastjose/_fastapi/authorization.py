"""Authorization: what verified claims grant, and the 403 for a user whom they do not grant enough.

Roles are those of Better Auth's `admin()`: the claim `role`, a string that may hold several, separated by commas; or
the claim `roles`, a list. Scopes are the claim `scope`, separated by spaces (RFC 8693 §4.2, RFC 9068 §2.2.3), or a
list. Permissions are the claim `permissions`: a list; or, as Better Auth's access control writes them, an object of
lists, where `{"task": ["read"]}` is the permission `task:read`.

What is of any other type grants nothing. Names are compared exactly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastjose._fastapi.responses import forbidden_response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from fastapi import HTTPException

__all__ = ["Requirement", "permissions_required", "role_required", "scopes_required"]

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""The form of a scope (RFC 6749 §3.3); it also keeps the header that names it in one piece."""


@dataclass(frozen=True)
class Requirement:
    """What the claims of a request must grant."""

    names: frozenset[str]
    granted: Callable[[Mapping[str, Any]], set[str]]
    needs_all: bool
    challenge: str | None = None
    """The WWW-Authenticate of the refusal."""

    def is_met_by(self, claims: Mapping[str, Any]) -> bool:
        """Tell whether verified claims grant it."""
        granted = self.granted(claims)
        return self.names <= granted if self.needs_all else not self.names.isdisjoint(granted)

    def refusal(self) -> HTTPException:
        """Return the 403."""
        return forbidden_response(challenge=self.challenge)


def role_required(*roles: str) -> Requirement:
    """Require one of `roles`: who has any of them passes.

    Raises:
        ValueError: None is given, or an empty one.
        TypeError: One is no str.
    """
    return Requirement(_names(roles, "role"), roles_of, needs_all=False)


def scopes_required(*scopes: str) -> Requirement:
    """Require all of `scopes`.

    Raises:
        ValueError: None is given, or one that cannot be a scope (RFC 6749 §3.3).
        TypeError: One is no str.
    """
    names = _names(scopes, "scope")
    if not all(map(_SCOPE.fullmatch, names)):
        raise ValueError("a scope is printable ASCII without spaces, quotation marks and backslashes")
    challenge = f'Bearer error="insufficient_scope", scope="{" ".join(dict.fromkeys(scopes))}"'
    return Requirement(names, scopes_of, needs_all=True, challenge=challenge)


def permissions_required(*permissions: str) -> Requirement:
    """Require all of `permissions`.

    Raises:
        ValueError: None is given, or an empty one.
        TypeError: One is no str.
    """
    return Requirement(_names(permissions, "permission"), permissions_of, needs_all=True)


def roles_of(claims: Mapping[str, Any]) -> set[str]:
    """Return the roles that verified claims grant."""
    return _strings(claims.get("role"), ",") | _strings(claims.get("roles"), ",")


def scopes_of(claims: Mapping[str, Any]) -> set[str]:
    """Return the scopes that verified claims grant."""
    return _strings(claims.get("scope"), " ")


def permissions_of(claims: Mapping[str, Any]) -> set[str]:
    """Return the permissions that verified claims grant."""
    permissions = claims.get("permissions")
    if isinstance(permissions, dict):
        return set(_flattened(permissions))
    return _strings(permissions, ",")


def _flattened(permissions: Mapping[str, Any]) -> Iterator[str]:
    for resource, actions in permissions.items():
        yield from (f"{resource}:{action}" for action in _strings(actions, ","))


def _strings(value: object, separator: str) -> set[str]:
    """Return the strings of a list, or those between the separators of a string."""
    if isinstance(value, str):
        return {part.strip(" ") for part in value.split(separator)} - {""}
    if isinstance(value, list):
        return {member for member in value if isinstance(member, str)} - {""}
    return set()


def _names(names: Iterable[str], what: str) -> frozenset[str]:
    names = list(names)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"a {what} is a str; several are several arguments")
    if not names or not all(name.strip() for name in names):
        raise ValueError(f"at least one {what} is needed, and none that is empty")
    return frozenset(names)
