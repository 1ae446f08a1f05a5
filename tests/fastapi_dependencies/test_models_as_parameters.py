"""A model of a verified request as the parameter of a route, without a dependency: the request must not fill it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from pydantic import BaseModel, ValidationError

from fastjose._api_keys.api_key import ApiKey
from fastjose.fastapi import CurrentUser, TokenPayload
from fastjose.sessions import Session
from support.http_client import HttpClient

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
