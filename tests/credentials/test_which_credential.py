"""The page "Which credential does my app send?": each of its environments accepts what a real Better Auth hands out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fastjose._database import engines
from support.better_auth.oauth_server import OWNER, OAuthBrowser, run_better_auth_oauth_server
from support.better_auth.oauth_server import PASSWORD as OWNER_PASSWORD
from support.better_auth.server import Browser, run_better_auth_server
from support.clients.http_client import HttpClient
from support.environment.fresh_import import import_fresh, set_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from sqlalchemy.ext.asyncio import AsyncEngine

    from support.better_auth.server import BetterAuth

PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "credentials.md").read_text(encoding="utf-8")
CODE = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
PASSWORD = "correct horse battery staple"


def read_environment(heading: str) -> dict[str, str]:
    """Return the variables in the block below a heading."""
    section = PAGE.split(f"\n## {heading}\n", maxsplit=1)[1]
    block = re.search(r"```dotenv\n(.*?)```", section, flags=re.DOTALL)
    assert block is not None
    return dict(line.split("=", maxsplit=1) for line in block[1].splitlines())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BetterAuth]:
    with run_better_auth_server("everything", tmp_path_factory.mktemp("better-auth") / "log") as server:
        yield server


class PageClient(HttpClient):
    """A client that closes the connections to the database at its end: the application keeps them for its process."""

    def __init__(self, app: Any, opened: list[AsyncEngine]) -> None:
        super().__init__(app)
        self._opened = opened

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._opened:
            self._run(self._opened.pop().dispose())
        super().__exit__(kind, error, trace)


@pytest.fixture
def run_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., HttpClient]:
    """Return a function that runs the page's application under the environment below a heading."""
    opened: list[AsyncEngine] = []
    create_engine = engines.create_engine

    def create_and_note(*arguments: Any) -> AsyncEngine:
        opened.append(create_engine(*arguments))
        return opened[-1]

    monkeypatch.setattr(engines, "create_engine", create_and_note)

    def run(heading: str, server: BetterAuth, code: str = CODE[0], **replaced: str) -> HttpClient:
        environment = read_environment(heading)
        secret = environment.get("BETTER_AUTH_SECRET")
        if secret is not None:
            environment["BETTER_AUTH_SECRET"] = server.secret
        environment = {
            name: value.replace("https://app.example.com", server.origin) for name, value in environment.items()
        }
        set_environment(monkeypatch, tmp_path, {**environment, **replaced})
        monkeypatch.syspath_prepend(tmp_path)
        code = code.replace("https://app.example.com", server.origin)
        code = code.replace("the-secret-of-your-better-auth-server", server.secret)
        (tmp_path / "from_the_docs.py").write_text(code, encoding="utf-8")
        module = import_fresh(monkeypatch, "from_the_docs", {"fastjose.auth", "from_the_docs"}.__contains__)
        return PageClient(module.app, opened)

    return run


class SignedIn:
    """A user who is signed in, and the credentials that Better Auth has handed out."""

    def __init__(self, server: BetterAuth, email: str) -> None:
        with Browser(server) as browser:
            self.user_id = browser.sign_up(email, PASSWORD, "Ada")["id"]
            response = browser.sign_in(email, PASSWORD)
            self.unsigned = response.json()["token"]
            self.signed = response.headers["set-auth-token"]
            self.jwt = browser.fetch_token()
            self.cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    def send(self, client: HttpClient, **headers: str) -> Any:
        with client:
            return client.request("GET", "/me", headers={k.replace("_", "-"): v for k, v in headers.items()})

    def is_accepted(self, client: HttpClient, **headers: str) -> bool:
        response = self.send(client, **headers)
        if response.status_code == 200:
            assert response.json()["user_id"] == self.user_id
            return True
        assert response.status_code == 401
        return False


def test_jwt(server: BetterAuth, run_app: Callable[..., HttpClient]) -> None:
    user = SignedIn(server, "jwt@example.com")
    assert user.is_accepted(run_app("A JWT", server), Authorization=f"Bearer {user.jwt}")
    assert not user.is_accepted(run_app("A JWT", server), Authorization=f"Bearer {user.signed}")
    assert not user.is_accepted(run_app("A JWT", server), Cookie=user.cookies)


