"""Transport: the bearer token of a request (RFC 6750 §2.1), and the answers to a request without a good one."""

# FastAPI reads the annotations of `BearerScheme.__call__`, and up to 0.115 cannot read strings there: so no
# `annotations` import.

import math
import re
from collections.abc import Sequence
from typing import Any

import starlette
from fastapi import HTTPException, WebSocketException, status
from fastapi.security import OAuth2PasswordBearer
from starlette.requests import HTTPConnection

from fastjose.exceptions import ExpiredSignatureError, JOSEError, JWKSetUnavailableError, JWTClaimsError

__all__ = [
    "BearerScheme",
    "BearerToken",
    "as_told",
    "bearer_token",
    "forbidden",
    "must_close",
    "offered_token",
    "refusal",
    "unauthorized",
]

_ANSWERS_HANDSHAKES = tuple(map(int, starlette.__version__.split(".")[:2])) >= (0, 41)
"""Whether Starlette sends an `HTTPException` from before `accept()`; older ones drop it, and the server says 500."""

_OFFER = "sec-websocket-protocol"
_SUBPROTOCOL = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""The name of a WebSocket subprotocol: a token of HTTP (RFC 6455 §4.1, RFC 9110 §5.6.2)."""


class BearerToken(str):  # noqa: SLOT000 - see below
    """The token of one request, and what was found out about it, so that a request verifies it once.

    Class attributes and no `__slots__`: a slot without a value is an AttributeError to read, which costs more than all
    of this.
    """

    verified: tuple[object, dict[str, Any]] | None = None
    """Who verified it, and its claims. They hold for nobody else, who has other keys and another policy."""
    must_close: bool = False
    """Whether a refusal has to close the WebSocket that it came with, since no HTTP answer can be sent."""


class BearerScheme(OAuth2PasswordBearer):
    """`OAuth2PasswordBearer` that takes exactly one Authorization header, and no empty token; also of a WebSocket."""

    def __init__(
        self, *, token_url: str, scheme_name: str, auto_error: bool, websocket_subprotocol: str | None = None
    ) -> None:
        """Describe the scheme; `scheme_name` is its name in the OpenAPI document.

        Raises:
            ValueError: `websocket_subprotocol` cannot be the name of a subprotocol.
        """
        if websocket_subprotocol is not None and not _SUBPROTOCOL.fullmatch(websocket_subprotocol):
            raise ValueError(
                "websocket_subprotocol (JWT_WEBSOCKET_SUBPROTOCOL) must be one name, such as bearer (RFC 6455 §4.1)"
            )
        super().__init__(tokenUrl=token_url, scheme_name=scheme_name, auto_error=auto_error)
        self._subprotocol = websocket_subprotocol

    async def __call__(self, request: HTTPConnection) -> BearerToken | None:
        """Return the request's token; without one None, or with `auto_error` raise a 401 `Not authenticated`."""
        text = bearer_token(request.headers.getlist("authorization"))
        is_websocket = request.scope["type"] == "websocket"
        if is_websocket and self._subprotocol is not None:
            text = _the_only_one(text, offered_token(request.headers.getlist(_OFFER), self._subprotocol))
        if text is not None:
            token = BearerToken(text)
            if is_websocket:
                token.must_close = must_close(request)
            return token
        if self.auto_error:
            raise as_told(unauthorized("Not authenticated"), closing=must_close(request))
        return None


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


def offered_token(offers: Sequence[str], subprotocol: str) -> str | None:
    """Return what follows `subprotocol` among the subprotocols that a WebSocket client offers, or None.

    Browsers let a page set no header of a WebSocket but this one: `new WebSocket(url, ["bearer", token])`.

    Args:
        offers: The values of the request's Sec-WebSocket-Protocol headers (RFC 6455 §11.3.4), each a list.
        subprotocol: The name, in its own case; offered twice, it is not offered.
    """
    offered = [name.strip(" \t") for offer in offers for name in offer.split(",")]
    if offered.count(subprotocol) != 1:
        return None
    following = offered[offered.index(subprotocol) + 1 :]
    return following[0] if following and following[0] else None


def _the_only_one(one: str | None, other: str | None) -> str | None:
    """Return the token that is there; two are none, as two headers are."""
    return (one or other) if one is None or other is None else None


def must_close(connection: HTTPConnection) -> bool:
    """Tell whether a refusal has to close the connection: a WebSocket whose handshake gets no answer of HTTP.

    Answering needs Starlette 0.41, and a server with the extension `websocket.http.response` of ASGI.
    """
    if connection.scope["type"] != "websocket":
        return False
    return not (_ANSWERS_HANDSHAKES and "websocket.http.response" in (connection.scope.get("extensions") or {}))


def as_told(refused: HTTPException, *, closing: bool) -> HTTPException | WebSocketException:
    """Return `refused`, or where it has to close a WebSocket, what closes it.

    Before `accept()` the server then answers 403, whatever the code (RFC 6455 §7.4.1; 1013 is for trying again later).
    """
    if not closing:
        return refused
    is_temporary = refused.status_code == status.HTTP_503_SERVICE_UNAVAILABLE
    code = status.WS_1013_TRY_AGAIN_LATER if is_temporary else status.WS_1008_POLICY_VIOLATION
    return WebSocketException(code, refused.detail)


def unauthorized(detail: str) -> HTTPException:
    """Return the 401 with `detail` (RFC 6750 §3)."""
    return HTTPException(status.HTTP_401_UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"})


def forbidden(resource_name: str = "resource", *, challenge: str | None = None) -> HTTPException:
    """Return the 403 for a user who may not; `challenge` is its WWW-Authenticate, if any (RFC 6750 §3.1)."""
    headers = None if challenge is None else {"WWW-Authenticate": challenge}
    return HTTPException(status.HTTP_403_FORBIDDEN, f"Not authorized to access this {resource_name}", headers)


def refusal(error: JOSEError) -> HTTPException:
    """Return the answer to a token that was refused with `error`."""
    if isinstance(error, JWKSetUnavailableError):
        headers = {"Retry-After": str(max(1, math.ceil(error.retry_after_seconds)))}
        return HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, "Authentication service unavailable", headers)
    if isinstance(error, ExpiredSignatureError):
        return unauthorized("Token has expired")
    if error.code == "missing_claim" and error.claim == "sub":  # it names nobody, whatever asked for the claim
        return unauthorized("Could not validate credentials")
    if isinstance(error, JWTClaimsError):
        return unauthorized(f"Invalid token claims: {error}")
    return unauthorized(f"Invalid token: {error}")
