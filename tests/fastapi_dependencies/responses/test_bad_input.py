"""Malformed and hostile requests get a 401, and no part of the token is in the response body or the log."""

from __future__ import annotations

import logging
import random
import time
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import sign_token
from fastjose._hints.hint_texts import HINTS
from support.clients.http_client import HttpClient
from support.environment.fresh_import import SECRET, build_app, load_auth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

pytestmark = pytest.mark.http


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HttpClient]:
    with HttpClient(build_app(load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRET=SECRET))) as client:
        yield client


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def make_token() -> str:
    return sign_token({"sub": "user-1", "exp": int(time.time()) + 60}, SECRET, algorithm="HS256")


def get_me(client: HttpClient, *authorization: bytes) -> httpx.Response:
    """Send a request with these Authorization headers, byte for byte."""
    headers = [(b"authorization", value) for value in authorization]
    return client.request("GET", "/me", headers=headers)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_authorization_scheme_is_case_insensitive(client: HttpClient, scheme: str) -> None:
    assert get_me(client, f"{scheme} {make_token()}".encode()).status_code == 200
    assert get_me(client, f"{scheme}   {make_token()}".encode()).status_code == 200


@pytest.mark.parametrize("value", [b"", b"Bearer", b"Bearer ", b"Bearer    ", b"Basic YTpi", b"Token x", b"Bearer\tx"])
def test_authorization_header_without_bearer_token_responds_401(client: HttpClient, value: bytes) -> None:
    response = get_me(client, value)
    assert (response.status_code, response.json()) == (401, {"detail": "Not authenticated"})
    assert response.headers["www-authenticate"] == "Bearer"


def test_two_authorization_headers_respond_401(client: HttpClient) -> None:
    value = f"Bearer {make_token()}".encode()
    for pair in ((value, value), (value, b"Bearer x"), (b"Basic YTpi", value)):
        response = get_me(client, *pair)
        assert (response.status_code, response.json()) == (401, {"detail": "Not authenticated"})


def hostile_header_values() -> list[bytes]:
    """Return header values after `Bearer `, malformed in form, size, encoding and content."""
    header, payload, signature = make_token().split(".")
    texts = [
        *("x", ".", "..", "...", "a.b", "a.b.c.d.e", "null", "undefined", "[object Object]", "%00"),
        *(f"{header}.{payload}", f"{header}.{payload}.", f"{header}..{signature}", f".{payload}.{signature}"),
        *(f"{header}.{payload}.{signature}{tail}" for tail in (".", "=", "A", " x", ",", "\x00", "%0A")),
        *(
            f"{header}.{payload},{signature}",
            f"{make_token()},{make_token()}",
            f"{header} {payload}",
            f"{header}.{payload} .",
        ),
        *('{"payload":"e30","signatures":[]}', f'{{"payload":"{payload}","signature":"{signature}"}}'),
        *("a" * 100_000, "." * 100_000, f"{header}.{payload}.{'A' * 100_000}", f"{'A' * 100_000}.{payload}.x"),
    ]
    return [text.encode() for text in texts] + [
        b"\xe9\xff.\x80.\xfe",
        make_token().encode()[:-1] + b"\xe9",
        b"\xc3\xa9.a.b",
    ]


def assert_rejected(response: httpx.Response, log: pytest.LogCaptureFixture, sent: bytes) -> None:
    assert response.status_code == 401, sent[:80]
    assert response.headers["www-authenticate"] == "Bearer"
    shown = (response.text + log.text).replace(HINTS["missing_token"], "")  # it lists every text of a missing value
    parts = [part for part in sent.decode("latin-1").split(".") if len(part) >= 8]
    assert not any(part[start : start + 8] in shown for part in parts for start in range(0, min(len(part), 400) - 7, 4))


def test_malformed_token_responds_401_without_leaking(client: HttpClient, log: pytest.LogCaptureFixture) -> None:
    for value in hostile_header_values():
        assert_rejected(get_me(client, b"Bearer " + value), log, value)


@pytest.mark.parametrize(
    ("claim", "values"),
    [
        ("sub", [5, None, [], {}, True, ["user-1"], ""]),
        ("aud", [{}, 5, None, [5], "x", [None]]),
        ("iss", [5, None, ["a"], {}]),
        ("exp", ["x", None, [], {}, True, "4102444800", -1, 0, 1.5]),
        ("nbf", ["x", None, [], {}, 2**62, 1e300]),
        ("iat", ["x", None, [], {}, False]),
        ("jti", [5, None, []]),
        ("email", [5, [], {}, True]),
        ("name", [5, [], {}, False]),
    ],
)
def test_claim_of_wrong_type_responds_401_without_leaking(
    client: HttpClient, log: pytest.LogCaptureFixture, claim: str, values: list[Any]
) -> None:
    for value in values:
        claims = {"sub": "user-1", "exp": int(time.time()) + 60, claim: value}
        token = sign_token(claims, SECRET, algorithm="HS256")
        assert_rejected(get_me(client, f"Bearer {token}".encode()), log, token.encode())


def test_randomly_changed_token_responds_401(client: HttpClient, log: pytest.LogCaptureFixture) -> None:
    generator, token = random.Random(20_240_229), make_token().encode()  # noqa: S311 - not used for secrets
    for _ in range(300):
        changed = bytearray(token)
        changed[generator.randrange(len(changed))] = generator.choice(b"AZaz09-_.=+/~ \x7f\xe9")
        is_unchanged = bytes(changed).strip() == token
        assert get_me(client, b"Bearer " + bytes(changed)).status_code == (200 if is_unchanged else 401)
    assert token.decode()[:20] not in log.text