def test_oauth_access_token(tmp_path: Path, run_app: Callable[..., HttpClient]) -> None:
    with (
        run_better_auth_oauth_server("jwks-cookie", tmp_path / "log") as (server, oauth_client),
        OAuthBrowser(server) as browser,
    ):
        browser.sign_in(OWNER, OWNER_PASSWORD)
        resource = {"JWT_AUDIENCE": oauth_client.resource}
        for with_resource, status in ((True, 200), (False, 401)):
            token = browser.authorize(oauth_client, with_resource=with_resource)["access_token"]
            with run_app("An OAuth access token", server, **resource) as client:
                assert client.get("/me", token).status_code == status


def test_session_token(server: BetterAuth, run_app: Callable[..., HttpClient]) -> None:
    user = SignedIn(server, "session@example.com")
    for secret in ({}, {"BETTER_AUTH_SECRET": server.secret}):
        for token, is_accepted in ((user.signed, True), (user.unsigned, False), (user.jwt, False)):
            client = run_app("A session token", server, **secret)
            assert user.is_accepted(client, Authorization=f"Bearer {token}") == is_accepted
    with Browser(server) as browser:
        browser.sign_in("session@example.com", PASSWORD)
        token = browser.cookies["better-auth.session_token"]
        assert user.is_accepted(run_app("A session token", server), Authorization=f"Bearer {token}")
        browser.sign_out()
    assert not user.is_accepted(run_app("A session token", server), Authorization=f"Bearer {token}")


def test_unsigned_session_token(server: BetterAuth, run_app: Callable[..., HttpClient]) -> None:
    user = SignedIn(server, "unsigned@example.com")
    for token in (user.unsigned, user.signed):
        client = run_app("An unsigned session token", server)
        assert user.is_accepted(client, Authorization=f"Bearer {token}")
    forged = run_app("An unsigned session token", server)
    assert not user.is_accepted(forged, Authorization=f"Bearer {user.unsigned[::-1]}")


def test_cookies(server: BetterAuth, run_app: Callable[..., HttpClient]) -> None:
    user = SignedIn(server, "cookies@example.com")
    assert user.is_accepted(run_app("Cookies", server), Cookie=user.cookies)
    assert not user.is_accepted(run_app("Cookies", server), Authorization=f"Bearer {user.signed}")


def test_cookies_without_a_look_up(tmp_path: Path, run_app: Callable[..., HttpClient]) -> None:
    with run_better_auth_server("cache-compact", tmp_path / "log") as server:
        user = SignedIn(server, "cache@example.com")
        assert user.is_accepted(run_app("Cookies without a look-up", server), Cookie=user.cookies)
    # The server is gone: nothing is looked up.
    assert user.is_accepted(run_app("Cookies without a look-up", server), Cookie=user.cookies)
    alone = "; ".join(part for part in user.cookies.split("; ") if "session_data" not in part)
    assert user.send(run_app("Cookies without a look-up", server), Cookie=alone).status_code == 503


def test_api_key(tmp_path: Path, postgresql_url: str, run_app: Callable[..., HttpClient]) -> None:
    with run_better_auth_server("everything", tmp_path / "log", database_url=postgresql_url) as server:
        user = SignedIn(server, "key@example.com")
        key = server.create_api_key(user.user_id, permissions={"files": ["read"]})["key"]
        store = {"BETTER_AUTH_SESSION_STORE": postgresql_url.replace("postgresql://", "postgresql+asyncpg://")}
        assert user.is_accepted(run_app("An API key", server, **store), X_Api_Key=key)
        assert not user.is_accepted(run_app("An API key", server, **store), X_Api_Key=key[::-1])
        assert not user.is_accepted(run_app("An API key", server, **store), Authorization=f"Bearer {key}")


@pytest.mark.parametrize("code", [CODE[0], CODE[1]])
def test_several_kinds(server: BetterAuth, run_app: Callable[..., HttpClient], code: str) -> None:
    user = SignedIn(server, f"several-{len(code)}@example.com")
    for headers in (
        {"Authorization": f"Bearer {user.jwt}"},
        {"Authorization": f"Bearer {user.signed}"},
        {"Cookie": user.cookies},
    ):
        assert user.is_accepted(run_app("Several kinds", server, code), **headers)
    with_bad_bearer = {"Authorization": "Bearer nonsense", "Cookie": user.cookies}
    assert not user.is_accepted(run_app("Several kinds", server, code), **with_bad_bearer)


def test_every_environment_of_the_page_is_tested() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, flags=re.MULTILINE)
    with_environment = {name for name in headings if "```dotenv" in PAGE.split(f"\n## {name}\n")[1].split("\n## ")[0]}
    assert with_environment == {
        *("A JWT", "An OAuth access token", "A session token", "An unsigned session token", "Cookies"),
        *("Cookies without a look-up", "An API key", "Several kinds"),
    }
