"""`BearerToken`: the token of a request."""

from collections.abc import MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
"""The ASGI scope of a request or a WebSocket."""


class BearerToken(str):
    """The token of a request, and the ASGI scope of the request. Its repr does not contain it."""

    __slots__ = ("scope",)
    scope: Scope

    def __repr__(self) -> str:
        return "<BearerToken of a request>"

    @classmethod
    def of_request(cls, text: str, scope: Scope) -> "BearerToken":
        """Return the token `text` of the request with `scope`."""
        token = cls(text)
        token.scope = scope
        return token
