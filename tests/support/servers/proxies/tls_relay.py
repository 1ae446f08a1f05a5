"""A TLS server on loopback that relays to another port: what stands before a real Better Auth in production."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from typing import TYPE_CHECKING

from support.servers.tls_server import server_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def serve_tls_relay(port: int, certificate: Path, client_ca: Path | None = None) -> Iterator[RelayServer]:
    """Serve on a free port while the block lasts, and relay what clients send over TLS to `port`."""
    with RelayServer(port, server_context(certificate, client_ca)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class RelayServer(socketserver.ThreadingTCPServer):
    """The server. `target` may be set after its start."""

    daemon_threads = True

    def __init__(self, target: int, context: ssl.SSLContext) -> None:
        """Listen."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target, self.context = target, context
        self.connection_count = 0

    @property
    def port(self) -> int:
        """The port at which it listens."""
        return int(self.server_address[1])


class _Handler(socketserver.BaseRequestHandler):
    server: RelayServer

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            client = self.server.context.wrap_socket(self.request, server_side=True)
            self.server.connection_count += 1
            with client, socket.create_connection(("127.0.0.1", self.server.target)) as target:
                thread = threading.Thread(target=_copy, args=(client, target), daemon=True)
                thread.start()
                _copy(target, client)


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Copy bytes until one side ends, and end the other."""
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
