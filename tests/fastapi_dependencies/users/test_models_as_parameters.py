"""A model of a verified request as the parameter of a route, without a dependency: the request must not fill it."""

from __future__ import annotations

import asyncio
import inspect
import re
from typing import Annotated, Any, ClassVar

import httpx
import pydantic
import pytest
from fastapi import Depends, FastAPI
from pydantic import BaseModel, ValidationError

from fastjose._api_keys.api_key import ApiKey
from fastjose._verified_model import VerifiedModel
from fastjose.fastapi import CurrentUser, TokenPayload
from fastjose.sessions import Session
from support.clients.http_client import HttpClient

pytestmark = pytest.mark.http


class Admin(CurrentUser):
    """A user model of an application."""

    roles: tuple[str, ...] = ()


KnownUser = Annotated[CurrentUser, Depends(lambda: CurrentUser(user_id="user-1"))]
MODELS = {
    CurrentUser: {"user_id": "evil"},
    Admin: {"user_id": "evil", "roles": ("admin",)},
    TokenPayload: {"sub": "evil"},
    Session: {"id": "1", "user_id": "evil"},
    ApiKey: {"id": "1", "user_id": "evil"},
}
models = pytest.mark.parametrize(("model", "values"), MODELS.items(), ids=lambda value: getattr(value, "__name__", ""))


def post_to(annotation: Any, body: object) -> httpx.Response:
    """Return the response of a route whose only parameter has `annotation`."""
    app = FastAPI()

    async def read(who: Any) -> str:
        return repr(who)

    read.__annotations__["who"] = annotation
    app.post("/")(read)

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return await client.post("/", json=body)

    return asyncio.run(send())


@models
def test_body_does_not_fill_a_model(model: type[BaseModel], values: dict[str, object]) -> None:
    annotation: Any = model
    for wrapped in (annotation, annotation | None, list[annotation]):
        for body in (values, [values], {"who": values}):
            response = post_to(wrapped, body)
            assert response.status_code == 422
            assert "evil" not in response.json()["detail"][0]["msg"]
    assert "must come from a dependency that verifies the request" in post_to(model, values).text


@models
def test_model_is_not_a_dependency(model: type[BaseModel], values: dict[str, object]) -> None:
    app = FastAPI()

    async def read(who: Any) -> str:
        return repr(who)

    for annotation in (Annotated[model, Depends()], Annotated[Any, Depends(model)]):
        read.__annotations__["who"] = annotation
        with pytest.raises(TypeError, match=f"{model.__name__} must come from a dependency"):
            app.get("/")(read)
    assert values


@models
def test_program_creates_and_nests_instances(model: type[BaseModel], values: dict[str, Any]) -> None:
    instance = model(**values)
    assert model.model_validate(values) == model.model_validate_json(instance.model_dump_json()) == instance

    class Page(BaseModel):
        content: model  # type: ignore[valid-type] # one of the table

    assert Page(content=instance).model_dump()["content"] == instance.model_dump()
    with pytest.raises(ValidationError):
        Page.model_validate({"content": values})


