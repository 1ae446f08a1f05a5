"""`OriginPolicy` on the scopes that ASGI servers create: requests that another site made are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import Request

from fastjose._core import OriginPolicy

if TYPE_CHECKING:
    from starlette.types import Scope

FRONT_END = "https://app.example.com"
HOST = (b"host", b"api.example.com")
CROSS_SITE: list[list[Any]] = [
    [(b"origin", b"https://evil.example")],
    [(b"origin", b"null")],
    [(b"origin", b"")],
    [(b"origin", b"https://app.example.com.evil.example")],
    [(b"origin", b"https://app.example.com"), (b"origin", b"https://app.example.com")],
    [(b"origin", b"https://app.example.com, https://evil.example")],
    [(b"origin", b"http://app.example.com")],
    [(b"sec-fetch-site", b"cross-site")],
    [(b"sec-fetch-site", b"same-site")],
    [(b"sec-fetch-site", b"future-value")],
    [(b"sec-fetch-site", b"same-origin"), (b"sec-fetch-site", b"cross-site")],
    [(b"origin", b"https://evil.example"), (b"sec-fetch-site", b"same-origin")],
    [(b"Origin", b"https://evil.example")],
]
OWN_OR_TRUSTED: list[list[Any]] = [
    [],
    [(b"origin", b"https://app.example.com")],
    [(b"origin", b"https://app.example.com"), (b"sec-fetch-site", b"cross-site")],
    [(b"origin", b"https://api.example.com")],
    [(b"origin", b"http://api.example.com")],
    [(b"origin", b"https://api.example.com"), (b"sec-fetch-site", b"same-origin")],
    [(b"sec-fetch-site", b"same-origin")],
    [(b"sec-fetch-site", b"none")],
    [(b"cookie", b"a=1"), (b"user-agent", b"Expo")],
]


def scope(headers: Any, method: str | None = "POST") -> Scope:
    return {"type": "http", "method": method, "headers": [HOST, *headers]}


@pytest.mark.parametrize("headers", CROSS_SITE)
def test_cross_site_request_is_refused(headers: list[Any]) -> None:
    policy = OriginPolicy([FRONT_END])
    for method in ("POST", "PUT", "PATCH", "DELETE", "get", "TRACE", ""):
        assert not policy.allows(scope(headers, method))
    for method in ("GET", "HEAD", "OPTIONS"):
        assert policy.allows(scope(headers, method))
    websocket = {"type": "websocket", "headers": [HOST, *headers]}
    assert not policy.allows(websocket)
    assert not policy.allows({**websocket, "method": "GET"})


@pytest.mark.parametrize("headers", OWN_OR_TRUSTED)
def test_own_and_trusted_request_is_allowed(headers: list[Any]) -> None:
    policy = OriginPolicy([FRONT_END])
    assert policy.allows(scope(headers))
    assert policy.allows({"type": "websocket", "headers": [HOST, *headers]})


def test_headers_are_read_in_every_form_of_asgi() -> None:
    policy = OriginPolicy()
    evil = [b"origin", b"https://evil.example"]
    for headers in ([evil], (tuple(evil),), iter([evil])):
        assert not policy.allows({"type": "http", "method": "POST", "headers": headers})
    request = Request({**scope([(b"origin", b"https://evil.example")]), "path": "/"})
    assert not policy.allows(request)
    assert policy.allows({"type": "websocket"})


@pytest.mark.parametrize(
    "headers", [5, "x", [5], [(b"origin",)], [("origin", "x")], [(b"origin", "x")], [(b"a", b"b", b"c")], [None]]
)
def test_scope_of_another_form_is_refused(headers: Any) -> None:
    assert not OriginPolicy([FRONT_END]).allows({"type": "http", "method": "POST", "headers": headers})


def test_other_scopes_are_refused() -> None:
    policy = OriginPolicy([FRONT_END])
    for other in ({}, {"type": "lifespan"}, {"type": "http"}, {"type": "http", "method": b"GET"}, {"type": 5}):
        assert not policy.allows(other)
    with pytest.raises(TypeError, match=r"^scope must be the ASGI scope"):
        policy.allows([])  # type: ignore[arg-type]


def test_trusted_origins_are_normalised() -> None:
    policy = OriginPolicy(["HTTPS://App.Example.com:443/path", "http://localhost:3000"])
    assert policy.trusted_origins == [FRONT_END, "http://localhost:3000"]
    assert (
        repr(policy) == '<fastjose.OriginPolicy trusted_origins=["https://app.example.com", "http://localhost:3000"]>'
    )


@pytest.mark.parametrize(
    "entry", ["*", "https://*.example.com", "app.example.com", "ftp://a", "https://u:pw@a.example"]
)
def test_entry_that_is_not_an_origin_is_named_by_its_position(entry: str) -> None:
    with pytest.raises(ValueError, match=r"^trusted_origins, entry 2, must be an origin such as") as raised:
        OriginPolicy([FRONT_END, entry])
    assert "pw" not in str(raised.value)
