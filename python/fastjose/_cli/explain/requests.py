"""The request that has the credential: what a client of the application would send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from starlette.requests import Request

if TYPE_CHECKING:
    from fastjose.settings import AuthSettings

CredentialForm = Literal["bearer", "cookie", "api-key"]
"""How a client sends the credential. `cookie`: it is the value of the Cookie header."""

_BEARER_NAMES = frozenset({"jwt", "opaque", "session"})


class Place(NamedTuple):
    """A header of the request, what its value begins with, and the kind of credential in it, if the place tells."""

    header: str
    prefix: str = ""
    kind: str | None = None


def choose_place(settings: AuthSettings, form: CredentialForm | None = None) -> Place:
    """Return where the application expects a credential that is sent as `form`, or as it accepts one by default."""
    form = form or _default_form(settings)
    if form == "api-key":
        return Place(settings.better_auth_api_key_header.strip().lower(), kind="api_key")
    if form == "cookie":
        return Place("cookie", kind="cookie" if "cookie" in settings.credentials else "auth_js")
    if settings.credentials == ["jwt"]:
        return _place_of_token(settings)
    return Place("authorization", "Bearer ")


def _default_form(settings: AuthSettings) -> CredentialForm:
    names = settings.credentials
    if not _BEARER_NAMES.isdisjoint(names):
        return "bearer"
    return "api-key" if "api_key" in names else "cookie"


def _place_of_token(settings: AuthSettings) -> Place:
    if settings.jwt_token_header is not None:
        return Place(settings.jwt_token_header.strip().lower())
    if settings.jwt_token_cookie is not None:
        return Place("cookie", f"{settings.jwt_token_cookie.strip()}=")
    return Place("authorization", "Bearer ")


def build_request(place: Place, credential: bytes) -> Request:
    """Return a GET request with `credential` in `place`, as a client other than a browser sends it."""
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "scheme": "http",
        "server": ("localhost", 80),
        "headers": [(b"host", b"localhost"), (place.header.encode(), place.prefix.encode() + credential)],
    }
    return Request(scope)
