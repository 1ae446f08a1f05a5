"""Bad credentials over HTTP and WebSockets: 401, 403, 503 or a guest, never a 500, and nothing of them in the log."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import asyncio
import itertools
import logging
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes

import pytest
import starlette
from fastapi import Depends, FastAPI, WebSocket

from fastjose._fastapi.responses import supports_denial_response
from fastjose.better_auth import api_verifier, session_cookie_verifier
from fastjose.exceptions import StoreUnavailableError
from fastjose.fastapi import ApiKeys, CredentialAuth, JwtCredentials, SessionCookies, SessionTokens
from fastjose.testing import SessionCookieIssuer, TokenIssuer
from support.better_auth.sessions import SECRET, TOKEN, RecordedLookup, make_record, sign_session_token
from support.tokens.bearer_tokens import BASE_URL, KEY_SET

pytestmark = pytest.mark.http

ISSUER = TokenIssuer(BASE_URL)
COOKIES = SessionCookieIssuer(SECRET, token_issuer=ISSUER)
STRATEGIES = ["compact", "jwt", "jwe", "jwks"]
Headers = list[tuple[bytes, bytes]]


async def find_key(key: str) -> Any:
    return {"apiKey": {"id": "key-1", "referenceId": "user-1", "enabled": True}} if key == "k" * 64 else None


def build_app(strategy: Any, lookup: Any = None) -> FastAPI:
    """Return an application that accepts every kind of credential; without `lookup`, no cookie is looked up."""
    verifier = session_cookie_verifier(BASE_URL, keys=ISSUER.jwk_set) if strategy == "jwks" else None
    auth = CredentialAuth(
        JwtCredentials(api_verifier(BASE_URL, keys=KEY_SET)),
        SessionTokens(RecordedLookup(None), secrets=[SECRET]),
        SessionCookies(lookup, secrets=[SECRET], strategy=strategy, verifier=verifier),
        ApiKeys(find_key, organization_config_ids=()),
    )
    app = FastAPI()

    @app.get("/me")
    async def me(user: Annotated[Any, Depends(auth.current_user)]) -> Any:
        return user.user_id

    @app.get("/optional")
    async def optional(user: Annotated[Any, Depends(auth.current_user_optional)]) -> Any:
        return user and user.user_id

    @app.websocket("/events")
    async def events(socket: WebSocket, user: Annotated[Any, Depends(auth.current_user)]) -> None:
        await socket.accept()
        await socket.send_text(user.user_id)
        await socket.close()

    return app


def call(app: FastAPI, path: str, headers: Headers, scheme: str = "http") -> list[dict[str, Any]]:
    """Send a request or a WebSocket handshake to the application without a client that would refuse the headers."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect" if scheme == "ws" else "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "websocket" if scheme == "ws" else "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": headers,
        "extensions": {"websocket.http.response": {}},
    }
    asyncio.run(app(scope, receive, send))
    return sent


def status_of(app: FastAPI, path: str, headers: Headers) -> int:
    return int(call(app, path, headers)[0]["status"])


def cookie_header(cookies: dict[str, str]) -> bytes:
    return "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()


def damage(cookies: dict[str, str]) -> Iterator[list[bytes]]:
    """Yield Cookie headers in which `session_data` or `session_token` is not what Better Auth has written."""
    whole = cookie_header(cookies)
    for length in range(0, len(whole), 7):
        yield [whole[:length]]
    for position in range(0, len(whole), 11):
        yield [whole[:position] + b"!" + whole[position + 1 :]]
        yield [whole[:position] + b"\xff" + whole[position + 1 :]]
    for name, value in cookies.items():
        others = {other: text for other, text in cookies.items() if other != name}
        for bad in ("", "%", "%zz", "%ff%fe", "null", '"', value[::-1], value + "=", value * 3, "\x00", "." * 50):
            yield [cookie_header({name: bad, **others})]
            yield [f"{name}={bad}".encode(), whole]
        yield [cookie_header(others)]
        yield [cookie_header({f"{name}.0": value[:20], f"{name}.2": value[20:], **others})]
    yield [whole + b"; x=" + b"y" * 65_536]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_damaged_cookies_authenticate_no_user(strategy: Any, caplog: pytest.LogCaptureFixture) -> None:
    cookies = COOKIES.cookies(user={"id": "user-1"}, session={"token": TOKEN}, strategy=strategy)
    app = build_app(strategy)
    assert status_of(app, "/me", [(b"cookie", cookie_header(cookies))]) == 200
    assert status_of(app, "/me", [(b"cookie", b";" + cookie_header(cookies))]) == 200
    accepted = set()
    with caplog.at_level(logging.DEBUG, "fastjose"):
        for values in damage(cookies):
            headers = [(b"cookie", value) for value in values]
            if (status := status_of(app, "/me", headers)) == 200:
                accepted.add(values[0])
                continue
            assert status == 401, values
            (start, body, *_) = call(app, "/optional", headers)
            assert (start["status"], body["body"]) == (200, b"null")
    whole = cookie_header(cookies)
    empty = {f"{name}=".encode() for name in cookies}  # counts as absent: the next one of the name counts
    same = {value for value in accepted if unquote_to_bytes(value) == unquote_to_bytes(whole)}
    assert {value for value in accepted - empty - same if not value.startswith(whole)} == set()
    assert TOKEN not in caplog.text
    assert not any(value[:30] in caplog.text for value in cookies.values())


