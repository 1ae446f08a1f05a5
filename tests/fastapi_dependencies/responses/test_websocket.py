"""WebSocket routes: the dependencies, the token in a header or after a subprotocol, and rejected handshakes.

Starlette 0.41 and newer send the error response to a rejected handshake. Older ones send a 403 without a body.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import pytest
import starlette
from fastapi import Depends, FastAPI, HTTPException, WebSocket
from starlette.requests import HTTPConnection
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from fastjose import RemoteKeySet, Verifier, sign_token
from fastjose._fastapi.responses import supports_denial_response
from fastjose._places.subprotocol import token_from_subprotocols
from fastjose.better_auth import api_verifier
from fastjose.fastapi import BearerAuth, CurrentUser
from fastjose.revocation import RevocationList
from support.environment.fresh_import import SECRET, set_environment
from support.servers.uvicorn_server import ServedApp, run_uvicorn
from support.tokens.bearer_tokens import BASE_URL, KEY_SET, make_api_token

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.http

SUPPORTS_DENIAL_RESPONSE = supports_denial_response(starlette.__version__)
VERIFIER = api_verifier(BASE_URL, keys=KEY_SET)


def make_token(**claims: Any) -> str:
    claims = {"sub": "user-1", "email": "ada@example.com", "exp": int(time.time()) + 60, **claims}
    return sign_token(claims, SECRET, algorithm="HS256")


@pytest.mark.parametrize(
    ("version", "is_supported"),
    [("0.40.0", False), ("0.40.9", False), ("0.41.0", True), ("0.41", True), ("0.100.1", True), ("1.0.0", True)],
)
def test_denial_responses_need_starlette_0_41(version: str, is_supported: bool) -> None:  # noqa: FBT001 - a parameter
    assert supports_denial_response(version) is is_supported


def test_only_the_token_itself_is_checked_again() -> None:
    """A connection keeps its result: a revocation is not seen through it."""
    revocations = RevocationList()
    auth = BearerAuth(Verifier(SECRET, algorithms="HS256", revocations=revocations))
    headers = [(b"authorization", f"Bearer {make_token(sid='session-1')}".encode())]
    websocket = HTTPConnection({"type": "websocket", "path": "/", "headers": headers})

    async def check() -> None:
        user, token = await auth.current_user(websocket), await auth.oauth2_scheme(websocket)
        assert token is not None
        assert await auth.current_user(str(token)) == user
        revocations.revoke_session("session-1")
        assert await auth.current_user(websocket) == await auth.current_user(token) == user
        with pytest.raises(HTTPException) as caught:
            await auth.current_user(str(token))
        assert caught.value.status_code == 401

    asyncio.run(check())


# --- Under a real server ---


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    directory = tmp_path_factory.mktemp("websocket")
    environment = {"BETTER_AUTH_SECRET": SECRET, "JWT_WEBSOCKET_SUBPROTOCOL": "bearer"}
    with run_uvicorn(directory, "support.applications.websocket_app:app", **environment) as app:
        yield app


def receive_message(
    app: ServedApp, path: str, *, header: str | None = None, offers: list[str] | None = None
) -> tuple[str | bytes, Any]:
    """Return the first message of the application, and the subprotocol that it accepted."""
    headers = {} if header is None else {"Authorization": header}
    url = app.origin.replace("http", "ws") + path
    with connect(url, additional_headers=headers, subprotocols=offers, proxy=None) as connection:  # type: ignore[arg-type]  # a str is a Subprotocol
        return connection.recv(timeout=10), connection.subprotocol


def rejection_of(app: ServedApp, path: str, **options: Any) -> tuple[int, str | None, Any]:
    """Return the status, the challenge and the detail of a rejected handshake."""
    with pytest.raises(InvalidStatus) as raised:
        receive_message(app, path, **options)
    response = raised.value.response
    detail = json.loads(response.body)["detail"] if response.body else None
    return response.status_code, response.headers.get("www-authenticate"), detail


def expected_rejection(status: int, challenge: str | None, detail: str) -> tuple[int, str | None, Any]:
    return (status, challenge, detail) if SUPPORTS_DENIAL_RESPONSE else (403, None, None)


def test_websocket_authorization_header_is_accepted(app: ServedApp) -> None:
    assert receive_message(app, "/me", header=f"Bearer {make_token()}") == ("user-1 ada@example.com", None)
    assert receive_message(app, "/user-id", header=f"bearer {make_token()}") == ("user-1", None)
    assert receive_message(app, "/optional", header=f"Bearer {make_token()}") == ("user-1", None)
    assert receive_message(app, "/admin", header=f"Bearer {make_token(role='user,admin')}") == ("user-1", None)


def test_websocket_subprotocol_token_is_accepted(app: ServedApp) -> None:
    for offers in (["bearer", make_token()], ["chat.v1", "bearer", make_token()], ["bearer", make_token(), "chat.v1"]):
        assert receive_message(app, "/me", offers=offers) == ("user-1 ada@example.com", "bearer")


def test_websocket_handshake_without_valid_token_is_rejected(app: ServedApp) -> None:
    not_authenticated = expected_rejection(401, "Bearer", "Not authenticated")
    for options in (
        {},
        {"header": "Basic dXNlcjpwdw=="},
        {"header": "Bearer "},
        {"offers": ["bearer"]},
        {"offers": [make_token()]},
        {"offers": ["Bearer", make_token()]},
        {"offers": ["bearer", make_token()], "header": f"Bearer {make_token()}"},
    ):
        for path in ("/me", "/user-id", "/admin"):
            assert rejection_of(app, path, **options) == not_authenticated
        assert receive_message(app, "/optional", **options)[0] == "guest"
    expired = make_token(exp=int(time.time()) - 60)
    for options in ({"header": f"Bearer {expired}"}, {"offers": ["bearer", expired]}):
        assert rejection_of(app, "/me", **options) == expected_rejection(401, "Bearer", "Token has expired")
        assert receive_message(app, "/optional", **options)[0] == "guest"


def test_websocket_handshake_without_required_role_is_rejected(app: ServedApp) -> None:
    forbidden = expected_rejection(403, None, "Not authorized to access this resource")
    assert rejection_of(app, "/admin", header=f"Bearer {make_token(role='user')}") == forbidden


def test_http_request_ignores_the_subprotocol_header(app: ServedApp) -> None:
    headers = {"Sec-WebSocket-Protocol": f"bearer, {make_token()}"}
    assert httpx.get(f"{app.origin}/me", headers=headers, trust_env=False).status_code == 401


def test_websocket_log_contains_no_token_and_no_traceback(app: ServedApp) -> None:
    log = app.read_log()
    assert "Traceback" not in log
    assert "500 Internal Server Error" not in log
    assert make_token().split(".")[0] not in log


# --- With and without support for denial responses ---


def record_messages(app: FastAPI, token: str | None, *, supports_denial_response: bool) -> list[dict[str, Any]]:
    """Return the ASGI messages that `app` sends to a client that connects to /me."""
    scope: dict[str, Any] = {
        "type": "websocket",
        "path": "/me",
        "raw_path": b"/me",
        "query_string": b"",
        "root_path": "",
        "scheme": "ws",
        "subprotocols": [],
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
        "headers": [] if token is None else [(b"authorization", f"Bearer {token}".encode())],
        **({"extensions": {"websocket.http.response": {}}} if supports_denial_response else {}),
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    asyncio.run(app(scope, receive, send))
    return sent


def build_websocket_app(dependency: Any) -> FastAPI:
    app = FastAPI()

    async def me(websocket: WebSocket, user: Any) -> None:
        await websocket.accept()
        await websocket.send_text(user.user_id)

    me.__annotations__["user"] = Annotated[CurrentUser, Depends(dependency)]
    me.__annotations__["websocket"] = WebSocket
    app.websocket("/me")(me)
    return app


AUTH = BearerAuth(VERIFIER)
LATE = 4_000_000_000  # the tokens below are signed when the module is imported, and a test run may outlast 15 minutes
REJECTIONS: list[tuple[Any, str | None, int, str]] = [
    (AUTH.current_user, None, 1008, "Not authenticated"),
    (AUTH.current_user, make_api_token(exp=1), 1008, "Token has expired"),
    (
        AUTH.current_user,
        make_api_token(exp=LATE, cnf={}),
        1008,
        "Invalid token claims: The token is sender-constrained (cnf) and must",
    ),
    (AUTH.require_role("admin"), make_api_token(exp=LATE), 1008, "Not authorized to access this resource"),
    (AUTH.require_role("admin"), make_api_token(exp=1), 1008, "Token has expired"),
    (
        AUTH.require_role("admin"),
        make_api_token(exp=LATE, email=5),
        1008,
        "Invalid token claims: Email must be a string.",
    ),
]


@pytest.mark.parametrize(("dependency", "token", "code", "reason"), REJECTIONS)
def test_rejection_closes_the_websocket_if_denial_responses_are_unsupported(
    dependency: Any, token: str | None, code: int, reason: str
) -> None:
    (sent,) = record_messages(build_websocket_app(dependency), token, supports_denial_response=False)
    assert (sent["type"], sent["code"]) == ("websocket.close", code)
    assert sent["reason"].startswith(reason)


@pytest.mark.parametrize("name", ["current_user", "current_user_optional"])
def test_unavailable_key_closes_with_1013_or_responds_503(name: str) -> None:
    auth = BearerAuth(Verifier(RemoteKeySet("http://127.0.0.1:1/jwks"), issuer=BASE_URL, audience=BASE_URL))
    app = build_websocket_app(getattr(auth, name))
    (sent,) = record_messages(app, make_api_token(), supports_denial_response=False)
    assert (sent["type"], sent["code"]) == ("websocket.close", 1013)
    if SUPPORTS_DENIAL_RESPONSE:
        start, *_ = record_messages(app, make_api_token(), supports_denial_response=True)
        assert (start["type"], start["status"]) == ("websocket.http.response.start", 503)
        assert b"retry-after" in dict(start["headers"])


def test_rejection_sends_a_denial_response_if_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [
        sent["type"]
        for sent in record_messages(
            build_websocket_app(AUTH.current_user), make_api_token(), supports_denial_response=True
        )
    ] == [*("websocket.accept", "websocket.send")]
    for dependency, rejected_token, code, reason in REJECTIONS:
        start, *_ = record_messages(build_websocket_app(dependency), rejected_token, supports_denial_response=True)
        if SUPPORTS_DENIAL_RESPONSE:
            assert (start["type"], start["status"] in {401, 403}) == ("websocket.http.response.start", True)
        else:
            assert (start["type"], start["code"]) == ("websocket.close", code), reason
    monkeypatch.setattr("fastjose._fastapi.responses._SUPPORTS_DENIAL_RESPONSE", False)
    (sent,) = record_messages(build_websocket_app(AUTH.current_user), None, supports_denial_response=True)
    assert (sent["type"], sent["code"]) == ("websocket.close", 1008)


# --- The subprotocol ---


@pytest.mark.parametrize(
    ("offers", "token"),
    [
        ([], None),
        (["bearer, t"], "t"),
        (["bearer,t"], "t"),
        (["bearer ,\tt "], "t"),
        (["chat", "bearer", "t"], "t"),
        (["chat, bearer", "t, other"], "t"),
        (["bearer"], None),
        (["bearer,"], None),
        (["bearer,,t"], None),
        (["t, bearer"], None),
        (["bearer, t, bearer, u"], None),
        (["BEARER, t"], None),
        (["bearer t"], None),
        (["mybearer, t"], None),
    ],
)
def test_token_from_subprotocols_returns_the_entry_after_the_name(offers: list[str], token: str | None) -> None:
    assert token_from_subprotocols(offers, "bearer") == token


def test_subprotocol_token_is_read_only_if_configured() -> None:
    scope_headers = [(b"sec-websocket-protocol", f"bearer, {make_api_token()}".encode())]
    for auth, expected in ((AUTH, False), (BearerAuth(VERIFIER, websocket_subprotocol="bearer"), True)):
        token = asyncio.run(auth.oauth2_scheme_optional(make_connection(scope_headers)))
        assert (token is not None) is expected


def make_connection(headers: list[tuple[bytes, bytes]]) -> Any:
    return HTTPConnection({"type": "websocket", "headers": headers})


@pytest.mark.parametrize("name", ["", "a b", "a,b", "bearer\r\n", "ä", '"a"', "a/b"])
def test_invalid_subprotocol_name_raises_value_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, name: str) -> None:
    with pytest.raises(ValueError, match="websocket_subprotocol"):
        BearerAuth(VERIFIER, websocket_subprotocol=name)
    if name:
        set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_URL": BASE_URL, "JWT_WEBSOCKET_SUBPROTOCOL": name})
        with pytest.raises(ValueError, match="JWT_WEBSOCKET_SUBPROTOCOL"):
            BearerAuth.from_environment()
