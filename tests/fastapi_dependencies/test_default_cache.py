"""The cache of verified tokens is on by default in services, and changes no response."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import asyncio
import gc
import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Annotated, Any

import pytest
import time_machine
from fastapi import Depends, FastAPI
from pydantic import BaseModel, ValidationError

from fastjose import Verifier, sign_token
from fastjose.fastapi import BearerAuth, CurrentUser
from support.clients.http_client import HttpClient
from support.environment.fresh_import import SECRET, set_environment
from support.tokens.bearer_tokens import make_api_claims

pytestmark = pytest.mark.http

OTHER_SECRET = "o" * 32


def load_app(auth: BearerAuth[CurrentUser]) -> FastAPI:
    app = FastAPI()

    @app.get("/me")
    async def me(
        user: Annotated[CurrentUser, Depends(auth.current_user)],
        claims: Annotated[dict[str, Any], Depends(auth.current_claims)],
        _admin: Annotated[CurrentUser, Depends(auth.require_role("admin"))],
    ) -> dict[str, Any]:
        claims.setdefault("roles", []).append("changed by the route")
        return {"user": user.model_dump(), "claims": claims}

    return app


def test_default_cache_changes_no_response(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    now = int(time.time())
    claims = make_api_claims(aud=..., role="admin", iat=now, exp=now + 60)
    tokens = [
        sign_token(claims, SECRET, algorithm="HS256"),
        sign_token(claims, OTHER_SECRET, algorithm="HS256"),
        sign_token({**claims, "nbf": now + 30}, SECRET, algorithm="HS256"),
        sign_token({**claims, "role": "user"}, SECRET, algorithm="HS256"),
        sign_token({**claims, "cnf": {"jkt": "x"}}, SECRET, algorithm="HS256"),
        sign_token({**claims, "sub": ""}, SECRET, algorithm="HS256"),
        "not a token",
    ]
    responses: dict[str, list[Any]] = {}
    for size in ("", "0"):
        cache = {"JWT_CACHE_SIZE": size} if size else {}
        set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_SECRET": SECRET, **cache})
        with HttpClient(load_app(BearerAuth.from_environment())) as client:
            for second in (0, 0, 45, 90, 1):
                with time_machine.travel(now + second, tick=False):
                    received = [client.get("/me", token) for token in tokens * 2]
                responses.setdefault(size, []).extend((r.status_code, dict(r.headers), r.text) for r in received)
    assert responses[""] == responses["0"]
    assert [status for status, _, _ in responses[""]][:7] == [200, 401, 401, 403, 401, 401, 401]
    assert {status for status, _, _ in responses[""][42:56]} == {401}, "every token has expired"


class MutableUser(BaseModel):
    user_id: str
    name: str | None = None
    tags: list[str] = []


def test_requests_with_a_cached_token_share_only_an_immutable_user() -> None:
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=10)
    token = sign_token(make_api_claims(aud=..., name="Ada"), SECRET, algorithm="HS256")
    auth, mutable = BearerAuth(verifier), BearerAuth(verifier, user_model=MutableUser)

    async def get_users() -> tuple[list[CurrentUser], list[MutableUser]]:
        return [await auth.current_user(token) for _ in range(3)], [await mutable.current_user(token) for _ in range(3)]

    users, mutable_users = asyncio.run(get_users())
    assert users[1] is users[2]
    assert users[0] == users[2] == CurrentUser(user_id=users[0].user_id, email=users[0].email, name="Ada")
    with pytest.raises(ValidationError):
        users[0].name = "changed"
    mutable_users[0].tags.append("changed")
    mutable_users[0].name = "changed"
    assert mutable_users[1] == mutable_users[2]
    assert (mutable_users[2].name, mutable_users[2].tags) == ("Ada", [])


BETTER_AUTH_CLAIMS = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "emailVerified": False,
    "image": None,
    "createdAt": "2026-01-01T00:00:00.000Z",
    "updatedAt": "2026-01-01T00:00:00.000Z",
    "role": "user",
    "banned": False,
    "banReason": None,
    "banExpires": None,
    "iat": 1_800_000_000,
    "iss": "https://app.example.com",
}


def test_default_cache_holds_a_thousand_tokens_of_better_auth() -> None:
    """In a process of its own: names of claims are kept once in 256 places of a process, and weigh more without one."""
    program = f"from {__name__} import hold_a_thousand_tokens; hold_a_thousand_tokens()"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    command = [sys.executable, "-c", program]
    completed = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, check=False)  # noqa: S603 - this module
    assert completed.returncode == 0, completed.stderr.decode()


def hold_a_thousand_tokens() -> None:
    auth = BearerAuth(Verifier(SECRET, algorithms="HS256", required=(), cache_size=1_000))
    tokens = [
        sign_token({**BETTER_AUTH_CLAIMS, "id": f"{n:032}", "sub": f"{n:032}"}, SECRET, algorithm="HS256")
        for n in range(1_000)
    ]

    async def get_users() -> list[CurrentUser]:
        return [await auth.current_user(token) for token in tokens]

    first, second, third = (asyncio.run(get_users()) for _ in range(3))
    assert first == second
    assert sum(one is other for one, other in zip(second, third, strict=True)) == 1_000


@pytest.mark.parametrize("letter", ["u", "\xe9", "\u20ac", "\U0001f600"])
def test_cached_tokens_with_their_users_stay_within_the_documented_limit(letter: str) -> None:
    count = 200
    auth = BearerAuth(Verifier(SECRET, algorithms="HS256", required=(), cache_size=count))
    text = letter + "x" * 2_000
    tokens = [
        sign_token({"sub": f"{n}-{text}", "email": text, "name": text}, SECRET, algorithm="HS256")
        for n in range(2 * count)
    ]

    async def authenticate(some: list[str]) -> None:
        for token in some:
            await auth.current_user(token)

    asyncio.run(authenticate(tokens[:1]))
    tracemalloc.start()
    try:
        for _ in range(2):
            asyncio.run(authenticate(tokens[1:]))
        gc.collect()
        allocated_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count * 512 < allocated_bytes < count * 4_096
