"""Connections to the application, with one request in flight each. h11 would take most of the generator's time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from end_to_end.load.verdict import Response

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD_END = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """A connection. `on_response` is called with the response, or with None if the connection is lost before it."""

    def __init__(self) -> None:
        self.on_response: Callable[[Response | None], None] | None = None
        self._transport: asyncio.Transport | None = None
        self._received = b""

    @classmethod
    async def open(cls, host: str, port: int) -> Connection:
        """Return an open connection."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    def send(self, request: bytes, on_response: Callable[[Response | None], None]) -> None:
        """Send a request."""
        self.on_response = on_response
        assert self._transport is not None
        self._transport.write(request)

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # that of uvloop is not a subclass

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - of the base class
        """Report that no response will come."""
        self._transport = None
        self._finish(None)

    @property
    def is_open(self) -> bool:
        """Whether the connection can be used."""
        return self._transport is not None

    def data_received(self, data: bytes) -> None:
        """Report the response if it is complete."""
        self._received += data
        head, found, body = self._received.partition(HEAD_END)
        if not found:
            return
        status_line, *lines = head.split(b"\r\n")
        headers = dict(line.decode("latin-1").split(": ", 1) for line in lines)
        if len(body) >= int(headers["content-length"]):  # every application here sends it
            self._received = b""
            self._finish(Response(int(status_line[9:12]), headers, body))

    def _finish(self, response: Response | None) -> None:
        on_response, self.on_response = self.on_response, None
        if on_response is not None:
            on_response(response)
