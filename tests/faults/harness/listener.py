"""A listener on loopback that has a fault for a while, and is good before and after it."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WAIT_SECONDS = 60
"""A bound for steps that take milliseconds."""


class Exchange:
    """A connection of which a fault decides what is sent."""

    def __init__(self, server: Listener, connection: socket.socket) -> None:
        """Send on `connection`."""
        self.server, self.connection = server, connection

    def send(self, data: bytes) -> None:
        """Send `data`."""
        self.connection.sendall(data)

    def wait_until_left(self) -> None:
        """Wait until the client closes the connection, or the fault ends."""
        while not self.server.fault_ended.is_set():
            self.connection.settimeout(0.1)
            with contextlib.suppress(TimeoutError):
                if not self.connection.recv(65_536):
                    return


class Listener:
    """Accepts connections on a free port, each in a thread.

    Attributes:
        connections: The number of connections that were accepted.
        misbehave: The fault: a function that is called instead of a good response, or None.
        fault_ended: Is set when the fault ends.
        answer_held: Is set when `hold` holds an answer.
    """

    misbehave: Callable[..., object] | None

    def __init__(self) -> None:
        """Listen."""
        self.misbehave = None
        self.connections = 0
        self.request_received = threading.Event()
        self.fault_ended = threading.Event()
        self.answer_held = threading.Event()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._accept()

    @contextlib.contextmanager
    def fault(self, misbehave: Callable[..., object]) -> Iterator[None]:
        """Let `misbehave` respond to everything that arrives inside the block."""
        self.fault_ended.clear()
        self.misbehave = misbehave
        try:
            yield
        finally:
            self.misbehave = None
            self.fault_ended.set()

    @contextlib.contextmanager
    def outage(self) -> Iterator[None]:
        """Close every connection, refuse new ones inside the block, and listen at the same port afterwards."""
        self._stop_listening()
        self.cut_connections()
        try:
            yield
        finally:
            self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
            self._accept()

    @property
    def open_connections(self) -> int:
        """Return the number of connections that are open."""
        return len(self._open)

    def cut_connections(self) -> None:
        """Close every connection."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop. Connections in use end with their client."""
        self.misbehave = None
        self.fault_ended.set()
        self._stop_listening()

    def hold(self, is_released: threading.Event) -> contextlib.AbstractContextManager[None]:
        """Answer late inside the block: when the event is set. `answer_held` is set when the first answer is due."""
        raise NotImplementedError

    def serve(self, connection: socket.socket) -> None:
        """Serve a connection until it ends. An `OSError` ends it, too."""
        raise NotImplementedError

    def _stop_listening(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(WAIT_SECONDS)

    def _accept(self) -> None:
        self._accepting = threading.Thread(target=self._accept_each, args=(self._listener,), daemon=True)
        self._accepting.start()

    def _accept_each(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def _serve_one(self, connection: socket.socket) -> None:
        connection.settimeout(WAIT_SECONDS)
        self._open.add(connection)
        with contextlib.suppress(OSError), connection:
            self.serve(connection)
        self._open.discard(connection)
