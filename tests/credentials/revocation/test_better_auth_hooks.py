"""A real Better Auth whose hooks write to Redis: sign-out, a ban and revoke-all end the tokens that it issued."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from fastjose.better_auth import api_verifier
from fastjose.exceptions import JWTError
from fastjose.revocation import RedisRevocations
from support.better_auth.server import BetterAuth, Browser, run_better_auth_server
from support.processes.polling import wait_until
from support.servers.redis_server import run_redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastjose import Verifier

PASSWORD = "correct-horse-battery-staple"


class Backend:
    """A Better Auth, and a verifier of its tokens with a shared list of revocations."""

    def __init__(self, server: BetterAuth, revocations: RedisRevocations) -> None:
        self.server, self.revocations = server, revocations
        self.verifier: Verifier = api_verifier(server.base_url, revocations=revocations, cache_size=10)

    def sign_up(self, email: str) -> Browser:
        browser = Browser(self.server)
        browser.sign_up(email, PASSWORD, "Ada")
        return browser

    def sign_in(self, email: str) -> Browser:
        browser = Browser(self.server)
        browser.sign_in(email, PASSWORD)
        return browser

    def accepts(self, token: str) -> bool:
        try:
            self.verifier.verify(token)
        except JWTError as error:
            assert error.code == "revoked"  # noqa: PT017 - any other error fails the test
            return False
        return True

    def wait_until_refused(self, token: str) -> None:
        wait_until(lambda: not self.accepts(token))


@pytest.fixture(scope="module", params=["memory", "secondary storage"])
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    log: Path = tmp_path_factory.mktemp("better-auth") / "server.log"
    with run_redis_server() as redis:
        storage_url = redis.url if request.param == "secondary storage" else None
        with run_better_auth_server("revocation", log, redis_url=storage_url, revocations_url=redis.url) as server:
            revocations = RedisRevocations(redis.url, max_token_lifetime_seconds=900)
            revocations.start()
            yield Backend(server, revocations)
            revocations.stop()


def test_sign_out_ends_the_tokens_of_its_session_alone(backend: Backend) -> None:
    with backend.sign_up("out@example.com") as first, backend.sign_in("out@example.com") as second:
        token, other = first.fetch_token(), second.fetch_token()
        assert backend.accepts(token)
        first.sign_out()
        backend.wait_until_refused(token)
        assert backend.accepts(other)


def test_revoking_all_sessions_ends_their_tokens_and_no_later_ones(backend: Backend) -> None:
    with backend.sign_up("all@example.com") as first, backend.sign_in("all@example.com") as second:
        tokens = [first.fetch_token(), second.fetch_token()]
        assert all(backend.accepts(token) for token in tokens)
        first.post("/revoke-sessions")
        for token in tokens:
            backend.wait_until_refused(token)
    with backend.sign_in("all@example.com") as later:
        assert backend.accepts(later.fetch_token())


def test_ban_ends_every_token_of_the_user(backend: Backend) -> None:
    with backend.sign_up("banned@example.com") as user, backend.sign_up("admin@example.com") as administrator:
        token, other = user.fetch_token(), administrator.fetch_token()
        user_id = backend.verifier.verify(token)["sub"]
        administrator.post("/admin/ban-user", userId=user_id)
        backend.wait_until_refused(token)
        assert backend.accepts(other)
        wait_until(lambda: backend.revocations.is_revoked(sub=user_id, iat=1))  # tokens without a sid, too
        with pytest.raises(httpx.HTTPStatusError):
            user.fetch_token()
