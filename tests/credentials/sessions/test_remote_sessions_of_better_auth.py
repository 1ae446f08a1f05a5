"""`RemoteSessions` and `RemoteApiKeys` at real Better Auth servers, which begin and end the sessions."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote

import pytest

from fastjose.api_keys import RemoteApiKeys
from fastjose.exceptions import StoreUnavailableError
from fastjose.sessions import RemoteSessions, SessionToken
from support.better_auth.server import (
    RELEASE_LINES,
    BetterAuth,
    Browser,
    run_better_auth_server,
    run_better_auth_servers,
)
from support.better_auth.totp import compute_totp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "correct horse battery staple"
CONFIGURATIONS = [
    "everything",
    "default",
    "secure-cookies",
    "cookie-prefix",
    "base-path",
    "cache-compact",
    "bearer-strict",
    "refresh-always",
    "api-key-limits",
]
MAX_GET_SESSIONS = 100
"""The requests of `get-session` that Better Auth's limiter permits in 10 seconds."""


@pytest.fixture(scope="module", params=RELEASE_LINES)
def servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, BetterAuth]]:
    """Yield the servers of each release line, by configuration."""
    log = tmp_path_factory.mktemp("better-auth") / "server.log"
    with run_better_auth_servers(CONFIGURATIONS, log, request.param) as servers:
        yield servers


class SignedIn(NamedTuple):
    """A browser with a session: its user, and the session's token in each form."""

    browser: Browser
    user: dict[str, Any]
    unsigned: str
    signed: str
    set_auth_token: str
    cookie_name: str
    cookie: str

    def as_bearer(self, raw: str | None = None) -> SessionToken:
        """Return the token of an Authorization header."""
        return SessionToken(self.unsigned, raw=self.set_auth_token if raw is None else raw)

    def as_cookie(self, name: str | None = None) -> SessionToken:
        """Return the token of the cookie."""
        return SessionToken(self.unsigned, raw=self.cookie, carrier="cookie", cookie_name=name or self.cookie_name)


def sign_in(browser: Browser, email: str | None = None) -> SignedIn:
    """Create a user and sign in."""
    email = email or f"{uuid.uuid4().hex}@example.com"
    user = browser.sign_up(email, PASSWORD, "Ada")
    response = browser.sign_in(email, PASSWORD)
    ((name, cookie),) = ((name, value) for name, value in browser.cookies.items() if name.endswith("session_token"))
    set_auth_token = response.headers.get("set-auth-token", "")
    return SignedIn(browser, user, response.json()["token"], unquote(cookie), set_auth_token, name, cookie)


@pytest.fixture
def signed_in(servers: dict[str, BetterAuth]) -> Iterator[SignedIn]:
    """Yield a user who is signed in at the server with every plugin."""
    with Browser(servers["everything"]) as browser:
        yield sign_in(browser)


def look_up(server: BetterAuth, token: SessionToken) -> Any:
    async def main() -> Any:
        return await RemoteSessions(server.base_url)(token)

    return asyncio.run(main())


def test_remote_sessions_every_form_of_the_token_finds_the_session(
    servers: dict[str, BetterAuth], signed_in: SignedIn
) -> None:
    reported, encoded = signed_in.browser.fetch_session(), quote(signed_in.signed, safe="")
    for raw in (signed_in.set_auth_token, encoded, signed_in.unsigned):
        assert look_up(servers["everything"], signed_in.as_bearer(raw)) == reported
    assert look_up(servers["everything"], signed_in.as_cookie()) == reported
    assert reported["user"]["id"] == signed_in.user["id"]
    assert reported["session"]["token"] == signed_in.unsigned


def test_remote_sessions_changed_token_is_unknown(servers: dict[str, BetterAuth], signed_in: SignedIn) -> None:
    server = servers["everything"]
    first = "A" if signed_in.signed[33] != "A" else "B"
    changed = f"{signed_in.unsigned}.{first}{signed_in.signed[34:]}"
    for raw in (changed, signed_in.signed[:-1], signed_in.signed + "x", signed_in.unsigned[:-1], "b" * 32, "a.b.c"):
        assert look_up(server, signed_in.as_bearer(raw)) is None
    assert look_up(server, signed_in._replace(cookie=signed_in.unsigned).as_cookie()) is None
    assert look_up(server, signed_in.as_cookie(f"__Secure-{signed_in.cookie_name}")) is None


