"""The dependency on the token of a request: where it is found, and what a request without one is answered."""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import Any
from unittest.mock import Mock

import pytest
from fastapi import HTTPException, WebSocketException
from starlette.requests import HTTPConnection

from fastjose._fastapi.bearer import PasswordTokenScheme, TokenScheme
from fastjose._fastapi.places.sign_in_forms import SignInForm
from fastjose._places.sources import BearerHeader, CookieHeader, KeyHeader
from fastjose._places.token_places import TokenPlaces
from support.tokens.bearer_tokens import make_api_token

METADATA = "https://api.example.com/.well-known/oauth-protected-resource"
CHALLENGE = f'Bearer resource_metadata="{METADATA}"'
FORMS = [SignInForm(name, lambda name=name: f"model of {name}") for name in ("first", "second")]  # type: ignore[misc]


def create(
    *places: Any, auto_error: bool = True, kind: type[TokenScheme] = TokenScheme, forms: Any = None, **options: Any
) -> TokenScheme:
    found = TokenPlaces(places or (BearerHeader(),), **options)
    shown = FORMS[:1] if forms is None else forms
    return kind(found, shown, auto_error=auto_error, resource_metadata=METADATA, check_scopes=Mock())


def connect(*headers: tuple[str, str], kind: str = "http", method: str = "GET") -> HTTPConnection:
    encoded = [(name.encode(), value.encode()) for name, value in headers]
    return HTTPConnection(
        {"type": kind, "method": method, "path": "/", "query_string": b"", "headers": encoded, "scheme": "https"}
    )


def read(scheme: TokenScheme, connection: HTTPConnection) -> Any:
    return asyncio.run(scheme(connection))


def refuse(scheme: TokenScheme, connection: HTTPConnection) -> tuple[Any, ...]:
    """Return the response to a request, or what closes the WebSocket."""
    with pytest.raises((HTTPException, WebSocketException)) as caught:
        read(scheme, connection)
    error: Any = caught.value
    if isinstance(error, WebSocketException):
        return error.code, error.reason
    return error.status_code, error.detail, dict(error.headers or {})


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("auto_error", [False, True])
def test_token_of_the_header_is_returned_with_the_scope_of_its_request(kind: str, auto_error: bool) -> None:  # noqa: FBT001 - pytest
    for scheme in (create(auto_error=auto_error), create(KeyHeader("x-token"), auto_error=auto_error)):
        connection = connect(("authorization", "Bearer abc.def"), ("x-token", "abc.def"), kind=kind)
        token = read(scheme, connection)
        assert token == "abc.def"
        assert token.scope is connection.scope


def test_request_without_a_token_is_refused_or_has_none() -> None:
    for headers in (
        [],
        [("authorization", "Basic abc")],
        [("authorization", "Bearer a"), ("authorization", "Bearer b")],
    ):
        connection = connect(*headers)
        assert refuse(create(), connection) == (401, "Not authenticated", {"WWW-Authenticate": CHALLENGE})
        assert refuse(create(), connect(*headers, kind="websocket")) == (1008, "Not authenticated")
        assert read(create(auto_error=False), connection) is None


def test_cookie_of_another_origin_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    scheme = create(CookieHeader("token"), trusted_origins=["https://app.example.com"])
    cookie, foreign = ("cookie", "token=abc.def"), ("origin", "https://evil.example")
    assert read(scheme, connect(cookie)) == "abc.def"
    for one in (scheme, create(CookieHeader("token"), auto_error=False)):
        connection = connect(cookie, foreign, ("sec-fetch-site", "cross-site"), method="POST")
        assert refuse(one, connection) == (403, "Cross-origin request rejected", {})
        connection = connect(cookie, foreign, ("sec-fetch-site", "cross-site"), kind="websocket")
        assert refuse(one, connection) == (1008, "Cross-origin request rejected")
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["cross_origin_request"]


class FailingPlaces(TokenPlaces):
    """Places of an application whose own scheme refuses the request."""

    def __init__(self, status_code: int) -> None:
        super().__init__([KeyHeader("x-token")])
        self.status_code = status_code

    async def find(self, connection: HTTPConnection) -> str | None:
        raise HTTPException(self.status_code, f"refused {connection.scope['type']}", {"X-Reason": "own"})


def test_refusal_of_a_place_is_that_of_the_request() -> None:
    def create_failing(status_code: int, *, auto_error: bool) -> TokenScheme:
        places = FailingPlaces(status_code)
        return TokenScheme(places, FORMS[:1], auto_error=auto_error, resource_metadata=None, check_scopes=Mock())

    for status_code, auto_error in ((401, True), (403, True), (403, False)):
        scheme = create_failing(status_code, auto_error=auto_error)
        assert refuse(scheme, connect()) == (status_code, "refused http", {"X-Reason": "own"})
        assert refuse(scheme, connect(kind="websocket")) == (1008, "refused websocket")
    assert read(create_failing(401, auto_error=False), connect()) is None


def test_header_decides_only_if_it_is_the_first_place() -> None:
    first, second = create(BearerHeader(), KeyHeader("x-token")), create(KeyHeader("x-token"), BearerHeader())
    connection = connect(("authorization", "Bearer header"), ("x-token", "key"))
    assert [read(scheme, connection) for scheme in (first, second)] == ["header", "key"]
    assert [scheme.find_authorization(connection) for scheme in (first, second)] == ["header", None]
    assert first.find_authorization(connect(("x-token", "key"))) is None
    assert [scheme.begins_with_authorization for scheme in (first, second)] == [True, False]


def test_hint_names_what_a_request_without_a_token_lacks(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="fastjose")
    read(create(auto_error=False), connect(("authorization", f"Token {make_api_token()}")))
    assert "Bearer" in caplog.text
    caplog.clear()
    read(create(KeyHeader("x-token"), auto_error=False), connect(("authorization", f"Token {make_api_token()}")))
    assert "Bearer" not in caplog.text


def test_document_has_each_form_of_the_scheme() -> None:
    for kind in (TokenScheme, PasswordTokenScheme):
        scheme = create(kind=kind, forms=FORMS)
        assert (scheme.scheme_name, scheme.model) == ("first", "model of first")
        assert list(inspect.signature(scheme).parameters) == ["request", "further_forms", "security_scopes"]
        further: Any = inspect.signature(scheme).parameters["further_forms"].annotation
        assert further.__metadata__[0].dependency.scheme_name == "second"
        assert list(inspect.signature(create(kind=kind)).parameters) == ["request", "security_scopes"]