def test_derived_model_is_valid_by_itself_and_only_as_an_instance_elsewhere() -> None:
    class Owner(CurrentUser):
        roles: tuple[str, ...] = ()

    class Page(BaseModel):
        owner: Owner
        editor: Owner | None = None
        readers: list[Owner] = []

    values = {"user_id": "user-1", "email": None, "name": None, "roles": ["admin"]}
    owner = Owner.model_validate(values)
    assert (owner.user_id, owner.roles) == ("user-1", ("admin",))
    assert Owner.model_validate_json(owner.model_dump_json()) == owner
    with pytest.raises(ValidationError, match="user_id"):
        Owner.model_validate({"roles": ["admin"]})
    page = Page(owner=owner, editor=owner, readers=[owner, owner])
    assert page.model_dump(mode="json") == {"owner": values, "editor": values, "readers": [values, values]}
    for content in ({"owner": values}, {"owner": owner, "editor": values}, {"owner": owner, "readers": [values]}):
        with pytest.raises(ValidationError, match=OWNER_ERROR):
            Page.model_validate(content)
    with pytest.raises(ValidationError, match=OWNER_ERROR):
        Page.model_validate({"owner": CurrentUser(user_id="user-1")})
    for mode in ("validation", "serialization"):
        schema = Page.model_json_schema(mode=mode)
        assert schema["properties"]["owner"] == {"$ref": "#/$defs/Owner"}
        assert schema["properties"]["readers"]["items"] == {"$ref": "#/$defs/Owner"}
        assert list(schema["$defs"]) == ["Owner"]
        assert list(schema["$defs"]["Owner"]["properties"]) == list(values)
    with pytest.raises(TypeError, match=OWNER_ERROR):
        inspect.signature(Owner)
    with pytest.raises(TypeError, match=OWNER_ERROR):
        FastAPI().get("/", dependencies=[Depends(Owner)])(lambda: None)


OWNER_ERROR = "Owner must come from a dependency that verifies the request: annotate the parameter with " + re.escape(
    CurrentUser._dependency
)


def test_response_types_and_openapi_name_the_model() -> None:
    app = FastAPI()

    @app.get("/me")
    async def me(user: KnownUser) -> CurrentUser:
        return user

    @app.get("/users")
    async def users(user: KnownUser) -> list[CurrentUser]:
        return [user, Admin(user_id="user-2", roles=("admin",))]

    with HttpClient(app) as client:
        assert client.get("/me").json() == {"user_id": "user-1", "email": None, "name": None}
        assert [user["user_id"] for user in client.get("/users").json()] == ["user-1", "user-2"]
        openapi = client.get("/openapi.json").json()
    schema = openapi["paths"]["/me"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/CurrentUser"}
    assert openapi["components"]["schemas"]["CurrentUser"]["properties"].keys() == {"user_id", "email", "name"}


def create_model() -> Any:
    """Return a model of which each test has one of its own."""

    class Own(VerifiedModel):
        _dependency: ClassVar[str] = "Depends(auth.own)"
        name: str

    return Own


def create_page(model: Any) -> Any:
    """Return a model of an application with fields of another model."""
    return pydantic.create_model("Page", content=(model, ...), more=(list[model], []))


TEXT = "Own must come from a dependency that verifies the request: annotate the parameter with Depends(auth.own)"


def test_error_names_the_dependency() -> None:
    own = create_model()
    with pytest.raises(TypeError) as raised:
        post_to(Annotated[own, Depends()], {})
    assert str(raised.value) == TEXT
    with pytest.raises(TypeError) as raised:
        _ = own.__signature__
    assert str(raised.value) == TEXT
    response = post_to(own, {"name": "evil"})
    assert (response.status_code, response.json()["detail"][0]["msg"]) == (422, f"Value error, {TEXT}")


def test_other_model_takes_an_instance_alone() -> None:
    own = create_model()
    page_of = create_page(own)
    one = own(name="ada")
    page = page_of(content=one, more=[one])
    assert page.content is one
    assert page.more == [one]
    assert own.model_validate({"name": "ada"}) == one
    for values in ({"content": {"name": "evil"}}, {"content": one, "more": [{"name": "evil"}]}, {"content": "evil"}):
        with pytest.raises(ValidationError, match="Own must come from a dependency") as raised:
            page_of.model_validate(values)
        assert "evil" not in raised.value.errors()[0]["msg"]
    with pytest.raises(ValidationError):
        own(name=5)


def test_document_names_the_model_once() -> None:
    own = create_model()
    schema = create_page(own).model_json_schema()
    assert set(schema["$defs"]) == {"Own"}
    assert schema["properties"]["content"] == {"$ref": "#/$defs/Own"}
    assert schema["properties"]["more"]["items"] == {"$ref": "#/$defs/Own"}
    assert schema["$defs"]["Own"]["properties"] == {"name": {"title": "Name", "type": "string"}}
