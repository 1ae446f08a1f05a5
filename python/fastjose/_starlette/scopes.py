"""The scopes of a request, which `@requires` compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastjose._authorization.grants import Grants
    from fastjose._connections.sender import Sender

AUTHENTICATED = "authenticated"
"""The scope that each authenticated request has, as Starlette's documentation names it."""

ROLE, PERMISSION = "role:", "permission:"
"""The beginnings of the scopes that are the roles and the permissions of the user."""


def list_scopes(sender: Sender, grants: Grants) -> list[str]:
    """Return `authenticated`, the scopes of a token by their own names, `role:…` and `permission:…`.

    A scope of the token that begins like a role or a permission is left out: a client could ask its issuer for a scope
    `role:admin`, which is not the role of the user.
    """
    claims = sender.claims
    scopes = {scope for scope in grants.read_scopes(claims) if not scope.startswith((ROLE, PERMISSION))}
    scopes |= {ROLE + role for role in grants.read_roles(claims)}
    scopes |= {PERMISSION + permission for permission in grants.read_permissions(claims)}
    return [AUTHENTICATED, *sorted(scopes - {AUTHENTICATED})]
