"""The proxy between the application and Better Auth: it forwards requests, refuses connections, or never responds."""

from __future__ import annotations

import asyncio
import enum
import time
from typing import TYPE_CHECKING

from end_to_end.client import Client, NoResponseError
from end_to_end.oracle import Outage

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from end_to_end.client import Response

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}  # RFC 9110 section 7.6.1


class ProxyState(enum.Enum):
    """How the proxy treats a request."""

    FORWARDING = "forwarding"
    REFUSING = "connection refused"
    UNRESPONSIVE = "black hole"


class Proxy:
    """A proxy for GET requests, on a loopback port that stays the same.

    Attributes:
        fetched_at: The time at which each request for the key set arrived. Refused connections are not included.
        served_at: The time at which a set with that key was first delivered completely, by `kid`.
        outages: The periods in which it did not forward, in order; the last one may not have ended.
    """

    def __init__(self) -> None:
        self.fetched_at: list[float] = []
        self.served_at: dict[str, float] = {}
        self.outages: list[Outage] = []
        self._state = ProxyState.FORWARDING
        self._upstream: Client | None = None
        self._server: asyncio.Server | None = None
        self._port = 0
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        handlers = list(self._connections)
        self._close()
        await asyncio.gather(*handlers)

    @property
    def origin(self) -> str:
        """The origin on which it listens."""
        return f"http://127.0.0.1:{self._port}"

    def forward_to(self, upstream: Client) -> None:
        """Forward requests to `upstream`; until then the proxy does not respond."""
        self._upstream = upstream

    async def set_state(self, state: ProxyState) -> None:
        """Change how requests are treated from now on."""
        was_listening = self._state is not ProxyState.REFUSING
        self._state = state
        if state is ProxyState.REFUSING:
            self._close()
        elif not was_listening:
            await self._listen()
        self._record_outage(state)

    def _record_outage(self, state: ProxyState) -> None:
        now = time.monotonic()
        if self.outages and self.outages[-1].is_ongoing:
            self.outages[-1] = self.outages[-1].with_end(now)
        if state is not ProxyState.FORWARDING:
            self.outages.append(Outage(state.value, now))

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port, backlog=1000)
        self._port = self._server.sockets[0].getsockname()[1]

    def _close(self) -> None:
        """Stop listening, and abort every open connection."""
        if self._server is not None:
            self._server.close()
        for writer in self._connections.values():
            writer.transport.abort()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handler = asyncio.create_task(self._serve(reader, writer))
        self._connections[handler] = writer
        handler.add_done_callback(self._connections.pop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await self._respond(reader, writer)
        except (OSError, EOFError, NoResponseError):
            pass  # either end closed the connection
        finally:
            writer.close()

    async def _respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode("latin-1")
        self.fetched_at.append(time.monotonic())
        if self._state is ProxyState.UNRESPONSIVE or self._upstream is None:
            await reader.read()  # returns when the client closes the connection
            raise EOFError
        response = await self._upstream.get(path)
        if writer.is_closing():
            raise EOFError
        writer.write(_encode(response))
        await writer.drain()
        self._record_served_keys(response)

    def _record_served_keys(self, response: Response) -> None:
        if response.status == 200:
            for key in response.json()["keys"]:
                self.served_at.setdefault(key["kid"], time.monotonic())


def _encode(response: Response) -> bytes:
    headers = {name: value for name, value in response.headers.items() if name not in HOP_BY_HOP}
    headers["content-length"] = str(len(response.body))
    lines = [f"HTTP/1.1 {response.status} forwarded", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + response.body
