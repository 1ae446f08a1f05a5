"""Dependencies for an application that is configured by its environment, such as one with a Better Auth front end.

    from fastjose.auth import AuthenticatedUser

    @app.get("/me")
    async def me(user: AuthenticatedUser):
        return {"user_id": user.user_id}

`fastjose.settings.AuthSettings` lists the variables. This module reads them from the environment and `.env` when it is
imported.

Raises:
    ValueError: At the import, if a variable is missing or has an invalid value.
"""

from typing import Annotated, Any

try:
    import fastapi  # noqa: F401 - the check of this module's extra
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError('this requires FastAPI: pip install "fastjose[fastapi]"', name=missing.name) from None

from fastjose._config.auth_from_settings import build_auth
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
    "oauth2_scheme",
    "oauth2_scheme_optional",
    "require_not_anonymous",
    "require_organization_role",
    "require_ownership",
    "require_permission",
    "require_role",
    "require_scope",
    "verify_token",
]


def _function_of(dependency: Any) -> Any:
    """Return the function whose parameters are dependencies, as the specification has it."""
    return dependency.function if isinstance(dependency, FlatDependency) else dependency


_auth = build_auth(load_settings())

oauth2_scheme = _auth.oauth2_scheme
oauth2_scheme_optional = _auth.oauth2_scheme_optional
verify_token = _auth.verify_token
get_current_user = _function_of(_auth.current_user)
get_current_user_optional = _function_of(_auth.current_user_optional)
get_user_id = _auth.get_user_id
current_claims = _auth.current_claims
current_session = _auth.current_session
require_role = _auth.require_role
require_scope = _auth.require_scope
require_permission = _auth.require_permission
require_organization_role = _auth.require_organization_role
forbid_impersonation = _auth.forbid_impersonation
require_not_anonymous = _auth.require_not_anonymous

# `typing` caches equal aliases, and a flat dependency is equal to its function: these aliases must be created first.
AuthenticatedUser = Annotated[CurrentUser, depend_on(_auth.current_user)]
OptionalUser = Annotated[CurrentUser | None, depend_on(_auth.current_user_optional)]
UserId = Annotated[str, depend_on(_auth.user_id)]
CurrentSession = Annotated[Session, depend_on(_auth.current_session)]
