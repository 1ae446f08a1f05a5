"""WebSocket routes: the same dependencies, the token in a header or behind a subprotocol, and refusals that end well.

What a refused handshake gets depends on Starlette: from 0.41 on the answer itself, before only a 403 without a body.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import pytest
import starlette
from fastapi import Depends, FastAPI, WebSocket
from starlette.requests import HTTPConnection
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from fastjose import RemoteKeySet, Verifier, sign_token
from fastjose._fastapi.bearer import token_from_subprotocols
from fastjose.better_auth import api_verifier
from fastjose.fastapi import BearerAuth, CurrentUser
from support.bearer_tokens import BASE_URL, KEY_SET, make_api_token
from support.fresh_import import SECRET, set_environment
from support.uvicorn_server import ServedApp, run_uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.http

ANSWERS = tuple(map(int, starlette.__version__.split(".")[:2])) >= (0, 41)
VERIFIER = api_verifier(BASE_URL, keys=KEY_SET)


def token(**claims: Any) -> str:
    claims = {"sub": "user-1", "email": "ada@example.com", "exp": int(time.time()) + 60, **claims}
    return sign_token(claims, SECRET, algorithm="HS256")


# --- Under a real server ---


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    directory = tmp_path_factory.mktemp("websocket")
    environment = {"BETTER_AUTH_SECRET": SECRET, "JWT_WEBSOCKET_SUBPROTOCOL": "bearer"}
    with run_uvicorn(directory, "support.websocket_app:app", **environment) as app:
        yield app


def said(
    app: ServedApp, path: str, *, header: str | None = None, offers: list[str] | None = None
) -> tuple[str | bytes, Any]:
    """Return what the application says, and the subprotocol that it accepted with."""
    headers = {} if header is None else {"Authorization": header}
    url = app.origin.replace("http", "ws") + path
    with connect(url, additional_headers=headers, subprotocols=offers, proxy=None) as connection:  # type: ignore[arg-type]  # a str is a Subprotocol
        return connection.recv(timeout=10), connection.subprotocol


def refused(app: ServedApp, path: str, **options: Any) -> tuple[int, str | None, Any]:
    """Return the status of a handshake that is refused, its challenge, and its detail."""
    with pytest.raises(InvalidStatus) as raised:
        said(app, path, **options)
    answer = raised.value.response
    detail = json.loads(answer.body)["detail"] if answer.body else None
    return answer.status_code, answer.headers.get("www-authenticate"), detail


def unless_old(status: int, challenge: str | None, detail: str) -> tuple[int, str | None, Any]:
    return (status, challenge, detail) if ANSWERS else (403, None, None)


def test_the_authorization_header(app: ServedApp) -> None:
    assert said(app, "/me", header=f"Bearer {token()}") == ("user-1 ada@example.com", None)
    assert said(app, "/user-id", header=f"bearer {token()}") == ("user-1", None)
    assert said(app, "/optional", header=f"Bearer {token()}") == ("user-1", None)
    assert said(app, "/admin", header=f"Bearer {token(role='user,admin')}") == ("user-1", None)


def test_the_subprotocol_of_a_browser(app: ServedApp) -> None:
    for offers in (["bearer", token()], ["chat.v1", "bearer", token()], ["bearer", token(), "chat.v1"]):
        assert said(app, "/me", offers=offers) == ("user-1 ada@example.com", "bearer")


def test_without_a_good_token_the_handshake_is_refused(app: ServedApp) -> None:
    not_authenticated = unless_old(401, "Bearer", "Not authenticated")
    for options in (
        {},
        {"header": "Basic dXNlcjpwdw=="},
        {"header": "Bearer "},
        {"offers": ["bearer"]},
        {"offers": [token()]},
        {"offers": ["Bearer", token()]},
        {"offers": ["bearer", token()], "header": f"Bearer {token()}"},
    ):
        for path in ("/me", "/user-id", "/admin"):
            assert refused(app, path, **options) == not_authenticated
        assert said(app, "/optional", **options)[0] == "guest"
    expired = token(exp=int(time.time()) - 60)
    for options in ({"header": f"Bearer {expired}"}, {"offers": ["bearer", expired]}):
        assert refused(app, "/me", **options) == unless_old(401, "Bearer", "Token has expired")
        assert said(app, "/optional", **options)[0] == "guest"


def test_who_may_not_is_refused_too(app: ServedApp) -> None:
    forbidden = unless_old(403, None, "Not authorized to access this resource")
    assert refused(app, "/admin", header=f"Bearer {token(role='user')}") == forbidden


def test_over_http_a_subprotocol_is_no_token(app: ServedApp) -> None:
    headers = {"Sec-WebSocket-Protocol": f"bearer, {token()}"}
    assert httpx.get(f"{app.origin}/me", headers=headers, trust_env=False).status_code == 401


def test_no_token_is_in_the_log_and_no_refusal_is_an_error(app: ServedApp) -> None:
    log = app.read_log()
    assert "Traceback" not in log
    assert "500 Internal Server Error" not in log
    assert token().split(".")[0] not in log


# --- Under a server that cannot answer a handshake, and at every step ---


def messages(app: FastAPI, token: str | None, *, answers_handshakes: bool) -> list[dict[str, Any]]:
    """Return what `app` sends to a client that connects to /me."""
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
        **({"extensions": {"websocket.http.response": {}}} if answers_handshakes else {}),
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    asyncio.run(app(scope, receive, send))
    return sent


def app_of(dependency: Any) -> FastAPI:
    app = FastAPI()

    async def me(websocket: WebSocket, user: Any) -> None:
        await websocket.accept()
        await websocket.send_text(user.user_id)

    me.__annotations__["user"] = Annotated[CurrentUser, Depends(dependency)]
    me.__annotations__["websocket"] = WebSocket
    app.websocket("/me")(me)
    return app


AUTH = BearerAuth(VERIFIER)
CLOSED: list[tuple[Any, str | None, int, str]] = [
    (AUTH.current_user, None, 1008, "Not authenticated"),
    (AUTH.current_user, make_api_token(exp=1), 1008, "Token has expired"),
    (
        AUTH.current_user,
        make_api_token(cnf={}),
        1008,
        "Invalid token claims: The token is sender-constrained (cnf) and must",
    ),
    (AUTH.require_role("admin"), make_api_token(), 1008, "Not authorized to access this resource"),
    (AUTH.require_role("admin"), make_api_token(exp=1), 1008, "Token has expired"),
    (AUTH.require_role("admin"), make_api_token(email=5), 1008, "Invalid token claims: Email must be a string."),
]


@pytest.mark.parametrize(("dependency", "token", "code", "reason"), CLOSED)
def test_a_server_that_cannot_answer_closes(dependency: Any, token: str | None, code: int, reason: str) -> None:
    (sent,) = messages(app_of(dependency), token, answers_handshakes=False)
    assert (sent["type"], sent["code"]) == ("websocket.close", code)
    assert sent["reason"].startswith(reason)


@pytest.mark.parametrize("name", ["current_user", "current_user_optional"])
def test_a_key_that_cannot_be_had_is_for_later(name: str) -> None:
    auth = BearerAuth(Verifier(RemoteKeySet("http://127.0.0.1:1/jwks"), issuer=BASE_URL, audience=BASE_URL))
    app = app_of(getattr(auth, name))
    (sent,) = messages(app, make_api_token(), answers_handshakes=False)
    assert (sent["type"], sent["code"]) == ("websocket.close", 1013)
    if ANSWERS:
        start, *_ = messages(app, make_api_token(), answers_handshakes=True)
        assert (start["type"], start["status"]) == ("websocket.http.response.start", 503)
        assert b"retry-after" in dict(start["headers"])


def test_a_server_that_can_answer_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [
        sent["type"] for sent in messages(app_of(AUTH.current_user), make_api_token(), answers_handshakes=True)
    ] == [*("websocket.accept", "websocket.send")]
    for dependency, refused_token, code, reason in CLOSED:
        start, *_ = messages(app_of(dependency), refused_token, answers_handshakes=True)
        if ANSWERS:
            assert (start["type"], start["status"] in {401, 403}) == ("websocket.http.response.start", True)
        else:
            assert (start["type"], start["code"]) == ("websocket.close", code), reason
    monkeypatch.setattr("fastjose._fastapi.responses._SUPPORTS_DENIAL_RESPONSE", False)
    (sent,) = messages(app_of(AUTH.current_user), None, answers_handshakes=True)
    assert (sent["type"], sent["code"]) == ("websocket.close", 1008)


# --- The subprotocol ---


@pytest.mark.parametrize(
    ("offers", "found"),
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
def test_what_is_behind_the_subprotocol(offers: list[str], found: str | None) -> None:
    assert token_from_subprotocols(offers, "bearer") == found


def test_it_is_read_only_where_it_is_asked_for() -> None:
    scope_headers = [(b"sec-websocket-protocol", f"bearer, {make_api_token()}".encode())]
    for auth, expected in ((AUTH, False), (BearerAuth(VERIFIER, websocket_subprotocol="bearer"), True)):
        found = asyncio.run(auth.oauth2_scheme_optional(connection(scope_headers)))
        assert (found is not None) is expected


def connection(headers: list[tuple[bytes, bytes]]) -> Any:
    return HTTPConnection({"type": "websocket", "headers": headers})


@pytest.mark.parametrize("name", ["", "a b", "a,b", "bearer\r\n", "ä", '"a"', "a/b"])
def test_a_name_that_is_none_is_refused_at_construction(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, name: str
) -> None:
    with pytest.raises(ValueError, match="websocket_subprotocol"):
        BearerAuth(VERIFIER, websocket_subprotocol=name)
    if name:
        set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_URL": BASE_URL, "JWT_WEBSOCKET_SUBPROTOCOL": name})
        with pytest.raises(ValueError, match="JWT_WEBSOCKET_SUBPROTOCOL"):
            BearerAuth.from_environment()
