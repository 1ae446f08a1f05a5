"""A proxy for any protocol over TCP: it forwards, refuses connections, or holds every byte back."""

from __future__ import annotations

import asyncio
import contextlib
import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

READ_BYTES = 65_536


class ProxyState(enum.Enum):
    """How the proxy treats connections."""

    FORWARDING = "forwarding"
    REFUSING = "connection refused"
    SILENT = "silent"


class TcpProxy:
    """A proxy on a loopback port that stays the same, in front of one TCP address or Unix socket."""

    def __init__(self, host: str, port: int) -> None:
        """Forward to `port` of `host`; a host that begins with `/` is the path of a Unix socket."""
        self._upstream = host, port
        self._server: asyncio.Server | None = None
        self._port = 0
        self._may_forward = asyncio.Event()
        self._may_forward.set()
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @property
    def port(self) -> int:
        """The port at which it listens on 127.0.0.1."""
        return self._port

    async def set_state(self, state: ProxyState) -> None:
        """Change how connections are treated from now on."""
        if state is ProxyState.SILENT:
            self._may_forward.clear()
        else:
            self._may_forward.set()
        if state is ProxyState.REFUSING:
            self._close()
        elif self._server is None:
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port, backlog=1000)
        self._port = self._server.sockets[0].getsockname()[1]

    def _close(self) -> None:
        """Stop listening, and abort every open connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._connections.values():
            writer.transport.abort()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handler = asyncio.create_task(self._serve(reader, writer))
        self._connections[handler] = writer
        handler.add_done_callback(self._connections.pop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._may_forward.wait()
            upstream_reader, upstream_writer = await self._connect_upstream()
        except OSError:
            writer.transport.abort()
            return
        try:
            await asyncio.gather(self._pump(reader, upstream_writer), self._pump(upstream_reader, writer))
        finally:
            upstream_writer.transport.abort()
            writer.transport.abort()

    async def _connect_upstream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self._upstream
        if host.startswith("/"):
            return await asyncio.open_unix_connection(host)
        return await asyncio.open_connection(host, port)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while received := await reader.read(READ_BYTES):
                await self._may_forward.wait()
                writer.write(received)
                await writer.drain()
        writer.close()
