"""`CredentialAuth`: the result that an ASGI scope keeps is that of its own headers and method alone."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import asyncio
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Request
from starlette.requests import HTTPConnection

from fastjose._authorization.grants import build_grants
from fastjose._connections.credential_connections import CredentialConnections
from fastjose.better_auth import api_verifier
from fastjose.fastapi import BearerAuth, CredentialAuth, CurrentUser, JwtCredentials, SessionCookies
from support.better_auth.sessions import SECRET, RecordedLookup, sign_session_token
from support.clients.asgi_client import send_request
from support.tokens.bearer_tokens import BASE_URL, KEY_SET, make_api_token

pytestmark = pytest.mark.http

VERIFIER = api_verifier(BASE_URL, keys=KEY_SET)
COOKIE = f"better-auth.session_token={sign_session_token()}".encode()
OTHER_PAGE = (b"origin", b"https://evil.example")


def bearer(user_id: str) -> tuple[bytes, bytes]:
    return b"authorization", f"Bearer {make_api_token(sub=user_id, exp=4_000_000_000)}".encode()


def build_app(auth: Any) -> FastAPI:
    app = FastAPI()

    @app.api_route("/me", methods=["GET", "POST"])
    async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> str:
        return user.user_id

    @app.get("/batch")
    async def batch(request: Request, user: Annotated[CurrentUser, Depends(auth.current_user)]) -> list[Any]:
        assert user
        method, *headers = app.state.part
        part = {**request.scope, "path": "/me", "raw_path": b"/me", "method": method, "headers": headers}
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await app(part, request.receive, send)
        return [sent[0]["status"], sent[1]["body"].decode()]

    return app


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (["GET"], 401),
        (["GET", (b"authorization", b"Bearer x.y.z")], 401),
        (["GET", bearer("user-2")], '"user-2"'),
        (["GET", bearer("user-1")], '"user-1"'),
    ],
)
@pytest.mark.parametrize("auth", [CredentialAuth(JwtCredentials(VERIFIER)), BearerAuth(VERIFIER)])
def test_part_of_a_batch_is_authenticated_by_its_own_token(auth: Any, part: list[Any], expected: Any) -> None:
    app = build_app(auth)
    app.state.part = part
    assert expected in send_request(app, "/batch", [bearer("user-1")]).json()


def test_part_of_a_batch_with_cookies_is_checked_for_the_page_that_sends_it() -> None:
    app = build_app(CredentialAuth(SessionCookies(RecordedLookup(), secrets=[SECRET])))
    headers = [(b"cookie", COOKIE), OTHER_PAGE]
    for method, expected in (("GET", 200), ("POST", 403)):
        app.state.part = [method, *headers]
        assert send_request(app, "/batch", headers).json()[0] == expected


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [
        ({}, True),
        ({"path": "/other"}, True),
        ({"headers": [(b"cookie", COOKIE), (b"x-a", b"b")]}, False),
        ({"method": "POST"}, False),
        ({"query_string": b"key=1"}, False),
        ({"scheme": "https"}, False),
        ({"type": "websocket"}, False),
    ],
)
def test_copied_scope_with_another_credential_is_looked_up_again(changes: dict[str, Any], is_same: bool) -> None:  # noqa: FBT001 - a parameter of the test
    lookup = RecordedLookup()
    cookies = SessionCookies(lookup, secrets=[SECRET])
    connections = CredentialConnections([cookies], CurrentUser.model_validate, build_grants(), named_fields=set())
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/me",
        "query_string": b"",
        "headers": [(b"cookie", COOKIE)],
    }
    first = asyncio.run(connections.find_kept_outcome(HTTPConnection(scope)))
    again = asyncio.run(connections.find_kept_outcome(HTTPConnection({**scope, **changes})))
    assert first.principal is not None
    assert (first is again) == is_same
    assert len(lookup.tokens) == (1 if is_same else 2)


def test_kept_result_does_not_show_the_credential() -> None:
    app = build_app(CredentialAuth(JwtCredentials(VERIFIER)))
    scopes: list[Any] = []

    async def keep_scope(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(scope)
        await app(scope, receive, send)

    header = bearer("user-1")
    wrapped: Any = keep_scope
    assert send_request(wrapped, "/me", [header]).status == 200
    kept = [value for name, value in scopes[0].items() if name.startswith("fastjose.credential.")]
    assert kept
    assert header[1].decode().removeprefix("Bearer ") not in repr(kept)