def test_remote_sessions_signed_out_session_is_unknown(servers: dict[str, BetterAuth], signed_in: SignedIn) -> None:
    server = servers["everything"]
    assert look_up(server, signed_in.as_bearer()) is not None
    signed_in.browser.sign_out()
    for token in (signed_in.as_bearer(), signed_in.as_bearer(signed_in.unsigned), signed_in.as_cookie()):
        assert look_up(server, token) is None


def test_remote_sessions_banned_user_has_no_session(servers: dict[str, BetterAuth], signed_in: SignedIn) -> None:
    server = servers["everything"]
    with Browser(server) as browser:
        administrator = sign_in(browser, f"admin-{uuid.uuid4().hex}@example.com")
        administrator.browser.post("/admin/ban-user", userId=signed_in.user["id"], banReason="spam", banExpiresIn=3600)
    assert look_up(server, signed_in.as_bearer()) is None


def test_remote_sessions_password_step_of_two_factors_has_no_session(
    servers: dict[str, BetterAuth], signed_in: SignedIn
) -> None:
    server, browser = servers["everything"], signed_in.browser
    enabled = browser.post("/two-factor/enable", password=PASSWORD).json()
    browser.post("/two-factor/verify-totp", code=compute_totp(enabled["totpURI"]))
    with Browser(server) as second:
        response = second.sign_in(signed_in.user["email"], PASSWORD)
    assert response.json()["twoFactorRedirect"] is True
    signed = response.headers["set-auth-token"]  # with a good signature, of a session that is already deleted
    assert look_up(server, SessionToken(signed[:32], raw=signed)) is None


@pytest.mark.parametrize(
    ("configuration", "name"),
    [
        ("default", "better-auth.session_token"),
        ("secure-cookies", "__Secure-better-auth.session_token"),
        ("cookie-prefix", "myapp.session_token"),
        ("base-path", "better-auth.session_token"),
    ],
)
def test_remote_sessions_cookie_is_found_under_its_own_name(
    servers: dict[str, BetterAuth], configuration: str, name: str
) -> None:
    server = servers[configuration]
    with Browser(server) as browser:
        signed_in = sign_in(browser)
        assert signed_in.cookie_name == name
        assert look_up(server, signed_in.as_cookie()) is not None
        assert look_up(server, signed_in.as_cookie("other.session_token")) is None
        browser.sign_out()
        assert look_up(server, signed_in.as_cookie()) is None


def test_remote_sessions_unsigned_token_is_unknown_where_a_signature_is_required(
    servers: dict[str, BetterAuth],
) -> None:
    server = servers["bearer-strict"]
    with Browser(server) as browser:
        signed_in = sign_in(browser)
    assert look_up(server, signed_in.as_bearer(signed_in.unsigned)) is None
    assert look_up(server, signed_in.as_bearer()) is not None


def test_remote_sessions_cookie_cache_does_not_hide_the_end(servers: dict[str, BetterAuth]) -> None:
    server = servers["cache-compact"]
    with Browser(server) as browser, Browser(server) as other:
        signed_in = sign_in(browser)
        other.sign_in(signed_in.user["email"], PASSWORD)
        other.post("/revoke-other-sessions")
        assert look_up(server, signed_in.as_cookie()) is None
        assert browser.fetch_session() is not None  # from the cookie `session_data`, which is not sent on


def test_remote_sessions_rate_limit_is_an_error_with_a_time(tmp_path: Path) -> None:
    # Better Auth 1.4 does not limit requests without a usable address, as a backend on loopback sends them.
    with run_better_auth_server("rate-limit", tmp_path / "server.log") as server:
        exceed_rate_limit(server)


def exceed_rate_limit(server: BetterAuth) -> None:
    with Browser(server) as browser:
        token = sign_in(browser).as_bearer()

    async def main() -> StoreUnavailableError:
        sessions = RemoteSessions(server.base_url)

        async def exceed_limit() -> None:
            for _ in range(MAX_GET_SESSIONS + 1):
                assert await sessions(token) is not None

        with pytest.raises(StoreUnavailableError) as raised:
            await exceed_limit()
        with pytest.raises(StoreUnavailableError, match="limits the rate of requests"):
            await sessions(token)
        return raised.value

    error = asyncio.run(main())
    assert 1 <= error.retry_after_seconds <= 10
    assert "customRules" in str(error)


