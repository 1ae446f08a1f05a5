"""The places of a request that can have a credential: the Authorization header, another header, cookies.

Each is a security scheme of the OpenAPI document as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase

from fastjose._core import bearer_token

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection


class BearerHeader(SecurityBase):
    """The bearer token of the Authorization header (RFC 6750 §2.1)."""

    def __init__(self, description: str) -> None:
        """Create the source; `description` is that of the OpenAPI document."""
        self.model, self.scheme_name = HTTPBearerModel(description=description), "HTTPBearer"

    def is_present(self, connection: HTTPConnection) -> bool:
        """Return whether the request has a bearer token, even one that is empty, or one of several."""
        return any(value[:6].lower() == "bearer" for value in connection.headers.getlist("authorization"))

    def find(self, connection: HTTPConnection) -> str | None:
        """Return the token, or None without exactly one."""
        return bearer_token(connection.headers.getlist("authorization"))

    async def __call__(self) -> None:
        """Do nothing. FastAPI takes the security scheme of a route from the dependency."""


class KeyHeader(SecurityBase):
    """A header whose value is a credential."""

    def __init__(self, name: str) -> None:
        """Create the source for the header `name`, such as `x-api-key`."""
        self.name = name
        self.model, self.scheme_name = APIKey(**{"in": APIKeyIn.header}, name=name), "APIKeyHeader"  # type: ignore[arg-type]  # its alias is a keyword of Python

    def is_present(self, connection: HTTPConnection) -> bool:
        """Return whether the request has the header."""
        return self.name in connection.headers

    def find(self, connection: HTTPConnection) -> str | None:
        """Return the value, or None if the request has several, or an empty one."""
        values = connection.headers.getlist(self.name)
        return (values[0].strip() or None) if len(values) == 1 else None

    async def __call__(self) -> None:
        """Do nothing. FastAPI takes the security scheme of a route from the dependency."""


class CookieHeader(SecurityBase):
    """The cookies of a browser; `name` is that of the one that the OpenAPI document describes."""

    def __init__(self, name: str) -> None:
        """Create the source."""
        self.model, self.scheme_name = APIKey(**{"in": APIKeyIn.cookie}, name=name), "APIKeyCookie"  # type: ignore[arg-type]  # as above

    def find(self, connection: HTTPConnection) -> list[bytes]:
        """Return the values of the Cookie headers. HTTP/2 permits several (RFC 9113 §8.2.3)."""
        return [value for name, value in connection.scope["headers"] if name == b"cookie"]

    async def __call__(self) -> None:
        """Do nothing. FastAPI takes the security scheme of a route from the dependency."""
