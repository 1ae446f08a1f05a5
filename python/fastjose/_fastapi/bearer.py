"""The bearer token of a request or a WebSocket handshake (RFC 6750 §2.1)."""

# FastAPI reads the annotations of `BearerScheme.__call__`. Up to 0.115 it cannot evaluate strings there: so no
# `annotations` import.

import re
from collections.abc import MutableMapping, Sequence
from typing import Any

from fastapi.security import OAuth2PasswordBearer
from starlette.requests import HTTPConnection

from fastjose._core import bearer_token
from fastjose._fastapi.hints.credential_hints import CredentialHints
from fastjose._fastapi.responses import to_connection_error, unauthorized_response

_SUBPROTOCOL_HEADER = "sec-websocket-protocol"
_SUBPROTOCOL = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""The name of a WebSocket subprotocol: an HTTP token (RFC 6455 §4.1, RFC 9110 §5.6.2)."""


Scope = MutableMapping[str, Any]
"""The ASGI scope of a request or a WebSocket."""


_HINTS = CredentialHints()


class BearerToken(str):
    """The token of a request, and the ASGI scope of the request."""

    __slots__ = ("scope",)
    scope: Scope


class BearerScheme(OAuth2PasswordBearer):
    """`OAuth2PasswordBearer` that requires exactly one Authorization header, and also reads WebSocket handshakes."""

    def __init__(
        self, *, token_url: str, scheme_name: str, auto_error: bool, websocket_subprotocol: str | None = None
    ) -> None:
        """Create the scheme; `scheme_name` is its name in the OpenAPI document.

        Raises:
            ValueError: `websocket_subprotocol` is not the name of a subprotocol.
        """
        if websocket_subprotocol is not None and not _SUBPROTOCOL.fullmatch(websocket_subprotocol):
            raise ValueError(
                "websocket_subprotocol (JWT_WEBSOCKET_SUBPROTOCOL) must be one name, such as bearer (RFC 6455 §4.1)"
            )
        super().__init__(tokenUrl=token_url, scheme_name=scheme_name, auto_error=auto_error)
        self._subprotocol = websocket_subprotocol

    async def __call__(self, request: HTTPConnection) -> BearerToken | None:
        """Return the request's token. Without a token return None, or with `auto_error` raise a 401."""
        text, scope = bearer_token(request.headers.getlist("authorization")), request.scope
        if self._subprotocol is not None and scope["type"] == "websocket":
            offers = request.headers.getlist(_SUBPROTOCOL_HEADER)
            text = _exactly_one(text, token_from_subprotocols(offers, self._subprotocol))
        if text is None:
            _HINTS.log_missing(request)
            if self.auto_error:
                raise to_connection_error(unauthorized_response("Not authenticated"), scope)
            return None
        token = BearerToken(text)
        token.scope = scope
        return token


def token_from_subprotocols(offers: Sequence[str], subprotocol: str) -> str | None:
    """Return the name after `subprotocol` among the subprotocols that a WebSocket client offers, or None.

    Browsers let a page set only this header of a WebSocket: `new WebSocket(url, ["bearer", token])`.

    Args:
        offers: The values of the request's Sec-WebSocket-Protocol headers (RFC 6455 §11.3.4), each a list.
        subprotocol: The case-sensitive name. If it is offered twice, it counts as not offered.
    """
    names = [name.strip(" \t") for offer in offers for name in offer.split(",")]
    if names.count(subprotocol) != 1:
        return None
    following = names[names.index(subprotocol) + 1 :]
    return following[0] if following and following[0] else None


def _exactly_one(one: str | None, other: str | None) -> str | None:
    """Return the token that is present. Two tokens count as a missing token."""
    return (one or other) if one is None or other is None else None
