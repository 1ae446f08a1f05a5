"""Requests to a FastAPI application in this process, without a socket: `Authorization: Bearer …` to a status."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI

BATCH = 100
"""Requests in one call: starting and stopping the event loop is then no part of the figure that counts."""


@contextlib.contextmanager
def requests(app: FastAPI, path: str, token: str) -> Iterator[Callable[[], None]]:
    """Lend a call that sends `BATCH` requests, one after the other; an answer other than 200 is an error."""
    scope = _scope(path, token)
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        yield lambda: loop.run_until_complete(_send(app, scope))


async def _send(app: FastAPI, scope: dict[str, Any]) -> None:
    statuses: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    for _ in range(BATCH):
        await app(dict(scope), _receive, send)
    if statuses != [200] * BATCH:
        raise RuntimeError(f"answered {set(statuses)}, not 200")


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def _scope(path: str, token: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8_000),
    }
