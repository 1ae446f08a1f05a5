"""A small HTTP/1.1 client with keep-alive connections to one origin, one for each request in flight."""

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

RESPONSE_TIMEOUT_SECONDS = 20
"""Timeout for a response: longer than every deadline of the applications under test."""

MAX_IDLE_SECONDS = 2
"""A connection that was idle for longer is not reused: the server may be closing it (uvicorn does after 5 s)."""

READ_BYTES = 65_536


class NoResponseError(Exception):
    """The server cannot be reached, closes the connection, or takes longer than `RESPONSE_TIMEOUT_SECONDS`."""


@dataclass(frozen=True)
class Response:
    """A complete response; the names in `headers` are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body, parsed as JSON."""
        return json.loads(self.body)


class Client:
    """A client for one origin."""

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

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        """Request `path`.

        Raises:
            NoResponseError: The response is incomplete, or does not arrive in time.
        """
        return await self._request("GET", path, headers or {}, b"")

    async def post(self, path: str, body: Any) -> Response:
        """Post `body` as JSON to `path`.

        Raises:
            NoResponseError: The response is incomplete, or does not arrive in time.
        """
        return await self._request("POST", path, {"content-type": "application/json"}, json.dumps(body).encode())

    async def _request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        default_headers = {"host": self._authority, "content-length": str(len(body))}
        request = h11.Request(method=method, target=path, headers=[*default_headers.items(), *headers.items()])
        try:
            return await asyncio.wait_for(self._exchange(request, body), RESPONSE_TIMEOUT_SECONDS)
        except (OSError, EOFError, asyncio.TimeoutError, h11.ProtocolError) as error:
            raise NoResponseError(type(error).__name__) from None

    async def _exchange(self, request: h11.Request, body: bytes) -> Response:
        connection = self._take_idle_connection() or await _Connection.open(self._host, self._port)
        try:
            response = await connection.exchange(request, body)
        except BaseException:
            connection.close()
            raise
        if connection.prepare_next_request():
            self._idle.append(connection)
        return response

    def _take_idle_connection(self) -> _Connection | None:
        """Return the most recently used connection; the others have been idle for longer."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_reusable():
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

    def is_reusable(self) -> bool:
        return time.monotonic() - self._used_at < MAX_IDLE_SECONDS and not self._reader.at_eof()

    def prepare_next_request(self) -> bool:
        """Prepare for the next request and return True, or close."""
        self._used_at = time.monotonic()
        if self._state.our_state is h11.DONE and self._state.their_state is h11.DONE:
            self._state.start_next_cycle()
            return True
        self.close()
        return False

    def close(self) -> None:
        self._writer.close()

    async def exchange(self, request: h11.Request, body: bytes) -> Response:
        for part in (request, h11.Data(body), h11.EndOfMessage()):
            self._writer.write(self._state.send(part) or b"")
        head, content = None, bytearray()
        while not isinstance(event := await self._next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                content += event.data
        if head is None:
            raise EOFError
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        return Response(head.status_code, headers, bytes(content))

    async def _next_event(self) -> object:
        while (event := self._state.next_event()) is h11.NEED_DATA:
            received = await self._reader.read(READ_BYTES)
            if not received:  # every server here sends a content length or chunks
                raise EOFError
            self._state.receive_data(received)
        return event
