"""Dependencies for an application that is configured by its environment, such as one with a Better Auth front end.

`fastjose.settings.AuthSettings` lists the variables. This module reads them from the environment and `.env` when it is
imported. If `JWT_CREDENTIALS` names only JWTs, its names are those of a `BearerAuth`, otherwise of a `CredentialAuth`.

Example::

    from fastjose.auth import AuthenticatedUser

    @app.get("/me")
    async def me(user: AuthenticatedUser):
        return {"user_id": user.user_id}

Raises:
    ValueError: At the import, if a variable is missing or has an invalid value.
"""

from typing import Annotated, Any

try:
    import fastapi  # noqa: F401 - the check of this module's extra
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError('this requires FastAPI: pip install "fastjose[fastapi]"', name=missing.name) from None

from fastjose._config.auth_from_settings import build_auth
from fastjose._config.names.misspelled_variables import warn_of_misspelled
from fastjose._fastapi.aliases import guard_aliases
from fastjose._fastapi.flat_dependencies import FlatDependency, depend_on
from fastjose._fastapi.users import CurrentUser, TokenPayload
from fastjose._sessions.session import Session
from fastjose.ownership import OwnershipChecker, require_ownership
from fastjose.settings import load_settings

__all__ = [
    "AuthenticatedUser",
    "CurrentSession",
    "CurrentUser",
    "OptionalUser",
    "OwnershipChecker",
    "Session",
    "TokenPayload",
    "UserId",
    "current_claims",
    "current_session",
    "forbid_impersonation",
    "get_current_user",
    "get_current_user_optional",
    "get_user_id",
    "health",
    "oauth2_scheme",
    "oauth2_scheme_optional",
    "require_not_anonymous",
    "require_organization_role",
    "require_ownership",
    "require_permission",
    "require_role",
    "require_scope",
    "verify_token",
    "warm_up",
]


def _function_of(dependency: Any) -> Any:
    """Return the function whose parameters are dependencies, as the specification has it."""
    return dependency.function if isinstance(dependency, FlatDependency) else dependency


_settings = load_settings()
_auth = build_auth(_settings)
warn_of_misspelled(_settings)

oauth2_scheme = _auth.oauth2_scheme
"""Dependency on the unverified credential of a request. Raises a 401 if the request has none."""
oauth2_scheme_optional = _auth.oauth2_scheme_optional
"""Dependency on the unverified credential of a request, or on None."""
verify_token = _auth.verify_token
"""Verify a token outside a route, and return its `TokenPayload`. Blocks while a key is fetched."""
get_current_user = _function_of(_auth.current_user)
"""The function behind `AuthenticatedUser`. A key for `app.dependency_overrides`, which `UserId` follows, too."""
get_current_user_optional = _function_of(_auth.current_user_optional)
"""The function behind `OptionalUser`. A key for `app.dependency_overrides`."""
get_user_id = _auth.get_user_id
"""Return the id of a user. The function behind `UserId`, and a key for `app.dependency_overrides`."""
current_claims = _auth.current_claims
"""Dependency on the verified claims, a dict. Raises a 401, or a 503 while keys are unavailable."""
current_session = _auth.current_session
"""The function behind `CurrentSession`. A key for `app.dependency_overrides`."""
require_role = _auth.require_role
"""Return a dependency on the user, such as `Depends(require_role("admin"))`.

It raises a 403 unless the user has one of the roles.
"""
require_scope = _auth.require_scope
"""Return a dependency on the user, such as `Depends(require_scope("tasks:read"))`.

It raises a 403 unless the token has every scope.
"""
require_permission = _auth.require_permission
"""Return a dependency on the user, such as `Depends(require_permission("task:delete"))`.

It raises a 403 unless the user has every permission.
"""
require_organization_role = _auth.require_organization_role
"""Return a dependency on the user, such as `Depends(require_organization_role("owner"))`.

It raises a 403 unless the user has one of the roles in the active organization.
"""
forbid_impersonation = _auth.forbid_impersonation
"""Dependency on the user. Raises a 403 if an administrator acts as the user."""
require_not_anonymous = _auth.require_not_anonymous
"""Dependency on the user. Raises a 403 for a user of Better Auth's `anonymous()` plugin."""

health = _auth.health
"""Return which keys are available, a `fastjose.health.Health`, for a readiness probe. Fetches nothing."""
warm_up = _auth.warm_up
"""Fetch the key sets that have no usable keys, and return the health: for a readiness probe, or at startup."""

# `typing` caches equal aliases, and a flat dependency is equal to its function: these aliases must be created first.
# Each must be the whole annotation of a parameter: `guard_aliases` below.
AuthenticatedUser = Annotated[CurrentUser, depend_on(_auth.current_user)]
"""The user of a request, a `CurrentUser`. Raises a 401, or a 503 if no credential can be verified now."""
OptionalUser = Annotated[CurrentUser | None, depend_on(_auth.current_user_optional)]
"""The user of a request, or None instead of a 401."""
UserId = Annotated[str, depend_on(_auth.user_id)]
"""The id of the user of a request, a str. Raises what `AuthenticatedUser` raises."""
CurrentSession = Annotated[Session, depend_on(_auth.current_session)]
"""The session of a request. Raises a 403 if the credential does not describe one."""

# Not in the assignments: type checkers must see an `Annotated`.
globals().update(guard_aliases(globals(), ("AuthenticatedUser", "OptionalUser", "UserId", "CurrentSession")))
