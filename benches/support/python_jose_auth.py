"""What an application on python-jose has in the place of `fastjose.auth`: the same names, written as is usual there.

HS256 and a shared secret, `jwt.decode` at every request, a payload model and a user model, and `get_user_id` as a plain
function, which FastAPI runs in its thread pool. It is what fastjose is compared with, as code to be replaced.
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
    """The claims that an application reads."""

    sub: str
    exp: int | None = None
    iat: int | None = None
    iss: str | None = None
    aud: str | None = None
    email: str | None = None
    name: str | None = None


class CurrentUser(BaseModel):
    """The user who sent the request."""

    model_config = ConfigDict(frozen=True)

    user_id: str
    email: str | None = None
    name: str | None = None


def unauthorized(detail: str) -> HTTPException:
    """Return the 401 with `detail`."""
    return HTTPException(401, detail, headers={"WWW-Authenticate": "Bearer"})


def verify_token(token: str) -> TokenPayload:
    """Verify a token, or raise a 401."""
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], options=OPTIONS)
    except ExpiredSignatureError:
        raise unauthorized("Token has expired") from None
    except JWTClaimsError as error:
        raise unauthorized(f"Invalid token claims: {error}") from None
    except JWTError as error:
        raise unauthorized(f"Invalid token: {error}") from None
    return payload_of(claims)


def payload_of(claims: dict[str, Any]) -> TokenPayload:
    """Take the payload from the claims, one by one."""
    subject = claims.get("sub")
    if subject is None:
        raise unauthorized("Could not validate credentials")
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
    """Return the user whose token came with the request."""
    payload = verify_token(token)
    return CurrentUser(user_id=payload.sub, email=payload.email, name=payload.name)


async def get_current_user_optional(
    token: Annotated[str | None, Depends(oauth2_scheme_optional)],
) -> CurrentUser | None:
    """Return the user, or None without a good token."""
    if token is None:
        return None
    try:
        return await get_current_user(token)
    except HTTPException:
        return None


def get_user_id(current_user: Annotated[CurrentUser, Depends(get_current_user)]) -> str:
    """Return the user's id."""
    return current_user.user_id


AuthenticatedUser = Annotated[CurrentUser, Depends(get_current_user)]
OptionalUser = Annotated[CurrentUser | None, Depends(get_current_user_optional)]
UserId = Annotated[str, Depends(get_user_id)]
