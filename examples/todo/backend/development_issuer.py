"""A token issuer for development: the Authorize button of `/docs` works with no other server.

It knows two users and one password, both public. Never mounted in production, nor where tokens are verified with the
keys of a JWKS, for which it could not sign.
"""

import hmac
import time
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, HTTPException, status
from fastapi.security import OAuth2PasswordRequestForm
from pydantic import BaseModel, SecretStr

from backend.core.config import Settings
from fastjose import sign_token

TOKEN_LIFETIME_SECONDS = 15 * 60
PASSWORD = "development"  # noqa: S105 - public, for a server that only a developer reaches
USERS: Mapping[str, Mapping[str, str]] = {
    "ada": {"sub": "ada", "name": "Ada Lovelace", "email": "ada@example.com"},
    "grace": {"sub": "grace", "name": "Grace Hopper", "email": "grace@example.com"},
}


class TokenResponse(BaseModel):
    """What OAuth2's password flow answers (RFC 6749 §5.1)."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the name of the scheme
    expires_in: int = TOKEN_LIFETIME_SECONDS


def development_issuer(settings: Settings) -> APIRouter:
    """Return a router with the issuer at the path of `TOKEN_URL`, or with nothing where it must not or cannot be."""
    router = APIRouter(tags=["development"])
    secret, path = settings.better_auth_secret, path_of_this_app(settings.token_url)
    if secret is None or path is None or not is_issuer(settings):
        return router

    @router.post(path)
    def issue_token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> TokenResponse:
        """Sign in as ada or grace; the password of both is `development`."""
        claims = claims_of(authenticated(form.username, form.password), settings)
        return TokenResponse(access_token=signed(claims, secret, settings))

    return router


def is_issuer(settings: Settings) -> bool:
    """Whether this application issues tokens: in development, with a secret to sign with, at a path of its own."""
    is_here = path_of_this_app(settings.token_url) is not None
    return is_here and settings.mode == "secret" and not settings.is_production


def path_of_this_app(token_url: str) -> str | None:
    """Return the path that `token_url` names on this server, None if it names another server."""
    parts = urlsplit(token_url)
    return None if parts.scheme or parts.netloc else "/" + parts.path.lstrip("/")


def authenticated(username: str, password: str) -> Mapping[str, str]:
    """Return the user whom `username` and `password` name.

    Raises:
        HTTPException: 400, with the same text for a wrong name as for a wrong password.
    """
    password_is_right = hmac.compare_digest(password.encode(), PASSWORD.encode())
    user = USERS.get(username)
    if user is None or not password_is_right:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "Incorrect username or password")
    return user


def claims_of(user: Mapping[str, str], settings: Settings) -> dict[str, Any]:
    """Return the claims of a new token for `user`, with the issuer and audience that this application expects."""
    now = int(time.time())
    claims: dict[str, Any] = {**user, "iat": now, "exp": now + TOKEN_LIFETIME_SECONDS}
    if settings.issuers:
        claims["iss"] = settings.issuers[0]
    if settings.audiences:
        claims["aud"] = settings.audiences
    return claims


def signed(claims: Mapping[str, Any], secret: SecretStr, settings: Settings) -> str:
    """Return the token for `claims`, signed as this application will verify it."""
    return sign_token(claims, secret.get_secret_value(), algorithm=settings.shared_secret_algorithm)
