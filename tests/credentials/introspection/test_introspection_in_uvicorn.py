"""A real uvicorn under 50 requests of one token at the same time: one introspection is in flight."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from support.servers.introspection_server import ACTIVE, SECRET, TOKEN
from support.servers.lookup_server import TIMEOUT_SECONDS, Request, reply_json, serve_lookups
from support.servers.uvicorn_server import run_uvicorn

if TYPE_CHECKING:
    from pathlib import Path

CLIENTS = 50


class CountingServer:
    """Counts the requests that are in flight at the same time."""

    def __init__(self) -> None:
        self.is_released = threading.Event()
        self.max_in_flight = self._in_flight = 0
        self._lock = threading.Lock()

    def respond(self, _: Request) -> list[bytes]:
        with self._lock:
            self._in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self._in_flight)
        assert self.is_released.wait(TIMEOUT_SECONDS)
        with self._lock:
            self._in_flight -= 1
        return reply_json(ACTIVE)


@pytest.mark.http
@pytest.mark.parametrize(("cache_seconds", "max_requests"), [("0", CLIENTS), ("600", 1)])
def test_one_introspection_of_a_token_is_in_flight(tmp_path: Path, cache_seconds: str, max_requests: int) -> None:
    counting = CountingServer()
    with (
        serve_lookups(counting.respond) as server,
        run_uvicorn(
            tmp_path,
            "support.applications.introspection_app:app",
            INTROSPECTION_URL=f"{server.url}/introspect",
            INTROSPECTION_CLIENT_SECRET=SECRET,
            INTROSPECTION_CACHE_SECONDS=cache_seconds,
        ) as app,
        ThreadPoolExecutor(CLIENTS) as pool,
    ):
        responses = [pool.submit(app.get, "/me", TOKEN) for _ in range(CLIENTS)]
        server.wait_for_request()
        counting.is_released.set()
        assert [response.result().status_code for response in responses] == [200] * CLIENTS
        assert app.get("/me", f"{TOKEN}x").status_code == 200
    assert counting.max_in_flight == 1
    assert len(server.requests) <= max_requests + 1
    log = app.read_log()
    assert TOKEN not in log
    assert SECRET not in log
