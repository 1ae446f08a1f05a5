"""A token in a cookie: the page of another origin cannot use it for a request that may change something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPBearer

from fastjose.fastapi import BearerAuth
from support.applications.token_places import PLACES, VERIFIER, build_app, make_token
from support.clients.asgi_client import open_websocket, send_request

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from support.clients.asgi_client import Header

pytestmark = pytest.mark.http

TOKEN = make_token()
COOKIE = PLACES["cookie"].one(TOKEN)
TRUSTED = "https://front.example"
REFUSED: list[list[Header]] = [
    [(b"origin", b"https://evil.example")],
    [(b"origin", b"null")],
    [(b"origin", b"")],
    [(b"origin", b"\xff")],
    [(b"origin", TRUSTED.encode()), (b"origin", TRUSTED.encode())],
    [(b"origin", TRUSTED.encode() + b".evil.example")],
    [(b"sec-fetch-site", b"cross-site")],
    [(b"sec-fetch-site", b"same-site")],
]
ALLOWED: list[list[Header]] = [
    [],
    [(b"origin", b"http://app.test")],
    [(b"origin", TRUSTED.encode()), (b"sec-fetch-site", b"cross-site")],
    [(b"sec-fetch-site", b"same-origin")],
]


class OwnCookieScheme(APIKeyCookie):
    async def __call__(self, request: HTTPConnection) -> str | None:
        return request.cookies.get("__session")


SCHEMES: dict[str, Any] = {
    "cookie": APIKeyCookie(name="__session"),
    "header, then cookie": [HTTPBearer(), APIKeyCookie(name="__session")],
    "class of the application": OwnCookieScheme(name="__session"),
    "function of the application": lambda connection: connection.cookies.get("__session"),
}


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("source", REFUSED)
def test_page_of_another_origin_cannot_change_anything(name: str, source: list[Header]) -> None:
    app = build_app(SCHEMES[name], trusted_origins=[TRUSTED])
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for route in ("user", "optional", "id", "claims", "role", "function", "scheme", "scheme_optional"):
            answer = send_request(app, f"/{route}", [COOKIE, *source], method=method)
            assert (answer.status, answer.json()) == (403, {"detail": "Cross-origin request rejected"})
    assert open_websocket(app, "/user", [COOKIE, *source]).status == 403
    assert open_websocket(app, "/optional", [COOKIE, *source]).status == 403
    for safe in ("GET", "HEAD", "OPTIONS"):
        assert send_request(app, "/user", [COOKIE, *source], method=safe).status == 200


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("source", ALLOWED)
def test_own_page_and_trusted_page_can(name: str, source: list[Header]) -> None:
    app = build_app(SCHEMES[name], trusted_origins=[TRUSTED])
    assert send_request(app, "/user", [COOKIE, *source], method="POST").status == 200
    assert open_websocket(app, "/user", [COOKIE, *source]).status == 101


def test_token_in_a_header_is_not_under_the_rule() -> None:
    evil = (b"origin", b"https://evil.example")
    for scheme in ([HTTPBearer(), APIKeyCookie(name="__session")], APIKeyHeader(name="Authorization")):
        app = build_app(scheme)
        value = b"Bearer " + TOKEN if isinstance(scheme, list) else TOKEN
        headers = [(b"authorization", value), evil, COOKIE]
        assert send_request(app, "/user", headers, method="POST").status == 200
        assert open_websocket(app, "/user", headers).status == 101
    function = build_app(lambda connection: connection.headers.get("x-token"))
    headers = [(b"x-token", TOKEN), evil]
    assert send_request(function, "/user", headers, method="POST").status == 200  # no cookie in the request
    assert send_request(function, "/user", [*headers, COOKIE], method="POST").status == 403


def test_bad_cookie_of_another_origin_is_refused_and_no_cookie_is_a_guest() -> None:
    app, evil = build_app(APIKeyCookie(name="__session")), (b"origin", b"https://evil.example")
    for cookie in (b"__session=", b"__session=x", b"__session=x; __session=y"):
        assert send_request(app, "/optional", [(b"cookie", cookie), evil], method="POST").status == 403
    for headers in ([evil], [(b"cookie", b"other=1"), evil]):
        assert send_request(app, "/optional", headers, method="POST").json() is None
        assert send_request(app, "/user", headers, method="POST").status == 401


def test_refusal_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    headers = [COOKIE, (b"origin", b"https://evil.example")]
    assert send_request(build_app(APIKeyCookie(name="__session")), "/user", headers, method="POST").status == 403
    assert "cross_origin_request: " in caplog.text
    assert "evil.example" not in caplog.text


@pytest.mark.parametrize("origins", [["*"], ["https://*.example.com"], ["app.example.com"], [""], "*"])
def test_entry_that_is_not_an_origin_raises_value_error(origins: Any) -> None:
    with pytest.raises(ValueError, match="trusted_origins"):
        BearerAuth(VERIFIER, scheme=APIKeyCookie(name="__session"), trusted_origins=origins)
