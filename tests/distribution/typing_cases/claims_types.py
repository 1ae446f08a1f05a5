"""Types that `into` and `user_model` give. mypy and pyright read this file; nothing of it is run."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec
from pydantic import BaseModel, RootModel
from typing_extensions import assert_type

from fastjose import Verifier
from fastjose.fastapi import BearerAuth

T = TypeVar("T")
verifier = Verifier("a-secret-of-at-least-thirty-two-bytes", algorithms="HS256")


class Model(BaseModel):
    sub: str


class GenericModel(BaseModel, Generic[T]):
    sub: T


class Root(RootModel[dict[str, Any]]):
    """All claims."""


class Struct(msgspec.Struct, frozen=True):
    sub: str


class GenericStruct(msgspec.Struct, Generic[T]):
    sub: T


def use(token: str, model: type[Model] | None) -> None:
    assert_type(verifier.verify(token), dict[str, Any])
    assert_type(verifier.verify(token, into=None), dict[str, Any])
    assert_type(verifier.verify(token, into=Model), Model)
    assert_type(verifier.verify(token, into=Struct), Struct)
    assert_type(verifier.verify(token, into=Root), Root)
    assert_type(verifier.verify(token, into=GenericModel[str]), GenericModel[str])
    assert_type(verifier.verify(token, into=GenericStruct[int]), GenericStruct[int])
    assert_type(verifier.verify(token, into=Struct).sub, str)
    assert_type(verifier.try_verify(token), dict[str, Any] | None)
    assert_type(verifier.try_verify(token, into=Struct), Struct | None)
    if model is not None:
        assert_type(verifier.verify(token, into=model), Model)


async def use_async(token: str) -> None:
    assert_type(await verifier.verify_async(token), dict[str, Any])
    assert_type(await verifier.verify_async(token, into=Model), Model)
    assert_type(await verifier.verify_async(token, into=Struct), Struct)


def use_bearer_auth(user: Struct, model: Model) -> None:
    structs, models = BearerAuth(verifier, user_model=Struct), BearerAuth(verifier, user_model=Model)
    assert_type(structs, BearerAuth[Struct])
    assert_type(structs.get_user_id(user) + models.get_user_id(model), str)
    assert_type(BearerAuth.from_environment(user_model=Struct), BearerAuth[Struct])
