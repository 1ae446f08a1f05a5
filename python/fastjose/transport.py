"""Transport: the bearer token of a request (RFC 6750 §2.1), and the answers to a request without a good one."""

# FastAPI reads the annotations of `BearerScheme.__call__`, and up to 0.115 cannot read strings there: so no
# `annotations` import.

from collections.abc import Sequence

from fastapi import HTTPException, status
from fastapi.security import OAuth2PasswordBearer
from starlette.requests import HTTPConnection

from fastjose.exceptions import ExpiredSignatureError, JOSEError, JWKSetUnavailableError, JWTClaimsError

__all__ = ["BearerScheme", "bearer_token", "refusal", "unauthorized"]

_RETRY_AFTER_SECONDS = 5
"""When to come back while keys cannot be had: the time after which, by default, they are asked for again."""


class BearerScheme(OAuth2PasswordBearer):
    """`OAuth2PasswordBearer` that takes exactly one Authorization header, and no empty token."""

    def __init__(self, *, token_url: str, scheme_name: str, auto_error: bool) -> None:
        """Describe the scheme; `scheme_name` is its name in the OpenAPI document."""
        super().__init__(tokenUrl=token_url, scheme_name=scheme_name, auto_error=auto_error)

    async def __call__(self, request: HTTPConnection) -> str | None:
        """Return the request's token; without one None, or with `auto_error` raise a 401 `Not authenticated`."""
        token = bearer_token(request.headers.getlist("authorization"))
        if token is None and self.auto_error:
            raise unauthorized("Not authenticated")
        return token


def bearer_token(authorization: Sequence[str]) -> str | None:
    """Return the token in the values of a request's Authorization headers, or None.

    The scheme's name is read in any case (RFC 9110 §11.1). Two headers are none: which of them counts is exactly what
    an attacker and a proxy could disagree on.
    """
    if len(authorization) != 1:
        return None
    scheme, _, token = authorization[0].partition(" ")
    token = token.strip(" ")
    return token if scheme.lower() == "bearer" and token else None


def unauthorized(detail: str) -> HTTPException:
    """Return the 401 with `detail` (RFC 6750 §3)."""
    return HTTPException(status.HTTP_401_UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"})


def refusal(error: JOSEError) -> HTTPException:
    """Return the answer to a token that was refused with `error`."""
    if isinstance(error, JWKSetUnavailableError):
        headers = {"Retry-After": str(_RETRY_AFTER_SECONDS)}
        return HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, "Authentication service unavailable", headers)
    if isinstance(error, ExpiredSignatureError):
        return unauthorized("Token has expired")
    if isinstance(error, JWTClaimsError):
        return unauthorized(f"Invalid token claims: {error}")
    return unauthorized(f"Invalid token: {error}")
