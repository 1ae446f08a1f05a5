"""Places of tokens from FastAPI's security schemes: `HTTPBearer()`, `APIKeyHeader(name=…)`, `APIKeyCookie(name=…)`."""

from __future__ import annotations

from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    HTTPAuthorizationCredentials,
    HTTPBasic,
    HTTPBearer,
    HTTPDigest,
    OAuth2,
    OAuth2AuthorizationCodeBearer,
    OAuth2PasswordBearer,
    OpenIdConnect,
)
from fastapi.security.base import SecurityBase
from fastapi.security.http import HTTPBase
from starlette.exceptions import HTTPException, WebSocketException

from fastjose._fastapi.places.place_schemes import PlaceScheme
from fastjose._hints.credential_hints import CredentialHints
from fastjose._places.sources import HTTP_NAME, BearerHeader, CookieHeader, KeyHeader, KeyQuery, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import HTTPConnection

_HINTS = CredentialHints()


class ApplicationScheme(Place):
    """A scheme of the application: any object that is called with the connection of a request.

    It may be a scheme that reads a cookie. So its token is under the rule for cookies if the request has any.
    """

    is_cookie = True

    def __init__(self, scheme: Callable[[HTTPConnection], Any]) -> None:
        """Create the place of what `scheme` returns."""
        self._scheme = scheme

    async def read(self, connection: HTTPConnection) -> str | None:
        """Return what the scheme returns: a str, the credentials of an HTTPAuthorizationCredentials, or None.

        An error of the scheme, and a result of another type, count as a credential that is not valid.

        Raises:
            HTTPException, WebSocketException: The scheme raised it.
        """
        try:
            result = self._scheme(connection)
            if isawaitable(result):
                result = await result
        except (HTTPException, WebSocketException):
            raise
        except Exception:  # noqa: BLE001 - the input of clients must not cause a 500
            result = NotImplemented
        if isinstance(result, HTTPAuthorizationCredentials):
            result = result.credentials
        if result is None or isinstance(result, str):
            return None if result is None else result.strip()
        _HINTS.log_code("token_scheme_failed")
        return ""


def schemes_of_names(header: str | None, cookie: str | None) -> list[Any]:
    """Return the schemes for a header and a cookie by their names. None: the default header, and no cookie."""
    schemes: list[Any] = [HTTPBearer() if header is None else APIKeyHeader(name=header)]
    return schemes if cookie is None else [*schemes, APIKeyCookie(name=cookie)]


def read_schemes(schemes: Any) -> list[PlaceScheme]:
    """Return the places of one scheme, or of several, each described as its scheme describes itself.

    Raises:
        TypeError: A scheme cannot be called, is a class, or has a user name and a password.
        ValueError: The list is empty, or the name of a header or a cookie is invalid.
    """
    several: Sequence[Any] = schemes if isinstance(schemes, list | tuple) else [schemes]
    if not several:
        raise ValueError("scheme must be one security scheme, or several: the list is empty")
    return [_read_scheme(scheme) for scheme in several]


def _read_scheme(scheme: Any) -> PlaceScheme:
    if not callable(scheme) or isinstance(scheme, type | HTTPBasic | HTTPDigest):
        raise TypeError("scheme must be a security scheme whose credential is a token, such as HTTPBearer()")
    for kind, create in _PLACES.items():
        if isinstance(scheme, kind) and type(scheme).__call__ is kind.__call__:
            return PlaceScheme(create(scheme), scheme.model, scheme.scheme_name)
    place = ApplicationScheme(scheme)
    if isinstance(scheme, SecurityBase):
        return PlaceScheme(place, scheme.model, scheme.scheme_name)
    return PlaceScheme(place, HTTPBearerModel(description="A token."), "HTTPBearer")


def _create_bearer(_: Any) -> Place:
    return BearerHeader()


_PLACES: dict[type[Any], Callable[[Any], Place]] = {
    HTTPBearer: _create_bearer,
    OAuth2PasswordBearer: _create_bearer,
    OAuth2AuthorizationCodeBearer: _create_bearer,
    OAuth2: _create_bearer,
    OpenIdConnect: _create_bearer,
    HTTPBase: lambda scheme: BearerHeader(scheme=_check_name(scheme.model.scheme)),
    APIKeyHeader: lambda scheme: KeyHeader(_check_name(scheme.model.name)),
    APIKeyCookie: lambda scheme: CookieHeader(_check_name(scheme.model.name)),
    APIKeyQuery: lambda scheme: KeyQuery(scheme.model.name),
}
"""How the token of each scheme is found, more strictly than the scheme itself does: exactly one, and not empty.

A subclass with a `__call__` of its own is a scheme of the application.
"""


def _check_name(name: object) -> str:
    if not isinstance(name, str) or not HTTP_NAME.fullmatch(name):
        raise ValueError("scheme must have a name of letters, digits and hyphens, such as X-Access-Token")
    return name
