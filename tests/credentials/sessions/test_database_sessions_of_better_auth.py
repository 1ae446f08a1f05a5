"""`DatabaseSessions` on the PostgreSQL of real Better Auth servers, which begin and end the sessions."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from fastjose.sessions import DatabaseSessions, SessionToken
from support.better_auth.server import RELEASE_LINES, BetterAuth, Browser, run_better_auth_server
from support.better_auth.totp import compute_totp
from support.servers.postgresql import drop_all_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "correct horse battery staple"
DRIVERS = ["psycopg", "asyncpg"]
SERVERS = [
    (line, names) for line in RELEASE_LINES for names in ("everything", "everything-snake-case", "everything-plural")
]


class Running(NamedTuple):
    """A server and the URL of its database."""

    server: BetterAuth
    database_url: str


@pytest.fixture(scope="module", params=SERVERS, ids="-".join)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgresql: str
) -> Iterator[Running]:
    """Yield a server of each release line, with each kind of names."""
    line, configuration = request.param
    drop_all_tables(postgresql)
    log = tmp_path_factory.mktemp("better-auth") / "server.log"
    with run_better_auth_server(configuration, log, line=line, database_url=postgresql) as server:
        yield Running(server, postgresql)


@pytest.fixture
def browser(running: Running) -> Iterator[Browser]:
    """Yield a browser without a session."""
    with Browser(running.server) as browser:
        yield browser


def create_address(prefix: str = "user") -> str:
    """Return an e-mail address that no user has."""
    return f"{prefix}-{uuid.uuid4().hex}@example.com"


def sign_up(browser: Browser, prefix: str = "user") -> tuple[str, str]:
    """Return the token of a new user's session, and the id of the user."""
    user = browser.sign_up(create_address(prefix), PASSWORD, "Ada")
    return read_token(browser), user["id"]


def read_token(browser: Browser) -> str:
    """Return the token of the session as Better Auth reports it."""
    token: str = browser.fetch_session()["session"]["token"]
    return token


def look_up(running: Running, token: str, driver: str = "psycopg") -> dict[str, Any] | None:
    """Return what a new store finds for a token."""

    async def run() -> dict[str, Any] | None:
        url = running.database_url.replace("postgresql://test@/", f"postgresql+{driver}://test@localhost/")
        sessions = DatabaseSessions(url, timeout_seconds=60)
        try:
            return await sessions(SessionToken(token, raw=token))
        finally:
            await sessions.close()

    return asyncio.run(run())


def find_roles(running: Running, user_id: str, organization_id: str) -> list[str]:
    """Return the roles that a new store finds."""

    async def run() -> list[str]:
        sessions = DatabaseSessions(running.database_url, timeout_seconds=60)
        try:
            return await sessions.find_organization_roles(SessionToken("t", raw="t"), user_id, organization_id)
        finally:
            await sessions.close()

    return asyncio.run(run())


@pytest.mark.parametrize("driver", DRIVERS)
def test_better_auth_session_is_what_better_auth_reports(running: Running, browser: Browser, driver: str) -> None:
    token, _ = sign_up(browser)
    found, reported = look_up(running, token, driver), browser.fetch_session()
    assert found is not None
    not_returned = found["user"].pop("hidden")
    assert not_returned == "s3cret"
    assert found == reported


def test_better_auth_signed_out_session_is_unknown(running: Running, browser: Browser) -> None:
    token, _ = sign_up(browser)
    assert look_up(running, token) is not None
    browser.sign_out()
    assert look_up(running, token) is None


def test_better_auth_banned_user_has_no_session(running: Running, browser: Browser) -> None:
    token, user_id = sign_up(browser)
    with Browser(running.server) as administrator:
        sign_up(administrator, "admin")
        administrator.post("/admin/ban-user", userId=user_id, banReason="spam", banExpiresIn=3600)
        assert look_up(running, token) is None
        found = look_up(running, read_token(administrator))
    assert found is not None
    assert (found["user"]["role"], found["user"]["banned"]) == ("admin", False)


def test_better_auth_impersonated_session_names_administrator(running: Running, browser: Browser) -> None:
    _, user_id = sign_up(browser)
    with Browser(running.server) as administrator:
        _, administrator_id = sign_up(administrator, "admin")
        impersonated = administrator.post("/admin/impersonate-user", userId=user_id).json()
    found = look_up(running, impersonated["session"]["token"])
    assert found is not None
    assert found["user"]["id"] == user_id
    assert found["session"]["impersonatedBy"] == administrator_id


def test_better_auth_anonymous_user_is_anonymous(running: Running, browser: Browser) -> None:
    browser.post("/sign-in/anonymous")
    found = look_up(running, read_token(browser))
    assert found is not None
    assert found["user"]["isAnonymous"] is True


def test_better_auth_member_has_roles_of_active_organization(running: Running, browser: Browser) -> None:
    token, user_id = sign_up(browser)
    organization_id = browser.post("/organization/create", name="Org", slug=f"org-{user_id}").json()["id"]
    browser.post("/organization/set-active", organizationId=organization_id)
    found = look_up(running, token)
    assert found is not None
    assert found["session"]["activeOrganizationId"] == organization_id
    assert find_roles(running, user_id, organization_id) == ["owner"]
    assert find_roles(running, user_id, "another") == []


def test_better_auth_password_step_of_two_factors_leaves_no_session(running: Running, browser: Browser) -> None:
    email = create_address()
    browser.sign_up(email, PASSWORD, "Ada")
    enabled = browser.post("/two-factor/enable", password=PASSWORD).json()
    browser.post("/two-factor/verify-totp", code=compute_totp(enabled["totpURI"]))
    with Browser(running.server) as second:
        response = second.sign_in(email, PASSWORD)
    assert response.json()["twoFactorRedirect"] is True
    signed = response.headers["set-auth-token"]  # with a good signature, of a session that is already deleted
    token = signed.split(".")[0]
    assert len(token) == 32
    assert look_up(running, token) is None