BAD_BEARERS = [
    *(b"", b" ", b"null", b"\xff\xfe", b"\x00", b"a" * 70_000, b"." * 3, b"a.b.c", b"%", TOKEN.encode()),
    *(sign_session_token().encode()[:length] for length in range(1, 77, 5)),
    sign_session_token("x" * 200).encode(),
    sign_session_token("'; DROP TABLE session; --").encode(),
    sign_session_token("*").encode(),
]


@pytest.mark.parametrize("value", BAD_BEARERS, ids=lambda value: repr(value[:20]))
def test_bad_bearer_tokens_and_keys_authenticate_no_user(value: bytes, caplog: pytest.LogCaptureFixture) -> None:
    app = build_app("compact")
    for name, prefix in ((b"authorization", b"Bearer "), (b"x-api-key", b"")):
        headers = [(name, prefix + value)]
        assert status_of(app, "/me", headers) == 401
        assert call(app, "/optional", headers)[1]["body"] == b"null"
        assert status_of(app, "/me", headers * 2) == 401
    assert len(value) < 9 or value[:30].decode("latin-1") not in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        StoreUnavailableError("away"),
        ValueError(TOKEN),
        RecursionError(TOKEN),
        asyncio.TimeoutError(),
        *(1, "text", [], {}, {"session": []}, {"session": {}, "user": []}, {"session": {}}),
        make_record({"expiresAt": []}),
        make_record({"expiresAt": {"seconds": 1}}),
        make_record({"id": []}),
        make_record(email=[]),
        make_record(name=5),
        make_record(id=[]),
    ],
    ids=str,
)
def test_store_that_answers_nonsense_authenticates_no_user(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = build_app(None, RecordedLookup(answer))
    headers = [(b"cookie", b"better-auth.session_token=" + sign_session_token().encode())]
    status = status_of(app, "/me", headers)
    if status == 200:
        assert answer == make_record({"id": []})  # an id of another type identifies no user, and is only shown
    else:
        assert status in {401, 503}
        optional = call(app, "/optional", headers)
        assert optional[0]["status"] == (200 if status == 401 else 503)
    assert TOKEN not in caplog.text


def is_refused_with(status: int, messages: list[dict[str, Any]]) -> bool:
    """Return whether a handshake got `status`. The oldest Starlette can only close, which the server sends as a 403."""
    first = messages[0]
    if supports_denial_response(starlette.__version__):
        return (first["type"], first["status"]) == ("websocket.http.response.start", status)
    return (first["type"], first["code"]) == ("websocket.close", 1008)


@pytest.mark.parametrize(
    ("extra", "is_accepted"),
    [
        ([], True),
        ([(b"origin", b"http://app.test")], True),
        ([(b"origin", b"https://evil.example")], False),
        ([(b"origin", b"null")], False),
        ([(b"origin", b"http://app.test"), (b"origin", b"https://evil.example")], False),
        ([(b"sec-fetch-site", b"cross-site")], False),
    ],
)
def test_websocket_with_cookies_is_checked_like_an_unsafe_request(extra: Headers, *, is_accepted: bool) -> None:
    app = build_app(None, RecordedLookup())
    host, cookie = (b"host", b"app.test"), (b"cookie", b"better-auth.session_token=" + sign_session_token().encode())
    messages = call(app, "/events", [host, cookie, *extra], scheme="ws")
    if is_accepted:
        assert [message["type"] for message in messages] == ["websocket.accept", "websocket.send", "websocket.close"]
        assert messages[1]["text"] == "user-1"
    else:
        assert is_refused_with(403, messages)


def test_websocket_with_a_bad_session_is_refused() -> None:
    app = build_app(None, RecordedLookup(None))
    for value, header in itertools.product((sign_session_token(), "nonsense"), (b"authorization", b"cookie")):
        prefix = b"Bearer " if header == b"authorization" else b"better-auth.session_token="
        messages = call(app, "/events", [(header, prefix + value.encode())], scheme="ws")
        assert is_refused_with(401, messages)
