"""The places of a request that can have a credential: the Authorization header, another header, cookies, the query."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fastjose._core import bearer_token

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

HTTP_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""The name of a header (RFC 9110 §5.6.2), a cookie (RFC 6265 §4.1.1) or a WebSocket subprotocol (RFC 6455 §4.1)."""
_BEARER = "bearer"


class Place:
    """A place of a request that can have one credential, a text."""

    is_cookie = False
    """Whether a browser sends the credential by itself, also with the requests of another site."""

    def is_present(self, connection: HTTPConnection) -> bool:
        """Return whether the request has a credential here, even one that is empty, or one of several."""
        raise NotImplementedError

    def find(self, connection: HTTPConnection) -> str | None:
        """Return the credential, or None without exactly one that is not empty."""
        raise NotImplementedError

    async def read(self, connection: HTTPConnection) -> str | None:
        """Return the credential, or None if the request has none here: `""` if it is empty, or one of several."""
        return (self.find(connection) or "") if self.is_present(connection) else None


class BearerHeader(Place):
    """The bearer token of the Authorization header (RFC 6750 §2.1), or the credential of another scheme there."""

    def __init__(self, description: str | None = None, *, scheme: str = _BEARER) -> None:
        """Create the place; `scheme` is the name before the credential, in any case (RFC 9110 §11.1).

        `description` is for the OpenAPI document.
        """
        self.description = description
        self._scheme = scheme.lower()
        self.is_bearer = self._scheme == _BEARER

    def is_present(self, connection: HTTPConnection) -> bool:
        """Return whether the request has a bearer token, even one that is empty, or one of several."""
        length = len(self._scheme)
        return any(value[:length].lower() == self._scheme for value in connection.headers.getlist("authorization"))

    def find(self, connection: HTTPConnection) -> str | None:
        """Return the token, or None without exactly one Authorization header."""
        values = connection.headers.getlist("authorization")
        if self.is_bearer:
            return bearer_token(values)
        scheme, _, credential = values[0].partition(" ") if len(values) == 1 else ("", "", "")
        return (credential.strip(" ") or None) if scheme.lower() == self._scheme else None


class KeyHeader(Place):
    """A header whose value is a credential."""

    def __init__(self, name: str) -> None:
        """Create the place for the header `name`, such as `x-api-key`."""
        self.name = name

    def is_present(self, connection: HTTPConnection) -> bool:
        """Return whether the request has the header."""
        return self.name in connection.headers

    def find(self, connection: HTTPConnection) -> str | None:
        """Return the value, or None if the request has several, or an empty one."""
        values = connection.headers.getlist(self.name)
        return (values[0].strip() or None) if len(values) == 1 else None


class KeyQuery(Place):
    """A parameter of the URL whose value is a credential."""

    def __init__(self, name: str) -> None:
        """Create the place for the parameter `name`."""
        self.name = name

    def is_present(self, connection: HTTPConnection) -> bool:
        """Return whether the URL has the parameter."""
        return self.name in connection.query_params

    def find(self, connection: HTTPConnection) -> str | None:
        """Return the value, or None if the URL has several, or an empty one."""
        values = connection.query_params.getlist(self.name)
        return (values[0].strip() or None) if len(values) == 1 else None


class CookieHeader(Place):
    """The cookies of a browser; `name` is that of the one that the OpenAPI document describes."""

    is_cookie = True

    def __init__(self, name: str) -> None:
        """Create the place."""
        self.name = name

    def headers(self, connection: HTTPConnection) -> list[bytes]:
        """Return the values of the Cookie headers. HTTP/2 permits several (RFC 9113 §8.2.3)."""
        return [value for name, value in connection.scope["headers"] if name == b"cookie"]

    def is_present(self, connection: HTTPConnection) -> bool:
        """Return whether the browser sends a cookie of the name."""
        return bool(self._values(connection))

    def find(self, connection: HTTPConnection) -> str | None:
        """Return the value without quotation marks, or None if the request has several cookies of the name.

        Of two, a proxy and a server could choose different ones. Nothing is decoded: a token needs no encoding.
        """
        values = self._values(connection)
        return (values[0] or None) if len(values) == 1 else None

    def _values(self, connection: HTTPConnection) -> list[str]:
        """Return the values of the cookies of the name, in the grammar of `src/transport/cookies.rs`."""
        name, values = self.name.encode(), []
        for header in self.headers(connection):
            for entry in header.split(b";") if name in header else ():
                before, equals, value = entry.partition(b"=")
                if equals and before.strip(b" \t") == name:
                    values.append(_unquote(value.strip(b" \t")).decode("latin-1"))
        return values


def _unquote(value: bytes) -> bytes:
    """Remove the double quotes of the form in RFC 6265 §4.1.1."""
    return value[1:-1] if len(value) > 1 and value[:1] == value[-1:] == b'"' else value
