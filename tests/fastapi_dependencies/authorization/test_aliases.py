"""`UserId` and its kin as a part of an annotation, as a field or as a default value: an error, never a way in."""

from __future__ import annotations

import asyncio
import copy
import time
import typing
from typing import TYPE_CHECKING, Annotated, Any, Optional

import httpx
import pytest
from fastapi import Depends, FastAPI, Query
from pydantic import create_model

from fastjose import sign_token
from support.clients.http_client import HttpClient
from support.environment.fresh_import import SECRET, load_auth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.http

NAMES = ["AuthenticatedUser", "OptionalUser", "UserId", "CurrentSession"]
names = pytest.mark.parametrize("name", NAMES)
PARTS: dict[str, Callable[[Any], Any]] = {
    "| None": lambda alias: alias | None,
    "None |": lambda alias: None | alias,
    "Optional": lambda alias: Optional[alias],  # noqa: UP045 - the case under test
    "Union": lambda alias: typing.Union[int, alias],  # noqa: UP007 - the case under test
    "list": lambda alias: list[alias],  # type: ignore[valid-type] # as `|` above
    "dict": lambda alias: dict[str, alias],  # type: ignore[valid-type]
    "| None in Annotated": lambda alias: Annotated[alias | None, "a comment"],
    "Query": lambda alias: Annotated[alias | None, Query()],
}


@pytest.fixture
def auth(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    return load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRET=SECRET)


def declare(annotation: Any, default: Any = ..., *, websocket: bool = False) -> FastAPI:
    """Return an application whose only parameter has `annotation`, and a default value unless it is `...`."""
    app = FastAPI()

    async def read(user_id: Any) -> str:
        return repr(user_id)

    read.__defaults__ = None if default is ... else (default,)
    read.__annotations__["user_id"] = annotation
    (app.websocket("/") if websocket else app.get("/"))(read)
    return app


def must_be_whole(name: str) -> Any:
    return pytest.raises(
        TypeError, match=rf"^{name} must be the whole annotation of a parameter.*: write user: {name}, "
    )


@names
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("websocket", [False, True])
def test_alias_as_a_part_of_an_annotation_is_refused(auth: Any, name: str, part: str, *, websocket: bool) -> None:
    """FastAPI would take `user_id` from the query, where a `str` is."""
    annotation = PARTS[part](getattr(auth, name))
    for default in (..., None):
        with must_be_whole(name):
            declare(annotation, default, websocket=websocket)


@names
def test_alias_as_a_field_is_refused(auth: Any, name: str) -> None:
    alias = getattr(auth, name)
    for field in (alias, alias | None, PARTS["list"](alias)):
        with must_be_whole(name):
            create_model("Item", user_id=(field, ...))


@names
@pytest.mark.parametrize("annotation", [str, Any, str | None])
def test_alias_as_a_default_value_is_refused(auth: Any, name: str, annotation: Any) -> None:
    with must_be_whole(name):
        declare(annotation, getattr(auth, name))


@names
def test_alias_within_depends_or_beside_it_is_refused(auth: Any, name: str) -> None:
    alias = getattr(auth, name)
    with must_be_whole(name):
        declare(Annotated[str, Depends(alias)])
    for entry in (alias, Depends(alias)):
        with must_be_whole(name):
            FastAPI().get("/", dependencies=[entry])(lambda: None)


@names
def test_default_value_made_of_an_alias_lets_nobody_in(auth: Any, name: str) -> None:
    """`typing` makes a plain alias of it: the copy fails that FastAPI makes of a default value at a request."""
    app = declare(str, Annotated[getattr(auth, name), "a comment"])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/")

    assert asyncio.run(send()).status_code == 500


@names
def test_alias_is_an_annotated_type(auth: Any, name: str) -> None:
    alias = getattr(auth, name)
    assert typing.get_origin(alias) is Annotated
    assert isinstance(alias, type(Annotated[str, "a comment"]))
    assert alias is copy.copy(alias)
    assert len({alias, alias, Annotated[alias, "a comment"]}) == 2
    assert "not from a request" in repr(alias)
    assert not hasattr(alias, "dependency")


@pytest.mark.parametrize(("name", "attribute"), [("UserId", "upper"), ("AuthenticatedUser", "model_fields")])
def test_alias_has_the_attributes_of_its_type(auth: Any, name: str, attribute: str) -> None:
    alias = getattr(auth, name)
    assert getattr(alias, attribute) == getattr(alias.__origin__, attribute)
    assert not hasattr(alias, "no_such_attribute")


def test_alias_as_the_whole_annotation_takes_the_user_of_the_token(auth: Any) -> None:
    token = sign_token({"sub": "ada", "exp": int(time.time()) + 600}, SECRET, algorithm="HS256")
    for annotation in (auth.UserId, Annotated[auth.UserId, "a comment"]):
        with HttpClient(declare(annotation)) as client:
            assert client.get("/?user_id=admin").status_code == 401
            assert client.get("/?user_id=admin", token).json() == "'ada'"


def test_alias_in_an_annotation_that_is_a_text_is_evaluated(auth: Any) -> None:
    app = FastAPI()

    async def read(user_id: Any) -> Any:
        return user_id

    read.__annotations__["user_id"] = "UserId"
    read.__globals__["UserId"] = auth.UserId
    try:
        app.get("/")(read)
        assert typing.get_type_hints(read)["user_id"] is str
    finally:
        del read.__globals__["UserId"]
    with HttpClient(app) as client:
        assert client.get("/?user_id=admin").status_code == 401
