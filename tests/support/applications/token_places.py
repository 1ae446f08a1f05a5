"""The places where a `BearerAuth` can find its token, and applications that read them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote_from_bytes

from fastapi import Depends, FastAPI, WebSocket
from fastapi.security import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    HTTPBearer,
    OAuth2AuthorizationCodeBearer,
    OAuth2PasswordBearer,
    OpenIdConnect,
)
from fastapi.security.http import HTTPBase

from fastjose import Verifier, sign_token
from fastjose.fastapi import BearerAuth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import HTTPConnection

    from support.clients.asgi_client import Header

SECRET = b"a secret of at least thirty-two bytes"
VERIFIER = Verifier(SECRET, algorithms="HS256")
ROUTES = ("user", "optional", "id", "claims", "role")


def make_token(sub: str = "user-1", **claims: Any) -> bytes:
    members = {"sub": sub, "role": "admin", "exp": int(time.time()) + 86_400, **claims}
    return sign_token(members, SECRET, algorithm="HS256").encode()


@dataclass(frozen=True, eq=False)
class SentPlace:
    """A place, and how a client sends values there.

    Attributes:
        scheme: The security scheme that reads the place.
        header: Returns the header with a value; None if the values are in the query.
    """

    scheme: Any
    header: Callable[[bytes], Header] | None

    def headers(self, values: Sequence[bytes]) -> list[Header]:
        return [] if self.header is None else [self.header(value) for value in values]

    def one(self, value: bytes) -> Header:
        (header,) = self.headers([value])
        return header

    def query(self, values: Sequence[bytes]) -> bytes:
        return b"" if self.header is not None else b"&".join(b"token=" + quote_from_bytes(v).encode() for v in values)


def authorization(value: bytes) -> Header:
    return (b"authorization", b"Bearer " + value)


async def read_x_token(connection: HTTPConnection) -> str | None:
    """Return the header as a scheme of an application would: without any check."""
    return connection.headers.get("x-token")


PLACES = {
    "bearer": SentPlace(HTTPBearer(), authorization),
    "password": SentPlace(OAuth2PasswordBearer("/sign-in"), authorization),
    "code": SentPlace(OAuth2AuthorizationCodeBearer("/authorize", "/token"), authorization),
    "openid": SentPlace(OpenIdConnect(openIdConnectUrl="/.well-known/openid-configuration"), authorization),
    "other_scheme": SentPlace(HTTPBase(scheme="JWT"), lambda value: (b"authorization", b"JWT " + value)),
    "header": SentPlace(
        APIKeyHeader(name="Cf-Access-Jwt-Assertion"), lambda value: (b"cf-access-jwt-assertion", value)
    ),
    "whole_authorization": SentPlace(APIKeyHeader(name="Authorization"), lambda value: (b"authorization", value)),
    "cookie": SentPlace(APIKeyCookie(name="__session"), lambda value: (b"cookie", b"a=1; __session=" + value)),
    "query": SentPlace(APIKeyQuery(name="token"), None),
}


def build_app(scheme: Any, **options: Any) -> FastAPI:
    """Return an application with a GET, a POST and a WebSocket route for each kind of dependency."""
    auth = BearerAuth(VERIFIER, scheme=scheme, **options)
    return build_app_of(auth)


def build_app_of(auth: BearerAuth) -> FastAPI:
    app = FastAPI()
    dependencies = {
        "user": auth.current_user,
        "optional": auth.current_user_optional,
        "id": auth.user_id,
        "claims": auth.current_claims,
        "role": auth.require_role("admin"),
        "function": auth.current_user.function,
        "scheme": auth.oauth2_scheme,
        "scheme_optional": auth.oauth2_scheme_optional,
    }
    for name, dependency in dependencies.items():
        _add_routes(app, name, dependency)
    return app


def _add_routes(app: FastAPI, name: str, dependency: Any) -> None:
    async def route(result: Any) -> Any:
        return result

    async def websocket_route(websocket: WebSocket, result: Any) -> None:
        await websocket.accept()
        await websocket.send_json(result if isinstance(result, str | dict | None) else result.model_dump())

    for function in (route, websocket_route):
        function.__annotations__["result"] = Annotated[Any, Depends(dependency)]
    websocket_route.__annotations__["websocket"] = WebSocket
    app.get(f"/{name}")(route)
    others = ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
    app.api_route(f"/{name}", methods=others, include_in_schema=False)(route)
    app.websocket(f"/{name}")(websocket_route)
