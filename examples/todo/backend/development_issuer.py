"""A token issuer for development: the Authorize button of `/docs` works without another server.

It has two users and one password, all public. It is mounted only if `ENVIRONMENT` names a development environment. If
tokens are verified with the keys of a JWKS, it cannot sign them and is not mounted either.
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
    """The response of OAuth2's password flow (RFC 6749 §5.1)."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the name of the scheme
    expires_in: int = TOKEN_LIFETIME_SECONDS


def create_issuer_router(settings: Settings) -> APIRouter:
    """Return a router with the issuer at the path of `TOKEN_URL`, or an empty router if `is_issuer` is false."""
    router = APIRouter(tags=["development"])
    secret, path = settings.better_auth_secret, find_local_path(settings.sign_in_url)
    if secret is None or path is None or not is_issuer(settings):
        return router

    @router.post(path)
    def issue_token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> TokenResponse:
        """Sign in as ada or grace; the password of both is `development`."""
        claims = build_claims(authenticate(form.username, form.password), settings)
        return TokenResponse(access_token=sign_claims(claims, secret, settings))

    return router


def is_issuer(settings: Settings) -> bool:
    """Return whether this application issues tokens: in development, with a secret and a local `TOKEN_URL`."""
    is_local = find_local_path(settings.sign_in_url) is not None
    return is_local and settings.mode == "secret" and settings.is_development


def find_local_path(url: str | None) -> str | None:
    """Return the path of `url` on this server, or None if it names another server."""
    if url is None:
        return None
    parts = urlsplit(url)
    return None if parts.scheme or parts.netloc else "/" + parts.path.lstrip("/")


def authenticate(username: str, password: str) -> Mapping[str, str]:
    """Return the user with `username` if `password` is correct.

    Raises:
        HTTPException: 400, with the same message for a wrong name and a wrong password.
    """
    is_correct_password = hmac.compare_digest(password.encode(), PASSWORD.encode())
    user = USERS.get(username)
    if user is None or not is_correct_password:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "Incorrect username or password")
    return user


def build_claims(user: Mapping[str, str], settings: Settings) -> dict[str, Any]:
    """Return the claims of a new token for `user`, with the expected issuer and audience of this application."""
    now = int(time.time())
    claims: dict[str, Any] = {**user, "iat": now, "exp": now + TOKEN_LIFETIME_SECONDS}
    if settings.issuers:
        claims["iss"] = settings.issuers[0]
    if settings.audiences:
        claims["aud"] = settings.audiences
    return claims


def sign_claims(claims: Mapping[str, Any], secret: SecretStr, settings: Settings) -> str:
    """Return a token with `claims`, signed for verification by this application."""
    return sign_token(claims, secret.get_secret_value(), algorithm=settings.shared_secret_algorithm)
