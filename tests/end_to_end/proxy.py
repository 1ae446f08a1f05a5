"""The proxy between the app and Better Auth: it relays, refuses connections, or swallows requests, as it is told."""

from __future__ import annotations

import asyncio
import enum
import time
from typing import TYPE_CHECKING

from end_to_end.client import Client, NoAnswerError
from end_to_end.oracle import Outage

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from end_to_end.client import Answer

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}  # RFC 9110 section 7.6.1


class State(enum.Enum):
    """What becomes of a request."""

    RELAYING = "relaying"
    REFUSING = "connection refused"
    SWALLOWING = "black hole"


class Proxy:
    """Relays GET requests on a loopback port that stays the same; knows what passed.

    Attributes:
        fetched_at: When each request arrived that was for the key set. What is refused cannot be seen.
        served_at: When a set with that key had first been handed out whole, by `kid`.
        outages: The times at which it did not relay, in order; the last one may not have ended.
    """

    def __init__(self) -> None:
        self.fetched_at: list[float] = []
        self.served_at: dict[str, float] = {}
        self.outages: list[Outage] = []
        self._state = State.RELAYING
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
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def relay_to(self, upstream: Client) -> None:
        """Say where requests go; until then none is answered."""
        self._upstream = upstream

    async def become(self, state: State) -> None:
        """Change what becomes of requests from here on."""
        was_listening = self._state is not State.REFUSING
        self._state = state
        if state is State.REFUSING:
            self._close()
        elif not was_listening:
            await self._listen()
        self._note(state)

    def _note(self, state: State) -> None:
        now = time.monotonic()
        if self.outages and self.outages[-1].is_on:
            self.outages[-1] = self.outages[-1].ended(now)
        if state is not State.RELAYING:
            self.outages.append(Outage(state.value, now))

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port, backlog=1000)
        self._port = self._server.sockets[0].getsockname()[1]

    def _close(self) -> None:
        """Stop listening, and break off every connection that is open."""
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
                await self._answer(reader, writer)
        except (OSError, EOFError, NoAnswerError):
            pass  # either end closed the connection
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode("latin-1")
        self.fetched_at.append(time.monotonic())
        if self._state is State.SWALLOWING or self._upstream is None:
            await reader.read()  # returns when the client has had enough
            raise EOFError
        answer = await self._upstream.get(path)
        if writer.is_closing():
            raise EOFError
        writer.write(_encoded(answer))
        await writer.drain()
        self._note_served(answer)

    def _note_served(self, answer: Answer) -> None:
        if answer.status == 200:
            for key in answer.json()["keys"]:
                self.served_at.setdefault(key["kid"], time.monotonic())


def _encoded(answer: Answer) -> bytes:
    passed = {name: value for name, value in answer.headers.items() if name not in HOP_BY_HOP}
    headers = {**passed, "content-length": str(len(answer.body))}
    lines = [f"HTTP/1.1 {answer.status} relayed", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + answer.body
