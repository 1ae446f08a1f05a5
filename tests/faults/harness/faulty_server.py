"""A server on loopback that responds well until it is given a fault, and well again after it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from faults.harness import listener
from faults.harness.listener import WAIT_SECONDS, Listener

if TYPE_CHECKING:
    import socket
    import threading
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    Respond = Callable[[str], "bytes | Response"]
    Misbehave = Callable[["Exchange"], None]


class Response(NamedTuple):
    """The body and the status of a response."""

    body: bytes
    status: str = "200 OK"


class Exchange(listener.Exchange):
    """A request whose response a fault decides: the connection, the request and what a good server would respond."""

    server: FaultyServer

    def __init__(self, server: FaultyServer, connection: socket.socket, request: str) -> None:
        """Respond to `request` on `connection`."""
        super().__init__(server, connection)
        self.request = request

    @property
    def target(self) -> str:
        """Return the target of the request."""
        return self.request.split(" ", 2)[1]

    def good_response(self) -> Response:
        """Return what a good server responds at this moment."""
        response = self.server.respond(self.request)
        return response if isinstance(response, Response) else Response(response)

    def send_response(self, body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> None:
        """Send a response whose `Content-Length` may lie."""
        lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", "Connection: close", *headers]
        lines += [f"Content-Length: {len(body) if length is None else length}", "", ""]
        self.send("\r\n".join(lines).encode() + body)


class FaultyServer(Listener):
    """The server: its URL, the connections and requests that it received, and its fault."""

    respond: Respond

    def __init__(self, respond: Respond) -> None:
        """Respond with what `respond` returns for a request: a body, or a response of another status."""
        self.respond = respond
        self.requests: list[str] = []
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}"

    def hold(self, is_released: threading.Event) -> AbstractContextManager[None]:
        """Respond late inside the block: when the event is set."""

        def respond_late(exchange: Exchange) -> None:
            self.answer_held.set()
            is_released.wait(WAIT_SECONDS)
            exchange.send_response(*exchange.good_response())

        return self.fault(respond_late)

    def serve(self, connection: socket.socket) -> None:
        """Respond to one request."""
        request = read_request(connection)
        if not request:
            return
        self.requests.append(request)
        exchange, misbehave = Exchange(self, connection, request), self.misbehave
        self.request_received.set()
        if misbehave is not None:
            misbehave(exchange)
        else:
            exchange.send_response(*exchange.good_response())


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
