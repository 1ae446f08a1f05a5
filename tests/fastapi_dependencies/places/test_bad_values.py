"""Each place of a token, with every kind of bad value, over HTTP and in a WebSocket handshake: 401."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

import pytest

from support.applications.token_places import PLACES, ROUTES, SentPlace, build_app, make_token, read_x_token
from support.clients.asgi_client import Answer, open_websocket, send_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

pytestmark = pytest.mark.http

TOKEN = make_token()
HEADER, PAYLOAD, SIGNATURE = TOKEN.split(b".")
MISSING = {
    "missing": [],
    "two": [TOKEN, TOKEN],
    "two, one of another user": [TOKEN, make_token("user-2")],
    "two, one empty": [TOKEN, b""],
    "two, one unsigned": [b"x", TOKEN],
    "empty": [b""],
    "spaces": [b"   "],
}
REJECTED = {
    "one character": [b"x"],
    "NUL": [b"\x00"],
    "NUL behind": [TOKEN + b"\x00"],
    "NUL inside": [HEADER + b"\x00" + PAYLOAD],
    "line feed": [TOKEN + b"\n" + TOKEN],
    "spaces inside": [HEADER + b". " + PAYLOAD + b"." + SIGNATURE],
    "two behind a space": [TOKEN + b" " + TOKEN],
    "two behind a comma": [TOKEN + b"," + TOKEN],
    "not Latin-1": ["Ł☃".encode()],
    "no UTF-8": [b"\xff\xfe\xfd"],
    "all bytes but those that end a cookie": [bytes(set(range(256)) - {0x3B})],
    "single quotes": [b"'" + TOKEN + b"'"],
    "open quote": [b'"' + TOKEN],
    "scheme twice": [b"Bearer " + TOKEN],
    "huge": [b"x" * 300_000],
    "huge token": [TOKEN + b"A" * 300_000],
    "many dots": [b"." * 100_000],
    "null": [b"null"],
    "unsigned": [HEADER + b"." + PAYLOAD + b"."],
    "percent-encoded": [b"%" + TOKEN],
}
SCHEMES = {**PLACES, "function": SentPlace(read_x_token, lambda value: (b"x-token", value))}
# The application's own scheme decides which of two values it returns.
MISSING_CASES = [
    (name, case) for name in SCHEMES for case in MISSING if not (name == "function" and case.startswith("two"))
]
CASES = [*MISSING_CASES, *((name, case) for name in SCHEMES for case in REJECTED)]


@cache
def app_of(place: SentPlace) -> FastAPI:
    return build_app(place.scheme)


def answers_of(place: SentPlace, values: Sequence[bytes], route: str) -> list[Answer]:
    """Return the answers to a GET, a POST and a WebSocket handshake."""
    app, headers, query = app_of(place), place.headers(values), place.query(values)
    return [
        send_request(app, f"/{route}", headers, query=query),
        send_request(app, f"/{route}", headers, query=query, method="POST"),
        open_websocket(app, f"/{route}", headers, query=query),
    ]


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("route", [*ROUTES, "function", "scheme", "scheme_optional"])
def test_one_token_is_accepted(name: str, route: str) -> None:
    get, post, handshake = answers_of(SCHEMES[name], [TOKEN], route)
    assert (get.status, post.status, handshake.status) == (200, 200, 101)
    assert get.json() == post.json() == handshake.json()
    assert (TOKEN.decode() if route.startswith("scheme") else "user-1") in get.body.decode()


@pytest.mark.parametrize(("name", "case"), CASES)
def test_bad_value_is_rejected(name: str, case: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    values = {**MISSING, **REJECTED}[case]
    for route in ROUTES:
        answers = answers_of(SCHEMES[name], values, route)
        if route == "optional":
            assert [answer.status for answer in answers] == [200, 200, 101]
            assert [answer.json() for answer in answers] == [None] * 3
            continue
        for answer in answers:
            # Starlette before 0.41 closes the WebSocket instead of sending a response.
            assert answer.status == 401 or (answer is answers[-1] and answer.body == b"null")
            if case in MISSING and answer.body != b"null":
                assert answer.json() == {"detail": "Not authenticated"}
            assert SIGNATURE not in answer.body
    assert SIGNATURE.decode() not in caplog.text


@pytest.mark.parametrize(("name", "case"), MISSING_CASES)
def test_scheme_finds_no_token_in_a_bad_place(name: str, case: str) -> None:
    for answer in answers_of(SCHEMES[name], MISSING[case], "scheme"):
        assert answer.status in {401, 403}
    for answer in answers_of(SCHEMES[name], MISSING[case], "scheme_optional"):
        assert answer.json() is None


@pytest.mark.parametrize("name", PLACES)
def test_token_in_another_place_is_missing(name: str) -> None:
    """A scheme reads its own place alone: not the header of another scheme, nor a cookie or parameter of its name."""
    app = build_app(PLACES[name].scheme)
    for other, place in PLACES.items():
        sent = place.headers([TOKEN])
        if sent == PLACES[name].headers([TOKEN]) and place.query([TOKEN]) == PLACES[name].query([TOKEN]):
            continue
        answer = send_request(app, "/user", sent, query=place.query([TOKEN]))
        assert answer.status == 401, (name, other)


@pytest.mark.parametrize(
    "cookies",
    [
        [b"__session=%s; __session=%s"],
        [b"__session=%s; other=1; __session="],
        [b"__session=; __session=%s"],
        [b"__session=%s", b"__session=%s"],
        [b"a=1; __session=%s", b"b=2; __session=x"],
        [b'__session="%s";__session=%s'],
        [b"__session = %s ; __session=%s"],
        [b"__Session=%s"],
        [b"x__session=%s"],
        [b"__session2=%s"],
        [b"__session"],
        [b"a=__session=%s"],
        [b"%s"],
        [b""],
        [b";;;="],
        [b"__session=%s, __session=%s"],
        [b'__session=""%s""'],
        [b'__session="'],
    ],
)
def test_cookies_without_exactly_one_of_the_name_are_rejected(cookies: list[bytes]) -> None:
    app = build_app(PLACES["cookie"].scheme)
    headers = [(b"cookie", cookie.replace(b"%s", TOKEN)) for cookie in cookies]
    assert send_request(app, "/user", headers).status == 401
    assert open_websocket(app, "/user", headers).status in {401, 403}


@pytest.mark.parametrize(
    "cookies",
    [
        [b"__session=%s"],
        [b'__session="%s"'],
        [b" __session\t= %s \t"],
        [b"a=1", b"__session=%s", b"b=2"],
        [b"a; __session=%s; =; b"],
        [b"__session=%s; __Session=x; x__session=y"],
        [b"a=__session; __session=%s"],
    ],
)
def test_one_cookie_of_the_name_is_found(cookies: list[bytes]) -> None:
    headers = [(b"cookie", cookie.replace(b"%s", TOKEN)) for cookie in cookies]
    assert send_request(build_app(PLACES["cookie"].scheme), "/id", headers).json() == "user-1"


@pytest.mark.parametrize(
    "query", [b"token", b"token=", b"token=&token=%s", b"token=%s&token=%s", b"Token=%s", b"%74oken=%s&token=%s"]
)
def test_query_without_exactly_one_parameter_is_rejected(query: bytes) -> None:
    app = build_app(PLACES["query"].scheme)
    assert send_request(app, "/user", query=query.replace(b"%s", TOKEN)).status == 401
