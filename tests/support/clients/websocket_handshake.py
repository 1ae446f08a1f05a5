"""A WebSocket handshake in this process, without a server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from starlette.applications import Starlette


def open_websocket(app: Starlette, path: str, token: str) -> str | int:
    """Return the first text that the application sends after it has accepted, or the code with which it closes."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = [(b"authorization", f"Bearer {token}".encode())]
    scope: dict[str, Any] = {"type": "websocket", "path": path, "raw_path": path.encode(), "root_path": ""}
    scope |= {"scheme": "ws", "query_string": b"", "headers": headers, "subprotocols": [], "state": {}}
    asyncio.run(app(scope, receive, send))
    if sent[0]["type"] == "websocket.accept":
        return str(sent[1]["text"])
    return int(sent[0]["code"])
