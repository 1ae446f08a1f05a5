"""In-process requests to a FastAPI application, without a socket."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI

REQUESTS_PER_CALL = 100
"""Number of requests per call. It keeps the start and the stop of the event loop out of the measurement."""


@contextlib.contextmanager
def request_batch(app: FastAPI, path: str, token: str) -> Iterator[Callable[[], None]]:
    """Provide a function that sends `REQUESTS_PER_CALL` requests in sequence.

    The function raises RuntimeError if a response is not 200.
    """
    with request_sender(app, path, token) as send_requests:
        yield partial(send_requests, REQUESTS_PER_CALL)


@contextlib.contextmanager
def request_sender(app: FastAPI, path: str, token: str) -> Iterator[Callable[[int], None]]:
    """Provide a function that sends as many requests in sequence as its argument says.

    The function raises RuntimeError if a response is not 200.
    """
    scope = _build_scope(path, token)
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        yield lambda count: loop.run_until_complete(_send_requests(app, scope, count))


async def _send_requests(app: FastAPI, scope: dict[str, Any], count: int) -> None:
    statuses: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    for _ in range(count):
        await app(dict(scope), _receive, send)
    if statuses != [200] * count:
        raise RuntimeError(f"every response must be 200, but the statuses are {set(statuses)}")


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def _build_scope(path: str, token: str) -> dict[str, Any]:
    """Return the scope of a request, with the keys that uvicorn sends."""
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
        "state": {},
    }
