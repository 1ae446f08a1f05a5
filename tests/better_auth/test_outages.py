"""Outages of a real Better Auth: a new database that restarts its key ids at 1, and the rate limiter."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import jwt

from end_to_end.client import Client
from end_to_end.issuer import Issuer, Token
from end_to_end.proxy import Proxy
from support.better_auth.server import BetterAuth, Browser, run_better_auth_server
from support.servers.ports import find_free_port
from support.servers.uvicorn_server import run_uvicorn

if TYPE_CHECKING:
    from pathlib import Path

    from end_to_end.client import Response

PASSWORD = "correct horse battery staple"
MAX_REQUESTS = 100  # requests for one path in WINDOW_SECONDS: Better Auth's default, if its limiter is enabled
WINDOW_SECONDS = 10
MAX_WAIT_SECONDS = 30


# --- Serial ids ---


def test_new_key_with_a_reused_kid_is_accepted(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        with run_better_auth_server("serial-ids", tmp_path / "first.log", port=find_free_port()) as server:
            app = stack.enter_context(run_uvicorn(tmp_path, BETTER_AUTH_URL=server.origin))
            before = fetch_token_of_new_user(server, "ada@example.com")
            assert app.get("/me", before).json()["email"] == "ada@example.com"
            key_before = fetch_only_key(server)

        with run_better_auth_server("serial-ids", tmp_path / "second.log", port=server.port) as server_again:
            after = fetch_token_of_new_user(server_again, "grace@example.com")
            response = app.get("/me", after)
            key_after = fetch_only_key(server_again)

        assert (response.status_code, response.json()["email"]) == (200, "grace@example.com")
        assert app.get("/me", before).json() == {"detail": "Invalid token: Signature verification failed."}
    assert jwt.get_unverified_header(before)["kid"] == jwt.get_unverified_header(after)["kid"] == "1"
    assert (key_before["kid"], key_after["kid"]) == ("1", "1")
    assert key_before["x"] != key_after["x"]


def fetch_token_of_new_user(server: BetterAuth, email: str) -> str:
    with Browser(server) as browser:
        browser.sign_up(email, PASSWORD, "Ada")
        return browser.fetch_token()


def fetch_only_key(server: BetterAuth) -> dict[str, str]:
    (key,) = server.fetch_jwks()["keys"]
    assert isinstance(key, dict)
    return key


# --- The rate limiter ---


def test_rate_limit_is_respected_and_cached_keys_still_verify(tmp_path: Path) -> None:
    asyncio.run(run_with_rate_limiter(tmp_path))


async def run_with_rate_limiter(directory: Path) -> None:
    async with Proxy() as proxy, contextlib.AsyncExitStack() as stack:
        server = stack.enter_context(
            run_better_auth_server("rate-limit", directory / "better-auth.log", origin=proxy.origin)
        )
        app_server = stack.enter_context(run_uvicorn(directory, BETTER_AUTH_URL=proxy.origin))
        direct, upstream, app = [
            await stack.enter_async_context(Client(origin))
            for origin in (server.address, server.address, app_server.origin)
        ]
        proxy.forward_to(upstream)
        issuer = Issuer(server, direct, users=1)
        known = await issuer.fetch_token()
        assert (await request_user_id(app, known)).status == 200

        rejection = await exhaust_rate_limit(direct)
        unknown = await fetch_token_of_another_key(issuer, known)
        limited_until = time.monotonic() + int(rejection.headers["x-retry-after"])
        fetches = len(proxy.fetched_at)
        remaining = limited_until - time.monotonic()
        while (response := await request_user_id(app, unknown)).status == 503 and time.monotonic() < limited_until:
            # The app passes the retry time of Better Auth on to the client: the end of the window, in whole seconds.
            retry_after, remaining_before = int(response.headers["retry-after"]), remaining
            remaining = limited_until - time.monotonic()
            assert remaining - 2 <= retry_after <= remaining_before + 2
            assert (await request_user_id(app, known)).status == 200
            await asyncio.sleep(0.1)

        assert response.status == 200
        assert (await request_user_id(app, known)).status == 200
        assert len(proxy.fetched_at) == fetches + 2  # the rejected one, and one after the window


async def request_user_id(app: Client, token: Token) -> Response:
    return await app.get("/user-id", {"authorization": f"Bearer {token.text}"})


async def exhaust_rate_limit(direct: Client) -> Response:
    """Request the key set until Better Auth responds 429, and return this response."""
    responses = [await direct.get("/api/auth/jwks") for _ in range(MAX_REQUESTS + 1)]
    assert responses[-1].status == 429
    assert 0 < int(responses[-1].headers["x-retry-after"]) <= WINDOW_SECONDS
    return responses[-1]


async def fetch_token_of_another_key(issuer: Issuer, known: Token) -> Token:
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while (token := await issuer.fetch_token()).key_id == known.key_id:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
    return token