def test_remote_sessions_look_up_does_not_extend_the_session(servers: dict[str, BetterAuth]) -> None:
    server = servers["refresh-always"]
    with Browser(server) as browser:
        token = sign_in(browser).as_bearer()
        first, second = (look_up(server, token)["session"] for _ in range(2))
        assert first == second
        assert browser.fetch_session()["session"]["expiresAt"] > first["expiresAt"]


def test_remote_sessions_member_has_roles_in_each_organization(
    servers: dict[str, BetterAuth], signed_in: SignedIn
) -> None:
    server, user_id = servers["everything"], signed_in.user["id"]
    create = signed_in.browser.post
    own, active = (create("/organization/create", name="Org", slug=uuid.uuid4().hex).json()["id"] for _ in range(2))
    signed_in.browser.post("/organization/set-active", organizationId=active)
    with Browser(server) as browser:
        stranger = sign_in(browser)

    async def main() -> None:
        find = RemoteSessions(server.base_url).find_organization_roles
        for organization in (own, active):
            assert await find(signed_in.as_cookie(), user_id, organization) == ["owner"]
            assert await find(stranger.as_bearer(), stranger.user["id"], organization) == []
            assert await find(stranger.as_bearer(), user_id, organization) == []
            assert await find(signed_in.as_bearer(), stranger.user["id"], organization) == []
        assert await find(signed_in.as_bearer(), user_id, "unknown") == []
        signed_in.browser.sign_out()
        assert await find(signed_in.as_bearer(), user_id, own) == []
        with pytest.raises(StoreUnavailableError, match=r"organization\(\)"):
            await RemoteSessions(servers["default"].base_url).find_organization_roles(signed_in.as_bearer(), "u", "o")

    asyncio.run(main())


def look_up_key(server: BetterAuth, key: str) -> Any:
    async def main() -> Any:
        return await RemoteApiKeys(server.base_url)(key)

    return asyncio.run(main())


def test_remote_api_keys_key_finds_its_user(servers: dict[str, BetterAuth], signed_in: SignedIn) -> None:
    server, user_id = servers["everything"], signed_in.user["id"]
    created = server.create_api_key(user_id, prefix="sk_")
    found = look_up_key(server, created["key"])
    assert found["apiKey"] == {
        "id": created["id"],
        "referenceId": user_id,
        "enabled": True,
        "expiresAt": None,
        "permissions": None,
    }
    assert found["user"]["email"] == signed_in.user["email"]
    assert created["key"] not in str(found)
    server.update_api_key(user_id, created["id"], enabled=False)
    assert look_up_key(server, created["key"]) is None


def test_remote_api_keys_unknown_key_is_refused(servers: dict[str, BetterAuth]) -> None:
    for key in ("a" * 64, "short", "a" * 4_000):
        assert look_up_key(servers["everything"], key) is None


def test_remote_api_keys_used_up_key_is_an_error(servers: dict[str, BetterAuth], signed_in: SignedIn) -> None:
    server = servers["api-key-limits"]
    with Browser(server) as browser:
        limited = server.create_api_key(sign_in(browser).user["id"])["key"]
    assert all(look_up_key(server, limited) for _ in range(2))
    with pytest.raises(StoreUnavailableError, match="10 a day by default") as raised:
        look_up_key(server, limited)
    assert 1 < raised.value.retry_after_seconds <= 60
    server = servers["everything"]
    once = server.create_api_key(signed_in.user["id"], remaining=1)["key"]
    assert look_up_key(server, once) is not None
    with pytest.raises(StoreUnavailableError, match="remaining requests"):
        look_up_key(server, once)


def test_remote_api_keys_server_without_sessions_for_keys_is_an_error(servers: dict[str, BetterAuth]) -> None:
    with pytest.raises(StoreUnavailableError, match="enableSessionForAPIKeys"):
        look_up_key(servers["default"], "a" * 64)
