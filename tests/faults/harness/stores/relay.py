"""A relay on loopback before a database server, whose fault decides what becomes of the server's answers."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

from faults.harness.listener import WAIT_SECONDS, Exchange, Listener

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Misbehave = Callable[[Exchange, bytes], object]


class Relay(Listener):
    """Passes bytes on between clients and a server.

    A fault is called with each piece that the server sends. Then the connection is closed, unless it returns True.
    """

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        """Pass on to the server to which `connect` connects."""
        self._connect = connect
        super().__init__()

    def hold(self, is_released: threading.Event) -> contextlib.AbstractContextManager[None]:
        """Pass answers on late inside the block: when the event is set."""

        def pass_on_late(exchange: Exchange, data: bytes) -> bool:
            self.answer_held.set()
            is_released.wait(WAIT_SECONDS)
            exchange.send(data)
            return True

        return self.fault(pass_on_late)

    def serve(self, connection: socket.socket) -> None:
        """Pass on what both sides send, until one of them leaves."""
        with self._connect() as server:
            to_server = threading.Thread(target=self._pass_on_requests, args=(connection, server), daemon=True)
            to_server.start()
            try:
                self._pass_on_answers(connection, server)
            finally:
                for each in (connection, server):
                    with contextlib.suppress(OSError):
                        each.shutdown(socket.SHUT_RDWR)

    def _pass_on_answers(self, connection: socket.socket, server: socket.socket) -> None:
        exchange = Exchange(self, connection)
        while data := server.recv(65_536):
            misbehave = self.misbehave
            if misbehave is None:
                connection.sendall(data)
            elif misbehave(exchange, data) is not True:
                return

    def _pass_on_requests(self, connection: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.settimeout(None)
            while data := connection.recv(65_536):
                self.request_received.set()
                server.sendall(data)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def relay_to(connect: Callable[[], socket.socket]) -> Iterator[Relay]:
    """Relay on a free loopback port while the block lasts."""
    relay = Relay(connect)
    try:
        yield relay
    finally:
        relay.close()
        relay.cut_connections()
