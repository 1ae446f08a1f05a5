"""A server on loopback that responds well until it is given a fault, and well again after it."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Respond = Callable[[str], bytes]
    Misbehave = Callable[["Exchange"], None]

WAIT_SECONDS = 60
"""A bound for steps that take milliseconds."""


class Exchange:
    """A request whose response a fault decides: the connection, the request and what a good server would respond."""

    def __init__(self, server: FaultyServer, connection: socket.socket, request: str) -> None:
        """Respond to `request` on `connection`."""
        self.server, self.connection, self.request = server, connection, request

    @property
    def target(self) -> str:
        """Return the target of the request."""
        return self.request.split(" ", 2)[1]

    def good_body(self) -> bytes:
        """Return the body of a good server at this moment."""
        return self.server.respond(self.request)

    def send(self, data: bytes) -> None:
        """Send `data`."""
        self.connection.sendall(data)

    def send_response(self, body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> None:
        """Send a response whose `Content-Length` may lie."""
        lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", "Connection: close", *headers]
        lines += [f"Content-Length: {len(body) if length is None else length}", "", ""]
        self.send("\r\n".join(lines).encode() + body)

    def wait_until_left(self) -> None:
        """Wait until the client closes the connection, or the fault ends."""
        while not self.server.fault_ended.is_set():
            self.connection.settimeout(0.1)
            with contextlib.suppress(TimeoutError):
                if not self.connection.recv(65_536):
                    return


class FaultyServer:
    """The server: its URL, the connections and requests that it received, and its fault."""

    def __init__(self, respond: Respond) -> None:
        """Respond with the body that `respond` returns for a request."""
        self.respond, self.misbehave = respond, None
        self.requests: list[str] = []
        self.connections = 0
        self.request_received = threading.Event()
        self.fault_ended = threading.Event()
        self._is_closed = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._accept()

    respond: Respond
    misbehave: Misbehave | None

    @contextlib.contextmanager
    def fault(self, misbehave: Misbehave) -> Iterator[None]:
        """Let `misbehave` respond to every request that arrives inside the block."""
        self.fault_ended.clear()
        self.misbehave = misbehave
        try:
            yield
        finally:
            self.misbehave = None
            self.fault_ended.set()

    @contextlib.contextmanager
    def outage(self) -> Iterator[None]:
        """Refuse connections inside the block, and listen at the same port afterwards."""
        self._stop_listening()
        try:
            yield
        finally:
            self._listener = socket.create_server(("127.0.0.1", self._port), backlog=128)
            self._accept()

    def close(self) -> None:
        """Stop. Connections in use end with their client."""
        self.misbehave = None
        self.fault_ended.set()
        self._stop_listening()

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
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(WAIT_SECONDS)
        with contextlib.suppress(OSError), connection:
            request = read_request(connection)
            if not request:
                return
            self.requests.append(request)
            exchange, misbehave = Exchange(self, connection, request), self.misbehave
            self.request_received.set()
            if misbehave is not None:
                misbehave(exchange)
            else:
                exchange.send_response(exchange.good_body())


def read_request(connection: socket.socket) -> str:
    """Return a request with its body, or nothing if the client leaves."""
    data = b""
    while b"\r\n\r\n" not in data:
        received = connection.recv(65_536)
        if not received:
            return ""
        data += received
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length and (received := connection.recv(65_536)):
        body += received
    return (head + b"\r\n\r\n" + body).decode()


@contextlib.contextmanager
def serve(respond: Respond) -> Iterator[FaultyServer]:
    """Serve on a free loopback port while the block lasts."""
    server = FaultyServer(respond)
    try:
        yield server
    finally:
        server.close()
