"""Places and their security schemes: what each describes itself as, and where an environment's names look."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.security import APIKeyCookie, HTTPBearer

from fastjose._fastapi.places.place_schemes import describe
from fastjose._fastapi.places.schemes import ApplicationScheme, read_schemes, schemes_of_names
from fastjose._fastapi.places.sign_in_forms import SignInForm, list_forms
from fastjose._places.sources import BearerHeader, CookieHeader, KeyHeader, KeyQuery
from support.applications.token_places import build_app, make_token
from support.clients.asgi_client import send_request

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

pytestmark = pytest.mark.http

BEARER = {"type": "http", "scheme": "bearer"}


class Described(APIKeyCookie):
    """A scheme of the application that is described as a cookie."""

    async def __call__(self, request: HTTPConnection) -> str | None:
        return request.headers.get("x-token")


def model_of(scheme: Any) -> Any:
    return scheme.model.model_dump(by_alias=True, exclude_none=True, mode="json")


@pytest.mark.parametrize(
    ("place", "name", "model"),
    [
        (KeyHeader("x-token"), "APIKeyHeader", {"type": "apiKey", "in": "header", "name": "x-token"}),
        (CookieHeader("token"), "APIKeyCookie", {"type": "apiKey", "in": "cookie", "name": "token"}),
        (KeyQuery("t"), "APIKeyQuery", {"type": "apiKey", "in": "query", "name": "t"}),
        (BearerHeader(), "HTTPBearer", BEARER),
        (BearerHeader("A session token."), "HTTPBearer", {**BEARER, "description": "A session token."}),
        (ApplicationScheme(lambda _: None), "HTTPBearer", BEARER),
    ],
)
def test_place_is_described_by_its_scheme(place: Any, name: str, model: Any) -> None:
    scheme = describe(place)
    assert scheme.place is place
    assert (scheme.scheme_name, model_of(scheme)) == (name, model)
    assert asyncio.run(scheme()) is None


def test_scheme_of_the_application_is_described_as_it_describes_itself() -> None:
    (described,) = read_schemes(Described(name="token", scheme_name="Mine"))
    model = {"type": "apiKey", "in": "cookie", "name": "token"}
    assert (described.scheme_name, model_of(described)) == ("Mine", model)
    assert isinstance(described.place, ApplicationScheme)


@pytest.mark.parametrize(
    ("header", "cookie", "accepted"),
    [
        (None, None, [b"authorization"]),
        ("X-Token", None, [b"x-token"]),
        (None, "token", [b"authorization", b"cookie"]),
        ("X-Token", "token", [b"x-token", b"cookie"]),
    ],
)
def test_named_places_alone_are_read(header: str | None, cookie: str | None, accepted: list[bytes]) -> None:
    app, token = build_app(schemes_of_names(header, cookie)), make_token()
    sent = {b"authorization": b"Bearer " + token, b"x-token": token, b"cookie": b"token=" + token}
    assert [
        name for name, value in sent.items() if send_request(app, "/user", [(name, value)]).status == 200
    ] == accepted


@pytest.mark.parametrize(
    ("returned", "credential"),
    [(5, ""), (True, ""), (["token"], ""), (b"token", ""), ("", ""), (None, None), (" token ", "token")],
)
def test_result_of_a_scheme_of_the_application_is_a_text_or_nothing(returned: Any, credential: str | None) -> None:
    connection: Any = None
    assert asyncio.run(ApplicationScheme(lambda _: returned).read(connection)) == credential


def test_only_a_pasted_bearer_token_has_the_form_of_an_issuer() -> None:
    def add_issuer(_: SignInForm) -> list[SignInForm]:
        return [SignInForm("Issuer", lambda: None)]

    places = [describe(KeyHeader("x-token")), describe(CookieHeader("token")), describe(BearerHeader())]
    names = [form.name for form in list_forms(places, token_url=None, scheme_name=None, issuer_form=add_issuer)]
    assert names == ["APIKeyHeader-x-token", "APIKeyCookie-token", "Issuer", "HTTPBearer"]


def test_forms_of_one_name_are_numbered() -> None:
    places = [place for scheme in (HTTPBearer(), HTTPBearer(), HTTPBearer()) for place in read_schemes(scheme)]
    names = [form.name for form in list_forms(places, token_url=None, scheme_name="Mine")]
    assert names == ["Mine", "Mine-HTTPBearer", "Mine-HTTPBearer-2"]
