"""`JwtAuthenticationMiddleware`: what the application, the error handler and the server get of a WebSocket."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from starlette.authentication import AuthCredentials, AuthenticationError, UnauthenticatedUser

from fastjose import Verifier, sign_token
from fastjose._connections.sender import Sender
from fastjose._starlette.middleware import JwtAuthenticationMiddleware
from fastjose._starlette.responses import RefusedCredentialError, create_response
from fastjose.starlette import JwtAuthenticationBackend, JwtUser
from support.environment.fresh_import import SECRET

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from starlette.requests import HTTPConnection
    from starlette.types import Receive, Scope, Send

pytestmark = pytest.mark.http

RESPONDS: dict[str, Any] = {"websocket.http.response": {}}


async def receive() -> dict[str, Any]:
    return {"type": "websocket.connect"}


class Calls:
    """An application, the handler of errors and a server, which note their calls."""

    def __init__(self) -> None:
        self.backend = JwtAuthenticationBackend(Verifier(SECRET, algorithms=["HS256"]))
        self.accepted: list[tuple[Any, ...]] = []
        self.errors: list[tuple[HTTPConnection, AuthenticationError]] = []
        self.responses: list[tuple[Any, ...]] = []
        self.sent: list[MutableMapping[str, Any]] = []

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.accepted.append((scope, receive, send))

    def on_error(self, connection: HTTPConnection, error: AuthenticationError) -> Any:
        self.errors.append((connection, error))

        async def respond(scope: Scope, receive: Receive, send: Send) -> None:
            self.responses.append((scope, receive, send))
            await create_response(connection, error)(scope, receive, send)

        return respond

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)

    def open(self, authorization: bytes | None, kind: str = "websocket", **scope: Any) -> dict[str, Any]:
        headers = [] if authorization is None else [(b"authorization", authorization)]
        full = {"type": kind, "path": "/", "query_string": b"", "headers": headers, "subprotocols": [], **scope}
        middleware = JwtAuthenticationMiddleware(self.app, backend=self.backend, on_error=self.on_error)
        asyncio.run(middleware(full, receive, self.send))
        return full


@pytest.fixture
def calls() -> Calls:
    return Calls()


def make_bearer(**claims: Any) -> bytes:
    members = {"sub": "user-1", "exp": int(time.time()) + 60, **claims}
    return b"Bearer " + sign_token(members, SECRET, algorithm="HS256").encode()


@pytest.mark.parametrize("kind", ["websocket", "http"])
def test_application_has_the_user_and_the_scopes_of_the_token(calls: Calls, kind: str) -> None:
    scope = calls.open(make_bearer(scope="tasks:read"), kind)
    assert calls.accepted == [(scope, receive, calls.send)]
    assert scope["user"].user_id == "user-1"
    assert scope["auth"].scopes == ["authenticated", "tasks:read"]
    assert calls.sent == []


@pytest.mark.parametrize("kind", ["websocket", "http"])
def test_connection_without_a_credential_has_no_user_and_no_scopes(calls: Calls, kind: str) -> None:
    scope = calls.open(None, kind)
    assert calls.accepted == [(scope, receive, calls.send)]
    assert type(scope["user"]) is UnauthenticatedUser
    assert (type(scope["auth"]), scope["auth"].scopes) == (AuthCredentials, [])


def test_application_is_not_called_for_a_refused_handshake(calls: Calls) -> None:
    calls.open(make_bearer(exp=1))
    assert calls.sent == [{"type": "websocket.close", "code": 1008, "reason": "Token has expired"}]
    assert (calls.accepted, calls.errors) == ([], [])


def test_refused_handshake_is_answered_with_the_response_of_the_handler(calls: Calls) -> None:
    scope = calls.open(make_bearer(exp=1), extensions=RESPONDS)
    ((connection, error),) = calls.errors
    assert connection.scope is scope
    assert isinstance(error, RefusedCredentialError)
    assert (error.refusal.status_code, str(error)) == (401, "Token has expired")
    assert calls.responses == [(scope, receive, calls.send)]
    assert (calls.sent[0]["type"], calls.sent[0]["status"]) == ("websocket.http.response.start", 401)
    assert calls.accepted == []


def test_user_is_equal_to_one_with_the_same_id_and_claims() -> None:
    claims = {"sub": "user-1", "name": "Ada"}
    user = JwtUser(Sender(claims, "user-1", None))
    assert user == JwtUser(Sender(dict(claims), "user-1", None))
    for other in (
        JwtUser(Sender({**claims, "name": "Eve"}, "user-1", None)),
        JwtUser(Sender(claims, "user-2", None)),
        Sender(claims, "user-1", None),
        UnauthenticatedUser(),
        "user-1",
    ):
        assert user != other
        assert other != user


@pytest.mark.parametrize("value", [5, True, ["Ada"], {"first": "Ada"}, None])
def test_name_or_email_that_is_no_text_is_none(value: Any) -> None:
    user = JwtUser(Sender({"name": value, "email": value}, "user-1", None))
    assert (user.name, user.email, user.display_name) == (None, None, "user-1")
