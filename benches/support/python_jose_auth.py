"""Reference code on python-jose: an authentication module with the names of `fastjose.auth`, in the usual style.

It uses HS256 with a shared secret, calls `jwt.decode` for each request, and has a payload model and a user model.
`get_user_id` is a plain function, so FastAPI runs it in its thread pool. fastjose is meant to replace such a module.
"""

import os
from typing import Annotated, Any

from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer
from jose import ExpiredSignatureError, JWTError, jwt
from jose.exceptions import JWTClaimsError
from pydantic import BaseModel, ConfigDict

from fastjose.ownership import OwnershipChecker, require_ownership

__all__ = ["AuthenticatedUser", "CurrentUser", "OptionalUser", "OwnershipChecker", "UserId", "require_ownership"]

SECRET = os.environ["BETTER_AUTH_SECRET"]
OPTIONS = {"verify_signature": True, "verify_exp": True, "verify_iat": True, "require_exp": True, "leeway": 10}

oauth2_scheme = OAuth2PasswordBearer("/api/auth/token")
oauth2_scheme_optional = OAuth2PasswordBearer("/api/auth/token", auto_error=False)


class TokenPayload(BaseModel):
    """Claims that the application reads."""

    sub: str
    exp: int | None = None
    iat: int | None = None
    iss: str | None = None
    aud: str | None = None
    email: str | None = None
    name: str | None = None


class CurrentUser(BaseModel):
    """User who sent the request."""

    model_config = ConfigDict(frozen=True)

    user_id: str
    email: str | None = None
    name: str | None = None


def create_unauthorized_error(detail: str) -> HTTPException:
    """Return a 401 error response with `detail`."""
    return HTTPException(401, detail, headers={"WWW-Authenticate": "Bearer"})


def verify_token(token: str) -> TokenPayload:
    """Verify a token and return its claims.

    Raises:
        HTTPException: 401 if the token is rejected.
    """
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], options=OPTIONS)
    except ExpiredSignatureError:
        raise create_unauthorized_error("Token has expired") from None
    except JWTClaimsError as error:
        raise create_unauthorized_error(f"Invalid token claims: {error}") from None
    except JWTError as error:
        raise create_unauthorized_error(f"Invalid token: {error}") from None
    return create_payload(claims)


def create_payload(claims: dict[str, Any]) -> TokenPayload:
    """Return the payload model, filled claim by claim.

    Raises:
        HTTPException: 401 if `sub` is missing.
    """
    subject = claims.get("sub")
    if subject is None:
        raise create_unauthorized_error("Could not validate credentials")
    return TokenPayload(
        sub=subject,
        exp=claims.get("exp"),
        iat=claims.get("iat"),
        iss=claims.get("iss"),
        aud=claims.get("aud"),
        email=claims.get("email"),
        name=claims.get("name"),
    )


async def get_current_user(token: Annotated[str, Depends(oauth2_scheme)]) -> CurrentUser:
    """Return the user of the bearer token in the request."""
    payload = verify_token(token)
    return CurrentUser(user_id=payload.sub, email=payload.email, name=payload.name)


async def get_current_user_optional(
    token: Annotated[str | None, Depends(oauth2_scheme_optional)],
) -> CurrentUser | None:
    """Return the user of the bearer token in the request, or None without a valid token."""
    if token is None:
        return None
    try:
        return await get_current_user(token)
    except HTTPException:
        return None


def get_user_id(current_user: Annotated[CurrentUser, Depends(get_current_user)]) -> str:
    """Return the id of the user."""
    return current_user.user_id


AuthenticatedUser = Annotated[CurrentUser, Depends(get_current_user)]
OptionalUser = Annotated[CurrentUser | None, Depends(get_current_user_optional)]
UserId = Annotated[str, Depends(get_user_id)]
