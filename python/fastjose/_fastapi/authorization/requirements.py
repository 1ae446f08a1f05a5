"""Authorization by claims: requirements on roles, scopes and permissions, and the 403 response.

The claims that grant something:

- **Roles**: the claim `role` of Better Auth's `admin()`, a string with one role or several separated by commas. Also
  the claim `roles`, a list of strings.
- **Scopes**: the claim `scope`, separated by spaces (RFC 8693 §4.2, RFC 9068 §2.2.3), or a list of strings.
- **Permissions**: the claim `permissions`, a list of strings. Also an object of lists, as Better Auth's access control
  writes it: `{"task": ["read"]}` grants `task:read`.

A claim of any other type grants nothing. Names are compared exactly, including case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastjose._fastapi.responses import forbidden_response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from fastapi import HTTPException

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""The syntax of a scope (RFC 6749 §3.3). It also prevents header injection through the WWW-Authenticate header."""


@dataclass(frozen=True)
class Requirement:
    """The names that the claims of a request must grant.

    Attributes:
        names: The required roles, scopes or permissions.
        extract_granted: Returns the granted names for verified claims.
        needs_all: Whether all of `names` are required. If false, one of them is enough.
        challenge: The WWW-Authenticate header of the 403 response, if it has one.
    """

    names: frozenset[str]
    extract_granted: Callable[[Mapping[str, Any]], set[str]]
    needs_all: bool
    challenge: str | None = None

    def is_satisfied_by(self, claims: Mapping[str, Any]) -> bool:
        """Return whether verified claims grant the required names."""
        granted = self.extract_granted(claims)
        return self.names <= granted if self.needs_all else not self.names.isdisjoint(granted)

    def forbidden_response(self) -> HTTPException:
        """Return the 403 response for claims that do not satisfy the requirement."""
        return forbidden_response(challenge=self.challenge)


def build_role_requirement(*roles: str) -> Requirement:
    """Return a requirement that any one of `roles` satisfies.

    Raises:
        ValueError: No role is given, or a role is empty.
        TypeError: A role is not a str.
    """
    return Requirement(check_names(roles, "role"), extract_roles, needs_all=False)


def build_scope_requirement(*scopes: str) -> Requirement:
    """Return a requirement for all of `scopes`. Its 403 response names them (RFC 6750 §3.1).

    Raises:
        ValueError: No scope is given, or one is not a valid scope (RFC 6749 §3.3).
        TypeError: A scope is not a str.
    """
    names = check_names(scopes, "scope")
    if not all(map(_SCOPE.fullmatch, names)):
        raise ValueError("a scope must be printable ASCII without spaces, quotation marks and backslashes")
    challenge = f'Bearer error="insufficient_scope", scope="{" ".join(dict.fromkeys(scopes))}"'
    return Requirement(names, extract_scopes, needs_all=True, challenge=challenge)


def build_permission_requirement(*permissions: str) -> Requirement:
    """Return a requirement for all of `permissions`.

    Raises:
        ValueError: No permission is given, or a permission is empty.
        TypeError: A permission is not a str.
    """
    return Requirement(check_names(permissions, "permission"), extract_permissions, needs_all=True)


def extract_roles(claims: Mapping[str, Any]) -> set[str]:
    """Return the roles in verified claims."""
    role, roles = claims.get("role"), claims.get("roles")
    names = _string_set(role, ",")
    return names if roles is None else names | _string_set(roles, ",")


def extract_scopes(claims: Mapping[str, Any]) -> set[str]:
    """Return the scopes in verified claims."""
    return _string_set(claims.get("scope"), " ")


def extract_permissions(claims: Mapping[str, Any]) -> set[str]:
    """Return the permissions in verified claims."""
    permissions = claims.get("permissions")
    if isinstance(permissions, dict):
        return set(_permission_names(permissions))
    return _string_set(permissions, ",")


def _permission_names(permissions: Mapping[str, Any]) -> Iterator[str]:
    """Yield `resource:action` for each action of each resource."""
    for resource, actions in permissions.items():
        yield from (f"{resource}:{action}" for action in _string_set(actions, ","))


def _string_set(value: object, separator: str) -> set[str]:
    """Return the non-empty strings of a list, or the parts of a string. Return an empty set for any other type."""
    if isinstance(value, str):
        if separator not in value:
            name = value.strip(" ")
            return {name} if name else set()
        return {part.strip(" ") for part in value.split(separator)} - {""}
    if isinstance(value, list):
        return {member for member in value if isinstance(member, str)} - {""}
    return set()


def check_names(names: Iterable[str], kind: str) -> frozenset[str]:
    """Return the required names of a kind, such as `role`, as a set.

    Raises:
        ValueError: No name is given, or one is blank. Such a requirement would grant access to every user.
        TypeError: A name is not a str.
    """
    names = list(names)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"a {kind} must be a str: pass several as separate arguments")
    if not names or not all(name.strip() for name in names):
        raise ValueError(f"at least one {kind} must be given, and it must not be empty")
    return frozenset(names)
