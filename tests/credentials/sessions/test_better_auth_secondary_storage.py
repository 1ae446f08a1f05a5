"""`SecondaryStorageSessions` on what a real Better Auth writes into a real Redis."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import itertools
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, urlsplit

import pytest

from fastjose.sessions import SecondaryStorageSessions
from support.better_auth.server import BetterAuth, Browser, run_better_auth_server
from support.servers.redis_server import RedisServer, run_redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "correct horse battery staple"
EMAILS = (f"ada{number}@example.com" for number in itertools.count())
STORAGES: list[tuple[str, Literal["package", "by-hand"]]] = [("1.7", "package"), ("1.7", "by-hand"), ("1.4", "by-hand")]
"""Release line, and how it writes to Redis: the package prefixes each key with `better-auth:`."""


@dataclass(frozen=True)
class Storage:
    """A Better Auth and its Redis."""

    line: str
    prefix: str
    redis: RedisServer
    server: BetterAuth

    def look_up(self, *tokens: str) -> list[dict[str, Any] | None]:
        """Return the session of each token, or None."""

        async def run() -> list[dict[str, Any] | None]:
            sessions = SecondaryStorageSessions(self.redis.url, prefix=self.prefix)
            try:
                return [await sessions(token) for token in tokens]
            finally:
                await sessions.close()

        return asyncio.run(run())

    def find(self, token: str) -> dict[str, Any]:
        """Return the session of a token that must have one."""
        (found,) = self.look_up(token)
        assert found is not None
        return found

    @contextlib.contextmanager
    def restore_afterwards(self, token: str) -> Iterator[None]:
        """Write the entry of `token` again after the block, as a late update of the session would."""
        with self.redis.connect() as client:
            entry = client.get(self.prefix + token)
            yield
            assert client.set(self.prefix + token, str(entry))


@pytest.fixture(scope="module", params=STORAGES, ids=" ".join)
def storage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    line, kind = request.param
    log = tmp_path_factory.mktemp("better-auth") / "server.log"
    with (
        run_redis_server() as redis,
        run_better_auth_server("everything", log, line=line, redis_url=redis.url, redis_storage=kind) as server,
    ):
        yield Storage(line, "better-auth:" if kind == "package" else "", redis, server)


@contextlib.contextmanager
def open_browser(storage: Storage, email: str | None = None) -> Iterator[tuple[Browser, str, str]]:
    """Open a browser that signs up, and yield it with the address and the token of the session."""
    email = email or next(EMAILS)
    with Browser(storage.server) as browser:
        browser.sign_up(email, PASSWORD, "Ada")
        yield browser, email, browser.sign_in(email, PASSWORD).json()["token"]


def read_user_id(browser: Browser) -> str:
    user_id = browser.fetch_session()["user"]["id"]
    assert isinstance(user_id, str)
    return user_id


def test_session_has_fields_that_better_auth_reports_and_hidden_ones(storage: Storage) -> None:
    with open_browser(storage) as (browser, email, token):
        found = storage.find(token)
        reported = browser.fetch_session()
    assert found["user"]["email"] == email
    assert found["user"].pop("hidden") == "s3cret"
    assert found["user"].items() <= reported["user"].items()
    assert found["session"].items() <= reported["session"].items()
    assert ("id" in found["session"]) is (storage.line == "1.7")  # 1.4 gives no id to a session that is only in Redis


def test_signed_out_session_is_unknown(storage: Storage) -> None:
    with open_browser(storage) as (browser, email, token):
        other_token = browser.sign_in(email, PASSWORD).json()["token"]
        browser.sign_out()
    assert [found is not None for found in storage.look_up(token, other_token)] == [True, False]


def test_changed_session_is_found_with_its_changes(storage: Storage) -> None:
    with open_browser(storage) as (browser, _, token):
        organization = browser.post("/organization/create", name="Acme", slug=f"acme-{time.time_ns()}").json()
        browser.post("/organization/set-active", organizationId=organization["id"])
        browser.post("/update-user", name="Grace")
        found = storage.find(token)
    assert found["session"]["activeOrganizationId"] == organization["id"]
    assert found["user"]["name"] == "Grace"


def test_sessions_of_banned_user_are_dead_until_user_signs_in_again(storage: Storage) -> None:
    with (
        open_browser(storage) as (browser, email, token),
        open_browser(storage, f"admin{time.time_ns()}@example.com") as (admin, _, admin_token),
    ):
        user_id = read_user_id(browser)
        with storage.restore_afterwards(token) if storage.line == "1.7" else contextlib.nullcontext():
            admin.post("/admin/ban-user", userId=user_id)
        assert storage.look_up(token) == [None]
        admin.post("/admin/unban-user", userId=user_id)
        new_token = browser.sign_in(email, PASSWORD).json()["token"]
    dead, new, of_admin = storage.look_up(token, new_token, admin_token)
    assert dead is None
    assert new is not None
    assert of_admin is not None


def test_revocation_of_all_sessions_ends_each_session_of_the_user(storage: Storage) -> None:
    with open_browser(storage) as (browser, email, token), open_browser(storage) as (_, _, token_of_other_user):
        second_token = browser.sign_in(email, PASSWORD).json()["token"]
        with storage.restore_afterwards(token) if storage.line == "1.7" else contextlib.nullcontext():
            browser.post("/revoke-sessions")
    first, second, other = storage.look_up(token, second_token, token_of_other_user)
    assert (first, second) == (None, None)
    assert other is not None


def test_revocation_of_other_sessions_keeps_current_session(storage: Storage) -> None:
    with open_browser(storage) as (browser, email, token):
        current_token = browser.sign_in(email, PASSWORD).json()["token"]
        browser.post("/revoke-other-sessions")
    assert [found is not None for found in storage.look_up(token, current_token)] == [False, True]


def test_password_step_of_two_factor_user_is_not_a_session(storage: Storage) -> None:
    with open_browser(storage) as (browser, email, _):
        enabled = browser.post("/two-factor/enable", password=PASSWORD).json()
        browser.post("/two-factor/verify-totp", code=compute_totp(enabled["totpURI"]))
        browser.clear_cookies()
        response = browser.sign_in(email, PASSWORD)
    assert response.json()["twoFactorRedirect"] is True
    signed = response.headers["set-auth-token"]  # bearer() comes before twoFactor(), so there is one
    assert storage.look_up(signed.split(".")[0]) == [None]


def compute_totp(uri: str) -> str:
    """Return the current one-time password (RFC 6238) of an `otpauth:` URI."""
    secret = parse_qs(urlsplit(uri).query)["secret"][0]
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 0xF)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"
