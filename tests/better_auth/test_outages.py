"""Trouble that a real Better Auth makes: a new database that counts its keys from 1 again, and its own rate limiter."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import jwt
import pytest

from end_to_end.client import Client
from end_to_end.issuer import Issuer, Token
from end_to_end.proxy import Proxy
from support.better_auth_server import BetterAuth, Browser, run_better_auth_server
from support.uvicorn_server import run_uvicorn

if TYPE_CHECKING:
    from pathlib import Path

    from end_to_end.client import Answer

PASSWORD = "correct horse battery staple"
LIMIT = 100  # requests for one path in WINDOW_SECONDS: Better Auth's own, if its limiter is on
WINDOW_SECONDS = 10
PATIENCE_SECONDS = 30


# --- Serial ids ---


def test_new_database_may_give_another_key_the_same_id(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        with run_better_auth_server("serial-ids", tmp_path / "first.log") as server:
            app = stack.enter_context(run_uvicorn(tmp_path, BETTER_AUTH_URL=server.origin))
            before = token_of_new_user(server, "ada@example.com")
            assert app.get("/me", before).json()["email"] == "ada@example.com"
            key_before = only_key(server)

        with run_better_auth_server("serial-ids", tmp_path / "second.log", port=server.port) as server_again:
            after = token_of_new_user(server_again, "grace@example.com")
            answer = app.get("/me", after)
            key_after = only_key(server_again)

        assert (answer.status_code, answer.json()["email"]) == (200, "grace@example.com")
        assert app.get("/me", before).json() == {"detail": "Invalid token: Signature verification failed."}
    assert jwt.get_unverified_header(before)["kid"] == jwt.get_unverified_header(after)["kid"] == "1"
    assert (key_before["kid"], key_after["kid"]) == ("1", "1")
    assert key_before["x"] != key_after["x"]


def token_of_new_user(server: BetterAuth, email: str) -> str:
    with Browser(server) as browser:
        browser.sign_up(email, PASSWORD, "Somebody")
        return browser.fetch_token()


def only_key(server: BetterAuth) -> dict[str, str]:
    (key,) = server.fetch_jwks()["keys"]
    assert isinstance(key, dict)
    return key


# --- The rate limiter ---


def test_rate_limiter_is_heeded_while_known_keys_go_on(tmp_path: Path) -> None:
    asyncio.run(rate_limited(tmp_path))


async def rate_limited(directory: Path) -> None:
    async with Proxy() as proxy, contextlib.AsyncExitStack() as stack:
        server = stack.enter_context(
            run_better_auth_server("rate-limit", directory / "better-auth.log", origin=proxy.origin)
        )
        app_server = stack.enter_context(run_uvicorn(directory, BETTER_AUTH_URL=proxy.origin))
        direct, upstream, app = [
            await stack.enter_async_context(Client(origin))
            for origin in (server.address, server.address, app_server.origin)
        ]
        proxy.relay_to(upstream)
        issuer = Issuer(server, direct, users=1)
        known = await issuer.fetch_token()
        assert (await ask(app, known)).status == 200

        refusal = await use_up(direct)
        unknown = await token_of_another_key(issuer, known)
        limited_until = time.monotonic() + int(refusal.headers["x-retry-after"])
        fetches = len(proxy.fetched_at)
        while (answer := await ask(app, unknown)).status == 503 and time.monotonic() < limited_until:
            # The client is told what Better Auth told us: to come back when its window is over.
            assert int(answer.headers["retry-after"]) == pytest.approx(limited_until - time.monotonic(), abs=2)
            assert (await ask(app, known)).status == 200
            await asyncio.sleep(0.1)

        assert answer.status == 200
        assert (await ask(app, known)).status == 200
        assert len(proxy.fetched_at) == fetches + 2  # the one that was refused, and the one after the time was over


async def ask(app: Client, token: Token) -> Answer:
    return await app.get("/user-id", {"authorization": f"Bearer {token.text}"})


async def use_up(direct: Client) -> Answer:
    """Ask for the key set until Better Auth has had enough, and return its refusal."""
    answers = [await direct.get("/api/auth/jwks") for _ in range(LIMIT + 1)]
    assert answers[-1].status == 429
    assert 0 < int(answers[-1].headers["x-retry-after"]) <= WINDOW_SECONDS
    return answers[-1]


async def token_of_another_key(issuer: Issuer, known: Token) -> Token:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (token := await issuer.fetch_token()).key_id == known.key_id:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
    return token
