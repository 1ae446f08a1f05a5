"""Dependencies of `CredentialAuth`: whose roles count, and claims from which no user can be built."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import HTTPException, WebSocketException
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from fastjose._connections.credential_connections import Outcome
from fastjose._credentials.principal import Principal
from fastjose._sessions.session import Session
from fastjose.better_auth import api_verifier
from fastjose.fastapi import ApiKeys, CredentialAuth, JwtCredentials, SessionCookies
from support.better_auth.sessions import SECRET, RecordedLookup
from support.tokens.bearer_tokens import BASE_URL, KEY_SET

if TYPE_CHECKING:
    from fastjose._refusals.refusal import Refusal
    from fastjose.exceptions import JOSEError

pytestmark = pytest.mark.http

CLAIMS = {"sub": "user-1", "role": "admin", "org": {"id": "org-1", "role": "owner"}}
SESSION = Session(id="session-1", user_id="user-1", active_organization_id="org-1")


class Member(BaseModel):
    """A user that not every credential describes."""

    user_id: str
    level: int


class Organizations(RecordedLookup):
    """A store in which every user is a member, and none an owner."""

    async def find_organization_roles(self, *_: object) -> list[str]:
        return ["member"]


async def find_no_key(_: str) -> None:
    return None


def create_auth(**options: Any) -> CredentialAuth[Any]:
    return CredentialAuth(
        JwtCredentials(api_verifier(BASE_URL, keys=KEY_SET)),
        SessionCookies(Organizations(), secrets=[SECRET]),
        ApiKeys(find_no_key),
        **options,
    )


def connect(kind: str) -> HTTPConnection:
    return HTTPConnection({"type": kind, "method": "GET", "path": "/", "query_string": b"", "headers": []})


def check_refusal(error: Any, kind: str, status: int) -> None:
    expected = (HTTPException, status) if kind == "http" else (WebSocketException, 1008)
    assert (type(error), error.status_code if kind == "http" else error.code) == expected


@pytest.mark.parametrize(
    ("credential", "is_permitted"),
    [("jwt", True), ("opaque", True), ("api_key", False), ("cookie", False), ("session", False), ("auth_js", False)],
)
@pytest.mark.parametrize("session", [SESSION, None])
def test_roles_in_an_organization_are_in_the_claims_of_a_token_alone(
    credential: Any, session: Session | None, *, is_permitted: bool
) -> None:
    dependency: Any = create_auth().require_organization_role("owner")
    principal = Principal(credential, CLAIMS, session=session)
    if is_permitted:
        assert asyncio.run(dependency(principal, "user", connect("http"))) == "user"
    else:
        with pytest.raises(HTTPException) as caught:
            asyncio.run(dependency(principal, "user", connect("http")))
        check_refusal(caught.value, "http", 403)


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_claims_that_the_model_rejects_are_no_user(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    auth, connection = create_auth(user_model=Member), connect(kind)
    rejections, noted = auth.connections.rejections, list[tuple[str, Any]]()

    def reject(error: JOSEError, connection: HTTPConnection) -> Refusal:
        noted.append((str(error), connection))
        return reject_it(error, connection)

    reject_it = rejections.reject
    monkeypatch.setattr(rejections, "reject", reject)
    principal, user, optional = Principal("jwt", CLAIMS), auth.current_user, auth.current_user_optional
    with pytest.raises((HTTPException, WebSocketException)) as caught:
        asyncio.run(user(principal, connection))
    check_refusal(caught.value, kind, 401)
    assert asyncio.run(optional(Outcome(principal), connection)) is None
    assert [(("level" in text), found) for text, found in noted] == [(True, connection)] * 2


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_claims_that_the_model_rejects_satisfy_no_requirement(kind: str) -> None:
    dependency: Any = create_auth(user_model=Member).require_role("admin")
    with pytest.raises((HTTPException, WebSocketException)) as caught:
        asyncio.run(dependency(CLAIMS, connect(kind)))
    check_refusal(caught.value, kind, 401)
    error: Any = caught.value
    assert "level" in (error.detail if kind == "http" else error.reason)
    member = asyncio.run(dependency({**CLAIMS, "level": 3}, connect(kind)))
    assert member == Member(user_id="user-1", level=3)
