"""The code on the page about revocation runs, and the hooks on it are those that the tests run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from support.clients.http_client import HttpClient
from support.documentation.blocks.markdown import find_block
from support.servers.redis_server import run_redis_server

pytestmark = pytest.mark.http

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "guide" / "revocation.md").read_text(encoding="utf-8")
HOOKS = (ROOT / "tests" / "better_auth" / "node" / "revocation_hooks.mjs").read_text(encoding="utf-8")


def run_block(words: str) -> dict[str, Any]:
    """Run the only Python block that contains `words`, and return its names."""
    code = find_block("docs/guide/revocation.md", words).code
    names: dict[str, Any] = {"__name__": "from_the_docs"}
    exec(compile(code, "revocation.md", "exec", dont_inherit=True), names)  # noqa: S102 - the project's own page
    return names


def test_list_in_memory_ends_the_tokens_of_a_user() -> None:
    names = run_block("/sign-out-everywhere")
    app, auth = names["app"], names["auth"]
    app.dependency_overrides[auth.user_id] = lambda: "user-1"
    with HttpClient(app) as client:
        assert client.post("/sign-out-everywhere").status_code == 200
    assert names["revocations"].is_revoked(sub="user-1")


def test_shared_list_is_synchronised_in_the_lifespan(monkeypatch: pytest.MonkeyPatch) -> None:
    with run_redis_server() as server:
        monkeypatch.setenv("REDIS_URL", server.url)
        names = run_block("async with revocations")
        with HttpClient(names["app"]) as client:
            assert names["revocations"].is_synchronised
            assert client.delete("/sessions/session-1").status_code == 200
            assert names["revocations"].is_revoked(sid="session-1")
        assert not names["revocations"].is_synchronised


def test_logout_route_is_served() -> None:
    with HttpClient(run_block("logout_route(")["app"]) as client:
        rejected = client.post("/backchannel-logout", data={"logout_token": "a.b.c"})
        assert (rejected.status_code, rejected.json()["error"]) == (400, "invalid_request")


def test_hooks_on_the_page_are_those_of_the_tests() -> None:
    (code,) = (block for block in re.findall(r"```js\n(.*?)```", PAGE, flags=re.DOTALL) if "revocationHooks" in block)
    comment, _, hooks = HOOKS.partition("\n\n")
    assert comment.startswith("//")
    assert code == hooks


def test_payload_on_the_page_is_that_of_the_tests() -> None:
    configurations = (ROOT / "tests" / "better_auth" / "node" / "configurations.mjs").read_text(encoding="utf-8")
    (payload,) = re.findall(r"```ts\n(.*?)\n```", PAGE, flags=re.DOTALL)
    assert payload in configurations
