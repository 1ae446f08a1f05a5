"""Requests and WebSocket handshakes byte for byte, to an application in this process."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.applications import Starlette

Header = tuple[bytes, bytes]


@dataclass(frozen=True)
class Answer:
    """The response to a request. An accepted handshake has the status 101, and its first message as the body."""

    status: int
    body: bytes
    headers: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.body)


def send_request(
    app: Starlette, path: str, headers: Iterable[Header] = (), *, query: bytes = b"", method: str = "GET"
) -> Answer:
    """Send a request without a body. An exception that the application does not handle is raised here."""
    return _answer(_exchange(app, {"type": "http", "method": method, "scheme": "http"}, path, headers, query))


def open_websocket(app: Starlette, path: str, headers: Iterable[Header] = (), *, query: bytes = b"") -> Answer:
    """Open a WebSocket at a server that can send a response to a rejected handshake."""
    extensions: dict[str, Any] = {"websocket.http.response": {}}
    kind = {"type": "websocket", "scheme": "ws", "subprotocols": [], "extensions": extensions}
    return _answer(_exchange(app, kind, path, headers, query))


def close_websocket(app: Starlette, path: str, headers: Iterable[Header] = ()) -> int | None:
    """Open a WebSocket at a server that cannot send a response, and return the code that closes it before `accept()`.

    Return None if it is accepted.
    """
    first, *_ = _exchange(app, {"type": "websocket", "scheme": "ws", "subprotocols": []}, path, headers, b"")
    return first["code"] if first["type"] == "websocket.close" else None


def _exchange(
    app: Starlette, kind: dict[str, Any], path: str, headers: Iterable[Header], query: bytes
) -> list[dict[str, Any]]:
    scope = {
        **kind,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
        "headers": [(b"host", b"app.test"), *headers],
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect" if kind["type"] == "websocket" else "http.request"}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    asyncio.run(app(scope, receive, send))
    return sent


def _answer(sent: list[dict[str, Any]]) -> Answer:
    start, *rest = sent
    if start["type"] == "websocket.close":  # Starlette before 0.41: the server answers with 403
        return Answer(403, b"null", {})
    if start["type"] == "websocket.accept":
        return Answer(101, rest[0]["text"].encode(), {})
    body = b"".join(message.get("body", b"") for message in rest)
    return Answer(start["status"], body, {name.decode(): value.decode() for name, value in start["headers"]})
