"""A lean HTTP/1.1 client: keep-alive connections to one origin, as many as there are requests under way."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import h11

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

ANSWER_SECONDS = 20
"""How long an answer is waited for: longer than any deadline of the apps under test that makes sense."""

IDLE_SECONDS = 2
"""A connection that was idle for longer is not used again: a server may be closing it (uvicorn does after 5 s)."""

READ_BYTES = 65_536


class NoAnswerError(Exception):
    """The server could not be reached, broke off, or took longer than `ANSWER_SECONDS`."""


@dataclass(frozen=True)
class Answer:
    """A complete answer; the names in `headers` are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body, read as JSON."""
        return json.loads(self.body)


class Client:
    """Requests to one origin."""

    def __init__(self, origin: str) -> None:
        address = urlsplit(origin)
        self._host, self._port = address.hostname, address.port
        self._authority = address.netloc
        self._idle: list[_Connection] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        while self._idle:
            self._idle.pop().close()

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Request `path`.

        Raises:
            NoAnswerError: There is no complete answer, or none in time.
        """
        return await self._request("GET", path, headers or {}, b"")

    async def post(self, path: str, body: Any) -> Answer:
        """Post `body` as JSON to `path`.

        Raises:
            NoAnswerError: There is no complete answer, or none in time.
        """
        return await self._request("POST", path, {"content-type": "application/json"}, json.dumps(body).encode())

    async def _request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        own = {"host": self._authority, "content-length": str(len(body))}
        request = h11.Request(method=method, target=path, headers=[*own.items(), *headers.items()])
        try:
            return await asyncio.wait_for(self._exchange(request, body), ANSWER_SECONDS)
        except (OSError, EOFError, asyncio.TimeoutError, h11.ProtocolError) as error:
            raise NoAnswerError(type(error).__name__) from None

    async def _exchange(self, request: h11.Request, body: bytes) -> Answer:
        connection = self._reusable() or await _Connection.open(self._host, self._port)
        try:
            answer = await connection.exchange(request, body)
        except BaseException:
            connection.close()
            raise
        if connection.renew():
            self._idle.append(connection)
        return answer

    def _reusable(self) -> _Connection | None:
        """Return the connection that was used last; those below it on the stack have been idle for longer still."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_fresh():
                return connection
            connection.close()
        return None


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._state = h11.Connection(h11.CLIENT)
        self._used_at = time.monotonic()

    @classmethod
    async def open(cls, host: str | None, port: int | None) -> Self:
        return cls(*await asyncio.open_connection(host, port))

    def is_fresh(self) -> bool:
        return time.monotonic() - self._used_at < IDLE_SECONDS and not self._reader.at_eof()

    def renew(self) -> bool:
        """Make ready for the next request, or close."""
        self._used_at = time.monotonic()
        if self._state.our_state is h11.DONE and self._state.their_state is h11.DONE:
            self._state.start_next_cycle()
            return True
        self.close()
        return False

    def close(self) -> None:
        self._writer.close()

    async def exchange(self, request: h11.Request, body: bytes) -> Answer:
        for part in (request, h11.Data(body), h11.EndOfMessage()):
            self._writer.write(self._state.send(part) or b"")
        response, content = None, bytearray()
        while not isinstance(event := await self._next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                content += event.data
        if response is None:
            raise EOFError
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
        return Answer(response.status_code, headers, bytes(content))

    async def _next_event(self) -> object:
        while (event := self._state.next_event()) is h11.NEED_DATA:
            received = await self._reader.read(READ_BYTES)
            if not received:  # every server here says how long its answers are
                raise EOFError
            self._state.receive_data(received)
        return event
