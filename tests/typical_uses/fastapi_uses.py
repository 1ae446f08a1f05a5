"""Typical uses of `fastjose.auth` and `fastjose.fastapi`. Nothing here is run; mypy and pyright read it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI

from fastjose import RemoteKeySet, Verifier
from fastjose.auth import (
    AuthenticatedUser,
    CurrentUser,
    OptionalUser,
    OwnershipChecker,
    TokenPayload,
    UserId,
    get_current_user,
    get_user_id,
    require_ownership,
    verify_token,
)
from fastjose.fastapi import BearerAuth

app = FastAPI()
bearer = BearerAuth(Verifier(RemoteKeySet("https://auth.example.com/jwks"), issuer="https://auth.example.com"))


async def me(user: AuthenticatedUser) -> str | None:
    return user.email


async def hello(user: OptionalUser) -> str:
    return user.user_id if user else "guest"


def task(user_id: UserId, owner_id: str) -> str:
    require_ownership(owner_id, user_id)
    OwnershipChecker("task").check(owner_id, user_id)
    return user_id


async def by_hand(user: Annotated[CurrentUser, Depends(bearer.current_user)], token: str) -> list[str | None]:
    payload: TokenPayload = verify_token(token)
    current: CurrentUser = await get_current_user(token)
    name: str = get_user_id(user)
    return [payload.sub, current.user_id, name]


app.get("/me")(me)
app.dependency_overrides[get_current_user] = me
