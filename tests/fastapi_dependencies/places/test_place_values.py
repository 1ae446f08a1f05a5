"""The places of a request one by one: which value counts, and whether a request has one at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from fastjose._places.named_places import name_places
from fastjose._places.sources import BearerHeader, CookieHeader, KeyHeader, KeyQuery, Place
from fastjose._places.subprotocol import Subprotocol, token_from_subprotocols
from fastjose._places.token_places import TokenPlaces


def connect(*headers: tuple[bytes, bytes], query: bytes = b"", kind: str = "http") -> HTTPConnection:
    return HTTPConnection({"type": kind, "headers": list(headers), "query_string": query, "method": "GET"})


def authorize(*values: bytes) -> HTTPConnection:
    return connect(*((b"authorization", value) for value in values))


def offer(*values: bytes, **other: bytes) -> HTTPConnection:
    headers = [(b"sec-websocket-protocol", value) for value in values]
    return connect(*headers, *((name.encode(), value) for name, value in other.items()), kind="websocket")


def read(place: Place | TokenPlaces, connection: HTTPConnection) -> str | None:
    return asyncio.run(place.read(connection))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        ([b"DPoP a.b.c"], "a.b.c"),
        ([b"dpop a.b.c"], "a.b.c"),
        ([b"DPOP  a b "], "a b"),
        ([b"DPoP Xa.b.cX"], "Xa.b.cX"),
        ([b"DPoP \ta.b.c\t"], "\ta.b.c\t"),
        ([b"DPoP"], ""),
        ([b"DPoP "], ""),
        ([b"DPoPs a.b.c"], ""),
        ([b"DPoP a", b"DPoP b"], ""),
        ([b"DPoP a", b"Bearer b"], ""),
        ([b"Bearer a.b.c"], None),
        ([b"DPo a.b.c"], None),
        ([b"x DPoP a.b.c"], None),
        ([b""], None),
    ],
)
def test_header_of_another_scheme_has_one_credential(values: list[bytes], expected: str | None) -> None:
    assert read(BearerHeader(scheme="DPoP"), authorize(*values)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        ([b"Bearer a.b.c"], "a.b.c"),
        ([b"BEARER a.b.c"], "a.b.c"),
        ([b"Bearer"], ""),
        ([b"Bearer a", b"Bearer b"], ""),
        ([b"Basic a", b"Bearer b"], ""),
        ([b"Basic a"], None),
    ],
)
def test_bearer_header_has_one_token(values: list[bytes], expected: str | None) -> None:
    for place in (BearerHeader(), BearerHeader("A token.", scheme="Bearer")):
        assert place.is_bearer
        assert read(place, authorize(*values)) == expected
    assert not BearerHeader(scheme="JWT").is_bearer
    assert (BearerHeader().description, BearerHeader("A token.").description) == (None, "A token.")


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], None), (["a"], "a"), ([" a "], "a"), ([" "], ""), ([""], ""), (["a", "a"], ""), (["XaX"], "XaX")],
)
def test_key_in_a_header_or_the_query_is_the_only_value(values: list[str], expected: str | None) -> None:
    headers = [(b"x-key", value.encode()) for value in values]
    assert read(KeyHeader("x-key"), connect(*headers, (b"x-other", b"b"))) == expected
    query = "&".join(["other=b", *(f"key={value.replace(' ', '%20')}" for value in values)])
    assert read(KeyQuery("key"), connect(query=query.encode())) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], None),
        ([b"id=a"], "a"),
        ([b"other=b; id=a"], "a"),
        ([b"other=b", b"id=a"], "a"),
        ([b" \tid\t =\t a \t; other=b"], "a"),
        ([b'id="a"'], "a"),
        ([b'id="'], '"'),
        ([b'id=""'], ""),
        ([b'id="a'], '"a'),
        ([b'id=a"'], 'a"'),
        ([b"id=aba"], "aba"),
        ([b"id=XaX"], "XaX"),
        ([b"id=a=b"], "a=b"),
        ([b"id=\xe4"], "\xe4"),
        ([b"id=%61"], "%61"),
        ([b"id="], ""),
        ([b"id"], None),
        ([b"id=a; id=a"], ""),
        ([b"id=a", b"id=b"], ""),
        ([b"Xid=a; idX=b; ID=c"], None),
        ([b"X id=a"], None),
        ([b"\x0bid=a; id\n=a; \rid=a"], None),
        ([b"id=\x0ba\n"], "\x0ba\n"),
    ],
)
def test_cookie_is_the_only_one_of_its_name(headers: list[bytes], expected: str | None) -> None:
    connection = connect(*((b"cookie", value) for value in headers), (b"x-cookie", b"id=x"))
    place = CookieHeader("id")
    assert read(place, connection) == expected
    assert place.headers(connection) == headers
    assert place.is_cookie


@pytest.mark.parametrize(
    ("offers", "expected"),
    [
        ([], None),
        (["bearer, a"], "a"),
        (["chat,\tbearer \t,\ta , b"], "a"),
        (["bearer", "a"], "a"),
        (["bearer"], None),
        (["bearer,"], None),
        (["bearer, "], None),
        (["a, bearer"], None),
        (["bearer, a, bearer, b"], None),
        (["Bearer, a"], None),
        (["bearer, XaX"], "XaX"),
        (["bearer, a b"], "a b"),
        (["bearer, \u00a0a\u00a0"], "\u00a0a\u00a0"),
        (["bearer\u00a0, a"], None),
    ],
)
def test_token_follows_its_subprotocol(offers: list[str], expected: str | None) -> None:
    assert token_from_subprotocols(offers, "bearer") == expected


def test_subprotocol_or_the_place_beside_it_has_the_token() -> None:
    alone, beside = Subprotocol("bearer", beside=None), Subprotocol("bearer", beside=BearerHeader())
    assert read(alone, offer(b"bearer, a")) == read(beside, offer(b"bearer, a")) == "a"
    assert read(alone, offer(authorization=b"Bearer b")) is None
    assert read(beside, offer(authorization=b"Bearer b")) == "b"
    assert read(alone, offer(b"bearer, a", authorization=b"Bearer b")) == "a"
    assert read(beside, offer(b"bearer, a", authorization=b"Bearer b")) == ""
    assert read(beside, offer(b"bearer, a", authorization=b"Bearer a")) == ""
    assert read(alone, offer(b"chat, a")) is read(beside, offer(b"chat, a")) is None
    assert read(beside, offer(b"bearer", authorization=b"Bearer b")) == "b"
    assert read(alone, offer(b"bearer")) == ""


@pytest.mark.parametrize("name", ["", "a b", "a,b", "ä", "a\n"])
def test_invalid_name_of_a_subprotocol_raises_value_error(name: str) -> None:
    with pytest.raises(ValueError, match=r"^websocket_subprotocol \(JWT_WEBSOCKET_SUBPROTOCOL\) must be one name"):
        Subprotocol(name, beside=None)


def test_subprotocol_is_in_place_of_the_bearer_header_else_first() -> None:
    key, cookie, bearer = KeyHeader("x-key"), CookieHeader("id"), BearerHeader()
    with_bearer = TokenPlaces([key, bearer, cookie], subprotocol="bearer")
    without = TokenPlaces([key, cookie], subprotocol="bearer")
    headers: dict[str, Any] = {"x-key": b"k", "cookie": b"id=c"}
    assert read(with_bearer, offer(b"bearer, a", **headers)) == "k"
    assert read(without, offer(b"bearer, a", **headers)) == "a"
    assert read(with_bearer, offer(b"bearer, a", cookie=b"id=c")) == "a"
    assert read(with_bearer, offer(cookie=b"id=c")) == "c"
    assert read(without, offer(**headers)) == "k"
    assert read(with_bearer, offer()) is None
    http = connect((b"sec-websocket-protocol", b"bearer, a"))
    assert read(with_bearer, http) is read(without, http) is None


def test_first_place_says_whether_authorization_comes_first() -> None:
    bearer, key = BearerHeader(), KeyHeader("x-key")
    for places, begins in (
        ([bearer], True),
        ([bearer, key], True),
        ([key, bearer], False),
        ([BearerHeader(scheme="JWT"), bearer], False),
    ):
        assert TokenPlaces(places).begins_with_authorization is begins


def test_empty_credential_is_read_and_not_found() -> None:
    places = TokenPlaces([BearerHeader(), KeyHeader("x-key")])
    for connection, text in ((authorize(b"Bearer"), ""), (connect(), None), (authorize(b"Bearer a"), "a")):
        assert read(places, connection) == text
        assert asyncio.run(places.find(connection)) == (text or None)


def test_trusted_origins_without_a_cookie_raise_value_error() -> None:
    for origins in (["https://app.example.com"], "https://app.example.com"):
        with pytest.raises(ValueError, match=r"^trusted_origins must be given only for cookies"):
            TokenPlaces([BearerHeader()], trusted_origins=origins)
        TokenPlaces([BearerHeader(), CookieHeader("id")], trusted_origins=origins)


def test_place_without_methods_raises_not_implemented_error() -> None:
    place = Place()
    assert not place.is_cookie
    for method in (place.is_present, place.find):
        with pytest.raises(NotImplementedError):
            method(connect())


def test_named_places_are_the_header_before_the_cookie() -> None:
    def describe(header: str | None, cookie: str | None) -> list[tuple[str, str | None]]:
        return [(type(place).__name__, getattr(place, "name", None)) for place in name_places(header, cookie)]

    assert describe(None, None) == [("BearerHeader", None)]
    assert describe("X-Token", None) == [("KeyHeader", "X-Token")]
    assert describe(None, "id") == [("BearerHeader", None), ("CookieHeader", "id")]
    assert describe("X-Token", "id") == [("KeyHeader", "X-Token"), ("CookieHeader", "id")]


@pytest.mark.parametrize("header", ["Authorization", "authorization", "COOKIE"])
def test_named_header_of_another_kind_raises_value_error(header: str) -> None:
    with pytest.raises(ValueError, match=r"^token_header must be another header than Authorization, the default"):
        name_places(header, None)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "ä"])
def test_invalid_name_of_a_place_raises_value_error(name: str) -> None:
    with pytest.raises(ValueError, match=r"^token_header must be one name of letters, digits and hyphens"):
        name_places(name, None)
    with pytest.raises(ValueError, match=r"^token_cookie must be one name of letters, digits and hyphens"):
        name_places(None, name)
    wrong: Any = 5
    with pytest.raises(ValueError, match=r"^token_cookie must be one name of letters, digits and hyphens"):
        name_places(None, wrong)
