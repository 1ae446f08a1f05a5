"""Two uvicorn workers and a real Redis: what one revokes, both refuse; while Redis is away, the policy answers."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from fastjose.testing import TokenIssuer
from support.processes.child_process import START_SECONDS
from support.servers.redis_server import RedisServer, run_redis_server
from support.servers.uvicorn_server import ServedApp, run_uvicorn_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.http

ISSUER = TokenIssuer()


@contextlib.contextmanager
def run_workers(server: RedisServer, directory: Path, policy: str) -> Iterator[ServedApp]:
    """Run the application in two processes. uvicorn reports its address before they listen."""
    environment = {
        "TEST_REDIS_URL": server.url,
        "TEST_POLICY": policy,
        "TEST_JWK_SET": json.dumps(ISSUER.jwk_set),
        "PYTHONPATH": os.pathsep.join(sys.path),  # the package of this test run
    }
    application = "support.applications.revocation_app:app"
    options = ["--workers", "2"]
    with run_uvicorn_with(Path(sys.executable), directory, application, environment, options) as app:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.ConnectError):
                app.get("/state").raise_for_status()
                break
            time.sleep(0.05)
        yield app


def results_of_both(app: ServedApp, path: str, token: str | None = None) -> dict[int, Any]:
    """Request `path` until both processes have answered, each request over a new connection."""
    results: dict[int, Any] = {}
    deadline = time.monotonic() + START_SECONDS
    while len(results) < 2:
        assert time.monotonic() < deadline, results
        response = app.get(path, token).json()
        results[response.pop("process_id")] = response
    return results


def wait_until_both(app: ServedApp, path: str, condition: Callable[[Any], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not all(condition(result) for result in results_of_both(app, path).values()):
        assert time.monotonic() < deadline


def statuses(app: ServedApp, token: str, count: int = 20) -> set[int]:
    """Return the statuses of requests that both processes answer."""
    return {app.get("/me", token).status_code for _ in range(count)}


@pytest.mark.parametrize("policy", ["closed", "open"])
def test_both_workers_refuse_what_one_revoked(tmp_path: Path, policy: str) -> None:
    token, other = (ISSUER.mint_token("user-1", sid=f"session-{number}") for number in (1, 2))
    with run_redis_server() as server, run_workers(server, tmp_path, policy) as app:
        wait_until_both(app, "/state", lambda state: bool(state["is_synchronised"]))
        assert len(results_of_both(app, "/me", token)) == 2  # both have it in their caches
        app.get("/revoke/session-1").raise_for_status()
        wait_until_both(app, "/state", lambda state: state["entries"] == 1)
        assert statuses(app, token) == {401}
        assert statuses(app, other) == {200}

        server.stop()
        wait_until_both(app, "/state", lambda state: not state["is_synchronised"])
        assert statuses(app, other) == ({503} if policy == "closed" else {200})
        assert statuses(app, token) == {401}
        if policy == "closed":
            unavailable = app.get("/me", other)
            assert unavailable.json() == {"detail": "Authentication service unavailable"}
            assert unavailable.headers["retry-after"] == "1"

        server.start()
        wait_until_both(app, "/state", lambda state: bool(state["is_synchronised"]))
        assert statuses(app, other) == {200}
        assert statuses(app, token) == {401}
    assert "Traceback" not in app.read_log()
