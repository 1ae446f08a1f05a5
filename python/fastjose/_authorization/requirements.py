"""Requirements of a route on roles, scopes and permissions, and the 403 response."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastjose._authorization.grants import extract_permissions, extract_roles, extract_scopes
from fastjose._refusals.refusal import forbidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastjose._authorization.grants import GrantReader
    from fastjose._refusals.refusal import Refusal

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""The syntax of a scope (RFC 6749 §3.3). It also prevents header injection through the WWW-Authenticate header."""


@dataclass(frozen=True)
class Requirement:
    """The names that the claims of a request must grant.

    Attributes:
        names: The required roles, scopes or permissions.
        read_granted: Returns the granted names for verified claims.
        needs_all: Whether all of `names` are required. If false, one of them is enough.
        challenge: The WWW-Authenticate header of the 403 response, if it has one.
    """

    names: frozenset[str]
    read_granted: GrantReader
    needs_all: bool
    challenge: str | None = None

    def is_satisfied_by(self, claims: Mapping[str, Any]) -> bool:
        """Return whether verified claims grant the required names."""
        granted = self.read_granted(claims)
        return self.names <= granted if self.needs_all else not self.names.isdisjoint(granted)

    def refuse(self) -> Refusal:
        """Return the 403 response for claims that do not satisfy the requirement."""
        return forbidden(challenge=self.challenge)


def build_role_requirement(*roles: str, read: GrantReader = extract_roles) -> Requirement:
    """Return a requirement that any one of `roles` satisfies.

    Raises:
        ValueError: No role is given, or a role is empty.
        TypeError: A role is not a str.
    """
    return Requirement(check_names(roles, "role"), read, needs_all=False)


def build_scope_requirement(*scopes: str, read: GrantReader = extract_scopes) -> Requirement:
    """Return a requirement for all of `scopes`. Its 403 response names them (RFC 6750 §3.1).

    Raises:
        ValueError: No scope is given, or one is not a valid scope (RFC 6749 §3.3).
        TypeError: A scope is not a str.
    """
    names = check_names(scopes, "scope")
    if not all(map(_SCOPE.fullmatch, names)):
        raise ValueError("a scope must be printable ASCII without spaces, quotation marks and backslashes")
    challenge = f'Bearer error="insufficient_scope", scope="{" ".join(dict.fromkeys(scopes))}"'
    return Requirement(names, read, needs_all=True, challenge=challenge)


def build_permission_requirement(*permissions: str, read: GrantReader = extract_permissions) -> Requirement:
    """Return a requirement for all of `permissions`.

    Raises:
        ValueError: No permission is given, or a permission is empty.
        TypeError: A permission is not a str.
    """
    return Requirement(check_names(permissions, "permission"), read, needs_all=True)


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
