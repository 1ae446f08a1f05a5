"""Typical uses of `fastjose.auth` and `fastjose.fastapi`. They are type-checked by mypy and pyright, never run."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, FastAPI, WebSocket
from pydantic import BaseModel
from typing_extensions import assert_type

from fastjose import RemoteKeySet, Verifier
from fastjose.auth import (
    AuthenticatedUser,
    CurrentUser,
    OptionalUser,
    OwnershipChecker,
    TokenPayload,
    UserId,
    current_claims,
    get_current_user,
    get_user_id,
    require_ownership,
    require_permission,
    require_role,
    require_scope,
    verify_token,
)
from fastjose.better_auth import api_verifier, oauth_verifier
from fastjose.fastapi import BearerAuth

app = FastAPI()
bearer = BearerAuth(Verifier(RemoteKeySet("https://auth.example.com/jwks"), issuer="https://auth.example.com"))


class Member(BaseModel):
    sub: str
    role: str | None = None


members = BearerAuth(api_verifier("https://app.example.com", issuer=["https://a", "https://b"]), user_model=Member)
clients = BearerAuth(oauth_verifier("https://app.example.com", audience="https://api.example.com"))
from_environment = BearerAuth.from_environment(user_model=Member)


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


async def authorized(
    admin: Annotated[CurrentUser, Depends(require_role("admin", "editor"))],
    reader: Annotated[CurrentUser, Depends(require_scope("tasks:read"))],
    writer: Annotated[Member, Depends(members.require_permission("task:create"))],
    claims: Annotated[dict[str, Any], Depends(current_claims)],
) -> list[str | None]:
    return [admin.user_id, reader.email, writer.role, claims["sub"]]


async def listen(websocket: WebSocket, user: AuthenticatedUser) -> None:
    await websocket.accept(subprotocol="bearer")
    await websocket.send_text(user.user_id)


async def types(token: str) -> None:
    assert_type(await members.current_user(token), Member)
    assert_type(await members.current_user_optional(token), Member | None)
    assert_type(await from_environment.current_user(token), Member)
    assert_type(await bearer.current_user(token), CurrentUser)
    assert_type(await BearerAuth.from_environment().current_user(token), CurrentUser)
    assert_type(members, BearerAuth[Member])
    assert_type(clients, BearerAuth[CurrentUser])
    assert_type(members.get_user_id(Member(sub="user-1")), str)


app.get("/me")(me)
app.get("/write", dependencies=[Depends(require_permission("task:create", "task:read"))])(me)
app.websocket("/listen")(listen)
app.dependency_overrides[get_current_user] = me
