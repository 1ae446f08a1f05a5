"""Requests with a bad Authorization header, byte for byte over a socket, to the app under a real uvicorn."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from fastjose import sign_token
from support.environment.fresh_import import SECRET
from support.servers.uvicorn_server import ServedApp, run_uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.http

VALID_TOKEN = sign_token({"sub": "user-1", "exp": int(time.time()) + 86_400}, SECRET, algorithm="HS256").encode()
HEADER, PAYLOAD, SIGNATURE = VALID_TOKEN.split(b".")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    # By default uvicorn closes a connection at 64 KiB of headers, before the application can respond.
    limits = {"UVICORN_H11_MAX_INCOMPLETE_EVENT_SIZE": "262144"}
    with run_uvicorn(tmp_path_factory.mktemp("app"), BETTER_AUTH_SECRET=SECRET, **limits) as app:
        yield app


def get_me(app: ServedApp, *authorization: bytes) -> tuple[int, bytes]:
    """Return the status and the raw response to a GET of /me with these Authorization headers."""
    lines = [b"GET /me HTTP/1.1", b"host: app.test", b"connection: close"]
    lines += [b"authorization: " + value for value in authorization]
    address = urlsplit(app.origin).netloc.rsplit(":", 1)
    with socket.create_connection((address[0], int(address[1])), timeout=30) as connection:
        connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    return int(received.split(b" ", 2)[1]), received


@pytest.mark.parametrize("scheme", [b"Bearer", b"bearer", b"BEARER"])
def test_uvicorn_request_with_valid_token_returns_the_user(app: ServedApp, scheme: bytes) -> None:
    status, received = get_me(app, scheme + b" " + VALID_TOKEN)
    assert status == 200
    assert b'"user_id":"user-1"' in received


INVALID_HEADERS = {
    "two headers": [b"Bearer " + VALID_TOKEN, b"Bearer " + VALID_TOKEN],
    "scheme alone": [b"Bearer"],
    "scheme and blanks": [b"Bearer   "],
    "Latin-1": [b"Bearer \xe9\xff." + PAYLOAD + b".\xe8"],
    "Latin-1 in a valid token": [b"Bearer " + VALID_TOKEN + b"\xe9"],
    "100 kB": [b"Bearer " + HEADER + b"." + PAYLOAD + b"." + b"A" * 100_000],
    "100 kB of dots": [b"Bearer " + b"." * 100_000],
    "one byte changed": [b"Bearer " + HEADER + b"." + PAYLOAD + b"." + SIGNATURE[:20] + b"~" + SIGNATURE[21:]],
    "not signed": [b"Bearer " + HEADER + b"." + PAYLOAD + b"."],
    "second token appended": [b"Bearer " + VALID_TOKEN + b", " + VALID_TOKEN],
}


@pytest.mark.parametrize("case", INVALID_HEADERS)
def test_uvicorn_request_with_invalid_header_responds_401_without_leaking(app: ServedApp, case: str) -> None:
    status, received = get_me(app, *INVALID_HEADERS[case])
    assert status == 401
    assert b"www-authenticate: bearer" in received.lower()
    assert not any(
        part[:16] in received or part[:16].decode() in app.read_log() for part in (HEADER, PAYLOAD, SIGNATURE)
    )
