"""The authentication dependencies of `fastjose.auth`, configured by the environment. Routes import them from here."""

from fastjose.auth import (
    AuthenticatedUser,
    CurrentUser,
    OptionalUser,
    OwnershipChecker,
    TokenPayload,
    UserId,
    get_current_user,
    get_current_user_optional,
    get_user_id,
    oauth2_scheme,
    oauth2_scheme_optional,
    require_ownership,
    verify_token,
)

__all__ = [
    "AuthenticatedUser",
    "CurrentUser",
    "OptionalUser",
    "OwnershipChecker",
    "TokenPayload",
    "UserId",
    "get_current_user",
    "get_current_user_optional",
    "get_user_id",
    "oauth2_scheme",
    "oauth2_scheme_optional",
    "require_ownership",
    "verify_token",
]
