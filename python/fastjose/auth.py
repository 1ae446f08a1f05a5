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

from typing import Annotated

try:
    import fastapi  # noqa: F401 - the check of this module's extra
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError('this requires FastAPI: pip install "fastjose[fastapi]"', name=missing.name) from None

from fastjose._fastapi.flat_dependencies import depend_on
from fastjose._fastapi.users import CurrentUser, TokenPayload
from fastjose.fastapi import BearerAuth
from fastjose.ownership import OwnershipChecker, require_ownership

__all__ = [
    "AuthenticatedUser",
    "CurrentUser",
    "OptionalUser",
    "OwnershipChecker",
    "TokenPayload",
    "UserId",
    "current_claims",
    "get_current_user",
    "get_current_user_optional",
    "get_user_id",
    "oauth2_scheme",
    "oauth2_scheme_optional",
    "require_ownership",
    "require_permission",
    "require_role",
    "require_scope",
    "verify_token",
]

_auth = BearerAuth.from_environment()

oauth2_scheme = _auth.oauth2_scheme
oauth2_scheme_optional = _auth.oauth2_scheme_optional
verify_token = _auth.verify_token
get_current_user = _auth.current_user.function
get_current_user_optional = _auth.current_user_optional.function
get_user_id = _auth.get_user_id
current_claims = _auth.current_claims
require_role = _auth.require_role
require_scope = _auth.require_scope
require_permission = _auth.require_permission

# `typing` caches equal aliases, and a flat dependency is equal to its function: these aliases must be created first.
AuthenticatedUser = Annotated[CurrentUser, depend_on(_auth.current_user)]
OptionalUser = Annotated[CurrentUser | None, depend_on(_auth.current_user_optional)]
UserId = Annotated[str, depend_on(_auth.user_id)]
