"""Introspection endpoints that respond in a hostile way: nothing is accepted, and a broken server is a 503."""

from __future__ import annotations

import gzip
import json
import time
from typing import TYPE_CHECKING

import pytest

from support.servers.introspection_server import ACTIVE, SECRET_CONTENT, fail, introspect, introspect_at, reject
from support.servers.lookup_server import CloseConnection, Request, reply, reply_json, serve_lookups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

GOOD = json.dumps({**ACTIVE, "name": SECRET_CONTENT})


def drip(_: Request) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n"
    while True:
        yield b" "
        time.sleep(0.02)


def cut(_: Request) -> Iterator[bytes]:
    yield f"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{GOOD}".encode()
    raise CloseConnection


UNCLEAR: dict[str, tuple[Callable[[Request], Iterable[bytes]], str]] = {
    "HTML": (lambda _: reply(200, f"<html>{SECRET_CONTENT}"), "HTML page"),
    "JSON called HTML": (lambda _: reply(200, GOOD, content_type="text/html"), "HTML page"),
    "empty": (lambda _: reply(200, ""), "not a JSON object"),
    "list": (lambda _: reply(200, f"[{GOOD}]"), "not a JSON object"),
    "true": (lambda _: reply(200, "true"), "not a JSON object"),
    "two objects": (lambda _: reply(200, GOOD + GOOD), "not a JSON object"),
    "no active": (lambda _: reply_json({"sub": SECRET_CONTENT}), "must have the member active"),
    "another case": (lambda _: reply_json({"Active": True, "ACTIVE": True}), "must have the member active"),
    "nested": (lambda _: reply_json({"data": {"active": True}}), "must have the member active"),
    "active twice": (lambda _: reply(200, '{"active":false,"active":true,"client_id":"web"}'), "ambiguous"),
    "active escaped": (lambda _: reply(200, '{"active":true,"\\u0061ctive":false}'), "ambiguous"),
    "sub twice": (lambda _: reply(200, '{"active":true,"client_id":"web","sub":"a","sub":"b"}'), "ambiguous"),
    "nested twice": (lambda _: reply(200, '{"active":true,"client_id":"web","x":{"a":1,"a":2}}'), "ambiguous"),
    "NaN": (lambda _: reply(200, '{"active":true,"client_id":"web","x":NaN}'), "not a JSON object"),
    "deep": (lambda _: reply(200, '{"active":true,"x":' + "[" * 10_000 + "]" * 10_000 + "}"), "not a JSON object"),
    "not UTF-8": (lambda _: reply(200, b'{"active":true,"client_id":"web","sub":"\xff"}'), "not a JSON object"),
    "UTF-16": (lambda _: reply(200, GOOD.encode("utf-16")), "not a JSON object"),
    "BOM": (lambda _: reply(200, b"\xef\xbb\xbf" + GOOD.encode()), "not a JSON object"),
    "huge": (lambda _: reply(200, GOOD + " " * 300_000), "must be at most 262144 bytes"),
    "gzip bomb": (
        lambda _: reply(200, gzip.compress(GOOD.encode() + b" " * 10_000_000), content_encoding="gzip"),
        "must be at most 262144 bytes",
    ),
    "cut": (cut, "ended early"),
    "drip": (drip, "timed out"),
    "201": (lambda _: reply(201, GOOD), "status 201"),
    "204": (lambda _: reply(204), "status 204"),
    "400": (lambda _: reply(400, f'{{"error":"{SECRET_CONTENT}"}}'), "check client_id and client_secret"),
    "401": (lambda _: reply(401, GOOD), "client_secret_basic or client_secret_post"),
    "403": (lambda _: reply(403, GOOD), "may introspect tokens"),
    "404": (lambda _: reply(404, GOOD), "URL is that of the introspection endpoint"),
    "500": (lambda _: reply(500, GOOD), "an error of the server"),
    "503": (lambda _: reply(503, GOOD, retry_after="9"), "an error of the server"),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_unclear_response_is_no_verdict(name: str) -> None:
    respond, text = UNCLEAR[name]
    with serve_lookups(respond) as server:
        timeout = 0.3 if name == "drip" else 60
        assert text in str(fail(introspect_at(server, timeout_seconds=timeout, cache_seconds=600)))


def test_redirect_is_not_followed() -> None:
    statuses = [301, 302, 303, 307, 308]

    def respond(request: Request) -> list[bytes]:
        return reply(statuses[request.number - 1], location=f"{other.url}/introspect")

    with serve_lookups(lambda _: reply(200, GOOD)) as other, serve_lookups(respond) as server:
        for _ in statuses:
            assert "a redirect, which is not followed" in str(fail(introspect_at(server)))
    assert not other.requests


@pytest.mark.parametrize(
    "members",
    [
        {"active": "true"},
        {"active": 1},
        {"active": [True]},
        {"exp": 1},
        {"exp": "4000000000"},
        {"exp": True},
        {"exp": -1},
        {"nbf": 3_999_999_999},
        {"client_id": "another"},
        {"client_id": ["web"]},
        {"client_id": "WEB"},
        {"client_id": "web", "azp": "another"},
        {"aud": ["another"]},
        {"cnf": {"jkt": "thumbprint"}},
        {"token_type": "DPoP"},
        {"token_type": "refresh_token"},
        {"token_use": "refresh_token"},
        {"typ": "Refresh"},
        {"typ": "ID"},
    ],
)
def test_active_token_that_is_not_for_this_application_is_rejected(members: dict[str, object]) -> None:
    with serve_lookups(lambda _: reply_json({**ACTIVE, **members})) as server:
        assert reject(introspect_at(server)).code != "store_unavailable"


def test_cookies_and_connections_of_the_server_change_nothing() -> None:
    with serve_lookups(lambda _: reply(200, GOOD, set_cookie="a=b; Path=/", connection="close")) as server:
        introspection = introspect_at(server)
        for _ in range(2):
            introspect(introspection)
    assert all("cookie" not in request.headers for request in server.requests)


def test_server_that_closes_every_connection_is_asked_twice() -> None:
    def respond(_: Request) -> list[bytes]:
        raise CloseConnection

    with serve_lookups(respond) as server:
        assert "closed the connection" in str(fail(introspect_at(server)))
    assert len(server.requests) == 2
